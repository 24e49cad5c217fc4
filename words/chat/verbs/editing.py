"""What is done to messages later: edits, redactions, reactions.

Each is an event of the conversation, and the message itself is rewritten in the same
transaction, so that nobody reads what was taken back.
"""

from __future__ import annotations

import msgspec

from words.chat import policy
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs.base import check_reason
from words.chat.verbs.contacts import check_line
from words.chat.verbs.talk import Body, Talk
from words.errors import CannotSpeak, Forbidden, NoSuchMessage, TooMany
from words.events import Edited, Fate, Reacted, Reaction, Redacted, Said, message_id
from words.journal.redaction import redact, rewrite

MAX_EDITS = 50  # of one message: each is a row to be rewritten when it is redacted
MAX_REACTION = 64  # characters: an emoji of several people takes up to 35
MAX_REACTIONS = 20  # different ones to one message: a row of them fits a screen
MAX_REACTORS = 500  # altogether, to one message: it is rewritten with each


class Editing(Talk):
    """Verbs about messages that were said."""

    __slots__ = ()

    def edit(self, where: Group | Participant, number: int, body: Body) -> Edited | None:
        """Give a message of one's own another text; return None where it has that text.

        Raises `NoSuchMessage`, `Forbidden`, `CannotSpeak`, `TooLong`, `BadInput`, `TooMany`.
        """
        said = self._message(where, number)
        if not self._mine(said):
            raise Forbidden("edit", message_id(number))
        if isinstance(where, Group):
            policy.may_speak(where, self.participant, self.service.settings.roles)
        self._check(body)
        if isinstance(where, Group):
            self._require_audience(where, said)
            body = self._restrained(where, body, edit=True)
        if (body.text, body.spans) == (said.text, said.spans):
            return None
        fate = said.fate or Fate()
        if len(fate.edits) >= MAX_EDITS:
            raise TooMany("edits", MAX_EDITS)
        stamp = self._stamp(where)
        event = Edited(
            *stamp,
            self.participant.actor,
            number,
            body.text,
            body.spans,
            said.to,
            body.form,
            body.wire,
            said.role,
        )
        self._done(where, event, said.role)
        rewrite(
            self.service.journal,
            msgspec.structs.replace(
                said,
                text=body.text,
                spans=body.spans,
                form=body.form,
                wire=body.wire,
                fate=msgspec.structs.replace(
                    fate, edited=event.time, edits=(*fate.edits, event.sequence)
                ),
            ),
        )
        return event

    def redact(
        self,
        where: Group | Participant,
        number: int,
        reason: str = "",
        *,
        privileged: bool = False,
    ) -> Redacted:
        """Take back a message of one's own, or (with the right "redact") somebody else's.

        With ``privileged``, who looks after the hub, any of a group. The reason of one who is
        muted isn't told.

        Raises `NoSuchMessage`, `NeedsRight`, `Forbidden`.
        """
        said = self._message(where, number, privileged=privileged)
        if not self._mine(said) and not (privileged and isinstance(where, Group)):
            if not isinstance(where, Group):
                raise Forbidden("redact", message_id(number))
            roles = self.service.settings.roles
            mine = policy.with_right(where, self.participant, "redact", roles)
            author = where.members.get(said.actor.id)
            if author is not None:
                policy.outranks(where, mine, author, roles)
        check_reason(reason)
        if isinstance(where, Group) and not privileged:
            reason = self._reason(where, reason)
        stamp = self._stamp(where)
        event = Redacted(*stamp, self.participant.actor, number, reason, said.to)
        self._done(where, event, said.role)
        redact(self.service.journal, said, event.time)
        return event

    def react(
        self, where: Group | Participant, number: int, reaction: str, added: bool = True
    ) -> Reacted | None:
        """Give a reaction to a message, or take it back; return None where nothing changes.

        Raises `NoSuchMessage`, `CannotSpeak`, `BadInput`, `TooLong`, `TooMany`.
        """
        said = self._message(where, number)
        if isinstance(where, Group):
            policy.may_speak(where, self.participant, self.service.settings.roles)
        check_line("reaction", reaction, MAX_REACTION)
        if isinstance(where, Group) and added:
            self._require_audience(where, said)
            self._require_open(where, reaction)
        fate = said.fate or Fate()
        reactions = self._reacted(fate.reactions, reaction, added)
        if reactions is None:
            return None
        stamp = self._stamp(where)
        to = "" if isinstance(where, Group) else where.name
        event = Reacted(*stamp, self.participant.actor, number, reaction, added, to)
        self._done(where, event, said.role)
        rewrite(
            self.service.journal,
            msgspec.structs.replace(said, fate=msgspec.structs.replace(fate, reactions=reactions)),
        )
        return event

    def take_back(self, where: Group | Participant, number: int) -> Reacted:
        """Take back a reaction of one's own, by the number of the event that it was.

        Raises `NoSuchMessage`, where it was taken back already too; `NotMember`, `CannotSpeak`.
        """
        conversation: int | None = where.id
        if isinstance(where, Group):
            policy.member_of(where, self.participant)
        else:
            conversation = self.service.registry.direct_number(self.participant.id, where.id)
        found = self.service.history.find(conversation, number) if conversation else None
        if isinstance(found, Reacted) and found.added and found.actor.id == self.participant.id:
            done = self.react(where, found.message, found.reaction, added=False)
            if done is not None:
                return done
        raise NoSuchMessage(message_id(number))

    def _reacted(
        self, reactions: tuple[Reaction, ...], text: str, added: bool
    ) -> tuple[Reaction, ...] | None:
        me = self.participant
        by = {each.text: dict(each.by) for each in reactions}
        if (me.id in by.get(text, {})) == added:
            return None
        if added:
            if text not in by and len(by) >= MAX_REACTIONS:
                raise TooMany("reactions", MAX_REACTIONS)
            if sum(map(len, by.values())) >= MAX_REACTORS:
                raise TooMany("reactions", MAX_REACTORS)
            by.setdefault(text, {})[me.id] = me.name
        else:
            del by[text][me.id]
        return tuple(Reaction(each, tuple(who.items())) for each, who in by.items() if who)

    def _message(
        self, where: Group | Participant, number: int, *, privileged: bool = False
    ) -> Said:
        """Return a message that one may see and that wasn't taken back, or `NoSuchMessage`."""
        self.service.turn.require_space()
        unknown = NoSuchMessage(message_id(number))
        if isinstance(where, Group) and privileged:
            said = self._original(where.id, number)
        elif isinstance(where, Group):
            member = policy.member_of(where, self.participant)
            said = self._original(where.id, number)
            settings = self.service.settings
            ranges = where.visible(member.since, settings.open_history, settings.closed_history)
            if not any(start <= said.sequence < stop for start, stop in ranges):
                raise unknown
            roles = settings.roles
            if not policy.reads(said, self.participant, roles.rank(member.roles), roles):
                raise unknown
        else:
            self.reach(where)
            conversation = self.service.registry.direct_number(self.participant.id, where.id)
            if conversation is None:
                raise unknown
            said = self._original(conversation, number)
        if said.fate and said.fate.redacted:
            raise unknown
        return said

    def _require_audience(self, group: Group, said: Said) -> None:
        """Raise `CannotSpeak` where a message was said to all, and what one says now isn't."""
        if group.settings.op_moderated and not said.role and not self._free(group):
            raise CannotSpeak(group.name, "what members say is for operators only")

    def _mine(self, said: Said) -> bool:
        """Return whether one said it oneself, under this name or another one of one's account;
        who had an account of the same name before was somebody else."""
        me = self.participant.actor
        if said.actor.id == me.id:
            return True
        if not me.account or said.actor.account != me.account:
            return False
        number = self.service.registry.identity_number(me.account)
        return number is not None and said.id > number

    def _stamp(self, where: Group | Participant) -> tuple[int, int, int, int]:
        registry = self.service.registry
        if isinstance(where, Group):
            return registry.stamp(where)
        return registry.stamp(registry.direct(self.participant, where))

    def _done(
        self, where: Group | Participant, event: Edited | Redacted | Reacted, role: str
    ) -> None:
        """Let the event come to pass; ``role`` is that of the message."""
        if isinstance(where, Group):
            # Everybody has to forget, also who ignores him and who doesn't want to hear himself.
            redacted = isinstance(event, Redacted)
            skip = self._not_told(redacted or self.echo)
            if role:
                roles = self.service.settings.roles
                skip = (*skip, *policy.below(where, role, roles, self.participant))
            self.service.seal_elsewhere(self.participant, where)
            self.service.happen(where, event, skip=skip if redacted else self._unheard(skip))
            if redacted or self.echo:
                self._capture(event, where.name)
            return
        direct = self.service.registry.direct(self.participant, where)
        self.service.journal.append(event)
        direct.sequence, direct.time = event.sequence, event.time
        self._tell_direct(event, where)
