"""What happened, in the past tense: the only thing that the domain tells anybody.

An event is frozen and complete: an encoder reads it and nothing else, so what is said about
it later can't depend on what changed since. ``docs/architecture.md`` has the table of who is
told what and what is stored. Stored forms are MessagePack arrays that begin with the tag;
fields are only ever added at the end, with defaults; a layout that must break gets a new tag.
"""

from __future__ import annotations

from enum import IntFlag
from typing import ClassVar, Literal, TypeAlias, get_args

import msgspec

MessageKind: TypeAlias = Literal["text", "notice", "action"]
Style: TypeAlias = Literal[
    "bold",
    "italic",
    "underline",
    "strike",
    "mono",
    "reverse",
    "color",
    "bgcolor",
    "link",
    "mention",
]

TALK = 0
"""History class of what people said."""
HAPPENING = 1
"""History class of everything else that happens in a conversation; kept apart for retention."""


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A styled stretch of a text: characters ``start`` (included) to ``end`` (excluded)."""

    start: int
    end: int
    style: Style
    value: str = ""


class Flags(IntFlag):
    """Marks on an actor that others may see."""

    NONE = 0
    OPERATOR = 1
    BOT = 2
    SECURE = 4


class Actor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who did it, as seen when it was done: one object per participant, replaced on change."""

    id: int
    name: str
    user: str
    host: str
    account: str = ""
    flags: int = 0
    origin: str = ""


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Fields that all events share.

    ``conversation`` and ``sequence`` are 0 for events of no conversation. ``id`` is unique in
    the hub and sorts by time; ``time`` is in milliseconds since 1970 UTC and never goes back
    within a conversation.
    """

    history: ClassVar[int | None] = None

    conversation: int
    sequence: int
    id: int
    time: int
    actor: Actor


class Said(Event, frozen=True, tag=1, gc=False):
    """Somebody said something. ``to`` is the recipient's name in a direct conversation.

    ``tags`` are client tags (IRCv3) by name with their sign; ``wire`` and ``form`` keep the
    text as it came where rendering text and spans again would lose something.
    """

    history = TALK

    text: str
    kind: MessageKind = "text"
    to: str = ""
    spans: tuple[Span, ...] = ()
    tags: dict[str, str] | None = None
    form: str = ""
    wire: str = ""


class Signalled(Event, frozen=True, tag=2, gc=False):
    """Client tags without a text (IRCv3 TAGMSG) or a client-to-client query: passing."""

    to: str = ""
    tags: dict[str, str] | None = None
    query: str = ""
    answer: bool = False


class Joined(Event, frozen=True, tag=3, gc=False):
    """The actor became a member, with these roles from the start.

    ``away`` is the away text, or None when present.
    """

    history = HAPPENING

    real_name: str = ""
    away: str | None = None
    durable: bool = False
    roles: tuple[str, ...] = ()


class Left(Event, frozen=True, tag=4, gc=False):
    """The actor is no longer a member; with ``quit`` because he left the hub."""

    history = HAPPENING

    reason: str = ""
    quit: bool = False


class Kicked(Event, frozen=True, tag=5, gc=False):
    """The actor removed ``target``."""

    history = HAPPENING

    target: Actor
    reason: str = ""


class TopicChanged(Event, frozen=True, tag=6, gc=False):
    """The group's topic is now ``topic``, none if empty."""

    history = HAPPENING

    topic: str


class RoleChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """``target`` was given (``added``) or lost ``role``."""

    target: Actor
    role: str
    added: bool


class RoleChanged(Event, frozen=True, tag=7, gc=False):
    """Roles were given or taken, in this order."""

    history = HAPPENING

    changes: tuple[RoleChange, ...]


class SettingChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """``setting`` was set to ``value`` (``added``) or taken back.

    For a list (ban, except, invite) the value is the entry; for a flag it is empty.
    """

    setting: str
    value: str
    added: bool


class SettingsChanged(Event, frozen=True, tag=8, gc=False):
    """Settings of the group changed, in this order."""

    history = HAPPENING

    changes: tuple[SettingChange, ...]


class MembersLost(Event, frozen=True, tag=9, gc=False):
    """The hub ended without saying goodbye: ``count`` memberships bound to connections ended."""

    history = HAPPENING

    count: int


class Invited(Event, frozen=True, tag=20, gc=False):
    """The actor asked ``target`` into ``group``."""

    target: Actor
    group: str


class Renamed(Event, frozen=True, tag=21, gc=False):
    """The actor is now called ``name``."""

    name: str


class Quit(Event, frozen=True, tag=22, gc=False):
    """The actor left the hub."""

    reason: str


class PresenceChanged(Event, frozen=True, tag=23, gc=False):
    """The actor is away with this text, or back (None)."""

    away: str | None


class AccountChanged(Event, frozen=True, tag=24, gc=False):
    """The actor's connection is now marked with ``account``, with none if empty."""

    account: str


class HostChanged(Event, frozen=True, tag=25, gc=False):
    """The actor (with his old user and host) is now shown with these."""

    user: str
    host: str


class ProfileChanged(Event, frozen=True, tag=26, gc=False):
    """The actor's real name changed."""

    real_name: str


ConversationEvent: TypeAlias = (
    Said | Joined | Left | Kicked | TopicChanged | RoleChanged | SettingsChanged | MembersLost
)
"""The events that a conversation's log may hold."""

STORED_TYPES: tuple[type[Event], ...] = get_args(ConversationEvent)


def message_id(number: int) -> str:
    """Return an id as text for the wires: opaque to them, sorting as the number does."""
    return f"{number:014x}"


def message_number(text: str) -> int | None:
    """Return the id that `message_id` made this of, or None."""
    try:
        return int(text, 16) if len(text) == 14 else None
    except ValueError:
        return None
