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
TypingState: TypeAlias = Literal["active", "paused", "done"]
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
CHANGE = 2
"""History class of what was done to messages later; kept as long as what people said."""


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


class Reaction(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reaction to a message, and the ids and names of those who gave it."""

    text: str
    by: tuple[tuple[int, str], ...]


class Fate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of a message: times in milliseconds, 0 for never.

    ``edits`` are the sequence numbers of its `Edited` events.
    """

    edited: int = 0
    redacted: int = 0
    edits: tuple[int, ...] = ()
    reactions: tuple[Reaction, ...] = ()


class Said(Event, frozen=True, tag=1, gc=False):
    """Somebody said something. ``to`` is the recipient's name in a direct conversation, in a group
    the role that it is addressed to. With ``role`` only members of its rank and above are told.

    ``tags`` are client tags (IRCv3) by name with their sign; ``wire`` and ``form`` keep the
    text as it came where rendering text and spans again would lose something. ``reply_to`` is
    the id of the message that this one answers. What is read back has the text as it is now,
    and says in ``fate`` what was done to it.
    """

    history = TALK

    text: str
    kind: MessageKind = "text"
    to: str = ""
    spans: tuple[Span, ...] = ()
    tags: dict[str, str] | None = None
    form: str = ""
    wire: str = ""
    reply_to: int = 0
    fate: Fate | None = None
    role: str = ""


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

    For a list (ban, except, invite, filter) the value is the entry, which stays for so many
    ``seconds``, 0 for ever; for a flag it is empty.
    """

    setting: str
    value: str
    added: bool
    seconds: int = 0


class SettingsChanged(Event, frozen=True, tag=8, gc=False):
    """Settings of the group changed, in this order."""

    history = HAPPENING

    changes: tuple[SettingChange, ...]


class MembersLost(Event, frozen=True, tag=9, gc=False):
    """The hub ended without saying goodbye: ``count`` memberships bound to connections ended."""

    history = HAPPENING

    count: int


class Edited(Event, frozen=True, tag=10, gc=False):
    """The message with the id ``message`` now has this text. ``to`` and ``role`` are as in `Said`.

    Where the message was redacted since, what is read back has no text.
    """

    history = CHANGE

    message: int
    text: str
    spans: tuple[Span, ...] = ()
    to: str = ""
    form: str = ""
    wire: str = ""
    role: str = ""


class Redacted(Event, frozen=True, tag=11, gc=False):
    """The message with the id ``message`` was taken back; nothing shows its text any more."""

    history = CHANGE

    message: int
    reason: str = ""
    to: str = ""


class Reacted(Event, frozen=True, tag=12, gc=False):
    """The actor gave (``added``) or took back a reaction to the message with this id."""

    history = CHANGE

    message: int
    reaction: str
    added: bool = True
    to: str = ""


class RegistrationChanged(Event, frozen=True, tag=13, gc=False):
    """The group is now registered by the identity ``founder``; by none if that is empty.

    ``number`` is the founder's id; ``successor`` is the identity that comes after.
    """

    history = HAPPENING

    founder: str
    number: int
    successor: str = ""


class AccessChanged(Event, frozen=True, tag=14, gc=False):
    """In this registered group ``account`` has ``role`` from joining on, none if empty."""

    history = HAPPENING

    account: str
    role: str


class GroupRenamed(Event, frozen=True, tag=15, gc=False):
    """The group that was called ``before`` is now called ``name``."""

    history = HAPPENING

    before: str
    name: str
    reason: str = ""


class Invited(Event, frozen=True, tag=20, gc=False):
    """The actor asked ``target`` into ``group``; stored in the log of an identity asked in."""

    history = HAPPENING

    target: Actor
    group: str


class Renamed(Event, frozen=True, tag=21, gc=False):
    """The actor is now called ``name``; ``groups`` are the numbers of those he is in."""

    name: str
    groups: tuple[int, ...] = ()


class Quit(Event, frozen=True, tag=22, gc=False):
    """The actor left the hub; ``groups`` are the numbers of those he was in."""

    reason: str
    groups: tuple[int, ...] = ()


class Presence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How somebody is there: ``since`` (milliseconds), doing nothing since ``idle``.

    ``level`` is the warning level in percent, as of then.
    """

    here: bool = True
    since: int = 0
    idle: int = 0
    level: int = 0


class PresenceChanged(Event, frozen=True, tag=23, gc=False):
    """The actor is away with this text, or back (None); who isn't ``presence.here`` is gone."""

    away: str | None
    presence: Presence = Presence()


class AccountChanged(Event, frozen=True, tag=24, gc=False):
    """The actor's connection is now marked with ``account``, with none if empty."""

    account: str


class HostChanged(Event, frozen=True, tag=25, gc=False):
    """The actor (with his old user and host) is now shown with these."""

    user: str
    host: str


class ProfileChanged(Event, frozen=True, tag=26, gc=False):
    """The actor's real name changed, or what he says of himself where ``text`` isn't None."""

    history = HAPPENING

    real_name: str
    text: str | None = None


class ContactChanged(Event, frozen=True, tag=30, gc=False):
    """A contact of the actor's, or (without ``name``) a circle of contacts, was put or taken away.

    It is now at ``place`` of its order, counted from 0; -1: it is gone. A circle with
    ``renamed`` has this name now.
    """

    history = HAPPENING

    circle: str
    name: str = ""
    alias: str = ""
    note: str = ""
    place: int = -1
    renamed: str = ""


class Permitted(Event, frozen=True, tag=31, gc=False):
    """The actor put ``name`` on the list of those who may reach him, or took it off."""

    history = HAPPENING

    name: str
    added: bool = True


class Denied(Event, frozen=True, tag=32, gc=False):
    """The same for the list of those who may not."""

    history = HAPPENING

    name: str
    added: bool = True


class Ignored(Event, frozen=True, tag=33, gc=False):
    """The same for the list of those whom he doesn't want to hear."""

    history = HAPPENING

    name: str
    added: bool = True


class PrivacyChanged(Event, frozen=True, tag=34, gc=False):
    """The actor chose who may reach him: see words/chat/person.py."""

    history = HAPPENING

    mode: str


class Warned(Event, frozen=True, tag=35, gc=False):
    """``target`` now has this warning level in percent; an actor without a name is anonymous."""

    history = HAPPENING

    target: Actor
    level: int


class InvitationEnded(Event, frozen=True, tag=36, gc=False):
    """An invitation of ``target`` into ``group`` was revoked or declined by the actor."""

    history = HAPPENING

    target: Actor
    group: str


class Typing(Event, frozen=True, tag=40, gc=False):
    """The actor is writing something: passing. ``to`` is as in `Said`."""

    state: TypingState
    to: str = ""


class ReadMarked(Event, frozen=True, tag=41, gc=False):
    """The actor has read a conversation up to an event: passing, told to his other connections.

    ``where`` is the group's name, ``to`` the other's in a direct conversation.
    """

    where: str
    to: str
    upto: int
    upto_time: int


class Filtered(Event, frozen=True, tag=43, gc=False):
    """A filter did something (``action``) about what the actor said: passing, told to the members
    who may kick. ``rule`` is the one that the text fits.
    """

    action: str
    rule: str
    text: str


class MetadataChanged(Event, frozen=True, tag=44, gc=False):
    """The actor set ``key``, of a group or of the participant ``name``, to a value: passing.

    Without a value it was removed.
    """

    group: str
    name: str
    key: str
    value: str | None = None


class IdleChanged(Event, frozen=True, tag=42, gc=False):
    """The actor's idle time or warning level changed, as ``presence`` says: passing."""

    away: str | None
    presence: Presence


PersonEvent: TypeAlias = (
    Invited
    | InvitationEnded
    | ProfileChanged
    | ContactChanged
    | Permitted
    | Denied
    | Ignored
    | PrivacyChanged
    | Warned
)
"""The events that the log of an identity's own participant may hold."""

ConversationEvent: TypeAlias = (
    Said
    | Joined
    | Left
    | Kicked
    | TopicChanged
    | RoleChanged
    | SettingsChanged
    | MembersLost
    | Edited
    | Redacted
    | Reacted
    | RegistrationChanged
    | AccessChanged
    | GroupRenamed
    | PersonEvent
)
"""The events that a log may hold, be it a group's, of two people, or one's own."""

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
