"""Forgetting what is older than it may be, in small slices, each within one turn.

A conversation's numbers go on where they were though all its events are gone: its end is kept
in the table ``ends`` before they are deleted.
"""

from __future__ import annotations

from collections.abc import Mapping

from words.journal.journal import Journal
from words.storage.store import Store

SLICE = 500
"""Rows that are deleted in one turn: a few milliseconds."""

CONVERSATIONS = 200
"""Conversations that are looked at in one turn."""

TOKEN_SECONDS = 7 * 86400
"""How long a repeated verb is known by its token."""


NONE: Mapping[int, int] = {}


def set_retention(store: Store, conversation: int, seconds: float | None) -> None:
    """Let a conversation keep its messages so long, 0 for ever; None as all others do."""
    store.write("DELETE FROM retentions WHERE conversation = ?", conversation)
    if seconds is not None:
        store.write("INSERT INTO retentions VALUES (?, ?)", conversation, int(seconds * 1000))


def retention_of(store: Store, conversation: int) -> float | None:
    """Return what was set, in seconds."""
    rows = store.read("SELECT kept FROM retentions WHERE conversation = ?", conversation)
    return rows[0][0] / 1000 if rows else None


def own_limits(store: Store, now: int) -> dict[int, int]:
    """Return before which time (ms) those conversations forget that have a rule of their own."""
    rows = store.read("SELECT conversation, kept FROM retentions")
    return {conversation: now - kept if kept else 0 for conversation, kept in rows}


class Sweep:
    """One round over all conversations: deletes a class of history before a time (ms).

    ``others`` has that time for conversations that keep things longer, or less long.
    """

    def __init__(
        self, journal: Journal, kind: int, before: int, others: Mapping[int, int] = NONE
    ) -> None:
        self._journal = journal
        self._store = journal.store
        self._kind = kind
        self._before = before
        self._others = others
        self._at = 0
        self.deleted = 0

    def slice(self) -> bool:
        """Delete some; return whether there may be more."""
        room = SLICE
        for _ in range(CONVERSATIONS):
            if not self._at and not self._go_on():
                return False
            gone = self._forget(self._at, room)
            room -= gone
            self.deleted += gone
            if room <= 0:
                return True
            if not self._go_on():
                return False
        return True

    def _go_on(self) -> bool:
        """Go to the next conversation; return whether there is one."""
        rows = self._store.read(
            "SELECT min(conversation) FROM history WHERE conversation > ?", self._at
        )
        self._at = rows[0][0] or 0
        return bool(self._at)

    def _forget(self, conversation: int, room: int) -> int:
        before = self._others.get(conversation, self._before)
        first = self._store.read(
            "SELECT time FROM history WHERE conversation = ? AND class = ?"
            " ORDER BY sequence LIMIT 1",
            conversation,
            self._kind,
        )
        if not first or first[0][0] >= before:  # most have nothing that is old
            return 0
        rows = self._store.read(
            "SELECT sequence, time FROM history WHERE conversation = ? AND class = ?"
            " ORDER BY sequence LIMIT ?",
            conversation,
            self._kind,
            room,
        )
        old = [sequence for sequence, time in rows if time < before]
        if old:
            end = self._journal.end(conversation)
            self._store.write("INSERT OR REPLACE INTO ends VALUES (?, ?, ?)", conversation, *end)
            self._store.write(
                "DELETE FROM history WHERE conversation = ? AND class = ? AND sequence <= ?",
                conversation,
                self._kind,
                old[-1],
            )
        return len(old)


def forget_relayed(store: Store, before: int) -> bool:
    """Delete some of what bridges know of messages older than a time (ms), 0 for nothing of it.

    Return whether there may be more.
    """
    old = store.read(
        "SELECT message, owner, part FROM relayed WHERE message < ? ORDER BY message LIMIT ?",
        before * 1000,  # ids are microseconds: see words/journal/ids.py
        SLICE,
    )
    if old:
        store.write_many("DELETE FROM relayed WHERE message = ? AND owner = ? AND part = ?", old)
    return len(old) == SLICE


def forget_tokens(store: Store, before: int) -> bool:
    """Delete some tokens that are older than a time (ms); return whether there may be more."""
    old = store.read(
        "SELECT participant, token FROM tokens WHERE time < ? ORDER BY time LIMIT ?", before, SLICE
    )
    if old:
        store.write_many("DELETE FROM tokens WHERE participant = ? AND token = ?", old)
    return len(old) == SLICE
