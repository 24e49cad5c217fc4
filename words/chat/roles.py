"""Roles as data: a role is a rank and a set of rights; a gateway only gives it a sign."""

from __future__ import annotations

import re
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

MOST_OWN = 20
"""Roles that a group may have of its own."""

MOST_EXTENDED = 1000
"""Different sets of groups' own roles that are remembered."""

MOST_SETS = 1000
"""Different sets of roles that members have, whose rights are remembered."""

_NAME = re.compile("[a-z0-9][a-z0-9-]{0,31}")


class Role(msgspec.Struct, frozen=True):
    """``rank`` orders roles: whoever ranks lower can't act against whoever ranks higher."""

    name: str
    rank: int
    rights: frozenset[str]


def parse_role(text: str) -> Role:
    """Return the role that ``NAME RANK RIGHT,RIGHT`` is; raises ValueError with what is wrong."""
    name, _, rest = text.strip().partition(" ")
    rank, _, given = rest.strip().partition(" ")
    rights = frozenset(given.strip().split(","))
    if not _NAME.fullmatch(name):
        raise ValueError("a role's name is of small letters, digits and hyphens, at most 32")
    if not (rank.isascii() and rank.isdigit() and len(rank) <= 4 and 0 < int(rank) < 1000):
        raise ValueError("a role is NAME RANK RIGHT,RIGHT; its rank is from 1 to 999")
    if not rights <= RIGHTS:
        raise ValueError(f"rights are: {', '.join(sorted(RIGHTS))}")
    return Role(name, int(rank), rights)


def role_text(role: Role) -> str:
    """Return a role as it is kept."""
    return f"{role.name} {role.rank} {','.join(sorted(role.rights))}"


class Roles:
    """All roles of the hub, highest rank first; or with those of one group (`extended`)."""

    def __init__(self, roles: Collection[Role]) -> None:
        self.ordered = sorted(roles, key=lambda role: -role.rank)
        self.by_name: Mapping[str, Role] = {role.name: role for role in self.ordered}
        self._rights: dict[tuple[str, ...], frozenset[str]] = {}
        self._extended: dict[tuple[str, ...], Roles] = {}

    def extended(self, own: tuple[str, ...]) -> Roles:
        """Return these roles and a group's own; no role of the hub is made another by a group."""
        found = self._extended.get(own)
        if found is None:
            mine = [role for role in map(parse_role, own) if role.name not in self.by_name]
            if len(self._extended) >= MOST_EXTENDED:
                self._extended.clear()
            found = self._extended[own] = Roles([*self.ordered, *mine])
        return found

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
            if len(self._rights) >= MOST_SETS:
                self._rights.clear()
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
