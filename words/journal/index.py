"""The search index: what was said, by word, in a second file that is filled behind.

In the turn's own transaction it would cost five times all else. So a thread reads the journal
with a connection of its own, a slice at a time, and keeps in the same transaction how far it has
come in each conversation: a kill at any moment loses nothing. The file holds nothing that isn't
in the journal; where it is missing, torn, or of another journal, it is made anew.

Whoever shows what was found looks at the journal first: it alone knows what is still so.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from words.events import CHANGE, TALK, ConversationEvent, Edited, Redacted, Said
from words.journal.query import LATEST, TOKENS, Wanted, expression, of_author, of_group, of_person
from words.journal.rows import event_of, events_of

log = logging.getLogger(__name__)

LAYOUT = 1
"""Raised when what is indexed changes: an older file is made anew."""

SLICE_ROWS = 1000
"""Messages of one slice: 15 ms of a thread, most of it without Python's lock."""

SLICE_CONVERSATIONS = 500
"""Conversations looked at in one slice: some milliseconds."""

SECONDS = 2.0
"""The longest that a question may take; then what was found is the answer."""

STEPS_A_LOOK = 20_000
"""Steps of SQLite between two looks at the clock: about a millisecond."""

_SCHEMA = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE ends (conversation INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
CREATE VIRTUAL TABLE said USING fts5(
    text, scope, author, conversation UNINDEXED, sequence UNINDEXED, {TOKENS}
);
"""

_INSERT = (
    "{} INTO said(rowid, text, scope, author, conversation, sequence)"
    " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),"
    " json_extract(value, '$[2]'), json_extract(value, '$[3]'), json_extract(value, '$[4]'),"
    " json_extract(value, '$[5]') FROM json_each(?)"
)
"""A whole slice in one statement: between two a busy loop would have Python's lock for 5 ms."""


_OF_CLASS = (
    "SELECT * FROM (SELECT event, sequence FROM history WHERE conversation = ?1 AND class = {}"
    " AND sequence > ?2 ORDER BY sequence LIMIT ?3)"
)
_BOTH_CLASSES = (
    f"SELECT event FROM ({_OF_CLASS.format(TALK)} UNION ALL {_OF_CLASS.format(CHANGE)})"
    " ORDER BY sequence LIMIT ?3"
)


class Place(NamedTuple):
    """Where a message stands that was found."""

    id: int
    conversation: int
    sequence: int


class SearchIndex:
    """The index of one journal. Everything blocks and may be called in any thread."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self.path = journal.with_name("search.db")
        self._lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._at = 0
        self._behind = True
        self._batch = 0
        self._version = 0

    # Filling

    def step(self) -> bool:
        """Index a slice; return whether there is more.

        Raises `sqlite3.Error` where the file can't be written; one that is torn is made anew.
        """
        with self._lock:
            try:
                return self._step()
            except sqlite3.DatabaseError as error:
                self._close()
                if isinstance(error, sqlite3.OperationalError) and not _torn(error):
                    raise
                log.warning("the search index is made anew: %s", error)
                self._remove()
                return True

    def fill(self, seconds: float) -> bool:
        """Index all that there is, for so long at most; return whether that was all.

        It isn't where the file can't be written.
        """
        end = time.monotonic() + seconds
        try:
            while self.step():
                if time.monotonic() > end:
                    return False
        except sqlite3.Error as error:
            log.warning("the search index stays behind: %s", error)
            return False
        return True

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._close()

    def _step(self) -> bool:
        if self._writer is None:
            self._open()
        assert self._writer is not None
        assert self._reader is not None
        self._reader.execute("BEGIN")  # all reads of a slice see the same journal
        self._writer.execute("BEGIN")
        try:
            more = self._catch_up() if self._behind else self._follow()
            self._writer.execute("COMMIT")
        finally:
            self._reader.execute("ROLLBACK")
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        return more

    def _catch_up(self) -> bool:
        """Index what left the tail unseen, conversation by conversation."""
        if not self._at:
            oldest = self._read("SELECT min(batch) FROM tail")[0][0]
            last = self._read("SELECT max(batch) FROM tail")[0][0]
            self._batch = oldest - 1 if oldest else last or 0
        room = SLICE_ROWS
        for _ in range(SLICE_CONVERSATIONS):
            rows = self._read(
                "SELECT min(conversation) FROM history WHERE conversation > ?", self._at
            )
            if rows[0][0] is None:
                self._at, self._behind = 0, False
                return True
            count = self._index(
                event_of(body)
                for (body,) in self._read(_BOTH_CLASSES, rows[0][0], self._end(rows[0][0]), room)
            )
            room -= count
            if room <= 0:
                break
            self._at = rows[0][0]
        return True

    def _follow(self) -> bool:
        """Index the batches of the tail that came since; some may have left it meanwhile."""
        oldest, newest = self._read("SELECT min(batch), max(batch) FROM tail")[0]
        if newest is None:  # all of it may have left unseen, if anything was written at all
            version = self._read("PRAGMA data_version")[0][0]
            self._behind = version != self._version
            self._version = version
            return self._behind
        if newest == self._batch:
            return False
        if oldest > self._batch + 1 or newest < self._batch:
            self._behind = True
            return True
        found: list[ConversationEvent] = []
        for number, events in self._reader_rows(
            "SELECT batch, events FROM tail WHERE batch > ? ORDER BY batch", self._batch
        ):
            found += events_of(events)
            self._batch = number
            if len(found) >= SLICE_ROWS:
                break
        self._index(found)
        return bool(self._batch < newest)

    def _index(self, events: Iterable[ConversationEvent]) -> int:
        ends: dict[int, int] = {}
        scopes: dict[int, str] = {}
        rows: list[tuple[Any, ...]] = []
        later: list[Edited | Redacted] = []
        count = 0
        for event in events:
            count += 1
            number = event.conversation
            if number not in ends:
                ends[number] = self._end(number)
            if event.sequence <= ends[number]:
                continue
            ends[number] = event.sequence
            if isinstance(event, Said) and event.text:
                if number not in scopes:
                    scopes[number] = self._scope(number)
                rows.append(_row(event, scopes[number]))
            elif isinstance(event, Edited | Redacted):
                later.append(event)
        assert self._writer is not None
        if rows:
            slice_ = msgspec.json.encode(rows).decode()
            try:
                self._writer.execute(_INSERT.format("INSERT"), (slice_,))
            except sqlite3.IntegrityError:  # something of it is here: slower, so not by default
                self._writer.execute(_INSERT.format("INSERT OR REPLACE"), (slice_,))
            seen = max(row[0] for row in rows)
            self._writer.execute(
                "UPDATE meta SET value = max(value, ?) WHERE name = 'seen'", (seen,)
            )
        for change in later:
            self._change(self._writer, change)
        self._writer.executemany("INSERT OR REPLACE INTO ends VALUES (?, ?)", list(ends.items()))
        return count

    def _change(self, index: sqlite3.Connection, event: Edited | Redacted) -> None:
        if isinstance(event, Edited) and event.text:
            sql = "UPDATE said SET text = ? WHERE rowid = ?"
            index.execute(sql, (event.text, event.message))
        else:
            index.execute("DELETE FROM said WHERE rowid = ?", (event.message,))

    def _scope(self, conversation: int) -> str:
        rows = self._read("SELECT low, high FROM directs WHERE id = ?", conversation)
        if not rows:
            return of_group(conversation)
        return " ".join(of_person(number) for number in rows[0])

    def _end(self, conversation: int) -> int:
        assert self._writer is not None
        rows = self._writer.execute(
            "SELECT sequence FROM ends WHERE conversation = ?", (conversation,)
        ).fetchone()
        return int(rows[0]) if rows else 0

    def _read(self, sql: str, *values: Any) -> list[Any]:
        return self._reader_rows(sql, *values).fetchall()

    def _reader_rows(self, sql: str, *values: Any) -> sqlite3.Cursor:
        assert self._reader is not None
        return self._reader.execute(sql, values)

    # What is no longer so

    def check(self, after: int) -> int:
        """Compare a slice with the journal, from an id on; return the last id, 0 at the end.

        What was deleted, redacted or edited goes from the index, or is indexed as it is now.
        """
        with self._lock:
            if self._writer is None:
                return 0
            self._reader_rows("BEGIN")
            try:
                return self._check(self._writer, after)
            finally:
                self._reader_rows("ROLLBACK")

    def _check(self, index: sqlite3.Connection, after: int) -> int:
        tail = self._read("SELECT events FROM tail ORDER BY batch LIMIT 1")
        young = min((event.id for event in events_of(tail[0][0])), default=0) if tail else 0
        rows = index.execute(
            "SELECT rowid, text, conversation, sequence FROM said WHERE rowid > ? AND rowid < ?"
            " ORDER BY rowid LIMIT ?",
            (after, young or LATEST, SLICE_ROWS),
        ).fetchall()
        gone, changed = [], []
        for number, text, conversation, sequence in rows:
            now = self._text_now(number, conversation, sequence)
            if not now:
                gone.append((number,))
            elif now != text:
                changed.append((now, number))
        if gone or changed:
            index.execute("BEGIN")
            index.executemany("DELETE FROM said WHERE rowid = ?", gone)
            index.executemany("UPDATE said SET text = ? WHERE rowid = ?", changed)
            index.execute("COMMIT")
        return rows[-1][0] if len(rows) == SLICE_ROWS else 0

    def _text_now(self, number: int, conversation: int, sequence: int) -> str:
        rows = self._read(
            "SELECT event FROM history WHERE conversation = ? AND class = ? AND sequence = ?",
            conversation,
            TALK,
            sequence,
        )
        event = event_of(rows[0][0]) if rows else None
        return event.text if isinstance(event, Said) and event.id == number else ""

    # The files

    def _open(self) -> None:
        self._reader = _connect(self.journal)
        self._at, self._behind, self._batch = 0, True, 0
        mine = (LAYOUT, _tag(self._reader))
        if self.path.exists():
            try:
                self._writer = _connect(self.path)
                known = dict(self._writer.execute("SELECT name, value FROM meta").fetchall())
                if (known.get("layout"), known.get("journal")) == mine and not self._ahead(known):
                    return
                why = "it is of another journal"
            except sqlite3.DatabaseError as error:
                why = str(error)
            log.warning("the search index is made anew: %s", why)
            if self._writer is not None:
                self._writer.close()
            self._remove()
        self.path.touch(0o600)
        self._writer = _connect(self.path)
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        self._writer.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [("layout", mine[0]), ("journal", mine[1]), ("seen", 0)],
        )

    def _ahead(self, known: dict[str, Any]) -> bool:
        """Return whether more was indexed than the journal can have: it is an older copy."""
        rows = self._read("SELECT value FROM meta WHERE name = 'ids'")
        return bool(known.get("seen", 0) > (rows[0][0] if rows else 0))

    def _close(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()
        self._reader = self._writer = None

    def _remove(self) -> None:
        for end in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)

    # Asking

    def number(self, table: Literal["groups", "identities"], key: str) -> int | None:
        """Return the id that stands beside a key in the journal's file."""
        with closing(_connect(self.journal, only_read=True)) as db:
            row = db.execute(f"SELECT id FROM {table} WHERE key = ?", (_valid(key),)).fetchone()
        return int(row[0]) if row else None

    def place(self, number: int) -> Place | None:
        """Return where the message with an id stands."""
        sql = "SELECT rowid, conversation, sequence FROM said WHERE rowid = ?"
        try:
            with closing(_connect(self.path, only_read=True)) as db:
                row = db.execute(sql, (number,)).fetchone()
        except sqlite3.DatabaseError:
            return None
        return Place(*row) if row else None

    def find(self, wanted: Wanted) -> tuple[list[Place], bool]:
        """Return what was found, the newest first, and whether there was time for all of it.

        Raises `BadInput` and below for what can't be searched for.
        """
        match = expression(wanted)
        after, before = (min(max(each, 0), LATEST) for each in (wanted.after, wanted.before))
        end = time.monotonic() + SECONDS
        found: list[Place] = []
        try:
            with closing(_connect(self.path, only_read=True)) as db:
                db.set_progress_handler(lambda: time.monotonic() > end, STEPS_A_LOOK)
                rows = db.execute(
                    "SELECT rowid, conversation, sequence FROM said WHERE said MATCH ?"
                    " AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
                    (match, after, before, wanted.limit),
                )
                found.extend(Place(*row) for row in rows)  # keeps those before an error
        except sqlite3.DatabaseError as error:  # too late, torn, or not there yet
            log.info("a search ended early: %s", error)
            return found, False
        return found, True


def _row(event: Said, scope: str) -> tuple[int, str, str, str, int, int]:
    author = of_author(event.actor.name)
    if event.actor.account and event.actor.account != event.actor.name:
        author += " " + of_author(event.actor.account)
    return event.id, event.text, scope, author, event.conversation, event.sequence


def _connect(path: Path, *, only_read: bool = False) -> sqlite3.Connection:
    mode = "ro" if only_read else "rw"
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=1.0,
        check_same_thread=False,
    )


def _valid(key: str) -> str:
    return key.encode("utf-8", "replace").decode()


def _torn(error: sqlite3.Error) -> bool:
    """Return whether the file itself is wrong, not the disk or the moment."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (1, 11, 26)  # ERROR, CORRUPT, NOTADB


def _tag(journal: sqlite3.Connection) -> str:
    """Return what tells this journal from every other one."""
    ((secret,),) = journal.execute("SELECT value FROM secrets WHERE name = 'false-salt'").fetchall()
    return _digest(bytes(secret))


@lru_cache(1)
def _digest(secret: bytes) -> str:
    return hashlib.sha256(b"search index of " + secret).hexdigest()
