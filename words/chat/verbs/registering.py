"""Registered groups: kept when nobody is in them, with a founder, a successor, and a list of
who has which role from joining on. Their names are kept for them, and what looks like these."""

from __future__ import annotations

from words.chat import policy
from words.chat.group import Group
from words.chat.verbs.base import Verbs
from words.errors import (
    BadInput,
    Conflict,
    LoginRequired,
    NameTaken,
    NeedsRight,
    NotFound,
    TooMany,
)
from words.events import AccessChanged, RegistrationChanged, RoleChange, RoleChanged
from words.names import participant_key

MAX_REGISTERED = 50  # groups of one identity: more than anybody looks after


class Registering(Verbs):
    """Verbs about registered groups."""

    __slots__ = ()

    def register(self, group: Group) -> None:
        """Register a group, as its founder; needs the right to change its settings.

        Raises `LoginRequired`, `NotMember`, `NeedsRight`, `Conflict`, `NameTaken` where the name
        looks like a registered group's, `TooMany`.
        """
        service = self.service
        account = self.participant.actor.account
        number = service.registry.identity_number(account) if account else None
        if number is None:
            raise LoginRequired(group.name)
        mine = policy.with_right(group, self.participant, "settings", service.settings.roles)
        if group.facts.registered:
            raise Conflict(f"#{group.name} is registered already")
        if service.registry.looks_registered(group.name):
            raise NameTaken(group.name)
        if service.registry.founded_by(number) >= MAX_REGISTERED:
            raise TooMany("registered groups", MAX_REGISTERED)
        self._registration(group, account, number)
        top = service.settings.roles.ordered[0].name
        if top not in mine.roles:
            stamp = service.registry.stamp(group)
            actor = self.participant.actor
            self._happen(group, RoleChanged(*stamp, actor, (RoleChange(actor, top, True),)))
            service.registry.save_member(group, actor.id)

    def unregister(self, group: Group) -> None:
        """Let a group go: it lives on while there is somebody in it. Raises `NeedsRight`."""
        self._founder_only(group)
        self._registration(group, "", 0)
        self.service.registry.unload(group)

    def transfer(self, group: Group, name: str) -> None:
        """Make another identity the founder; one keeps the role of who makes a group.

        Raises `NeedsRight`, `NotFound`.
        """
        self._founder_only(group)
        account, number = self._identity(name)
        if number == group.facts.founder:
            raise Conflict(f"{account} is the founder already")
        if self.service.registry.founded_by(number) >= MAX_REGISTERED:
            raise TooMany("registered groups", MAX_REGISTERED)
        before, actor = group.facts.founder_name, self.participant.actor
        role = self.service.settings.creator_role
        self._registration(group, account, number)
        self._access(group, before, role)
        self.service.founder_changed(group, actor, before, role)

    def set_successor(self, group: Group, name: str) -> None:
        """Name the identity that becomes founder when the founder's is removed, "" for none."""
        self._founder_only(group)
        facts = group.facts
        account, number = self._identity(name) if name else ("", 0)
        if number and number == facts.founder:
            raise Conflict(f"{account} is the founder already")
        if account != facts.successor:
            self._registration(group, facts.founder_name, facts.founder, account)

    def set_access(self, group: Group, name: str, role: str) -> None:
        """Give an identity a role from joining on, "" for none; needs the right to give it. Who
        is a member has it at once, and has no more what he had by the list before.

        Raises `NotMember`, `NeedsRight`, `BadInput`, `NotFound`, `Conflict`, `TooMany`.
        """
        service = self.service
        roles = group.roles(service.settings.roles)
        mine = policy.member_of(group, self.participant)
        if not group.facts.registered:
            raise Conflict(f"#{group.name} isn't registered")
        entry = group.facts.access.get(participant_key(name))
        for each in (role, entry.role if entry else ""):
            known = roles.by_name.get(each)
            if each and known is None:
                raise BadInput("role", f"{each!a} isn't one of: {', '.join(roles.by_name)}")
            if known is not None and not roles.may_grant(mine.roles, known):
                raise NeedsRight("roles", group.name)
        if not role and entry is None:
            raise NotFound(name)
        account = entry.name if entry else self._identity(name)[0]
        if entry is None and len(group.facts.access) >= service.settings.limits.list_entries:
            raise TooMany("access", service.settings.limits.list_entries)
        if entry is None or entry.role != role:
            self._access(group, account, role)
            old = entry.role if entry else ""
            service.give_access(group, self.participant.actor, account, role, old)

    def access(self, group: Group) -> dict[str, str]:
        """Return who has which role from joining on; raises `NotMember`."""
        policy.member_of(group, self.participant)
        return {entry.name: entry.role for entry in group.facts.access.values()}

    def _founder_only(self, group: Group) -> None:
        account = self.participant.actor.account
        number = self.service.registry.identity_number(account) if account else None
        if not group.facts.registered or number != group.facts.founder:
            raise NeedsRight("founder", group.name)

    def _identity(self, name: str) -> tuple[str, int]:
        other = self.service.registry.identity(name)
        if other is None:
            raise NotFound(name)
        return other.name, other.identity

    def _registration(self, group: Group, founder: str, number: int, successor: str = "") -> None:
        stamp = self.service.registry.stamp(group)
        actor = self.participant.actor
        self._happen(group, RegistrationChanged(*stamp, actor, founder, number, successor))

    def _access(self, group: Group, account: str, role: str) -> None:
        stamp = self.service.registry.stamp(group)
        self._happen(group, AccessChanged(*stamp, self.participant.actor, account, role))
