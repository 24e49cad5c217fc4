"""From messages of XMPP to news; no I/O.

Every part of a message is what somebody wrote. Source: XEP-0045 (MUC), 0245 (/me), 0308
(correction), 0424 (retraction), 0425 (moderation), 0444 (reactions), 0461 (replies).
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any
from xml.etree import ElementTree as ET

from gateways.bridges import network as n
from gateways.bridges.markup import read
from gateways.bridges.seal import Seal
from gateways.bridges.xmpp.stanzas import (
    CORRECT,
    FALLBACK,
    FASTEN,
    HTML,
    OOB,
    REACTIONS,
    RELAY,
    REPLY,
    STANZA_ID,
    TAKEN_BACK,
    XHTML,
    Element,
    child,
    local,
)
from words.events import Span

HOPS = 100
"""Hubs in one message that are looked at."""

REACTIONS_EACH = 20
"""Reactions of one person to one message that count: in one stanza there is room for thousands."""

REMEMBERED = 10_000
"""Messages by the ids that their authors gave them, so that a correction finds its message; as
many sets of reactions, so that it is seen what changed in one."""


class Memory:
    """What must be remembered of one room to understand what comes later; bounded."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._reactions: dict[tuple[str, str], frozenset[str]] = {}

    def note(self, person: str, given: str, number: str) -> None:
        """Remember under which id somebody said what the room calls ``number``."""
        self._ids[f"{person} {given}"] = number
        _bound(self._ids)

    def number(self, person: str, given: str) -> str:
        """Return what the room calls what somebody said under this id, "" if that was long ago."""
        return self._ids.get(f"{person} {given}", "")

    def reacted(self, person: str, target: str, now: frozenset[str]) -> list[tuple[str, bool]]:
        """Return what changed among somebody's reactions to a message."""
        before = self._reactions.pop((person, target), frozenset())
        if now:
            self._reactions[person, target] = now
            _bound(self._reactions)
        gone = [(reaction, False) for reaction in sorted(before - now)]
        return gone + [(reaction, True) for reaction in sorted(now - before)]


def _bound(kept: dict[Any, Any]) -> None:
    if len(kept) > REMEMBERED:
        del kept[next(iter(kept))]


class Heard:
    """One message as an adapter heard it, and how its parts are found."""

    def __init__(
        self, message: Element, room: str, person: n.Person, archive: str, seal: Seal
    ) -> None:
        self.message = message
        self.room = room
        self.person = person
        self.number = ""
        """Its id in the archive of ``archive``, an address."""
        for each in message.iterfind(f"{{{STANZA_ID}}}stanza-id"):
            if each.get("by") == archive:
                self.number = each.get("id", "")
        self.to = ""
        self.time = 0
        self.archived = False
        relay = child(message, RELAY, "relay")
        key = relay.get("key", "") if relay is not None else ""
        mark = relay.get("mac", "") if relay is not None else ""
        self.key = seal.known(room, key, mark)
        hops = relay.findall(f"{{{RELAY}}}hop") if relay is not None else []
        self.hops = tuple(each.text or "" for each in hops[:HOPS])

    @property
    def text(self) -> str | None:
        """The body, None where it has none."""
        for each in self.message:
            if local(each) == "body" and not each.get("{http://www.w3.org/XML/1998/namespace}lang"):
                return each.text or ""
        return None

    def news(self, memory: Memory) -> list[n.Seen]:
        """Return what it tells."""
        common: dict[str, Any] = {
            "room": self.room,
            "person": self.person,
            "id": self.number,
            "place": self.number,
            "key": self.key,
            "hops": self.hops,
            "time": self.time,
            "archived": self.archived,
        }
        for take in (_reactions, _retraction, _correction, _said, _subject):
            found = take(self, memory, common)
            if found is not None:
                return found
        return []


def _reactions(heard: Heard, memory: Memory, common: Any) -> list[n.Seen] | None:
    element = child(heard.message, REACTIONS, "reactions")
    if element is None:
        return None
    target = element.get("id", "")
    given = (each.text for each in element.iterfind(f"{{{REACTIONS}}}reaction"))
    now = frozenset(islice(filter(None, given), REACTIONS_EACH))
    changed = memory.reacted(heard.person.native, target, now)
    return [
        n.ReactionSeen(**common, target=target, reaction=reaction, added=added)
        for reaction, added in changed
    ]


def _retraction(heard: Heard, _: Memory, common: Any) -> list[n.Seen] | None:
    around = child(heard.message, FASTEN, "apply-to")  # the older form
    for place in (heard.message, around):
        for each in place if place is not None else ():
            space, _name = each.tag[1:].rpartition("}")[::2]
            if space not in TAKEN_BACK or local(each) not in ("retract", "moderated"):
                continue
            fastened = around.get("id", "") if around is not None else ""
            target = each.get("id", "") or fastened
            reason = next((part.text or "" for part in each.iter() if local(part) == "reason"), "")
            return [n.RedactionSeen(**common, target=target, reason=reason)]
    return None


def _correction(heard: Heard, memory: Memory, common: Any) -> list[n.Seen] | None:
    element, text = child(heard.message, CORRECT, "replace"), heard.text
    if element is None or text is None:
        return None
    target = memory.number(heard.person.native, element.get("id", ""))
    text, spans, _ = _body(heard, text)
    return [n.EditSeen(**common, target=target, text=text, spans=spans)]


def _said(heard: Heard, memory: Memory, common: Any) -> list[n.Seen] | None:
    body = heard.text
    if body is None:
        return None
    given = heard.message.get("id", "")
    if given and heard.number:
        memory.note(heard.person.native, given, heard.number)
    text, spans, reply = _body(heard, body)
    if text.startswith("/me "):
        moved = tuple(Span(s.start - 4, s.end - 4, s.style, s.value) for s in spans if s.start > 3)
        return [
            n.MessageSeen(
                **common, text=text[4:], spans=moved, kind="action", reply_to=reply, to=heard.to
            )
        ]
    return [n.MessageSeen(**common, text=text, spans=spans, reply_to=reply, to=heard.to)]


def _body(heard: Heard, body: str) -> tuple[str, tuple[Span, ...], str]:
    """Return the text, its spans, and the id of what it answers."""
    element = child(heard.message, REPLY, "reply")
    reply = element.get("id", "") if element is not None else ""
    html = child(heard.message, HTML, "html")
    inner = html.find(f"{{{XHTML}}}body") if html is not None else None
    if inner is not None:
        text, spans = read(_inside(inner))
        if spans and text == body:
            return body, spans, reply
    start, end = _quoted(heard.message) if reply else (0, 0)
    text = body[:start] + body[end:] if 0 <= start < end <= len(body) else body
    return text, _links(heard, text), reply


def _inside(element: Element) -> str:
    """Return what is in an element as HTML, without namespaces."""
    for each in element.iter():
        each.tag = local(each)
    try:
        whole = ET.tostring(element, encoding="unicode")
    except RecursionError:  # nobody's formatting is nested so deep
        return ""
    return whole.partition(">")[2].rpartition("</")[0] if len(element) or element.text else ""


def _quoted(message: Element) -> tuple[int, int]:
    """Return which characters of the body only repeat what is answered."""
    for each in message.iterfind(f"{{{FALLBACK}}}fallback"):
        body = child(each, FALLBACK, "body")
        if each.get("for") == REPLY and body is not None:
            edges = body.get("start", "0"), body.get("end", "0")
            if all(edge.isascii() and edge.isdigit() and len(edge) < 8 for edge in edges):
                return int(edges[0]), int(edges[1])
    return 0, 0


def _links(heard: Heard, text: str) -> tuple[Span, ...]:
    shared = heard.message.find(f"{{{OOB}}}x/{{{OOB}}}url")
    link = shared.text or "" if shared is not None else ""
    return (Span(0, len(text), "link", link),) if link and text == link else ()


def _subject(heard: Heard, _: Memory, common: Any) -> list[n.Seen] | None:
    for each in heard.message:
        if local(each) == "subject":
            return [n.TopicSeen(**{**common, "id": "", "place": ""}, topic=each.text or "")]
    return None


def time_of(delay: Element | None) -> int:
    """Return the milliseconds since 1970 UTC of a delay's stamp (XEP-0082), 0 for none."""
    try:
        stamp = (delay.get("stamp", "") if delay is not None else "").replace("Z", "+00:00")
        return max(0, int(datetime.fromisoformat(stamp).timestamp() * 1000))
    except (ValueError, OverflowError):
        return 0
