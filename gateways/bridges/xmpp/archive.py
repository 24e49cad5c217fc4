"""Reading the archive of a room, or of an account, page by page.

Source: XEP-0313 (archives), XEP-0059 (result sets), XEP-0297 (forwarding), XEP-0045, 10.1.2.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from xml.etree import ElementTree as ET

from slixmpp.exceptions import IqError, IqTimeout

from gateways.bridges.network import Lost
from gateways.bridges.xmpp.hearing import time_of
from gateways.bridges.xmpp.stanzas import DELAY, Element, child, local

MAM = "urn:xmpp:mam:2"
RSM = "http://jabber.org/protocol/rsm"
FORWARD = "urn:xmpp:forward:0"
DISCO = "http://jabber.org/protocol/disco#info"
OWNER = "http://jabber.org/protocol/muc#owner"
FORM = "jabber:x:data"

CREATED = "201"
"""The status code of a room that is new: locked until its owner has said how it is to be."""

START = " "
"""The place in an archive that has nothing yet."""

PAGE = 100
ANSWER = 60.0
"""Messages of one page; seconds for it."""

_pages: dict[str, tuple[frozenset[str], list[Element]]] = {}
"""Who may answer and what he has, by the id of the query, while it is asked."""


def take(message: Element) -> bool:
    """Take a message if it is a result of a query, from whom was asked: anybody can send one."""
    result = child(message, MAM, "result")
    if result is None:
        return False
    asked, page = _pages.get(result.get("queryid", ""), (frozenset(), []))
    if message.get("from", "") in asked and len(page) <= PAGE:
        page.append(result)
    return True


async def _ask(stream: Any, own: str, room: str, **limits: str) -> tuple[list[Element], Element]:
    number = f"words-{secrets.token_hex(8)}"
    asked = {room} if room else {"", own.partition("/")[0]}
    query = ET.Element(f"{{{MAM}}}query", queryid=number)
    page = ET.SubElement(query, f"{{{RSM}}}set")
    for name, value in limits.items():
        ET.SubElement(page, f"{{{RSM}}}{name}").text = value or None
    iq = stream.make_iq_set(query, ito=room or None, ifrom=own)
    _pages[number] = frozenset(asked), []
    try:
        answer = await iq.send(timeout=ANSWER)
        return _pages[number][1], answer.xml
    except IqTimeout:
        raise Lost("the archive doesn't answer", doubtful=True) from None
    finally:
        del _pages[number]


async def last(stream: Any, own: str, room: str) -> str:
    """Return the id of the newest message, `START` where there is none, "" where none is told."""
    try:
        found, _ = await _ask(stream, own, room, max="1", before="")
    except IqError:
        return ""
    return found[-1].get("id", "") if found else START


async def read(
    stream: Any, own: str, room: str, after: str, space: Callable[[], Awaitable[None]]
) -> AsyncIterator[tuple[str, Element, int]]:
    """Give the id, message and time of everything behind an id ("": nothing), oldest first.

    What the archive doesn't know any more, it can't go on behind: then everything is given.
    """
    lost = after == START
    while after or lost:
        await space()
        behind = {} if lost else {"after": after}
        try:
            found, answer = await _ask(stream, own, room, max=str(PAGE), **behind)
        except IqError as error:
            if error.condition == "item-not-found" and not lost:
                lost = True
                continue
            return
        lost = False
        for result in found:
            forwarded = child(result, FORWARD, "forwarded")
            if forwarded is None:
                continue
            inner = [each for each in forwarded if local(each) == "message"]
            if inner:
                stamp = time_of(child(forwarded, DELAY, "delay"))
                yield result.get("id", ""), inner[0], stamp
        ended = next((each for each in answer.iter(f"{{{MAM}}}fin")), None)
        if not found or ended is None or ended.get("complete") == "true":
            return
        after = found[-1].get("id", "")


async def offered(stream: Any, own: str, room: str) -> bool:
    """Return whether a room has an archive."""
    iq = stream.make_iq_get(ito=room, ifrom=own)
    iq.append(ET.Element(f"{{{DISCO}}}query"))
    try:
        answer = await iq.send(timeout=ANSWER)
    except (IqError, IqTimeout):
        return False
    features = answer.xml.iter(f"{{{DISCO}}}feature")
    return any(feature.get("var") == MAM for feature in features)


async def unlock(stream: Any, own: str, room: str) -> None:
    """Let others into a room that we made: with its defaults (an instant room)."""
    query = ET.Element(f"{{{OWNER}}}query")
    ET.SubElement(query, f"{{{FORM}}}x", type="submit")
    iq = stream.make_iq_set(query, ito=room, ifrom=own)
    try:
        await iq.send(timeout=ANSWER)
    except (IqError, IqTimeout):
        return  # then it stays locked, and those who try to enter are told
