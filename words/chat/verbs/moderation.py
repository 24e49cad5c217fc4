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
MAX_KEY = 64  # characters; a key has to fit beside a name in one line of every protocol


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
        lists = {name: set(group.facts.lists[name]) for name in LISTS}
        flags = {name: bool(getattr(group.settings, name)) for name in FLAGS}
        done: list[SettingChange] = []
        for wanted in changes:
            right: Right = "lists" if wanted.setting in LISTS else "settings"
            if not roles.have(mine.roles, right):
                raise NeedsRight(right, group.name)
            change: SettingChange | None
            if wanted.setting in LISTS:
                change = self._list_change(lists[wanted.setting], wanted)
            elif wanted.setting in FLAGS:
                change = wanted if flags[wanted.setting] != wanted.added else None
                flags[wanted.setting] = wanted.added
            else:
                change = _value_change(group, wanted)
            if change is not None:
                done.append(change)
        if not done:
            return None
        stamp = self.service.registry.stamp(group)
        event = SettingsChanged(*stamp, self.participant.actor, tuple(done))
        self._happen(group, event)
        return event

    def _list_change(self, entries: set[str], change: SettingChange) -> SettingChange | None:
        limit = self.service.settings.limits.list_entries
        check_text(change.value)
        fold = change.value.lower()
        same = next((entry for entry in entries if entry.lower() == fold), None)
        if change.added:
            if same is not None:
                return None
            if len(entries) >= limit:
                raise TooMany(change.setting, limit)
            entries.add(change.value)
            return change
        if same is None:
            return None
        entries.discard(same)
        return SettingChange(change.setting, same, False)


def _value_change(group: Group, change: SettingChange) -> SettingChange | None:
    """Check a key, a limit or a visibility; return None where nothing would change."""
    settings = group.settings
    value = change.value
    if change.setting == "key":
        if not change.added:
            return SettingChange("key", settings.key, False) if settings.key else None
        check_text(value)
        if not value or len(value) > MAX_KEY or " " in value or "," in value:
            raise BadInput("key", value)
        return None if value == settings.key else change
    if change.setting == "limit":
        if not change.added:
            return SettingChange("limit", "", False) if settings.limit else None
        if not (value.isascii() and value.isdigit()) or not 0 < int(value) <= MAX_LIMIT:
            raise BadInput("limit", value)
        if int(value) == settings.limit:
            return None
        return SettingChange("limit", str(int(value)), True)
    if change.setting == "visibility":
        if change.added and value not in ("all", "since-joined"):
            raise BadInput("visibility", value)
        return None if settings.visibility == (value if change.added else "auto") else change
    raise BadInput("setting", change.setting)
