"""What bridges and in-hub bots keep: where they are, and what messages are called elsewhere.

Everything is written in the turn's own transaction, so a cursor never is ahead of or behind what
was done up to it. There is no outbox here: the log of a conversation is one already, in order and
on disk; two cursors say how much of it was sent and how much is known to have arrived.
"""

from __future__ import annotations

from words.interfaces import Relayed
from words.storage.store import Store


class Ledger:
    """The `words.interfaces.Ledger` of one store. Writing is for within a turn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def value(self, owner: str, name: str) -> str:
        """Return what is kept, "" for nothing."""
        rows = self._store.read(
            "SELECT value FROM places WHERE owner = ? AND name = ?", owner, name
        )
        return str(rows[0][0]) if rows else ""

    def keep(self, owner: str, name: str, value: str) -> None:
        """Keep a text, "" for nothing any more."""
        if value:
            self._store.write("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", owner, name, value)
        else:
            self._store.write("DELETE FROM places WHERE owner = ? AND name = ?", owner, name)

    def kept(self, owner: str, prefix: str, limit: int = -1) -> list[tuple[str, str]]:
        """Return the names that begin so, with what is kept there, in their order."""
        return self._store.read(
            "SELECT name, value FROM places WHERE owner = ? AND name >= ? AND name < ?"
            " ORDER BY name LIMIT ?",
            owner,
            prefix,
            prefix + "\U0010ffff",
            limit,
        )

    def note(self, owner: str, relayed: Relayed) -> None:
        """Note what a message of ours, or a part of it, is called elsewhere."""
        self._store.write(
            "INSERT OR REPLACE INTO relayed VALUES (?, ?, ?, ?, ?, ?)",
            owner,
            relayed.message,
            relayed.part,
            relayed.way,
            relayed.foreign_id,
            relayed.note,
        )

    def by_foreign_id(self, owner: str, foreign_id: str) -> Relayed | None:
        """Return what was noted of a message by what it is called elsewhere."""
        rows = self._store.read(
            "SELECT message, part, way, foreign_id, note FROM relayed"
            " WHERE owner = ? AND foreign_id = ? AND foreign_id <> ''",
            owner,
            foreign_id,
        )
        return Relayed(*rows[0]) if rows else None

    def of_message(self, message: int) -> list[tuple[str, Relayed]]:
        """Return (owner, what he noted) of a message of ours, in the order of its parts."""
        return [
            (owner, Relayed(message, *rest))
            for owner, *rest in self._store.read(
                "SELECT owner, part, way, foreign_id, note FROM relayed WHERE message = ?"
                " ORDER BY owner, part",
                message,
            )
        ]

    def forget(self, owner: str) -> None:
        """Drop all that an owner keeps."""
        self._store.write("DELETE FROM places WHERE owner = ?", owner)
        self._store.write("DELETE FROM relayed WHERE owner = ?", owner)
