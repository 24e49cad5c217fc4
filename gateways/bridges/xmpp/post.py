"""Letters on their way to one room or person of XMPP, one after the other.

A room sends each message back to its author: then it has arrived. What is said directly has arrived
when the server answers a ping that was sent behind it (RFC 6120, 10.1: in-order processing).
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateways.bridges import network as n
from gateways.bridges.xmpp.stanzas import Element
from gateways.bridges.xmpp.writing import archived, message, reactions, retraction, subject

AGAIN = "[again] "
"""Before what a room without an archive may have heard already."""


class CannotSend(Exception):
    """It can't be delivered, now or later: ``CannotSend(reason)``."""


class Line(Protocol):
    """What a post needs of the connection."""

    space: str
    """The namespace of its stanzas."""

    secret: str

    async def sender(self, author: str, room: str) -> tuple[str, bool]:
        """Return from which address somebody speaks, and whether that tells who it is."""
        ...

    def address(self, letter: n.Letter) -> tuple[str, str]:
        """Return to whom a letter goes, and the type of the message."""
        ...

    def keeps(self, room: str) -> bool:
        """Return whether a room has an archive."""
        ...

    def write(self, element: Element) -> None:
        """Send a stanza."""
        ...

    def arrived(self, key: str) -> None:
        """Tell that a letter was taken, if nothing else was told of it."""
        ...

    async def barrier(self) -> None:
        """Return when the server has taken everything that was sent."""
        ...

    def tell(self, news: n.News) -> None:
        """Tell the engine."""
        ...


class Post:
    """What goes to one room, or directly to one person."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._letters: asyncio.Queue[n.Letter] = asyncio.Queue()
        self._given: dict[tuple[str, str], list[str]] = {}

    def give(self, letter: n.Letter) -> None:
        """Take a letter; the engine gives no more than the window of `Offers`."""
        self._letters.put_nowait(letter)

    async def work(self) -> None:
        """Deliver what was given, for ever."""
        while True:
            letter = await self._letters.get()
            try:
                sender, tells = await self._line.sender(
                    "" if letter.act in ("tell", "topic") else letter.author, letter.room
                )
                to, kind = self._line.address(letter)
                element = self._element(letter, sender, tells)
            except CannotSend as error:
                self._line.tell(n.Refused(letter.key, str(error)))
                continue
            element.attrib.update({"from": sender, "to": to, "type": kind})
            self._line.write(element)
            if not letter.room or letter.act == "topic":
                await self._line.barrier()
                self._line.arrived(letter.key)

    def _element(self, letter: n.Letter, sender: str, tells: bool) -> Element:
        space, secret = self._line.space, self._line.secret
        if letter.act in ("say", "edit", "tell"):
            if letter.again and not self._line.keeps(letter.room):
                letter = _again(letter)
            return message(letter, space, secret, named=not tells)
        if letter.act == "topic":
            return subject(letter, space, secret)
        target = archived(letter.target)
        if not target:
            raise CannotSend("the message isn't known there")
        if letter.act == "redact":
            return retraction(letter, space, secret, target)
        now = self._given.setdefault((sender, target), [])
        if letter.act == "react" and letter.text not in now:
            now.append(letter.text)
        elif letter.act == "unreact" and letter.text in now:
            now.remove(letter.text)
        if len(self._given) > REMEMBERED:
            del self._given[next(iter(self._given))]
        return reactions(letter, space, secret, target, now)


REMEMBERED = 10_000
"""Messages whose reactions of ours are remembered: all of one sender are told at once."""


def _again(letter: n.Letter) -> n.Letter:
    from msgspec.structs import replace

    by = len(AGAIN)
    spans = tuple(type(s)(s.start + by, s.end + by, s.style, s.value) for s in letter.spans)
    return replace(letter, text=AGAIN + letter.text, spans=spans)
