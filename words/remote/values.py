"""What verbs of the chat service give and take beside texts and numbers."""

from __future__ import annotations

import msgspec


class Posted(msgspec.Struct, frozen=True):
    """Where something that was said stands: as its event has it."""

    conversation: int
    sequence: int
    id: int
    time: int


class Position(msgspec.Struct, frozen=True):
    """How far a conversation has got, and how far one has read it.

    ``name``: of the group, or of the other participant.
    """

    name: str
    group: bool
    conversation: int
    sequence: int
    read: int = 0


class State(msgspec.Struct, frozen=True):
    """Who one is, and where everything stood at this place in the stream of events.

    ``identity``: whether it outlives the connection. ``positions``: of all groups that one is a
    member of, and of the direct conversations that were asked for.
    """

    hub: str
    network: str
    id: int
    name: str
    identity: bool
    time: int
    positions: list[Position] = []


class MemberInfo(msgspec.Struct, frozen=True):
    """A member of a group. ``away``: the text, None when present.

    ``rights`` are those that the roles give; only `Chat.member` tells them. ``origin`` is as an
    actor's.
    """

    name: str
    id: int
    account: str = ""
    roles: list[str] = []
    away: str | None = None
    rights: list[str] = []
    origin: str = ""


class MemberPage(msgspec.Struct, frozen=True):
    """Some members of a group, as they were when the event ``at`` (an id) had happened: what has
    a higher id isn't in it. ``more``: what the next page begins after, 0 where there is none.
    """

    at: int
    more: int = 0
    members: list[MemberInfo] = []


class GroupInfo(msgspec.Struct, frozen=True):
    """A group. ``settings`` are those that aren't off; ``sequence`` is of its last event.

    ``members`` are the first page of them, ``at`` and ``more`` as in `MemberPage`.
    """

    name: str
    conversation: int
    sequence: int
    created: int
    topic: str = ""
    topic_by: str = ""
    topic_time: int = 0
    settings: dict[str, bool | int | str] = {}
    members: list[MemberInfo] = []
    at: int = 0
    more: int = 0


class GroupLine(msgspec.Struct, frozen=True):
    """A group as it stands in a list."""

    name: str
    members: int
    topic: str = ""


class Filtering(msgspec.Struct, frozen=True):
    """What a filter did (``action``, by ``rule``) about what somebody said.

    ``who``: ``name!user@host`` then; ``time`` in milliseconds.
    """

    id: int
    who: str
    account: str
    action: str
    rule: str
    text: str
    time: int


class PersonInfo(msgspec.Struct, frozen=True):
    """A participant. ``groups``: those that the asker may know of, with his roles there.

    ``idle`` is in seconds; ``signed_on`` in seconds since 1970 UTC, 0 for who isn't here.
    """

    name: str
    id: int
    user: str
    host: str
    real_name: str
    account: str = ""
    flags: int = 0
    origin: str = ""
    away: str | None = None
    idle: int = 0
    signed_on: int = 0
    groups: dict[str, list[str]] = {}


class ListEntry(msgspec.Struct, frozen=True):
    """An entry of a group's list, who put it there, and when (milliseconds)."""

    value: str
    by: str
    time: int


class Talked(msgspec.Struct, frozen=True):
    """A conversation of one's own, and when something was last said there (milliseconds)."""

    name: str
    group: bool
    time: int


class ContactInfo(msgspec.Struct, frozen=True):
    """A contact, as its owner calls it."""

    name: str
    alias: str = ""
    note: str = ""


class StandingInfo(msgspec.Struct, frozen=True):
    """How a contact is there. Times in milliseconds; ``level`` is the warning level in percent."""

    name: str
    since: int
    idle: int
    away: str | None = None
    level: int = 0


class PrivacyInfo(msgspec.Struct, frozen=True):
    """Who may reach one (``mode``), and the lists; a list counts in the mode of its name."""

    mode: str
    permit: list[str] = []
    deny: list[str] = []
    ignore: list[str] = []


class SessionInfo(msgspec.Struct, frozen=True):
    """A connection of one's own account. ``session`` tells it from all others; ``here``: it is the
    one that asks; ``app_password``: the label of the one that it came by; ``idle`` in seconds."""

    session: str
    name: str
    address: str
    gateway: str
    app_password: str = ""
    idle: int | None = None
    here: bool = False


class InvitationInfo(msgspec.Struct, frozen=True):
    """An invitation that waits; ``opens`` the group though it may be closed."""

    group: str
    inviter: str
    time: int
    opens: bool
