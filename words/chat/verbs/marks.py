"""How far one has read, and that one is writing: small things that are often told."""

from __future__ import annotations

from typing import get_args

from words.chat import policy
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.person import Mark
from words.chat.verbs.base import Verbs, silenced
from words.errors import BadInput
from words.events import ReadMarked, Typing, TypingState
from words.interfaces import Point

_STATES = frozenset(get_args(TypingState))


class Marks(Verbs):
    """Verbs about reading and writing."""

    __slots__ = ()

    def mark_read(self, where: Group | Participant, upto: Point) -> Mark | None:
        """Note that a conversation was read up to a sequence number, id or time (included).

        It never goes back. Return how far it is read now, None if there was nothing to read.
        A time is kept as it was given, if it has come, even where nothing was said yet (IRCv3
        draft/read-marker). Raises `NotMember`. Until some seconds later a crash may take it back.
        """
        column, value = upto
        conversation = self._conversation(where)
        persons = self.service.persons
        if conversation is None:
            if column != "time" or isinstance(where, Group):
                return None
            self.service.turn.require_space()
            conversation = self.service.registry.direct(self.participant, where).id
        before = persons.mark(self.participant, conversation)
        last = self.service.history.select(
            conversation, limit=1, stop=(column, min(value, 2**62) + 1), newest=True
        )
        stamp = self.service.registry.passing()
        least = before or Mark(0, 0)
        mark = Mark(last[0].sequence, last[0].time) if last else least
        moment = min(value, stamp[3]) if column == "time" else 0
        mark = Mark(max(mark.sequence, least.sequence), max(mark.time, moment, least.time))
        if mark == least:
            return before
        persons.set_mark(self.participant, conversation, mark)
        named = (where.name, "") if isinstance(where, Group) else ("", where.name)
        event = ReadMarked(*stamp, self.participant.actor, *named, *mark)
        others = [each for each in self.participant.attachments if each is not self]
        self.service.fanout.tell_all(others, event)
        return mark

    def mark(self, where: Group | Participant) -> Mark | None:
        """Return how far one has read a conversation; raises `NotMember`."""
        conversation = self._conversation(where)
        return self.service.persons.mark(self.participant, conversation) if conversation else None

    def _conversation(self, where: Group | Participant) -> int | None:
        if isinstance(where, Group):
            policy.member_of(where, self.participant)
            return where.id
        known = self.participant.directs.get(where.id)
        registry = self.service.registry
        return known.id if known else registry.direct_number(self.participant.id, where.id)

    def typing(self, where: Group | Participant, state: TypingState) -> Typing:
        """Let the others know that one is writing: "active", "paused" or "done".

        Return what they are told. Raises `CannotSpeak`, `NoSuchParticipant`, `CannotReach`.
        """
        if state not in _STATES:
            raise BadInput("typing", state)
        service = self.service
        me = self.participant
        stamp = service.registry.passing()
        mine = self._unheard(tuple(me.attachments))
        if isinstance(where, Group):
            policy.may_speak(where, me, service.settings.roles)
            service.seal_elsewhere(me, where)
            event = Typing(*stamp, me.actor, state)
            service.fanout.publish(where.audience, event, mine)
            return event
        self._reach_with(where)
        event = Typing(*stamp, me.actor, state, where.name)
        for attachment in () if silenced(where, me) else where.attachments:
            if attachment not in mine:
                service.fanout.tell(attachment, event)
        return event
