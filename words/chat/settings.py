"""What the chat service must know of the configuration, as plain values."""

from __future__ import annotations

import msgspec

from words.chat.roles import Roles


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths are in characters, ``body`` in bytes of UTF-8."""

    groups_per_participant: int
    name: int
    group_name: int
    topic: int
    body: int
    list_entries: int


class ChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``open_history`` and ``closed_history`` are the visibility where a group chose none."""

    guests: bool
    limits: Limits
    roles: Roles
    creator_role: str
    open_history: str
    closed_history: str
