"""Copying a storage file while a hub writes to it, and putting a copy back.

A copy is one moment of the whole: it is read in pages within one transaction, so what is written
meanwhile isn't in it and doesn't make it begin anew. The search index isn't copied: it is made
anew from the journal.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from words.errors import StorageRefused
from words.storage.opening import APPLICATION_ID, migrations, open_file, unlock, what_to_do

PAGES = 2048
"""Pages (of 4 KiB) copied at once: some milliseconds of the disk."""

PAUSE = 0.005
"""Seconds between two times: the hub's commits need the disk too."""


class Facts(NamedTuple):
    """What a storage file says of itself. ``age`` is larger in what was written later."""

    schema: int
    age: tuple[int, int, int]


def backup(source: Path, target: Path) -> int:
    """Copy a storage file to a new one; return its bytes. Raises `StorageRefused`."""
    if target.exists():
        raise StorageRefused(f"{target} is there already: it isn't written over")
    if not source.exists():
        raise StorageRefused(f"{source} isn't there")
    try:
        with _part_of(target) as part:
            _copy(source, part)
            os.link(part, target)  # fails where somebody else made one meanwhile
            _sync_folder(target.parent)
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        raise StorageRefused(f"{target}: {_text(error)}") from error


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """Make the file that becomes ``target``, for one process at a time; it is gone afterwards.

    One that a killed process left is written over. Raises `StorageRefused`, `OSError`.
    """
    part = target.with_name(target.name + ".part")
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(part, flags, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = os.path.samestat(os.fstat(handle), part.stat())
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            raise StorageRefused(f"{part} is being written by another process: let it end")
        try:
            os.fchmod(handle, 0o600)
            os.ftruncate(handle, 0)
            yield part
        finally:
            part.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _copy(source: Path, part: Path) -> None:
    with closing(_open(source, "rw")) as db, closing(sqlite3.connect(part)) as copy:
        try:
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from now on: this moment
        except sqlite3.Error as error:
            raise StorageRefused(f"{source}: {error}. {what_to_do(error)}") from error
        db.backup(copy, pages=PAGES, sleep=PAUSE)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
        if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise StorageRefused(f"{source} is damaged: a copy of it fails its check")
    with part.open("rb") as file:
        os.fsync(file.fileno())


def facts_of(path: Path) -> Facts:
    """Return what a storage file says of itself; raises `StorageRefused` where it is none."""
    try:
        with closing(_open(path, "ro")) as db:
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (schema,) = db.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION_ID:
                raise StorageRefused(f"{path} isn't a storage file of Words")
            age = db.execute(
                "SELECT coalesce((SELECT value FROM meta WHERE name = 'ids'), 0),"
                " coalesce((SELECT max(id) FROM acts), 0),"
                " coalesce((SELECT max(batch) FROM tail), 0)"
            ).fetchone()
    except sqlite3.Error as error:
        raise StorageRefused(f"{path}: {_text(error)}") from error
    return Facts(schema, age)


def restore(source: Path, target: Path, *, replace: bool = False) -> Path | None:
    """Put a copy in the place of a storage file that no hub uses; return where the old one went.

    Raises `StorageRefused`: for what isn't a copy or is of a newer Words, where a hub runs, and
    where what is there was written later than the copy, unless ``replace``.
    """
    if not source.exists():
        raise StorageRefused(f"{source} isn't there")
    new = facts_of(source)
    if new.schema > migrations()[-1][0]:
        raise StorageRefused(f"{source} was written by a newer Words: run that version")
    there = target.exists()
    lock, db = open_file(target, "disk")  # locks it, and takes in what its log has
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        if there and facts_of(target).age > new.age and not replace:
            raise StorageRefused(
                f"{target} was written later than {source}: --replace puts it aside"
            )
        return _exchange(source, target, keep=there)
    except (OSError, sqlite3.Error) as error:
        raise StorageRefused(f"{target}: {_text(error)}") from error
    finally:
        db.close()
        unlock(lock)


def _exchange(source: Path, target: Path, *, keep: bool) -> Path | None:
    with _part_of(target) as part:
        _copy(source, part)
        old = target.with_name(f"{target.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
        if old.exists():
            old = old.with_name(f"{old.name}-{time.time_ns() % 10**9:09}")
        if keep:
            os.link(target, old)
        for end in ("-wal", "-shm"):  # empty: the log was taken in
            target.with_name(target.name + end).unlink(missing_ok=True)
        for end in ("", "-wal", "-shm"):  # made anew, from what the copy has
            target.with_name("search.db" + end).unlink(missing_ok=True)
        os.replace(part, target)
        _sync_folder(target.parent)
        return old if keep else None


def _open(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _text(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
