"""Finding what was said in one's conversations, by its words.

The index is asked in a thread and may be older than what is so; each place that it gives is
looked up in the journal within a turn, and shown only where the asker may read it now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from words.chat import policy
from words.chat.group import Group
from words.errors import BadInput, Busy, NoSuchParticipant
from words.events import TALK, Said
from words.journal.index import Place, SearchIndex
from words.journal.query import LATEST, Wanted, expression, fitting, of_group, of_person

if TYPE_CHECKING:
    from words.chat.service import ChatService
    from words.chat.verbs.base import Verbs

InThread = Callable[..., Awaitable[Any]]

MOST = 100
"""Messages in one answer."""

ROUNDS = 5
"""How often the index is asked for one answer, where much that it gives may not be seen."""

AT_ONCE = 2
"""Searches at once: two of the hub's four threads stay free for others."""

WAITING = 64
"""Searches that may wait: more would wait longer than people do."""

FRESHENING = 0.2
"""Seconds that a search waits for the index to have what was said last."""


class Sought(NamedTuple):
    """What somebody looks for: in a group, in the direct messages with ``other``, or in all.

    Without ``text``, for all of it. Times are in milliseconds since 1970 UTC; ``before``, an id,
    begins the next page.
    """

    text: str
    group: Group | None = None
    other: str = ""
    author: str = ""
    since: int = 0
    until: int = LATEST
    before: int = LATEST
    limit: int = 50


class Found(NamedTuple):
    """Messages, the newest first, each with its group's name, or "" for a direct one.

    ``before`` begins the next page, 0 where there is none. Without ``complete`` there was no
    time to look everywhere.
    """

    messages: list[tuple[str, Said]]
    before: int
    complete: bool


class Searcher:
    """Searches of all participants; belongs to the loop's thread."""

    def __init__(self, service: ChatService, index: SearchIndex, in_thread: InThread) -> None:
        self._service = service
        self._index = index
        self._in_thread = in_thread
        self._room = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def find(self, asker: Verbs, sought: Sought) -> Found:
        """Return what ``asker`` may see of it; not within a turn.

        Raises `BadInput`, `TooLong`, `TooMany`, `NotMember`, `NoSuchParticipant`, `Busy`.
        """
        if self._waiting >= WAITING:
            raise Busy("searches")
        self._waiting += 1
        try:
            async with self._room:
                return await self._find(asker, sought)
        finally:
            self._waiting -= 1

    async def _find(self, asker: Verbs, sought: Sought) -> Found:
        call = self._service.turn.call
        wanted = await call(lambda: self._wanted(asker, sought))
        found: list[tuple[str, Said]] = []
        for _ in range(ROUNDS):
            asked = wanted
            places, complete = await self._in_thread(self._ask, asked)
            found += await call(lambda: self._seen(asker, asked, places))  # noqa: B023
            if not complete or len(places) < wanted.limit:
                return Found(found, 0, complete)
            if len(found) >= sought.limit:
                break
            wanted = wanted._replace(before=places[-1].id)
        return Found(found[: sought.limit], _next(found, sought.limit, places[-1].id), True)

    def _ask(self, wanted: Wanted) -> tuple[list[Place], bool]:
        self._index.fill(FRESHENING)
        return self._index.find(wanted)

    def _wanted(self, asker: Verbs, sought: Sought) -> Wanted:
        if not 0 < sought.limit <= MOST:
            raise BadInput("limit", f"must be from 1 to {MOST}")
        before = min(sought.before, sought.until * 1000 if sought.until < LATEST else LATEST)
        wanted = Wanted(
            sought.text,
            sought.limit,
            self._scopes(asker, sought),
            sought.author,
            min(sought.since * 1000, LATEST),
            before,
        )
        if not sought.text and sought.group is None and not sought.other and not sought.author:
            raise BadInput("search", "has no word")
        expression(wanted)  # refuses here what can't be searched for
        return wanted

    def _scopes(self, asker: Verbs, sought: Sought) -> tuple[str, ...]:
        me = asker.participant
        if sought.group is not None:
            policy.member_of(sought.group, me)
            return (of_group(sought.group.id),)
        if sought.other:
            registry = self._service.registry
            other = registry.participant(sought.other)
            number = other.id if other else registry.identity_number(sought.other)
            if number is None:
                raise NoSuchParticipant(sought.other)
            return (f"({of_person(me.id)} AND {of_person(number)})",)
        return (of_person(me.id), *(of_group(number) for number in me.groups))

    def _seen(self, asker: Verbs, wanted: Wanted, places: list[Place]) -> list[tuple[str, Said]]:
        """Return what stands at these places now and may be seen."""
        read = [(place, self._where(asker, place)) for place in places]
        events = [(where, self._at(place)) for place, where in read if where is not None]
        said = [
            (where, event)
            for where, event in events
            if event is not None and self._readable(asker, event)
        ]
        if not wanted.text:
            return said
        fits = fitting(wanted.text, [event.text for _, event in said])
        return [one for one, fit in zip(said, fits, strict=True) if fit]

    def _readable(self, asker: Verbs, said: Said) -> bool:
        """Return whether a message was said to one's own role too."""
        me = asker.participant
        group = me.groups.get(said.conversation)
        roles = self._service.settings.roles
        rank = roles.rank(group.members[me.id].roles) if group else 0
        return policy.reads(said, me, rank, roles)

    def _at(self, place: Place) -> Said | None:
        events = self._service.history.select(
            place.conversation,
            limit=1,
            start=("sequence", place.sequence),
            stop=("sequence", place.sequence + 1),
            classes=(TALK,),
        )
        event = events[0] if events else None
        return event if isinstance(event, Said) and event.id == place.id else None

    def _where(self, asker: Verbs, place: Place) -> str | None:
        """Return the name of the place's group, "" if it is direct, None if it isn't his to see."""
        me = asker.participant
        group = me.groups.get(place.conversation)
        if group is not None:
            settings = self._service.settings
            ranges = group.visible(
                group.members[me.id].since, settings.open_history, settings.closed_history
            )
            inside = any(start <= place.sequence < stop for start, stop in ranges)
            return group.name if inside else None
        rows = self._service.journal.store.read(
            "SELECT 1 FROM directs WHERE id = ? AND ? IN (low, high)", place.conversation, me.id
        )
        return "" if rows else None


def _next(found: list[tuple[str, Said]], limit: int, last: int) -> int:
    """Return where the next page begins: behind what is shown, or behind what was looked at."""
    return found[limit - 1][1].id if len(found) >= limit else last
