"""Letters on their way to one room or person of XMPP, one after the other.

A room sends each message back to its author: then it has arrived. What is said directly has arrived
when the server answers a ping that was sent behind it (RFC 6120, 10.1: in-order processing).

What is answered with an error of the type "wait" (RFC 6120, 8.3.2: the error is temporary) is put
off: when all that had left behind it is answered, too, what came back goes again, one by one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from typing import Protocol, TypeAlias

from gateways.bridges import network as n
from gateways.bridges.seal import Seal
from gateways.bridges.xmpp.stanzas import Element
from gateways.bridges.xmpp.writing import archived, message, reactions, retraction, subject

AGAIN = "[again] "
"""Before what a room without an archive may have heard already."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before what was put off goes again; doubled each time, with jitter, until one arrives."""


log = logging.getLogger(__name__)


class CannotSend(Exception):
    """It can't be delivered, now or later: ``CannotSend(reason)``."""


class Line(Protocol):
    """What a post needs of the connection."""

    space: str
    """The namespace of its stanzas."""

    seal: Seal

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


Given: TypeAlias = dict[tuple[str, str, str], list[str]]
"""Our people's reactions, by where, from which address and to what."""


class Post:
    """What goes to one room, or directly to one person."""

    def __init__(self, line: Line, given: Given) -> None:
        self._line = line
        self._letters: deque[n.Letter] = deque()
        self._out: dict[str, n.Letter] = {}
        """What has left and isn't answered, in that order."""
        self._back: deque[n.Letter] = deque()
        """What was put off, in the order in which it is to go again."""
        self._news = asyncio.Event()
        """Set by what is given, and by answers."""
        self._wait = FIRST_WAIT
        self._given = given

    def give(self, letter: n.Letter) -> None:
        """Take a letter; the engine gives no more than the window of `Offers`."""
        self._letters.append(letter)
        self._news.set()

    def answered(self, key: str) -> None:
        """Note that a letter arrived, or never will."""
        if self._out.pop(key, None) is not None:
            self._wait = FIRST_WAIT
            self._news.set()

    def put_off(self, key: str) -> None:
        """Note that a letter is to go again after a while."""
        letter = self._out.pop(key, None)
        if letter is not None:
            self._back.append(letter)
            self._news.set()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to deliver."""
        return not (self._letters or self._out or self._back)

    async def work(self) -> None:
        """Deliver what was given, until there is nothing more."""
        while not self.idle:
            if self._back:
                await self._go_again()
            elif self._letters:
                await self._send(self._letters.popleft())
            else:
                await self._anything()

    async def _go_again(self) -> None:
        while self._out:
            await self._anything()
        await asyncio.sleep(self._wait * random.uniform(0.6, 1.0))
        self._wait = min(2 * self._wait, LONGEST_WAIT)
        back, self._back = self._back, deque()
        while back:
            await self._send(back.popleft())
            while self._out:
                await self._anything()
            if self._back:  # it came back once more, and those behind it wait for it
                self._back.extend(back)
                return

    async def _anything(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _send(self, letter: n.Letter) -> None:
        try:
            sender, tells = await self._line.sender(
                "" if letter.act in ("tell", "topic") else letter.author, letter.room
            )
            element = self._element(letter, sender, tells)
        except CannotSend as error:
            self._line.tell(n.Refused(letter.key, str(error)))
            return
        except n.Lost:
            raise
        except Exception:  # this letter at worst
            log.exception("%s can't be sent", letter.key)
            self._line.tell(n.Refused(letter.key, n.DEFECT))
            return
        to, kind = self._line.address(letter)
        self._out[letter.key] = letter
        element.attrib.update({"from": sender, "to": to, "type": kind})
        self._line.write(element)
        if not letter.room or letter.act == "topic":
            await self._line.barrier()
            self._line.arrived(letter.key)

    def _element(self, letter: n.Letter, sender: str, tells: bool) -> Element:
        space, seal = self._line.space, self._line.seal
        if letter.act in ("say", "edit", "tell"):
            if letter.again and not self._line.keeps(letter.room):
                letter = _again(letter)
            return message(letter, space, seal, named=not tells)
        if letter.act == "topic":
            return subject(letter, space, seal)
        target = archived(letter.target)
        if not target:
            raise CannotSend("the message isn't known there")
        if letter.act == "redact":
            return retraction(letter, space, seal, target)
        where = letter.room or letter.to
        now = self._given.setdefault((where, sender, target), [])
        if letter.act == "react" and letter.text not in now:
            now.append(letter.text)
        elif letter.act == "unreact" and letter.text in now:
            now.remove(letter.text)
        if len(self._given) > REMEMBERED:
            del self._given[next(iter(self._given))]
        return reactions(letter, space, seal, target, now)


REMEMBERED = 10_000
"""Messages whose reactions of ours are remembered: all of one sender are told at once."""


def _again(letter: n.Letter) -> n.Letter:
    from msgspec.structs import replace

    by = len(AGAIN)
    spans = tuple(type(s)(s.start + by, s.end + by, s.style, s.value) for s in letter.spans)
    return replace(letter, text=AGAIN + letter.text, spans=spans)
