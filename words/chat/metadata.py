"""What people and groups say of themselves in keys and values: rules, and what is stored.

One table for both, by the number of the participant or the group. What a group has is of its
epoch; what a guest has is in memory only. Source of the rules: IRCv3 draft/metadata-3.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from words.chat.group import Group
from words.chat.participant import Participant
from words.errors import BadInput, TooLong
from words.storage.store import Store

MAX_KEYS = 50  # of one participant or group; clients use about ten
MAX_KEY = 64  # characters
MAX_VALUE = 300  # bytes: with key and target it fits a line of 512

Values: TypeAlias = dict[str, str]

_KEY = re.compile(r"[a-z0-9_./-]+")


def check_key(key: str) -> None:
    """Raise `BadInput` or `TooLong` for what can't be a key."""
    if not _KEY.fullmatch(key):
        raise BadInput("key", key)
    if len(key) > MAX_KEY:
        raise TooLong("key", MAX_KEY)


def check_value(value: str) -> None:
    """Raise `BadInput` or `TooLong` for what can't be a value."""
    if any(char in value for char in "\0\r\n"):
        raise BadInput("value", "has a line break or NUL")
    if len(value.encode("utf-8", "replace")) > MAX_VALUE:
        raise TooLong("value", MAX_VALUE)


class MetadataStore:
    """The metadata of all, loaded when somebody asks for it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, owner: Group | Participant) -> Values:
        """Return what is set: the object itself, to be changed by `put` only."""
        epoch = _epoch(owner)
        if owner.metadata is None or owner.metadata[0] != epoch:
            owner.metadata = epoch, self._load(owner)
        return owner.metadata[1]

    def _load(self, owner: Group | Participant) -> Values:
        if isinstance(owner, Participant) and not owner.identity:
            return {}
        rows = self._store.read(
            "SELECT key, value FROM metadata WHERE owner = ? AND epoch = ? ORDER BY key",
            owner.id,
            _epoch(owner),
        )
        return dict(rows)

    def put(self, owner: Group | Participant, key: str, value: str | None) -> None:
        """Set a key, or (None) remove it; within a turn."""
        values = self.of(owner)
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
        if isinstance(owner, Participant) and not owner.identity:
            return
        epoch = _epoch(owner)
        write = self._store.write
        write("DELETE FROM metadata WHERE owner = ? AND epoch <> ?", owner.id, epoch)
        if value is None:
            write("DELETE FROM metadata WHERE owner = ? AND key = ?", owner.id, key)
        else:
            row = owner.id, key, value, epoch
            write("INSERT OR REPLACE INTO metadata VALUES (?, ?, ?, ?)", *row)


def _epoch(owner: Group | Participant) -> int:
    """Return the sequence number with which a group's epoch began; 0 for people."""
    return owner.facts.epoch if isinstance(owner, Group) else 0
