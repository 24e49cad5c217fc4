"""The stream of events: in order, each once, of bounded length; no I/O.

Every stored event has a conversation and a sequence number in it, so what came before is known
by its number, and what is missing can be read from the hub's history. A conversation of which
something is missing is *behind*: what is heard of it live isn't kept, only how far it has got,
until history has caught up. That happens after a lost connection, and when the program doesn't
take items as fast as they come: a full stream drops what it hears and reads it again later.
Passing events (typing, presence) have no number: they are dropped when the stream is full.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

import msgspec

from words.client.notices import Gap, Item
from words.events import Event, Joined, Kicked, Left, PersonEvent, Said
from words.remote.happenings import Heard
from words.remote.values import Position

PERSONAL = get_args(PersonEvent)
"""What one does to one's own things, by another client: there is little of it, it is never dropped
here, and it isn't read back: `words.client.own` reads what came of it.
"""

ROOM = 10_000
"""Items that wait for the program: some megabytes."""


class Place(msgspec.Struct):
    """How far one conversation was taken. ``name``: of the group, or of the other participant."""

    name: str
    group: bool
    sequence: int
    time: int = 0


class Stream:
    """Items for one program. ``seen`` is how far it has taken each conversation.

    With ``strangers`` direct conversations that it doesn't know were missed, not skipped.
    """

    def __init__(
        self, seen: Mapping[int, Place] | None = None, room: int = ROOM, *, strangers: bool = False
    ) -> None:
        self.seen: dict[int, Place] = dict(seen or {})
        self.me = 0
        """The number of the own participant."""
        self.on_behind: Callable[[int], None] | None = None
        """Called with a conversation that has fallen behind."""
        self._room = room
        self._strangers = strangers
        self._items: deque[Item] = deque()
        self._heard: dict[int, Place] = {
            number: msgspec.structs.replace(place) for number, place in self.seen.items()
        }
        self._behind: dict[int, int] = {}
        self._held: list[Heard] | None = None
        self._more = asyncio.Event()
        self._space = asyncio.Event()
        self._space.set()
        self._ended = False

    # What is heard

    def hold(self) -> None:
        """Keep aside what is heard until `settle`: how far all had got isn't known yet."""
        self._held = []

    def settle(self, positions: Iterable[Position]) -> None:
        """Learn how far conversations had got when the connection began."""
        for at in positions:
            place = self._heard.get(at.conversation)
            if place is None and self._strangers and not at.group:
                place = self._heard[at.conversation] = Place(at.name, False, 0)
            if place is None or place.sequence > at.sequence:  # new, or an older storage is back
                self._heard[at.conversation] = Place(at.name, at.group, at.sequence)
            elif place.sequence < at.sequence:
                place.name = at.name
                self._fall_behind(at.conversation, at.sequence)
        held, self._held = self._held or [], None
        for heard in held:
            self.hear(heard)

    def hear(self, heard: Heard) -> None:
        """Take a live event."""
        event = heard.event
        if self._held is not None and len(self._held) < self._room:
            self._held.append(heard)
        elif not event.sequence or isinstance(event, PERSONAL):
            if len(self._items) < self._room or event.sequence:
                self._put(heard)
        else:
            self._follow(heard, event)

    def _follow(self, heard: Heard, event: Event) -> None:
        number = event.conversation
        place = self._heard.get(number)
        if place is None:
            place = Place(self._name(heard), bool(heard.where), event.sequence - 1)
            self._heard[number] = place
        if number in self._behind:
            self._behind[number] = max(self._behind[number], event.sequence)
        elif event.sequence <= place.sequence:
            return
        elif (
            len(self._items) >= self._room
            or self._held is not None
            or self._came_back(event, place)
        ):
            self._fall_behind(number, event.sequence)
        else:
            self._take(heard, place)

    def _came_back(self, event: Event, place: Place) -> bool:
        """Return whether we have just joined again a group of which we know an earlier part."""
        joined = type(event) is Joined and event.actor.id == self.me
        return joined and event.sequence > place.sequence + 1

    def _name(self, heard: Heard) -> str:
        event = heard.event
        if heard.where:
            return heard.where
        mine = event.actor.id == self.me and isinstance(event, Said)
        return event.to if mine and isinstance(event, Said) else event.actor.name

    def _take(self, heard: Heard, place: Place) -> None:
        event = heard.event
        place.sequence, place.time = event.sequence, event.time
        self._put(heard)
        if self._departs(event):  # what is said there from now on isn't missed
            self._heard.pop(event.conversation, None)

    def _departs(self, event: Event) -> bool:
        gone = event.actor if isinstance(event, Left) else None
        gone = event.target if isinstance(event, Kicked) else gone
        return gone is not None and gone.id == self.me

    # What is read back

    def _fall_behind(self, number: int, sequence: int) -> None:
        before = self._behind.get(number)
        self._behind[number] = max(before or 0, sequence)
        if before is None and self.on_behind is not None:
            self.on_behind(number)

    @property
    def waiting(self) -> int:
        """Return how many items wait for the program."""
        return len(self._items)

    @property
    def behind(self) -> list[int]:
        """Return the conversations that are behind."""
        return list(self._behind)

    def missing(self, number: int) -> Place | None:
        """Return from where on a conversation has to be read, None when it has caught up.

        Between this and what `read` is given may be as much time as it takes.
        """
        place = self._heard.get(number)
        if place is None or self._behind.get(number, 0) <= place.sequence:
            self._behind.pop(number, None)
            return None
        return place

    def read(self, number: int, page: Iterable[Heard]) -> None:
        """Take a page of history that follows `missing`; an empty one: there is nothing.

        Numbers may be left out: of what was taken back, and of what one may not see.
        """
        place = self._heard[number]  # the reader has just had it from `missing`
        empty = True
        for heard in page:
            empty = False
            if heard.event.sequence > place.sequence:
                self._take(heard, place)
        if empty:
            self.give_up(number)

    def give_up(self, number: int) -> None:
        """Go on after what can't be read."""
        place = self._heard.get(number)
        until = self._behind.pop(number, 0)
        if place is not None and until > place.sequence:
            self._put(Gap(place.name, place.sequence, until + 1))
            place.sequence = until

    async def space(self) -> None:
        """Wait until half of the room is free: for a page of history."""
        await self._space.wait()

    # What the program takes

    def put(self, item: Item) -> None:
        """Add a notice; there are few of them."""
        self._put(item)

    def _put(self, item: Item) -> None:
        self._items.append(item)
        self._more.set()
        if len(self._items) > self._room // 2:
            self._space.clear()

    def end(self) -> None:
        """Let the stream end after what is in it."""
        self._ended = True
        self._more.set()

    async def next(self) -> Item | None:
        """Return the next item, None at the end."""
        while not self._items:
            if self._ended:
                return None
            self._more.clear()
            await self._more.wait()
        item = self._items.popleft()
        if len(self._items) <= self._room // 2:
            self._space.set()
        self._saw(item)
        return item

    def _saw(self, item: Item) -> None:
        if (
            not isinstance(item, Heard)
            or not item.event.sequence
            or isinstance(item.event, PERSONAL)
        ):
            return
        event = item.event
        if self._departs(event):
            self.seen.pop(event.conversation, None)
            return
        name = item.where or self._name(item)
        self.seen[event.conversation] = Place(name, bool(item.where), event.sequence, event.time)
