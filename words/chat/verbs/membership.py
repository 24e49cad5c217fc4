"""Joining, leaving, the topic."""

from __future__ import annotations

from words.chat import policy
from words.chat.group import Group
from words.chat.verbs.base import Verbs, check_reason, check_text
from words.errors import AlreadyMember, CannotJoin, NameTaken, TooLong, TooMany
from words.events import Joined, Left, PresenceChanged, TopicChanged
from words.names import check_group_name


class Membership(Verbs):
    """Verbs about being in a group."""

    __slots__ = ()

    def join(
        self, name: str, key: str = "", *, durable: bool = False, force: bool = False
    ) -> Group:
        """Become a member, of a new group if there is none of this name, or of the one to which
        that group forwards who can't enter.

        ``durable`` outlives the connection; only identities' own participants can have it.
        With ``force`` who looks after the hub puts him in, whatever the group wants.
        Raises `AlreadyMember`, `CannotJoin` and below, `TooMany`, `BadName`, `TooLong`,
        `NameTaken` where the name looks like a registered group's.
        """
        service = self.service
        participant = self.participant
        limits = service.settings.limits
        name = name if force else self.entrance(name, key)
        group = service.registry.group(name)
        if group is not None and participant.id in group.members:
            raise AlreadyMember(participant.name, group.name)
        most = limits.groups_per_participant
        if len(participant.groups) >= most and not participant.actor.origin:
            raise TooMany("groups", limits.groups_per_participant)
        service.turn.require_space()
        if group is None:
            check_group_name(name, limits.group_name)
            if service.registry.looks_registered(name):
                raise NameTaken(name)
            group = service.registry.open_group(name)
        elif not force:
            policy.may_join(group, participant, key, service.settings.roles)
        roles = policy.roles_at_joining(group, participant, service.settings)
        event = Joined(
            *service.registry.stamp(group),
            participant.actor,
            participant.real_name,
            participant.away,
            durable and bool(participant.identity),
            roles,
        )
        self._happen(group, event, participant)
        if roles and len(group.members) > 1:
            for tell in service.entered:
                tell(group, participant)
        if participant.invitations.pop(group.id, None) is not None and participant.identity:
            service.invitations.drop(participant.identity, group.id)
        if participant.away is not None:
            self._tell_away(group)
        return group

    def entrance(self, name: str, key: str = "") -> str:
        """Return where a joining leads: to the group of this name, or to the one that it forwards
        to, if the participant can enter that one only."""
        registry = self.service.registry
        roles = self.service.settings.roles
        me = self.participant
        group = registry.group(name)
        forward = group.settings.forward if group else ""
        if group is None or not forward or me.id in group.members:
            return name
        try:
            policy.may_join(group, me, key, roles)
        except CannotJoin:
            other = registry.group(forward)
            if other is None or me.id in other.members:
                return name
            try:
                policy.may_join(other, me, "", roles)
            except CannotJoin:
                return name
            return other.name
        return name

    def _tell_away(self, group: Group) -> None:
        participant = self.participant
        stamp = self.service.registry.passing()
        presence = self.service.presence(participant)
        event = PresenceChanged(*stamp, participant.actor, participant.away, presence)
        others = [each for each in group.audience if each not in participant.attachments]
        self.service.fanout.tell_all(others, event)

    def stay(self, durable: bool) -> None:
        """Let one's memberships outlive one's connections, or not; an identity's can only."""
        participant = self.participant
        durable = durable and bool(participant.identity)
        self.service.turn.require_space()
        for group in participant.groups.values():
            member = group.members[participant.id]
            if member.durable != durable:
                member.durable = durable
                self.service.registry.save_member(group, participant.id)

    def leave(self, group: Group, reason: str = "", *, forced: bool = False) -> None:
        """Stop being a member; raises `NotMember`, `TooLong`.

        A reason that a filter refuses, or of one who is muted, isn't told, unless it is of who
        looks after the hub and has ``forced`` him.
        """
        policy.member_of(group, self.participant)
        check_reason(reason)
        reason = reason if forced else self._reason(group, reason)
        event = Left(*self.service.registry.stamp(group), self.participant.actor, reason)
        self.service.seal_elsewhere(self.participant, group)
        self.service.happen(group, event, skip=self._not_told())
        self._capture(event, group.name)

    def set_topic(self, group: Group, topic: str) -> None:
        """Change the topic, "" for none; raises `NotMember`, `NeedsRight`, `TooLong`, `CannotSpeak`
        where one is muted or a filter refuses it.
        """
        limit = self.service.settings.limits.topic
        if group.settings.topic_locked:
            policy.with_right(group, self.participant, "topic", self.service.settings.roles)
        else:
            policy.member_of(group, self.participant)
        check_text(topic)
        if len(topic) > limit:
            raise TooLong("topic", limit)
        self._require_open(group, topic)
        event = TopicChanged(*self.service.registry.stamp(group), self.participant.actor, topic)
        self._happen(group, event)
