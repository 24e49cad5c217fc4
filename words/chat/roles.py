"""Roles as data: a role is a rank and a set of rights; a gateway only gives it a sign."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

Right: TypeAlias = Literal[
    "speak",  # in a moderated group, though banned, as fast as one likes, past the filter
    "topic",  # change the topic where it is locked
    "invite",  # into an invite-only group
    "kick",  # remove members of the same or a lower rank
    "lists",  # change bans, exceptions and invitations
    "settings",  # change everything else about the group
    "redact",  # remove messages of others
    "roles",  # give and take roles of a lower rank
    "peers",  # give and take roles of the same rank
    "rename",  # rename the group
]

RIGHTS: frozenset[str] = frozenset(get_args(Right))


class Role(msgspec.Struct, frozen=True):
    """``rank`` orders roles: whoever ranks lower can't act against whoever ranks higher."""

    name: str
    rank: int
    rights: frozenset[str]


class Roles:
    """All roles of the hub, highest rank first."""

    def __init__(self, roles: Collection[Role]) -> None:
        self.ordered = sorted(roles, key=lambda role: -role.rank)
        self.by_name: Mapping[str, Role] = {role.name: role for role in self.ordered}
        self._rights: dict[tuple[str, ...], frozenset[str]] = {}

    def rank(self, names: Collection[str]) -> int:
        """Return the highest rank among these roles, 0 without one."""
        by_name = self.by_name
        return max((by_name[name].rank for name in names if name in by_name), default=0)

    def have(self, names: tuple[str, ...], right: Right) -> bool:
        """Return whether one of these roles has this right."""
        if not names:
            return False
        rights = self._rights.get(names)
        if rights is None:
            held = [self.by_name[name].rights for name in names if name in self.by_name]
            rights = self._rights[names] = frozenset().union(*held)
        return right in rights

    def least(self, right: Right) -> str:
        """Return the lowest role with a right, "" where none has it."""
        return next((role.name for role in reversed(self.ordered) if right in role.rights), "")

    def may_grant(self, names: Collection[str], role: Role) -> bool:
        """Return whether one of these roles may give and take ``role``."""
        return any(
            role.rank < mine.rank if "peers" not in mine.rights else role.rank <= mine.rank
            for mine in map(self.by_name.get, names)
            if mine is not None and "roles" in mine.rights
        )
