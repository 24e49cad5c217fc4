"""Joining, leaving, inviting, the topic."""

from __future__ import annotations

from words.chat import policy
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs.base import Verbs, check_text
from words.errors import AlreadyMember, NeedsRight, TooLong, TooMany
from words.events import Invited, Joined, Left, PresenceChanged, TopicChanged
from words.names import check_group_name


class Membership(Verbs):
    """Verbs about being in a group."""

    __slots__ = ()

    def join(self, name: str, key: str = "", *, durable: bool = False) -> Group:
        """Become a member, of a new group if there is none of this name.

        ``durable`` outlives the connection; only identities' own participants can have it.
        Raises `AlreadyMember`, `CannotJoin` and below, `TooMany`, `BadName`, `TooLong`.
        """
        service = self.service
        participant = self.participant
        limits = service.settings.limits
        group = service.registry.group(name)
        if group is not None and participant.id in group.members:
            raise AlreadyMember(participant.name, group.name)
        if len(participant.groups) >= limits.groups_per_participant:
            raise TooMany("groups", limits.groups_per_participant)
        service.turn.require_space()
        if group is None:
            check_group_name(name, limits.group_name)
            group = service.registry.open_group(name)
        else:
            policy.may_join(group, participant, key)
        first = not group.members and not group.facts.registered
        event = Joined(
            *service.registry.stamp(group),
            participant.actor,
            participant.real_name,
            participant.away,
            durable and bool(participant.identity),
            (service.settings.creator_role,) if first else (),
        )
        self._happen(group, event, participant)
        participant.invitations.pop(group.id, None)
        if participant.away is not None:
            self._tell_away(group)
        return group

    def _tell_away(self, group: Group) -> None:
        participant = self.participant
        stamp = self.service.registry.passing()
        event = PresenceChanged(*stamp, participant.actor, participant.away)
        others = [each for each in group.audience if each not in participant.attachments]
        self.service.fanout.tell_all(others, event)

    def leave(self, group: Group, reason: str = "") -> None:
        """Stop being a member; raises `NotMember`."""
        policy.member_of(group, self.participant)
        check_text(reason)
        event = Left(*self.service.registry.stamp(group), self.participant.actor, reason)
        self.service.seal_elsewhere(self.participant, group)
        self.service.happen(group, event, skip=self._not_told())
        self._capture(event, group.name)

    def set_topic(self, group: Group, topic: str) -> None:
        """Change the topic, "" for none; raises `NotMember`, `NeedsRight`, `TooLong`."""
        limit = self.service.settings.limits.topic
        if group.settings.topic_locked:
            policy.with_right(group, self.participant, "topic", self.service.settings.roles)
        else:
            policy.member_of(group, self.participant)
        check_text(topic)
        if len(topic) > limit:
            raise TooLong("topic", limit)
        check_text(topic)
        event = TopicChanged(*self.service.registry.stamp(group), self.participant.actor, topic)
        self._happen(group, event)

    def invite(self, group: Group, other: Participant) -> None:
        """Ask somebody in. Who has the right to invite opens every door with it, for once;
        others may ask only into groups that anybody may enter.

        Raises `NotMember`, `NeedsRight`, `AlreadyMember`.
        """
        roles = self.service.settings.roles
        mine = policy.member_of(group, self.participant)
        entitled = roles.have(mine.roles, "invite")
        if group.settings.invite_only and not entitled:
            raise NeedsRight("invite", group.name)
        if other.id in group.members:
            raise AlreadyMember(other.name, group.name)
        if entitled:
            other.invitations[group.id] = group.facts.epoch
        stamp = self.service.registry.passing()
        event = Invited(*stamp, self.participant.actor, other.actor, group.name)
        inviters = [
            attachment
            for member in group.members.values()
            if roles.have(member.roles, "invite") and member.participant is not self.participant
            for attachment in member.participant.attachments
        ]
        for attachment in other.attachments:
            self.service.fanout.tell(attachment, event)
        self.service.fanout.tell_all(inviters, event)
