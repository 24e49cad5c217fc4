"""Asking people into groups. An identity's invitations wait until they are used or ended."""

from __future__ import annotations

from typing import NamedTuple

from words.chat import policy
from words.chat.group import Group
from words.chat.invitations import MOST, Waiting
from words.chat.participant import Participant
from words.chat.verbs.base import Verbs
from words.errors import AlreadyMember, LoginRequired, NeedsRight, NotFound
from words.events import InvitationEnded, Invited
from words.names import group_key


class Invitation(NamedTuple):
    """One that waits; ``opens`` the group though it may be closed."""

    group: str
    inviter: str
    time: int
    opens: bool


class Inviting(Verbs):
    """Verbs about invitations."""

    __slots__ = ()

    def invite(self, group: Group, other: Participant) -> None:
        """Ask somebody in. Who has the right to invite opens every door with it, for once;
        others may ask only into groups that anybody may enter. See `addressee` for ``other``.

        Raises `NotMember`, `NeedsRight`, `AlreadyMember`, `NoSuchParticipant`.
        """
        service = self.service
        roles = group.roles(service.settings.roles)
        mine = policy.member_of(group, self.participant)
        entitled = roles.have(mine.roles, "invite")
        self.reach(other)
        if other.id in group.members:
            raise AlreadyMember(other.name, group.name)
        if group.settings.invite_only and not entitled:
            raise NeedsRight("invite", group.name)
        service.turn.require_space()
        stamp = service.registry.own_stamp(other)
        event = Invited(*stamp, self.participant.actor, other.actor, group.name)
        if other.identity:
            service.persons.happen(other, event, other.attachments)
        self._keep(group, other, group.facts.epoch if entitled else 0, event)
        deaf = self._unheard(())
        for attachment in other.attachments:
            if attachment not in deaf:
                service.fanout.tell(attachment, event)
        inviters = [
            attachment
            for member in group.members.values()
            if roles.have(member.roles, "invite") and member.participant is not self.participant
            for attachment in member.participant.attachments
        ]
        service.fanout.tell_all(inviters, service.registry.public(event))

    def _keep(self, group: Group, other: Participant, epoch: int, event: Invited) -> None:
        known = other.invitations
        if other.identity and not other.attachments:
            known = self.service.invitations.opening(other.identity)
        if known.get(group.id) == group.facts.epoch:
            epoch = group.facts.epoch  # what was open isn't closed by being asked once more
        other.invitations.pop(group.id, None)
        other.invitations[group.id] = epoch
        if len(other.invitations) > MOST:
            del other.invitations[next(iter(other.invitations))]
        if other.identity:
            waiting = Waiting(group.id, epoch, self.participant.name, event.time)
            self.service.invitations.keep(other.identity, waiting)

    def revoke_invitation(self, group: Group, name: str) -> None:
        """End an invitation into a group; raises `NotMember`, `NeedsRight`, `NotFound`."""
        service = self.service
        policy.with_right(group, self.participant, "invite", service.settings.roles)
        registry = service.registry
        other = registry.participant(name) or registry.identity(name)
        if other is None:
            raise NotFound(name)
        self._end(group.id, group.name, other)

    def invitations(self) -> list[Invitation]:
        """Return what waits for oneself, the oldest first; raises `LoginRequired`."""
        service = self.service
        if not self.participant.identity:
            raise LoginRequired("invitations")
        found: list[Invitation] = []
        for waiting in service.invitations.of(self.participant.identity):
            rows = service.journal.store.read(
                "SELECT name FROM groups WHERE id = ?", waiting.conversation
            )
            group = service.registry.group(rows[0][0]) if rows else None
            if group is not None and waiting.epoch in (0, group.facts.epoch):
                inviter, when, opens = waiting.inviter, waiting.time, bool(waiting.epoch)
                found.append(Invitation(group.name, inviter, when, opens))
        return found

    def decline(self, name: str) -> None:
        """End an invitation of one's own into the group of this name; raises `NotFound`."""
        rows = self.service.journal.store.read(
            "SELECT id, name FROM groups WHERE key = ?", group_key(name)
        )
        if not rows:
            raise NotFound(name)
        number, shown = rows[0]
        if number not in self.participant.invitations:
            raise NotFound(name)  # as it was asked for: how it is written is told to nobody else
        self._end(number, shown, self.participant)

    def _end(self, number: int, name: str, other: Participant) -> None:
        service = self.service
        known = other.invitations
        if other.identity and not other.attachments:
            known = service.invitations.opening(other.identity)
        if number not in known:
            raise NotFound(name)
        service.turn.require_space()
        stamp = service.registry.own_stamp(other)
        event = InvitationEnded(*stamp, self.participant.actor, other.actor, name)
        service.persons.happen(other, event, (self,))
        other.invitations.pop(number, None)
        if other.identity:
            service.invitations.drop(other.identity, number)
