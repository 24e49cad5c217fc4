"""The one writer of the hub's SQLite file.

Statements are queued while a turn runs and become one transaction at its end, with the turn's
events. Until `Store.commit` has returned nothing of it may be told to anybody. Reading on the
loop sees what is queued. The domain never sees SQL errors: "full" and "busy" are `Unsettled`
(the batch is kept; call `commit` again later), anything else is `StorageBroken` and ends the
process, since after a failed fsync a retry can succeed falsely.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from io import FileIO
from pathlib import Path
from typing import Any, TypeAlias

from words.errors import CannotStore, WordsError
from words.storage.opening import open_file, unlock

Statement: TypeAlias = tuple[str, Sequence[Any], bool]
"""SQL, its values, and whether these are many rows of values."""

RETRIED = frozenset({"SQLITE_FULL", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"})
"""Result codes after which a rolled back transaction may be tried again as it was."""

PASSIVE_WAL = 4 * 1024 * 1024
"""Bytes of write-ahead log above which a thread copies it into the file when all is quiet."""

FORCED_WAL = 16 * 1024 * 1024
"""Bytes of log above which it is copied anyway, the rest on the loop, so that it starts anew."""

LOG_HEADER = 32
FRAME_HEADER = 24


class Unsettled(WordsError):
    """The batch could not be written yet: the disk is full or the file is busy."""

    code = "unsettled"


class StorageBroken(WordsError):
    """The disk failed. What was said stays true; nothing more can be promised."""

    code = "storage-broken"


class Store:
    """One open file. ``durability`` is ``"disk"`` (every commit is synced) or ``"process"``."""

    def __init__(self, path: Path, *, durability: str = "disk", reserve: int = 0) -> None:
        self.path = path
        self._folder = str(path.parent)
        self.reserve = reserve
        self._lock: int | None
        self._lock, self._db = open_file(path, durability)
        self._queue: list[Statement] = []
        self._written = 0
        self._execute = self._db.execute
        self._wal = path.with_name(path.name + "-wal")

    def write(self, sql: str, *values: Any) -> None:
        """Queue a statement for this turn's transaction."""
        self._queue.append((sql, values, False))

    def write_many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Queue one statement to be run for each of ``rows``."""
        self._queue.append((sql, rows, True))

    def mark(self) -> int:
        """Return a place in the queue to which `forget` can go back."""
        return len(self._queue)

    def forget(self, mark: int) -> None:
        """Drop what was queued since ``mark``."""
        if mark < self._written:  # a read has run it already: start the transaction again
            self._rollback()
        del self._queue[mark:]

    @property
    def dirty(self) -> bool:
        """Whether anything waits for `commit`."""
        return bool(self._queue)

    def read(self, sql: str, *values: Any) -> list[Any]:
        """Return all rows of a short query, the turn's own writes included.

        Raises `CannotStore` for values that no row could hold.
        """
        if len(self._queue) > self._written:
            self._run()
        try:
            return self._execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _classified(error) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise CannotStore(str(error)) from error

    def commit(self) -> None:
        """Write what is queued, durably. Raises `Unsettled` or `StorageBroken`."""
        if not self._queue:
            return
        self._run()
        try:
            self._execute("COMMIT")
        except sqlite3.Error as error:
            self._rollback()
            raise _classified(error) from error
        self._queue.clear()
        self._written = 0

    def _run(self) -> None:
        try:
            if not self._db.in_transaction:
                self._execute("BEGIN IMMEDIATE")
                self._written = 0
            for sql, values, many in self._queue[self._written :]:
                if many:
                    self._db.executemany(sql, values)
                else:
                    self._execute(sql, values)
            self._written = len(self._queue)
        except sqlite3.Error as error:
            self._rollback()
            raise _classified(error) from error

    def _rollback(self) -> None:
        self._written = 0
        if self._db.in_transaction:
            self._execute("ROLLBACK")

    def free_space(self) -> int:
        """Return the bytes that may still be used before the reserve is touched."""
        status = os.statvfs(self._folder)
        return status.f_bavail * status.f_frsize - self.reserve

    def log_size(self) -> int:
        """Return the bytes of the write-ahead log that are in use.

        The file itself never shrinks: when the log starts anew, old frames stay behind the new
        ones, told apart by their salt (the SQLite file format, section 4.1). Raises `Unsettled`.
        """
        try:
            with self._wal.open("rb", buffering=0) as file:
                return _used(file)
        except FileNotFoundError:
            return 0
        except OSError as error:  # no file descriptor is left: strangers can bring that about
            raise Unsettled(str(error)) from error

    def copy_log(self) -> bool:
        """Finish copying the log into the file, on this thread; return whether it starts anew.

        Raises `Unsettled`, `StorageBroken`.
        """
        try:
            busy, _, _ = self._execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error as error:
            raise _classified(error) from error
        return not busy

    def copier(self) -> Callable[[], None]:
        """Return a function for a thread that copies the log with a connection of its own.

        It raises `Unsettled`, `StorageBroken`.
        """
        path = self.path

        def copy() -> None:
            try:
                with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as db:
                    db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error as error:
                if _name(error).startswith("SQLITE_CANTOPEN"):  # the loop's connection is open
                    raise Unsettled(str(error)) from error
                raise _classified(error) from error

        return copy

    def close(self) -> None:
        """Write what is queued, finish the log and let go of the file."""
        self.commit()
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.abandon()

    def abandon(self) -> None:
        """Let go of the file as it is; nothing happens when that was done already."""
        self._db.close()
        if self._lock is not None:
            unlock(self._lock)
            self._lock = None


def _used(log: FileIO) -> int:
    header = log.read(LOG_HEADER)
    if len(header) < LOG_HEADER:
        return 0
    frame = FRAME_HEADER + int.from_bytes(header[8:12], "big")
    salt = header[16:24]
    low, high = 0, (os.fstat(log.fileno()).st_size - LOG_HEADER) // frame
    while low < high:  # the number of frames with this salt is in [low, high]
        middle = (low + high) // 2
        log.seek(LOG_HEADER + middle * frame + 8)
        if log.read(8) == salt:
            low = middle + 1
        else:
            high = middle
    return LOG_HEADER + low * frame


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "")


def _classified(error: sqlite3.Error) -> WordsError:
    name = _name(error)
    text = f"{name or type(error).__name__}: {error}"
    return Unsettled(text) if name in RETRIED else StorageBroken(text)
