"""What gateways keep for identities as it came: small things that mean nothing to the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.errors import TooLong

if TYPE_CHECKING:
    from words.chat.service import ChatService

MAX_KEPT = 16 * 1024  # bytes of one; a list of contacts with its notes


class Keeping:
    """Bytes by identity and name; the names begin with the gateway's."""

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self._store = service.journal.store

    def get(self, identity: int, name: str) -> bytes:
        """Return what is kept, b"" for nothing."""
        rows = self._store.read(
            "SELECT value FROM kept WHERE participant = ? AND name = ?", identity, name
        )
        return bytes(rows[0][0]) if rows else b""

    def all(self, name: str, like: str = "%", most: int = -1) -> list[tuple[int, bytes]]:
        """Return who keeps something under a name, and what; of at most so many, -1 for all.

        ``like`` is a pattern of SQL's LIKE for what is kept; a backslash takes a sign as it is.
        """
        rows = self._store.read(
            "SELECT participant, value FROM kept WHERE name = ?"
            " AND CAST(value AS TEXT) LIKE ? ESCAPE '\\' LIMIT ?",
            name,
            like,
            most,
        )
        return [(int(number), bytes(value)) for number, value in rows]

    def put(self, identity: int, name: str, value: bytes) -> None:
        """Keep something, b"" for nothing any more; within a turn."""
        if len(value) > MAX_KEPT:
            raise TooLong(name, MAX_KEPT)
        if not value:
            self._store.write("DELETE FROM kept WHERE participant = ? AND name = ?", identity, name)
            return
        self._service.turn.require_space()
        self._store.write("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", identity, name, value)
