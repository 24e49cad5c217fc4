"""Walking over all that is stored, a slice at a time, for what concerns somebody.

There is no index by author: it would cost every message something, and is needed rarely. Rows
are looked through as bytes, and only those in which one of the patterns stands are decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from words.events import ConversationEvent
from words.journal.journal import Journal
from words.journal.rows import event_of

SLICE = 2000
"""Rows looked through in one slice: about 2 ms."""


class Place(NamedTuple):
    """A place in the history: behind this event."""

    conversation: int = 0
    history: int = 0
    sequence: int = 0


def pattern(value: int | str) -> bytes:
    """Return the bytes by which a stored event has this value."""
    return msgspec.msgpack.encode(value)


def in_tail(journal: Journal, patterns: Sequence[bytes]) -> list[ConversationEvent]:
    """Return the events of the tail that have one of these patterns."""
    return [
        event_of(row.event)
        for rows in journal.tail.values()
        for row in rows
        if any(each in row.event for each in patterns)
    ]


def in_history(
    journal: Journal, patterns: Sequence[bytes], after: Place
) -> tuple[list[ConversationEvent], Place | None]:
    """Return what a slice has of these patterns, and where it ends; None: there is no more."""
    rows = journal.store.read(
        "SELECT conversation, class, sequence, event FROM history"
        " WHERE (conversation, class, sequence) > (?, ?, ?)"
        " ORDER BY conversation, class, sequence LIMIT ?",
        *after,
        SLICE,
    )
    found = [event_of(row[3]) for row in rows if any(each in row[3] for each in patterns)]
    return found, Place(*rows[-1][:3]) if len(rows) == SLICE else None
