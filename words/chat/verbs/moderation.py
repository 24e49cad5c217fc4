"""Kicking, roles, settings: what needs a right in the group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from words.chat import policy
from words.chat.entries import means_nobody, normal_entry
from words.chat.group import FLAGS, LISTS, NUMBERS, SETTINGS, Group, Settings
from words.chat.kept_rules import checked_rule
from words.chat.participant import Participant
from words.chat.roles import MOST_OWN, Right, Roles, parse_role, role_text
from words.chat.verbs.base import Verbs, check_reason, check_text
from words.errors import BadInput, NeedsRight, TooMany
from words.events import Kicked, RoleChange, RoleChanged, SettingChange, SettingsChanged
from words.names import group_key

MAX_LIMIT = 2**31 - 1  # what every client can read as a number
MAX_SLOW = 6 * 3600  # seconds; who wants more wants a moderated group
MOST_SHOWN = 200
"""Entries of the filter's log in one answer."""

MOST_CHANGES = 200
"""Of settings and lists at once: as many as two full lists have entries."""

ENDING = ("ban", "except", "invite", "filter")
"""Lists whose entries may end by themselves."""

NO_HOST = "is no address as hosts are shown (parts of one are *; networks are for the hub's bans)"
MAX_SECONDS = 10 * 365 * 86400
MAX_KEY = 64  # bytes; a key has to fit beside a name in one line of every protocol


class Moderation(Verbs):
    """Verbs of those who keep order."""

    __slots__ = ()

    def kick(self, group: Group, other: Participant, reason: str = "") -> None:
        """Remove a member of the same or a lower rank.

        Raises `NotMember`, `NeedsRight`, `TooLong`.
        """
        roles = self.service.settings.roles
        mine = policy.with_right(group, self.participant, "kick", roles)
        policy.outranks(group, mine, policy.member_of(group, other), roles)
        check_reason(reason)
        stamp = self.service.registry.stamp(group)
        self._happen(group, Kicked(*stamp, self.participant.actor, other.actor, reason))

    def change_roles(
        self,
        group: Group,
        changes: Sequence[tuple[Participant, str, bool]],
        *,
        force: bool = False,
    ) -> RoleChanged | None:
        """Give (True) or take roles; return what changed, None if nothing did.

        All of it or, with `NotMember`, `NeedsRight` or `BadInput`, none. ``force`` is as in
        `change_settings`.
        """
        roles = group.roles(self.service.settings.roles)
        mine = None if force else policy.member_of(group, self.participant)
        done: list[RoleChange] = []
        state: dict[int, set[str]] = {}
        for other, name, add in changes:
            role = roles.by_name.get(name)
            if role is None:
                raise BadInput("role", f"{name!a} isn't one of: {', '.join(roles.by_name)}")
            free = mine is None or (other is self.participant and not add)
            if mine is not None and not free and not roles.may_grant(mine.roles, role):
                raise NeedsRight("roles", group.name)
            member = policy.member_of(group, other)
            if mine is not None and not free:
                policy.outranks(group, mine, member, roles)
            has = state.setdefault(other.id, set(member.roles))
            if add == (name in has):
                continue
            (has.add if add else has.discard)(name)
            done.append(RoleChange(other.actor, name, add))
        if not done:
            return None
        stamp = self.service.registry.stamp(group)
        event = RoleChanged(*stamp, self.participant.actor, tuple(done))
        self._happen(group, event)
        for number in {change.target.id for change in done}:
            self.service.registry.save_member(group, number)
        return event

    def change_settings(
        self, group: Group, changes: Sequence[SettingChange], *, force: bool = False
    ) -> SettingsChanged | None:
        """Change settings and lists; return what changed, None if nothing did.

        All of it or, with `NotMember`, `NeedsRight`, `TooMany`, `NoSuchGroup` (to forward to) or
        `BadInput`, none. ``force`` is for who looks after the hub: he needs no right here.
        """
        if len(changes) > MOST_CHANGES:
            raise TooMany("changes", MOST_CHANGES)
        if not force:
            self._require_rights(group, changes)
        done = checked_changes(group, changes, self.service.settings.limits.list_entries)
        if not done:
            return None
        stamp = self.service.registry.stamp(group)
        event = SettingsChanged(*stamp, self.participant.actor, tuple(done))
        self._happen(group, event)
        self._take_removed(group, done)
        return event

    def _require_rights(self, group: Group, changes: Sequence[SettingChange]) -> None:
        roles = group.roles(self.service.settings.roles)
        mine = policy.member_of(group, self.participant)
        for wanted in changes:
            right: Right = "lists" if wanted.setting in LISTS else "settings"
            if wanted.setting == "role":
                right = "roles"
            if not roles.have(mine.roles, right):
                raise NeedsRight(right, group.name)
            if wanted.setting == "role":
                self._require_grantable(group, mine.roles, roles, wanted.value)
            if wanted.setting == "forward" and wanted.added:
                other = self.group(wanted.value)  # who may invite there may send people there
                policy.with_right(other, self.participant, "invite", roles)

    def _require_grantable(
        self, group: Group, mine: tuple[str, ...], roles: Roles, text: str
    ) -> None:
        """Raise what keeps somebody from making a role: it can do no more than who makes it."""
        try:
            role = parse_role(text)
        except ValueError as error:
            raise BadInput("role", str(error)) from None
        if role.name in self.service.settings.roles.by_name:
            raise BadInput("role", f"{role.name} is one of the hub's")
        beyond = [right for right in role.rights if not roles.have(mine, right)]  # type: ignore[arg-type]
        if beyond or not roles.may_grant(mine, role):
            raise NeedsRight(beyond[0] if beyond else "roles", group.name)

    def _take_removed(self, group: Group, changes: Sequence[SettingChange]) -> None:
        """Take roles that are no more from who has them, as a member and from joining on."""
        gone = {
            parse_role(change.value).name
            for change in changes
            if change.setting == "role" and not change.added
        }
        if not gone:
            return
        self.service.roles_gone(group, self.participant.actor, gone)

    def filter_log(self, group: Group, before: int, limit: int) -> list[dict[str, Any]]:
        """Return what the group's filter did, the newest first; needs the right to kick."""
        roles = self.service.settings.roles
        policy.with_right(group, self.participant, "kick", roles)
        return self.service.guard.kept.log(group.id, before, max(0, min(limit, MOST_SHOWN)))


def checked_changes(
    group: Group, changes: Sequence[SettingChange], most: int
) -> list[SettingChange]:
    """Return those that would change something; ``most`` entries may be on a list.

    Raises `BadInput`, `TooMany`.
    """
    lists = {name: set(group.facts.lists[name]) for name in LISTS}
    flags = {name: bool(getattr(group.settings, name)) for name in FLAGS}
    values = Values(group.settings)
    done: list[SettingChange] = []
    for wanted in changes:
        require_lasting(wanted.setting, wanted.seconds)
        change: SettingChange | None
        if wanted.setting in LISTS:
            listed = lists[wanted.setting]
            change = _list_change(listed, _normal(wanted, tuple(listed)), most)
        elif wanted.setting in FLAGS:
            change = wanted if flags[wanted.setting] != wanted.added else None
            flags[wanted.setting] = wanted.added
        else:
            change = values.change(wanted)
        if change is not None:
            done.append(change)
    return done


def require_lasting(setting: str, seconds: int) -> None:
    """Raise `BadInput` for a time that means nothing: not below 0, and of entries only."""
    if not 0 <= seconds <= MAX_SECONDS:
        raise BadInput("time", str(seconds))
    if seconds and setting not in ENDING:
        raise BadInput("time", f"is for entries of {', '.join(ENDING)}; {setting} stays")


def _normal(change: SettingChange, listed: tuple[str, ...]) -> SettingChange:
    """Return a change of a list with its entry in the form that is kept; raises `BadInput`."""
    check_text(change.value)
    if change.setting == "role":
        return _normal_role(change, listed)
    if change.setting == "filter" and not change.added and change.value in listed:
        return change  # though google-re2 is here no more
    try:
        if change.setting == "filter":
            value = checked_rule(change.value, listed if change.added else ()).text
        else:
            value = normal_entry(change.value)
    except ValueError:
        raise BadInput(change.setting, f"can't be {change.value!a}") from None
    if change.added and change.setting != "filter" and means_nobody(value):
        raise BadInput(change.setting, f"{value} would mean nobody: its host {NO_HOST}")
    return msgspec.structs.replace(change, value=value)


def _normal_role(change: SettingChange, listed: tuple[str, ...]) -> SettingChange:
    try:
        role = parse_role(change.value)
    except ValueError as error:
        raise BadInput("role", str(error)) from None
    text = role_text(role)
    if change.added and text not in listed:
        if any(parse_role(each).name == role.name for each in listed):
            raise BadInput("role", f"there is another {role.name}: take that away first")
        if len(listed) >= MOST_OWN:
            raise TooMany("roles", MOST_OWN)
    return msgspec.structs.replace(change, value=text, seconds=0)


def _list_change(entries: set[str], change: SettingChange, most: int) -> SettingChange | None:
    fold = change.value.lower()
    same = next((entry for entry in entries if entry.lower() == fold), None)
    if change.added:
        if same is not None and not change.seconds:
            return None
        if same is None and len(entries) >= most:
            raise TooMany(change.setting, most)
        entries.add(same or change.value)
        return msgspec.structs.replace(change, value=same or change.value)
    if same is None:
        return None
    entries.discard(same)
    return SettingChange(change.setting, same, False)


class Values:
    """The settings with a value, as they are after the changes so far."""

    def __init__(self, settings: Settings) -> None:
        self.key = settings.key
        self.forward = settings.forward
        self.numbers = {name: int(getattr(settings, name)) for name in NUMBERS}
        self.visibility: str = settings.visibility

    def change(self, change: SettingChange) -> SettingChange | None:
        """Check and keep a change; return None where nothing would change."""
        setting = change.setting
        value = change.value if change.added else ""
        if setting == "key":
            return self._key(value, change.added)
        if setting == "forward":
            return self._forward(value, change.added)
        if setting in NUMBERS:
            return self._number(setting, value, change.added)
        if setting == "visibility":
            if change.added and value not in ("all", "since-joined"):
                raise BadInput("visibility", f"is all or since-joined, not {value!a}")
            before, self.visibility = self.visibility, value or "auto"
            return change if self.visibility != before else None
        raise BadInput("setting", f"{setting!a} isn't one of: {', '.join(SETTINGS)}")

    def _key(self, value: str, added: bool) -> SettingChange | None:
        if added:
            check_text(value)
            if not value or len(value.encode()) > MAX_KEY or " " in value or "," in value:
                meant = f"is up to {MAX_KEY} bytes without blanks and commas"
                raise BadInput("key", f"{meant}, not {value!a}")
        before, self.key = self.key, value
        return SettingChange("key", value or before, added) if value != before else None

    def _forward(self, value: str, added: bool) -> SettingChange | None:
        before, self.forward = self.forward, value
        if group_key(value) == group_key(before):
            return None
        return SettingChange("forward", value or before, added)

    def _number(self, setting: str, value: str, added: bool) -> SettingChange | None:
        number, most = 0, MAX_LIMIT if setting == "limit" else MAX_SLOW
        if added:
            if value.isascii() and value.isdigit() and len(value) <= 10:
                number = int(value)
            if not 0 < number <= most:
                raise BadInput(setting, f"is a number from 1 to {most}, not {value!a}")
        before, self.numbers[setting] = self.numbers[setting], number
        return SettingChange(setting, str(number or ""), added) if number != before else None
