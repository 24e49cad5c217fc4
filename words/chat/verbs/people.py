"""What somebody says of himself: name, presence, profile."""

from __future__ import annotations

import msgspec

from words.chat import policy
from words.chat.masks import matcher, normalise
from words.chat.verbs.base import Verbs, check_text
from words.errors import BadInput, Forbidden, NameTaken, TooLong, TooMany
from words.events import AccountChanged, Flags, ProfileChanged, Renamed
from words.names import check_participant_name, participant_key

MAX_REAL_NAME = 150  # characters; shown beside a name, in one line
MAX_AWAY = 390  # characters; as a topic
MAX_SILENCES = 32  # masks; each is tried for every direct message
MAX_PROFILE = 4096  # characters; a page, more than the oldest clients could set (1,024 bytes)


class People(Verbs):
    """Verbs about oneself."""

    __slots__ = ()

    def rename(self, name: str, *, forced: bool = False) -> None:
        """Take another name, where it is free; raises `BadName`, `TooLong`, `NameTaken`.

        The own participant of an identity is called like it (`Forbidden`). Whom a group bans or
        mutes can't say anything to it by a name either (`CannotSpeak`), unless he is ``forced``.
        """
        participant = self.participant
        service = self.service
        check_participant_name(name, service.settings.limits.name)
        if name == participant.name:
            return
        if participant_key(name) != participant.key:
            if participant.identity:
                raise Forbidden("only guests take another name: who has an account keeps its")
            if not service.name_free(name):
                raise NameTaken(name)
        if not forced:
            for group in participant.groups.values():
                policy.may_show_a_name(group, participant, service.settings.roles)
        self.be_called(name)

    def be_called(self, name: str) -> None:
        """Take a name that was found to be right and free."""
        participant = self.participant
        service = self.service
        stamp = service.registry.passing()
        event = Renamed(*stamp, participant.actor, name, tuple(participant.groups))
        near = service.registry.near(participant)
        near.pop(self, None)
        other_key = participant_key(name) != participant.key
        if other_key:
            service.watching.tell(participant, False)
        service.registry.rename(participant, msgspec.structs.replace(participant.actor, name=name))
        service.fanout.tell_all(near, event)
        self._tell_self(event)
        service.announce(participant)
        if other_key:
            service.watching.tell(participant, True)

    def set_away(self, text: str | None) -> None:
        """Be away with this text, or (None) back; others see all attachments folded into one."""
        if text is not None:
            check_text(text)
            if len(text) > MAX_AWAY:
                raise TooLong("away text", MAX_AWAY)
        self.away = text
        self.service.refold(self.participant)

    def hide(self, hidden: bool) -> None:
        """Be found by those who share no group by one's full name only, or (False) by all."""
        participant = self.participant
        self.service.registry.hidden += hidden - participant.hidden
        participant.hidden = hidden

    def shut(self, *, accounts_only: bool, no_queries: bool) -> None:
        """Choose whether guests may not write to one, and programs not ask one's own, for as
        long as one is here."""
        self.participant.accounts_only = accounts_only
        self.participant.no_queries = no_queries

    def set_operator(self, operator: bool) -> None:
        """Be marked as one who looks after the hub, or not; rights are the passport's."""
        self._mark(Flags.OPERATOR, operator)

    def set_bot(self, bot: bool) -> None:
        """Be marked as a program, or not."""
        self._mark(Flags.BOT, bot)

    def _mark(self, flag: Flags, on: bool) -> None:
        actor = self.participant.actor
        flags = int(actor.flags & ~flag | (flag if on else 0))
        if flags != actor.flags:
            self.participant.actor = msgspec.structs.replace(actor, flags=flags)

    def set_real_name(self, real_name: str) -> None:
        """Change the real name that others see; an identity's is kept for the next time."""
        check_text(real_name)
        if not real_name.strip():
            raise BadInput("real name", "is empty")
        if len(real_name) > MAX_REAL_NAME:
            raise TooLong("real name", MAX_REAL_NAME)
        service = self.service
        participant = self.participant
        service.turn.require_space()
        stamp = service.registry.own_stamp(participant)
        event = ProfileChanged(*stamp, participant.actor, real_name)
        service.persons.happen(participant, event, (self,))
        participant.real_name = real_name
        near = service.interested(participant)
        for attachment in participant.attachments:
            near.pop(attachment, None)
        service.fanout.tell_all(near, service.registry.public(event))
        self._tell_self(event)

    def silence(self, mask: str, silenced: bool = True) -> str:
        """Not be told any more what is said directly by whom a mask means, or (False) again.

        It lasts as long as one is connected. Return the mask in the form that is kept, "" where
        nothing changed; raises `BadInput`, `TooMany`.
        """
        silences = self.participant.silences
        try:
            mask = normalise(mask)
        except ValueError:
            raise BadInput("mask", mask) from None
        if (mask in silences) == silenced:
            return ""
        if not silenced:
            del silences[mask]
        elif len(silences) >= MAX_SILENCES:
            raise TooMany("silences", MAX_SILENCES)
        else:
            silences[mask] = matcher(mask, participant_key)
        return mask

    def set_profile(self, text: str) -> None:
        """Say something of oneself, for those who ask; an identity's is kept."""
        check_text(text, lines=True)
        if len(text) > MAX_PROFILE:
            raise TooLong("profile", MAX_PROFILE)
        service = self.service
        participant = self.participant
        service.turn.require_space()
        stamp = service.registry.own_stamp(participant)
        event = ProfileChanged(*stamp, participant.actor, participant.real_name, text)
        service.persons.happen(participant, event, (self,))

    def profile(self, name: str) -> str:
        """Return what somebody says of himself; raises `NoSuchParticipant`."""
        return self.service.persons.of(self.addressee(name)).facts.text

    def mark_account(self, account: str) -> None:
        """Mark a connection that logged in after it came; nothing merges. A banned one ends."""
        participant = self.participant
        old = participant.actor
        if old.account == account:
            return
        participant.actor = msgspec.structs.replace(old, account=account)
        event = AccountChanged(*self.service.registry.passing(), participant.actor, account)
        self.service.fanout.tell_all(self.service.interested(participant), event)
        if account and (ban := self.service.bans.of_account(account)):
            self.outlet.close(f"Banned: {ban.reason}" if ban.reason else "Banned")
