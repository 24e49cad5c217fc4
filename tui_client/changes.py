"""What observers of the state are told, after it has changed: see `Store.observe`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from tui_client.records import Message

if TYPE_CHECKING:
    from tui_client.conversation import Conversation


class Inserted(msgspec.Struct, frozen=True):
    """``items[index:index + count]`` of the conversation's timeline are new."""

    conversation: Conversation
    index: int
    count: int


class Removed(msgspec.Struct, frozen=True):
    """So many items are gone from there; they may still be read from the hub."""

    conversation: Conversation
    index: int
    count: int


class Updated(msgspec.Struct, frozen=True):
    """The item at ``index`` is another record with the same key."""

    conversation: Conversation
    index: int


class ConversationChanged(msgspec.Struct, frozen=True):
    """Its counters, name, topic, draft, preview, paging or presence changed."""

    conversation: Conversation


class ConversationsChanged(msgspec.Struct, frozen=True):
    """There are more or fewer conversations."""


class MembersChanged(msgspec.Struct, frozen=True):
    """Who is in a group, in which role, and how present."""

    conversation: Conversation


class TypingChanged(msgspec.Struct, frozen=True):
    """Who is writing there."""

    conversation: Conversation


class ContactsChanged(msgspec.Struct, frozen=True):
    """Contacts, their circles or their presence, invitations, privacy."""


class ConnectionChanged(msgspec.Struct, frozen=True):
    """The state of the connection, `Store.connection`, or who one is."""


class Alerted(msgspec.Struct, frozen=True):
    """Somebody wants one's attention: a rule says so."""

    conversation: Conversation
    message: Message


class Told(msgspec.Struct, frozen=True):
    """A line for the user, about what was asked for or what became of it."""

    text: str
    level: Literal["info", "warning", "error"] = "info"
    conversation: Conversation | None = None


Change: TypeAlias = (
    Inserted
    | Removed
    | Updated
    | ConversationChanged
    | ConversationsChanged
    | MembersChanged
    | TypingChanged
    | ContactsChanged
    | ConnectionChanged
    | Alerted
    | Told
)

Observer: TypeAlias = Callable[[Change], None]
