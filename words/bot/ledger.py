"""What a bot keeps, and the SQLite file in which it does so when it runs by itself.

Everything is a text under a name, in one table: how far each conversation was handled
(``cursor/``), the store (``store/``), timers (``timer/``, ``every/``) and what is to be said
(``outbox/``). So one transaction is enough for all of it.
"""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path
from typing import Protocol, TextIO

from words.errors import StorageRefused

SCHEMA = 1
"""``PRAGMA user_version`` of the files that this program can read."""


class Ledger(Protocol):
    """Names and texts. What is kept counts when the home of the bot has committed it."""

    def value(self, name: str) -> str:
        """Return what is kept under a name, "" for nothing."""
        ...

    def keep(self, name: str, value: str) -> None:
        """Keep a text, "" for nothing any more."""
        ...

    def kept(self, prefix: str, limit: int = -1) -> list[tuple[str, str]]:
        """Return the names that begin so, with what is kept there, in their order."""
        ...


class File:
    """A `Ledger` in a file of its own, locked: two programs with one file would do all twice.

    Raises `StorageRefused`. ``path`` may be ":memory:".
    """

    def __init__(self, path: str | Path) -> None:
        self._lock = _lock(Path(f"{path}.lock")) if str(path) != ":memory:" else None
        try:
            self._open(path)
        except sqlite3.Error as error:
            raise StorageRefused(
                f"{path} can't be used: {error}; if it is damaged, put a copy in its place"
            ) from error

    def belong(self, bot: str) -> None:
        """Note whose file it is; raises `StorageRefused` where it is another bot's."""
        owner = self.value("bot")
        if owner not in ("", bot):
            self.close()
            raise StorageRefused(f"the file of what is kept belongs to the bot {owner}")
        self.keep("bot", bot)
        self.commit()

    def _open(self, path: str | Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._execute = self._db.execute
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = FULL")
        (schema,) = self._execute("PRAGMA user_version").fetchone()
        if schema > SCHEMA:
            raise StorageRefused(f"{path} was written by a newer program")
        self._execute(
            "CREATE TABLE IF NOT EXISTS ledger (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
            " WITHOUT ROWID"
        )
        self._execute(f"PRAGMA user_version = {SCHEMA}")
        self._execute("SELECT name, value FROM ledger LIMIT 1")

    @property
    def dirty(self) -> bool:
        """Whether something was kept since the last commit."""
        return self._db.in_transaction

    def value(self, name: str) -> str:
        """Return what is kept, the open transaction included; see `Ledger`."""
        row = self._execute("SELECT value FROM ledger WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def keep(self, name: str, value: str) -> None:
        """Keep a text in the open transaction; see `Ledger`."""
        if not self._db.in_transaction:
            self._execute("BEGIN IMMEDIATE")
        if value:
            self._execute("INSERT OR REPLACE INTO ledger VALUES (?, ?)", (name, value))
        else:
            self._execute("DELETE FROM ledger WHERE name = ?", (name,))

    def kept(self, prefix: str, limit: int = -1) -> list[tuple[str, str]]:
        """Return what is kept under names that begin so; see `Ledger`."""
        return self._execute(
            "SELECT name, value FROM ledger WHERE name >= ? AND name < ? ORDER BY name LIMIT ?",
            (prefix, after(prefix), limit),
        ).fetchall()

    def commit(self) -> None:
        """Write the open transaction to the disk."""
        if self._db.in_transaction:
            self._execute("COMMIT")

    def close(self) -> None:
        """Let go of the file; an open transaction is dropped."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()


def after(prefix: str) -> str:
    """Return the first name behind all that begin so."""
    return prefix + "\U0010ffff"


def _lock(path: Path) -> TextIO:
    try:
        file = path.open("w")
    except OSError as error:
        raise StorageRefused(f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StorageRefused(f"{path} is in use: the bot runs already") from None
    return file
