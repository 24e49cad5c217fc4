"""Kicking, roles, settings: what needs a right in the group."""

from __future__ import annotations

from collections.abc import Sequence

from words.chat import policy
from words.chat.group import FLAGS, LISTS, Group
from words.chat.participant import Participant
from words.chat.roles import Right
from words.chat.verbs.base import Verbs, check_text
from words.errors import BadInput, NeedsRight, TooMany
from words.events import Kicked, RoleChange, RoleChanged, SettingChange, SettingsChanged

MAX_LIMIT = 2**31 - 1  # what every client can read as a number
MAX_KEY = 64  # bytes; a key has to fit beside a name in one line of every protocol


class Moderation(Verbs):
    """Verbs of those who keep order."""

    __slots__ = ()

    def kick(self, group: Group, other: Participant, reason: str = "") -> None:
        """Remove a member of the same or a lower rank; raises `NotMember`, `NeedsRight`."""
        roles = self.service.settings.roles
        mine = policy.with_right(group, self.participant, "kick", roles)
        policy.outranks(group, mine, policy.member_of(group, other), roles)
        check_text(reason)
        stamp = self.service.registry.stamp(group)
        self._happen(group, Kicked(*stamp, self.participant.actor, other.actor, reason))

    def change_roles(
        self, group: Group, changes: Sequence[tuple[Participant, str, bool]]
    ) -> RoleChanged | None:
        """Give (True) or take roles; return what changed, None if nothing did.

        All of it or, with `NotMember`, `NeedsRight` or `BadInput`, none.
        """
        roles = self.service.settings.roles
        mine = policy.member_of(group, self.participant)
        done: list[RoleChange] = []
        state: dict[int, set[str]] = {}
        for other, name, add in changes:
            member = policy.member_of(group, other)
            role = roles.by_name.get(name)
            if role is None:
                raise BadInput("role", name)
            stepping_down = other is self.participant and not add
            if not stepping_down:
                if not roles.may_grant(mine.roles, role):
                    raise NeedsRight("roles", group.name)
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
        self, group: Group, changes: Sequence[SettingChange]
    ) -> SettingsChanged | None:
        """Change settings and lists; return what changed, None if nothing did.

        All of it or, with `NotMember`, `NeedsRight`, `TooMany` or `BadInput`, none.
        """
        roles = self.service.settings.roles
        mine = policy.member_of(group, self.participant)
        for wanted in changes:
            right: Right = "lists" if wanted.setting in LISTS else "settings"
            if not roles.have(mine.roles, right):
                raise NeedsRight(right, group.name)
        done = checked_changes(group, changes, self.service.settings.limits.list_entries)
        if not done:
            return None
        stamp = self.service.registry.stamp(group)
        event = SettingsChanged(*stamp, self.participant.actor, tuple(done))
        self._happen(group, event)
        return event


def checked_changes(
    group: Group, changes: Sequence[SettingChange], most: int
) -> list[SettingChange]:
    """Return those that would change something; ``most`` entries may be on a list.

    Raises `BadInput`, `TooMany`.
    """
    lists = {name: set(group.facts.lists[name]) for name in LISTS}
    flags = {name: bool(getattr(group.settings, name)) for name in FLAGS}
    values = Values(group.settings.key, group.settings.limit, group.settings.visibility)
    done: list[SettingChange] = []
    for wanted in changes:
        change: SettingChange | None
        if wanted.setting in LISTS:
            change = _list_change(lists[wanted.setting], wanted, most)
        elif wanted.setting in FLAGS:
            change = wanted if flags[wanted.setting] != wanted.added else None
            flags[wanted.setting] = wanted.added
        else:
            change = values.change(wanted)
        if change is not None:
            done.append(change)
    return done


def _list_change(entries: set[str], change: SettingChange, most: int) -> SettingChange | None:
    check_text(change.value)
    fold = change.value.lower()
    same = next((entry for entry in entries if entry.lower() == fold), None)
    if change.added:
        if same is not None:
            return None
        if len(entries) >= most:
            raise TooMany(change.setting, most)
        entries.add(change.value)
        return change
    if same is None:
        return None
    entries.discard(same)
    return SettingChange(change.setting, same, False)


class Values:
    """The settings with a value, as they are after the changes so far."""

    def __init__(self, key: str, limit: int, visibility: str) -> None:
        self.key = key
        self.limit = limit
        self.visibility = visibility

    def change(self, change: SettingChange) -> SettingChange | None:
        """Check and keep a change; return None where nothing would change."""
        setting = change.setting
        value = change.value if change.added else ""
        if setting == "key":
            return self._key(value, change.added)
        if setting == "limit":
            return self._limit(value, change.added)
        if setting == "visibility":
            if change.added and value not in ("all", "since-joined"):
                raise BadInput("visibility", value)
            before, self.visibility = self.visibility, value or "auto"
            return change if self.visibility != before else None
        raise BadInput("setting", setting)

    def _key(self, value: str, added: bool) -> SettingChange | None:
        if added:
            check_text(value)
            if not value or len(value.encode()) > MAX_KEY or " " in value or "," in value:
                raise BadInput("key", value)
        before, self.key = self.key, value
        return SettingChange("key", value or before, added) if value != before else None

    def _limit(self, value: str, added: bool) -> SettingChange | None:
        number = 0
        if added:
            if not (value.isascii() and value.isdigit()) or not 0 < int(value) <= MAX_LIMIT:
                raise BadInput("limit", value)
            number = int(value)
        before, self.limit = self.limit, number
        return SettingChange("limit", str(number or ""), added) if number != before else None
