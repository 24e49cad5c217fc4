"""Reading the history of one's conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from words.chat import policy
from words.chat.group import Group
from words.chat.search import Found, Sought
from words.chat.verbs.base import Verbs
from words.errors import Busy
from words.events import TALK, ConversationEvent, Edited, Joined, Kicked, Left, Said
from words.interfaces import Point
from words.journal.history import ALL_CLASSES, EVERYTHING, Range

MAX_CHANGED = 500
"""Direct conversations told of at sign-on: some milliseconds of a turn."""


class Wish(NamedTuple):
    """Which part of a history: as `History.select` has it."""

    limit: int
    start: Point = ("sequence", 0)
    stop: Point | None = None
    newest: bool = False
    happenings: bool = False


class Conversed(NamedTuple):
    """A conversation with something said in a time."""

    name: str
    is_group: bool
    time: int
    sequence: int
    """Of the last message."""


class Changed(NamedTuple):
    """A conversation in which something happened: its end, and how far it is read."""

    name: str
    is_group: bool
    conversation: int
    sequence: int
    time: int
    read: int


class Reading(Verbs):
    """Verbs that read the journal. What this turn added is seen."""

    __slots__ = ()

    def read_group(self, group: Group, wish: Wish) -> list[ConversationEvent]:
        """Return a part of a group's history as a member may see it; raises `NotMember`."""
        member = policy.member_of(group, self.participant)
        settings = self.service.settings
        ranges = group.visible(member.since, settings.open_history, settings.closed_history)
        return self._readable(group, self._select(group.id, wish, ranges))

    def _readable(self, group: Group, found: list[ConversationEvent]) -> list[ConversationEvent]:
        """Return what the participant may read: what was said to a role, and in an auditorium
        who came and went, isn't for all."""
        me = self.participant
        roles = group.roles(self.service.settings.roles)
        mine = group.members[me.id].roles
        rank = roles.rank(mine)
        hidden = group.settings.auditorium and not roles.have(mine, "kick")

        def readable(event: ConversationEvent) -> bool:
            if isinstance(event, Said | Edited):
                return policy.reads(event, me, rank, roles)
            coming = isinstance(event, Joined | Left | Kicked)
            return not (hidden and coming) or event.actor.id == me.id

        return list(filter(readable, found))

    def read_direct(self, other: str, wish: Wish) -> list[ConversationEvent]:
        """Return a part of the history with another participant, empty if there is none."""
        direct = self._direct_with(other)
        return self._select(direct, wish, EVERYTHING) if direct else []

    def _select(
        self, conversation: int, wish: Wish, visible: Sequence[Range]
    ) -> list[ConversationEvent]:
        return self.service.history.select(
            conversation,
            limit=wish.limit,
            start=wish.start,
            stop=wish.stop,
            newest=wish.newest,
            classes=ALL_CLASSES if wish.happenings else (TALK,),
            visible=visible,
        )

    async def search(self, sought: Sought) -> Found:
        """Return what was said in one's conversations with these words; not within a turn.

        Raises `BadInput`, `TooLong`, `TooMany`, `NotMember`, `NoSuchParticipant`, `Busy`.
        """
        searcher = self.service.searcher
        if searcher is None:
            raise Busy("search index")
        return await searcher.find(self, sought)

    def _direct_with(self, name: str) -> int | None:
        registry = self.service.registry
        other = registry.participant(name)
        number = other.id if other else registry.identity_number(name)
        if number is None:
            return registry.direct_with_guest(self.participant.id, name)
        known = self.participant.directs.get(number)
        return known.id if known else registry.direct_number(self.participant.id, number)

    def conversations(
        self, start: int, stop: int, limit: int, *, newest: bool = True
    ) -> list[Conversed]:
        """Return those of one's conversations whose last message is between two times.

        Milliseconds, both excluded; in the order of that message. Where there are more than
        ``limit``, the first ones, or the last ones if ``newest``.
        """
        found: list[Conversed] = []
        settings = self.service.settings
        for group in self.participant.groups.values():
            since = group.members[self.participant.id].since
            ranges = group.visible(since, settings.open_history, settings.closed_history)
            last = self._select(group.id, Wish(1, newest=True), ranges)
            if last and start < last[0].time < stop:
                found.append(Conversed(group.name, True, last[0].time, last[0].sequence))
        registry = self.service.registry
        for number, name in registry.direct_partners(
            self.participant, start, stop, limit, newest=newest
        ):
            last = self._select(number, Wish(1, newest=True), EVERYTHING)
            if last and start < last[0].time < stop:
                found.append(Conversed(name, False, last[0].time, last[0].sequence))
        found.sort(key=lambda conversed: conversed.time)
        if not limit:
            return []
        return found[-limit:] if newest else found[:limit]

    def changed_since(self, time: int) -> list[Changed]:
        """Return those of one's conversations in which something happened at a time or later.

        Milliseconds; the latest first; of direct ones at most `MAX_CHANGED`.
        """
        me = self.participant
        persons = self.service.persons
        ends = [
            (group.name, True, group.id, group.sequence, group.time)
            for group in me.groups.values()
            if group.time >= time
        ]
        for number, name in self.service.registry.talked_since(me, time, MAX_CHANGED):
            sequence, last = self.service.journal.end(number)
            if last >= time:
                ends.append((name, False, number, sequence, last))
        ends.sort(key=lambda end: -end[4])
        return [
            Changed(*end, mark.sequence if (mark := persons.mark(me, end[2])) else 0)
            for end in ends
        ]
