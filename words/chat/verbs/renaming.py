"""Calling a group something else: members, roles, settings, history and number stay."""

from __future__ import annotations

from words.chat import policy
from words.chat.group import Group
from words.chat.roles import Right
from words.chat.verbs.base import Verbs, check_reason
from words.errors import Conflict, NameTaken, TooMany
from words.events import GroupRenamed
from words.names import check_group_name, group_key

MOST_MEMBERS = 300
"""Members of a group that is renamed: a client that knows no better is told anew who is in it, so
what all are told grows with the square; this is some 30 ms of a turn."""


class Renaming(Verbs):
    """The verb that renames a group."""

    __slots__ = ()

    def rename_group(self, group: Group, name: str, reason: str = "") -> None:
        """Give a group another name, or the same in another spelling. Needs the right
        "rename"; where the group isn't registered, "settings".

        Raises `NotMember`, `NeedsRight`, `BadName`, `TooLong`, `NameTaken`, and `Conflict` for
        a group that a bridge is linked with, and for the name that it has. `TooMany` members.
        """
        service = self.service
        right: Right = "rename" if group.facts.registered else "settings"
        policy.with_right(group, self.participant, right, service.settings.roles)
        check_group_name(name, service.settings.limits.group_name)
        check_reason(reason)
        if name == group.name:
            raise Conflict(f"#{name} is its name already")
        if service.registry.linked(group):
            raise Conflict(f"#{group.name} is linked with a bridge, for the name that it has")
        if len(group.members) > MOST_MEMBERS:
            raise TooMany("members of a group that is renamed", MOST_MEMBERS)
        if group_key(name) != group.key and (
            service.registry.group(name) is not None
            or service.registry.looks_registered(name, but=group.key)
        ):
            raise NameTaken(name)
        service.turn.require_space()
        before = group.name
        service.fanout.seal(group.audience)  # what was said before was said under the old name
        stamp = service.registry.stamp(group)
        event = GroupRenamed(*stamp, self.participant.actor, before, name, reason)
        service.seal_elsewhere(self.participant, group)
        if group_key(name) != group.key:
            service.registry.free_name(name)
        service.happen(group, event)
        service.registry.renamed(group, before)
        for member in list(group.members.values()):
            for attachment in member.participant.attachments:
                if attachment.moved is not None:
                    attachment.moved(group, event)
