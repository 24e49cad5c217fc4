"""Addresses of a component for our people, and their entering of rooms.

Source: XEP-0114 (components), XEP-0106 (JID escaping), XEP-0045, 7.2.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any
from xml.etree import ElementTree as ET

from gateways.bridges.xmpp.rooms import SELF, Room, status
from gateways.bridges.xmpp.stanzas import Element, local

MUC = "http://jabber.org/protocol/muc"

MOST = 500
"""Places that our people have in rooms; who was silent longest leaves first."""

ENTER = 30.0
"""Seconds for a room to let somebody in."""

PATIENCE = 3.0
"""Seconds for which what somebody says waits until he is in. Then the bridge itself says it; and as
long as a room lets nobody in, nothing waits for newcomers."""

MOST_COMING = 100
"""People of ours who are on their way into rooms at a time."""

NICKS = 5
"""Nicks that are tried, each with one more ``_``."""

_ESCAPE = re.compile(r"\\(20|22|26|27|2f|3a|3c|3e|40|5c)")
_ESCAPED = {ord(char): f"\\{ord(char):02x}" for char in " \"&'/:<>@\\"}


def escaped(name: str) -> str:
    """Return a name of ours as the local part of an address, reversibly; our names fold case."""
    return name.lower().translate(_ESCAPED)


def unescaped(local: str) -> str:
    """Return the name of ours that the local part of an address stands for."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), local)


def entering(space: str, room: str, nick: str, sender: str) -> Element:
    """Return the presence by which one enters a room, without what was said before."""
    found = ET.Element(f"{{{space}}}presence", {"to": f"{room}/{nick}", "from": sender})
    about = ET.SubElement(found, f"{{{MUC}}}x")
    ET.SubElement(about, f"{{{MUC}}}history", maxstanzas="0")
    return found


def leaving(space: str, room: str, nick: str, sender: str) -> Element:
    """Return the presence by which one leaves a room."""
    to = f"{room}/{nick}"
    return ET.Element(f"{{{space}}}presence", {"to": to, "from": sender, "type": "unavailable"})


class NotIn(Exception):
    """A room doesn't let somebody in: ``NotIn(condition)``."""


def refusal(stanza: Element) -> str:
    """Return the condition and text of an error (RFC 6120, 8.3)."""
    for error in stanza:
        if local(error) == "error":
            parts = [each.text if local(each) == "text" else local(each) for each in error]
            return ": ".join(filter(None, parts))
    return "it was refused"


def kind_of_error(stanza: Element) -> str:
    """Return what can be done about an error: cancel, continue, modify, auth or wait."""
    return next((each.get("type", "") for each in stanza if local(each) == "error"), "")


class Entering:
    """Who is on his way into which room."""

    def __init__(self, space: str, write: Callable[[Element], None]) -> None:
        self._space = space
        self._write = write
        self._waiting: dict[tuple[str, str], asyncio.Future[set[str]]] = {}

    async def enter(self, room: str, nick: str, sender: str) -> set[str]:
        """Enter a room; return the status codes of the answer. Raises `NotIn`."""
        bare = sender.partition("/")[0]
        answer = asyncio.get_running_loop().create_future()
        self._waiting[bare, room] = answer
        self._write(entering(self._space, room, nick, sender))
        try:
            async with asyncio.timeout(ENTER):
                return set(await answer)
        except TimeoutError:
            raise NotIn("the room doesn't answer") from None
        finally:
            self._waiting.pop((bare, room), None)

    def heard(self, to: str, room: str, presence: Element) -> None:
        """Take a presence that a room sent to one of us."""
        answer = self._waiting.get((to.partition("/")[0], room))
        if answer is None or answer.done():
            return
        codes, _ = status(presence)
        if presence.get("type") == "error":
            answer.set_exception(NotIn(refusal(presence)))
        elif SELF in codes and not presence.get("type"):
            answer.set_result(codes)


class Ghosts:
    """The addresses of our people at a component, and the rooms that each is in."""

    def __init__(
        self,
        domain: str,
        space: str,
        entering: Entering,
        write: Callable[[Element], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._domain = domain
        self._space = space
        self._entering = entering
        self._write = write
        self._spawn = spawn
        self._places: OrderedDict[tuple[str, str], tuple[str, Room]] = OrderedDict()
        self._coming: dict[tuple[str, str], asyncio.Event] = {}
        """Who is on his way into which room; set when he is in, or isn't let in."""
        self._slow: set[str] = set()
        """Rooms that didn't answer in time, and let nobody in since."""

    def address(self, name: str) -> str:
        """Return the address of one of our people."""
        return f"{escaped(name)}@{self._domain}/words"

    async def ready(self, name: str, room: Room) -> str:
        """Return the address of somebody who is in the room now. Raises `NotIn`."""
        address = self.address(name)
        place = address, room.name
        if place not in self._places:
            await self._come(name, place, room)
        self._places.move_to_end(place)
        return address

    async def _come(self, name: str, place: tuple[str, str], room: Room) -> None:
        answered = self._coming.get(place)
        if answered is None:
            if len(self._coming) >= MOST_COMING:
                raise NotIn("too many are on their way")
            answered = self._coming[place] = asyncio.Event()
            self._spawn(self._enter(name, place, room))
        try:
            async with asyncio.timeout(0.0 if room.name in self._slow else PATIENCE):
                await answered.wait()
        except TimeoutError:
            self._slow.add(room.name)
            raise NotIn("the room takes its time") from None
        if place not in self._places:
            raise NotIn("the room doesn't let him in")

    async def _enter(self, name: str, place: tuple[str, str], room: Room) -> None:
        address, _ = place
        for more in range(NICKS):
            nick = name + "_" * more
            if nick == room.nick:
                continue
            room.ghosts.add(nick)
            try:
                await self._entering.enter(room.name, nick, address)
            except NotIn as refused:
                room.ghosts.discard(nick)
                if "conflict" in str(refused):
                    continue
                break
            self._places[place] = nick, room
            self._slow.discard(room.name)
            break
        self._coming.pop(place).set()
        if len(self._places) > MOST:
            (gone, where), (nick, left) = self._places.popitem(last=False)
            left.ghosts.discard(nick)
            self._write(leaving(self._space, where, nick, gone))

    def forget(self, address: str, room: str) -> None:
        """Note that somebody was removed from a room: he enters again when he says something."""
        place = self._places.pop((address, room), None)
        if place is not None:
            nick, left = place
            left.ghosts.discard(nick)
