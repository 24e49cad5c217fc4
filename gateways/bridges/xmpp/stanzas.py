"""What messages of XMPP are made of, as XML elements, and our own mark in them; no I/O.

Source: RFC 6121; XEP-0071 (XHTML-IM), 0203 (delay), 0308 (correction), 0359 (stanza ids), 0424
(retraction), 0425 (moderation), 0444 (reactions), 0461 (replies).
"""

from __future__ import annotations

from typing import TypeAlias
from xml.etree import ElementTree as ET

from slixmpp import JID, InvalidJID
from slixmpp.xmlstream.tostring import tostring

Element: TypeAlias = ET.Element

RELAY = "urn:chat:words:relay:0"
"""Our own: of which letter a message is (``key``, ``mac``), and the hubs it has been through."""

HTML, XHTML = "http://jabber.org/protocol/xhtml-im", "http://www.w3.org/1999/xhtml"
DELAY = "urn:xmpp:delay"
CORRECT = "urn:xmpp:message-correct:0"
STANZA_ID = "urn:xmpp:sid:0"
RETRACT = "urn:xmpp:message-retract:1"
TAKEN_BACK = (
    RETRACT,
    "urn:xmpp:message-retract:0",
    "urn:xmpp:message-moderate:1",
    "urn:xmpp:message-moderate:0",
)
"""By its author, or by a moderator, in the forms of today and of before."""
FASTEN = "urn:xmpp:fasten:0"
REACTIONS = "urn:xmpp:reactions:0"
REPLY = "urn:xmpp:reply:0"
FALLBACK = "urn:xmpp:fallback:0"
HINTS = "urn:xmpp:hints"
OOB = "jabber:x:oob"

GIVEN = "id:"
"""Before the id that we gave a message, among what it is called: corrections want that one."""

NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF), "\ufffd")


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def sender(element: Element) -> JID:
    """Return from whom a stanza is, "" where that is no address."""
    try:
        return JID(element.get("from", ""))
    except InvalidJID:
        return JID("")


def child(element: Element, space: str, name: str) -> Element | None:
    """Return the first child of this name."""
    return element.find(f"{{{space}}}{name}")


ESCAPED = 128 * 1024
"""Bytes of a body as escaped XML from which on it is written as CDATA: servers take stanzas of
256 KiB (Prosody, ejabberd), which 64 KiB of quotes would be more than."""


def text_of(element: Element) -> str:
    """Return a stanza as it is sent."""
    bodies = [each for each in element if local(each) in ("body", "subject")]
    whole = tostring(element)
    if len(whole) < ESCAPED and len(whole.encode()) < ESCAPED:
        return whole
    texts = [each.text or "" for each in bodies]
    for number, each in enumerate(bodies):
        each.text = f"{PLACE}{number}"
    for html in element.findall(f"{{{HTML}}}html"):
        element.remove(html)
    whole = tostring(element)
    for number, text in enumerate(texts):
        data = text.replace("]]>", "]]]]><![CDATA[>")
        whole = whole.replace(f">{PLACE}{number}<", f"><![CDATA[{data}]]><", 1)
    return whole


PLACE = "the text of part "
"""Stands for a long text until it is put in."""
