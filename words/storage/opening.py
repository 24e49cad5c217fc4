"""Opening the file: one hub at a time, our format only, the newest schema we know.

Everything that keeps the file from being used is a `StorageRefused` whose text says what was
found and what to do. Nothing is ever created over, repaired or deleted here.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from pathlib import Path

from words.errors import StorageRefused

APPLICATION_ID = 0x574F5244  # "WORD"; shown by file(1)
HEADER_BYTES = 100  # the SQLite file format, section 1.3
MAGIC = b"SQLite format 3\0"

PATIENCE = 2.0
"""Seconds to wait for whoever has the file."""

PAUSE = 0.02
"""Seconds between two looks."""


def migrations() -> list[tuple[int, str]]:
    """Return (version, SQL) of every migration that this program has, in order."""
    folder = Path(__file__).parent / "migrations"
    return [(int(file.name[:4]), file.read_text("utf-8")) for file in sorted(folder.glob("*.sql"))]


def open_file(path: Path, durability: str) -> tuple[int, sqlite3.Connection]:
    """Lock and open ``path``, made new if it isn't there; return (lock, connection).

    Raises `StorageRefused`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageRefused(
            f"{path.parent}: {error.strerror}. Make this folder or name another."
        ) from error
    lock = _lock(path)
    db: sqlite3.Connection | None = None
    try:
        _check_header(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # for us alone
        _sync_log(path)
        db = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        _settle(db, path, durability)
    except sqlite3.Error as error:
        _close(db, lock)
        raise StorageRefused(f"{path}: {error}. {what_to_do(error)}") from error
    except OSError as error:
        _close(db, lock)
        raise StorageRefused(f"{path}: {error.strerror}. Check who owns it.") from error
    except StorageRefused:
        _close(db, lock)
        raise
    return lock, db


def unlock(lock: int) -> None:
    """Let another hub have the file."""
    os.close(lock)


def _close(db: sqlite3.Connection | None, lock: int) -> None:
    if db is not None:
        db.close()
    unlock(lock)


def _lock(path: Path) -> int:
    name = path.with_name(path.name + ".lock")
    try:
        lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageRefused(
            f"{name}: {error.strerror}. Check who owns the folder, and whether it can be written."
        ) from error
    if not _held(lock):
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise StorageRefused(
            f"{path} is in use by process {holder}. One hub at a time can have it: stop that"
            " one, or give this one another data folder."
        )
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _held(lock: int) -> bool:
    """Take the lock; return whether it could be had. A command has it for a moment only."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > end:
                return False
            time.sleep(PAUSE)
        else:
            return True


def what_to_do(error: sqlite3.Error) -> str:
    """Return advice; only what no other cause explains is called damage."""
    code = getattr(error, "sqlite_errorcode", 0)
    match code & 0xFF:  # the rest says which operation it was
        case sqlite3.SQLITE_FULL:
            return "Make room on its disk; the file is as it was."
        case sqlite3.SQLITE_IOERR if code != sqlite3.SQLITE_IOERR_SHORT_READ:
            return "Its disk is full or fails: make room, or look at the system's log (dmesg)."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "Another program has it open: end that one."
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return "Check who owns it and its folder, and whether they can be written."
    return (
        "The file is damaged or can't be used here: restore a backup, or move the file and its"
        " -wal away together to start empty."
    )


def _check_header(path: Path) -> None:
    """Refuse what isn't ours, or is shorter than it says (a torn copy), before SQLite looks."""
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return
    if not size:
        return
    if not header.startswith(MAGIC) or len(header) < HEADER_BYTES:
        raise StorageRefused(f"{path} isn't a storage file of Words. Name another file.")
    application = int.from_bytes(header[68:72], "big")
    if application not in (APPLICATION_ID, 0):
        raise StorageRefused(f"{path} belongs to another program. Name another file.")
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(header[28:32], "big")
    wal = path.with_name(path.name + "-wal")
    has_log = wal.exists() and wal.stat().st_size > 0
    if pages * page > size and not has_log:
        raise StorageRefused(
            f"{path} is torn: it should have {pages * page} bytes and has {size}. Restore a backup."
        )


def _settle(db: sqlite3.Connection, path: Path, durability: str) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    steps = migrations()
    if application not in (APPLICATION_ID, 0) or (
        application == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    ):
        raise StorageRefused(f"{path} belongs to another program. Name another file.")
    if version > steps[-1][0]:
        raise StorageRefused(
            f"{path} was written by a newer Words (schema {version}, this one knows"
            f" {steps[-1][0]}). Run that version, or restore a backup made before the upgrade."
        )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {'FULL' if durability == 'disk' else 'NORMAL'}")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("PRAGMA cache_size = -16384")
    db.execute("PRAGMA temp_store = MEMORY")
    for number, sql in steps:
        if number > version:
            db.executescript(
                f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION_ID};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )


def _sync_log(path: Path) -> None:
    """Sync a log that a killed process may have left unsynced: what it holds counts as said.

    Before SQLite has the file: closing any other descriptor of it drops SQLite's POSIX locks.
    """
    for name in (path.name + "-wal", path.name):
        try:
            file = os.open(path.with_name(name), os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            os.fsync(file)
        finally:
            os.close(file)
