"""The durable log: appended in the turn's transaction, moved to its indexed place in slices.

An index in the hot transaction would cost more than everything else about an event. So a
turn's events become one row of the ``tail`` table; the tail stays in memory, bounded, and its
oldest rows go to ``history``, sorted, a slice at a time, in the transaction of a later turn.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from operator import attrgetter
from typing import NamedTuple

from words.events import Event
from words.journal.ids import Ids
from words.journal.rows import Row, batch_of, row_of, rows_of
from words.storage.store import Store

TAIL_ROWS = 8192
"""Events that the tail may hold before the oldest are moved: about 10 ms to read at start."""

TAIL_BYTES = 16 * 1024 * 1024
"""Bytes of events that the tail may hold before the oldest are moved."""

SLICE_ROWS = 1024
"""Events moved in one turn: about 3 ms."""


_conversation_of = attrgetter("conversation")
_event_of = attrgetter("event")
_sequence_of = attrgetter("sequence")


def _bytes_of(rows: list[Row]) -> int:
    return sum(map(len, map(_event_of, rows)))


def _place(rows: list[Row], row: Row) -> int | None:
    return next((place for place, each in enumerate(rows) if each is row), None)


class End(NamedTuple):
    """Where a conversation's log ends: the last sequence number and time, 0 if it is empty."""

    sequence: int
    time: int


class Journal:
    """The log of all conversations in one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        (mark,) = (store.read("SELECT value FROM meta WHERE name = 'ids'") or [(0,)])[0]
        self.ids = Ids(mark, self._save_mark)
        self.tail: dict[int, list[Row]] = {}
        self.rows = 0
        self.bytes = 0
        self.appended = 0
        self._batches: deque[tuple[int, list[Row]]] = deque()
        self._turn: list[Row] = []
        self._number = 0
        for number, batch in store.read("SELECT batch, events FROM tail ORDER BY batch"):
            self._remember(number, rows_of(batch))

    def _save_mark(self, mark: int) -> None:
        self.store.write("INSERT OR REPLACE INTO meta VALUES ('ids', ?)", mark)

    def append(self, event: Event) -> None:
        """Put a stored event at the end of this turn; raises `CannotStore`."""
        row = row_of(event)
        self._turn.append(row)
        rows = self.tail.get(row.conversation)
        if rows is None:
            self.tail[row.conversation] = [row]
        else:
            rows.append(row)

    def rewrite(self, event: Event) -> None:
        """Put another form of a stored event in its place, in this turn's transaction.

        It has the conversation, sequence number, id and class of what it replaces; nothing
        happens where that isn't kept any more. Not within what `forget` may take back. Raises
        `CannotStore`.
        """
        row = row_of(event)
        rows = self.tail.get(row.conversation, [])
        place = bisect_left(rows, row.sequence, key=_sequence_of)
        if place < len(rows) and rows[place].sequence == row.sequence:
            self._rewrite_tail(rows[place], row)
            rows[place] = row
        else:
            self.store.write(
                "UPDATE history SET event = ? WHERE conversation = ? AND class = ?"
                " AND sequence = ?",
                row.event,
                row.conversation,
                row.history,
                row.sequence,
            )

    def _rewrite_tail(self, old: Row, new: Row) -> None:
        place = _place(self._turn, old)
        if place is not None:
            self._turn[place] = new
            return
        for number, batch in reversed(self._batches):  # rarely done: less than 1 ms
            place = _place(batch, old)
            if place is not None:
                batch[place] = new
                self.bytes += len(new.event) - len(old.event)
                self.store.write(
                    "UPDATE tail SET events = ? WHERE batch = ?", batch_of(batch), number
                )
                return

    def mark(self) -> tuple[int, int]:
        """Return a place to which `forget` can go back."""
        return len(self._turn), self.store.mark()

    def forget(self, mark: tuple[int, int]) -> None:
        """Drop what was appended and written since ``mark``."""
        events, statements = mark
        while len(self._turn) > events:
            self._forget_last(self._turn.pop().conversation)
        self.store.forget(statements)
        self.ids.save_again()

    def _forget_last(self, conversation: int) -> None:
        rows = self.tail[conversation]
        rows.pop()
        if not rows:
            del self.tail[conversation]

    def close_turn(self) -> None:
        """Queue the turn's events as one row, and a slice of old ones to be moved."""
        if self._turn:
            self._number += 1
            rows, self._turn = self._turn, []
            self.appended += len(rows)
            self.store.write("INSERT INTO tail VALUES (?, ?)", self._number, batch_of(rows))
            self._count(self._number, rows)
        if self.rows > TAIL_ROWS or self.bytes > TAIL_BYTES:
            self.move(SLICE_ROWS)

    def move(self, least: int) -> int:
        """Move the oldest batches, ``least`` events or a little more; return how many moved."""
        moved: list[Row] = []
        last = 0
        while self._batches and len(moved) < least:
            last, rows = self._batches.popleft()
            moved += rows
        if not moved:
            return 0
        for conversation, count in Counter(map(_conversation_of, moved)).items():
            rows = self.tail[conversation]
            if count == len(rows):
                del self.tail[conversation]
            else:
                del rows[:count]
        self.rows -= len(moved)
        self.bytes -= _bytes_of(moved)
        moved.sort()
        self.store.write_many("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)", moved)
        self.store.write("DELETE FROM tail WHERE batch <= ?", last)
        return len(moved)

    def oldest(self) -> int | None:
        """Return the time of the tail's first event, in milliseconds, or None."""
        return self._batches[0][1][0].time if self._batches else None

    def _remember(self, number: int, rows: list[Row]) -> None:
        self._number = number
        for row in rows:
            self.tail.setdefault(row.conversation, []).append(row)
        self._count(number, rows)

    def _count(self, number: int, rows: list[Row]) -> None:
        self._batches.append((number, rows))
        self.rows += len(rows)
        self.bytes += _bytes_of(rows)

    def end(self, conversation: int) -> End:
        """Return where a conversation's log ends."""
        rows = self.tail.get(conversation)
        if rows:
            return End(rows[-1].sequence, rows[-1].time)
        ends = self.store.read(
            "SELECT sequence, time FROM (SELECT sequence, time FROM history WHERE"
            " conversation = ?1 AND class = 0 ORDER BY sequence DESC LIMIT 1) UNION ALL"
            " SELECT sequence, time FROM (SELECT sequence, time FROM history WHERE"
            " conversation = ?1 AND class = 1 ORDER BY sequence DESC LIMIT 1) UNION ALL"
            " SELECT sequence, time FROM (SELECT sequence, time FROM history WHERE"
            " conversation = ?1 AND class = 2 ORDER BY sequence DESC LIMIT 1) UNION ALL"
            " SELECT sequence, time FROM ends WHERE conversation = ?1",
            conversation,
        )
        return End(*max(ends, default=(0, 0)))
