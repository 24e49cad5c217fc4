"""From letters to messages of XMPP; no I/O.

Source: XEP-0071 (XHTML-IM), 0245 (/me), 0308 (correction), 0334 (hints), 0424 (retraction), 0444
(reactions), 0461 (replies).
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from gateways.bridges import network as n
from gateways.bridges.markup import write
from gateways.bridges.seal import Seal
from gateways.bridges.xmpp.stanzas import (
    CORRECT,
    GIVEN,
    HINTS,
    HTML,
    NOT_XML,
    REACTIONS,
    RELAY,
    REPLY,
    RETRACT,
    XHTML,
    Element,
)
from words.events import Span


def message(letter: n.Letter, space: str, seal: Seal, named: bool) -> Element:
    """Return the message of a letter that says or edits, without addresses.

    ``named``: who says it must stand in the text, since the sender's address doesn't tell.
    """
    text, spans = letter.text, letter.spans
    if letter.reply is not None and not letter.reply.ids:
        quote = f"> {letter.reply.name}: {letter.reply.text}".replace("\n", " ") + "\n"
        text, spans = quote + text, _moved(spans, len(quote))
    head = _head(letter, named)
    text, spans = head + text, _moved(spans, len(head))
    found = ET.Element(f"{{{space}}}message", id=letter.key)
    text = text.translate(NOT_XML)
    ET.SubElement(found, f"{{{space}}}body").text = text
    html = write(text, spans, xhtml=True) if spans else ""
    if "</" in html:
        outer = ET.SubElement(found, f"{{{HTML}}}html")
        outer.append(ET.fromstring(f'<body xmlns="{XHTML}">{html}</body>'))
    if letter.act == "edit":
        given = next((each for each in letter.target if each.startswith(GIVEN)), "")
        if given:
            ET.SubElement(found, f"{{{CORRECT}}}replace", id=given.removeprefix(GIVEN))
    elif letter.reply is not None and (number := archived(letter.reply.ids)):
        ET.SubElement(found, f"{{{REPLY}}}reply", id=number)
    mark(found, letter, seal)
    return found


def archived(ids: tuple[str, ...]) -> str:
    """Return what the room's archive calls a message, "" where that isn't known."""
    return next((each for each in ids if not each.startswith(GIVEN)), "")


def _head(letter: n.Letter, named: bool) -> str:
    if letter.act == "tell":
        return "* "
    if letter.kind == "action":
        return f"* {letter.author} " if named else "/me "
    return f"<{letter.author}> " if named else ""


def _moved(spans: tuple[Span, ...], by: int) -> tuple[Span, ...]:
    return tuple(Span(s.start + by, s.end + by, s.style, s.value) for s in spans)


def mark(found: Element, letter: n.Letter, seal: Seal) -> None:
    """Put in by what a message is known when it comes back."""
    relay = ET.SubElement(found, f"{{{RELAY}}}relay", key=letter.key)
    relay.set("mac", seal.make(letter.room, letter.key))
    for hop in letter.hops:
        ET.SubElement(relay, f"{{{RELAY}}}hop").text = hop


def retraction(letter: n.Letter, space: str, seal: Seal, target: str) -> Element:
    """Return the message that takes one back."""
    found = ET.Element(f"{{{space}}}message", id=letter.key)
    ET.SubElement(found, f"{{{RETRACT}}}retract", id=target)
    ET.SubElement(found, f"{{{HINTS}}}store")
    mark(found, letter, seal)
    return found


def reactions(letter: n.Letter, space: str, seal: Seal, target: str, now: list[str]) -> Element:
    """Return the message that says which reactions somebody has given by now."""
    found = ET.Element(f"{{{space}}}message", id=letter.key)
    element = ET.SubElement(found, f"{{{REACTIONS}}}reactions", id=target)
    for reaction in now:
        ET.SubElement(element, f"{{{REACTIONS}}}reaction").text = reaction.translate(NOT_XML)
    ET.SubElement(found, f"{{{HINTS}}}store")
    mark(found, letter, seal)
    return found


def subject(letter: n.Letter, space: str, seal: Seal) -> Element:
    """Return the message that changes a room's topic."""
    found = ET.Element(f"{{{space}}}message", id=letter.key)
    ET.SubElement(found, f"{{{space}}}subject").text = letter.text.translate(NOT_XML)
    mark(found, letter, seal)
    return found
