"""A group: its facts (what the storage keeps), its members, and how events change them.

`Group.apply` is the only thing that changes a group. It is pure: it looks at the event and at
nothing else, no clock, no config, no other conversation. Who listens is the service's concern.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec

from words.chat.fanout import Audience, Fanout
from words.chat.participant import Participant
from words.chat.roles import Roles
from words.events import (
    AccessChanged,
    ConversationEvent,
    Event,
    GroupRenamed,
    Joined,
    Kicked,
    Left,
    MembersLost,
    RegistrationChanged,
    RoleChanged,
    SettingChange,
    SettingsChanged,
    TopicChanged,
)
from words.names import GroupKey, group_key, participant_key

Visibility: TypeAlias = Literal["auto", "all", "since-joined"]
ListName: TypeAlias = Literal["ban", "except", "invite", "filter", "role"]
LISTS: tuple[ListName, ...] = ("ban", "except", "invite", "filter", "role")
"""Lists of entries (`words.chat.entries`); of rules (`words.chat.rules`) that of the filter, and of
roles of the group's own (`words.chat.roles`)."""

FLAGS = (
    "topic_locked",
    "no_outside",
    "invite_only",
    "moderated",
    "secret",
    "registered_only",
    "registered_speak",
    "auditorium",
    "op_moderated",
    "no_queries",
    "no_styles",
    "strip_styles",
    "roleplay",
)
TEXTS = ("key", "forward")
NUMBERS = ("limit", "slow")
SETTINGS = (*FLAGS, *TEXTS, *NUMBERS, "visibility", *LISTS)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """Who put a mask on a list, and when; ``until`` when it stays, 0 for ever (milliseconds)."""

    by: str
    time: int
    until: int = 0


class Access(msgspec.Struct, frozen=True, array_like=True):
    """The role that an identity has from joining on."""

    name: str
    role: str


class Settings(msgspec.Struct):
    """What the group's administrators choose. 0 and "" mean none.

    ``registered_speak``: guests need a role to speak. ``auditorium``: members without a role are
    seen by those who may kick only. ``op_moderated``: what they say is told to these only.
    ``no_queries``: nothing passes between programs. ``no_styles``: text without colours and the
    like only; ``strip_styles``: it loses them. ``forward``: the group for whoever can't enter.
    ``slow``: seconds from one message of a member without a role to the next.
    """

    topic_locked: bool = True
    no_outside: bool = True
    invite_only: bool = False
    moderated: bool = False
    secret: bool = False
    registered_only: bool = False
    key: str = ""
    limit: int = 0
    visibility: Visibility = "auto"
    registered_speak: bool = False
    auditorium: bool = False
    op_moderated: bool = False
    no_queries: bool = False
    no_styles: bool = False
    strip_styles: bool = False
    roleplay: bool = False
    forward: str = ""
    slow: int = 0

    @property
    def closed(self) -> bool:
        """Whether not everybody may enter."""
        return self.invite_only or self.registered_only or self.secret or bool(self.key)


class Facts(msgspec.Struct):
    """What is stored of a group besides its members.

    ``epoch`` is the sequence number with which the current epoch began, ``created`` when its first
    member came (milliseconds); ``open_past`` are the ranges of sequence numbers of earlier epochs
    that anybody could enter all the time.
    ``founder`` is the number of an identity; ``access`` is by the keys of identities' names.
    """

    created: int
    epoch: int = 1
    closed_once: bool = False
    open_past: list[tuple[int, int]] = []
    topic: str = ""
    topic_by: str = ""
    topic_time: int = 0
    registered: bool = False
    settings: Settings = msgspec.field(default_factory=Settings)
    lists: dict[str, dict[str, Entry]] = msgspec.field(
        default_factory=lambda: {name: {} for name in LISTS}
    )
    founder: int = 0
    founder_name: str = ""
    successor: str = ""
    access: dict[str, Access] = {}

    def __post_init__(self) -> None:
        for name in LISTS:  # an older storage has fewer
            self.lists.setdefault(name, {})

    @property
    def next_expiry(self) -> int:
        """When the first entry ends that doesn't stay for ever (milliseconds), 0 for never."""
        entries = (entry for listed in self.lists.values() for entry in listed.values())
        return min((entry.until for entry in entries if entry.until), default=0)


class Member(msgspec.Struct):
    """A membership. ``since`` is the sequence number of the joining."""

    participant: Participant
    since: int
    durable: bool = False
    roles: tuple[str, ...] = ()


class Group:
    """A named, ordered conversation with members."""

    __slots__ = (
        "audience",
        "facts",
        "id",
        "key",
        "members",
        "metadata",
        "name",
        "sequence",
        "time",
    )

    def __init__(
        self, number: int, name: str, facts: Facts, fanout: Fanout, sequence: int, time: int
    ) -> None:
        self.id = number
        self.name = name
        self.key: GroupKey = group_key(name)
        self.facts = facts
        self.members: dict[int, Member] = {}
        self.audience = Audience(fanout, name)
        self.metadata: tuple[int, dict[str, str]] | None = None
        """What `MetadataStore` keeps here, and the epoch that it is of."""
        self.sequence = sequence
        self.time = time

    @property
    def settings(self) -> Settings:
        """The group's settings, to be read; `apply` changes them."""
        return self.facts.settings

    def roles(self, roles: Roles) -> Roles:
        """Return the roles that there are here, of those of the hub and the group's own."""
        own = self.facts.lists["role"]
        return roles.extended(tuple(own)) if own else roles

    @property
    def restrained(self) -> bool:
        """Whether something is done to what members without a role say, or to how it looks."""
        facts = self.facts
        settings = facts.settings
        return bool(
            facts.lists["filter"]
            or settings.slow
            or settings.op_moderated
            or settings.no_styles
            or settings.strip_styles
        )

    def visible(self, since: int, open_history: str, closed_history: str) -> list[tuple[int, int]]:
        """Return the ranges of sequence numbers that a member since ``since`` may read."""
        facts = self.facts
        rule: str = facts.settings.visibility
        if rule == "auto":
            closed = facts.closed_once or facts.settings.closed
            rule = closed_history if closed else open_history
        if rule == "all":
            return [*facts.open_past, (facts.epoch, 2**62)]
        return [(since, 2**62)]

    def apply(self, event: ConversationEvent, participant: Participant | None = None) -> None:
        """Change the group as the event says; ``participant`` is who joins."""
        self.sequence = event.sequence
        self.time = event.time
        change = _APPLY.get(type(event))
        if change is not None:
            change(self, event, participant)

    def _joined(self, event: Joined, participant: Participant) -> None:
        member = Member(participant, event.sequence, event.durable, event.roles)
        if not self.members and not self.facts.registered:
            self.facts.created = event.time
        self.members[participant.id] = member
        participant.groups[self.id] = self

    def _left(self, event: Left, _: object) -> None:
        self._remove(event.actor.id, event)

    def _renamed(self, event: GroupRenamed, _: object) -> None:
        self.name = self.audience.name = event.name
        self.key = group_key(event.name)

    def _kicked(self, event: Kicked, _: object) -> None:
        self._remove(event.target.id, event)

    def _remove(self, number: int, event: Event) -> None:
        member = self.members.pop(number)
        del member.participant.groups[self.id]
        if not self.members and not self.facts.registered:
            self.facts = self._next_epoch(event.sequence + 1, event.time)

    def _next_epoch(self, epoch: int, created: int) -> Facts:
        facts = self.facts
        past = facts.open_past
        if not facts.closed_once and facts.settings.visibility != "since-joined":
            if past and past[-1][1] == facts.epoch:
                past = [*past[:-1], (past[-1][0], epoch)]
            else:
                past = [*past, (facts.epoch, epoch)]
        return Facts(created, epoch, open_past=past)

    def _lost(self, event: MembersLost, _: object) -> None:
        if not self.members and not self.facts.registered:
            self.facts = self._next_epoch(event.sequence + 1, event.time)

    def _registration(self, event: RegistrationChanged, _: object) -> None:
        facts = self.facts
        facts.registered = bool(event.founder)
        facts.founder = event.number
        facts.founder_name = event.founder
        facts.successor = event.successor
        if not facts.registered:
            facts.access = {}
            if not self.members:
                self.facts = self._next_epoch(event.sequence + 1, event.time)

    def _access(self, event: AccessChanged, _: object) -> None:
        key = participant_key(event.account)
        if event.role:
            self.facts.access[key] = Access(event.account, event.role)
        else:
            self.facts.access.pop(key, None)

    def _topic(self, event: TopicChanged, _: object) -> None:
        facts = self.facts
        facts.topic = event.topic
        facts.topic_by = event.actor.name
        facts.topic_time = event.time

    def _roles(self, event: RoleChanged, _: object) -> None:
        for change in event.changes:
            member = self.members[change.target.id]
            roles = [role for role in member.roles if role != change.role]
            member.roles = (*roles, change.role) if change.added else tuple(roles)

    def _settings(self, event: SettingsChanged, _: object) -> None:
        for change in event.changes:
            self._set(change, event)
        self.facts.closed_once = self.facts.closed_once or self.settings.closed

    def _set(self, change: SettingChange, event: SettingsChanged) -> None:
        name = change.setting
        if name in LISTS:
            entries = self.facts.lists[name]
            if change.added:
                until = event.time + 1000 * change.seconds if change.seconds else 0
                entries[change.value] = Entry(event.actor.name, event.time, until)
            else:
                del entries[change.value]
        elif name in FLAGS:
            setattr(self.settings, name, change.added)
        elif name in TEXTS:
            setattr(self.settings, name, change.value if change.added else "")
        elif name in NUMBERS:
            setattr(self.settings, name, int(change.value) if change.added else 0)
        else:
            self.settings.visibility = change.value if change.added else "auto"  # type: ignore[assignment]


_APPLY: dict[type[Event], Callable[[Group, Any, Any], None]] = {
    Joined: Group._joined,
    Left: Group._left,
    Kicked: Group._kicked,
    MembersLost: Group._lost,
    TopicChanged: Group._topic,
    RoleChanged: Group._roles,
    SettingsChanged: Group._settings,
    RegistrationChanged: Group._registration,
    AccessChanged: Group._access,
    GroupRenamed: Group._renamed,
}
