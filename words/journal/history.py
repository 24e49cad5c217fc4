"""Reading the log back: bounded queries by sequence, message id or time.

Within a conversation sequence, id and time rise together, so an id or a time is found by
halving the range of sequence numbers, and no second index is needed. Each class of history
(talk, happenings) is contiguous in the file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import islice
from operator import attrgetter
from typing import TypeAlias

from words.events import CHANGE, HAPPENING, TALK, ConversationEvent
from words.interfaces import Column, Point
from words.journal.journal import Journal
from words.journal.rows import Row, event_of

Range: TypeAlias = tuple[int, int]
"""Sequence numbers that may be seen, from (included) to (excluded)."""

EVERYTHING: tuple[Range, ...] = ((0, 2**62),)
ALL_CLASSES = (TALK, HAPPENING, CHANGE)
_COLUMNS: dict[Column, Callable[[Row], int]] = {
    "sequence": attrgetter("sequence"),
    "id": attrgetter("id"),
    "time": attrgetter("time"),
}


class History:
    """Queries over one journal; all of them see the running turn."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._read = journal.store.read

    def select(
        self,
        conversation: int,
        *,
        limit: int,
        start: Point = ("sequence", 0),
        stop: Point | None = None,
        newest: bool = False,
        classes: Sequence[int] = ALL_CLASSES,
        visible: Sequence[Range] = EVERYTHING,
    ) -> list[ConversationEvent]:
        """Return at most ``limit`` events from ``start`` (included) to ``stop`` (excluded).

        In order of sequence; where there are more than ``limit``, the first ones, or the last
        ones if ``newest``.
        """
        found: list[tuple[int, bytes]] = []
        for history in classes:
            low = self._sequence(conversation, history, start)
            high = self._sequence(conversation, history, stop) if stop else 2**62
            found += self._of_class(conversation, history, (low, high), limit, newest, visible)
        found.sort()
        chosen = found[-limit:] if newest else found[:limit]
        return [event_of(body) for _, body in chosen] if limit else []

    def find(self, conversation: int, number: int) -> ConversationEvent | None:
        """Return the event with this message id, or None."""
        events = self.select(conversation, limit=1, start=("id", number), stop=("id", number + 1))
        return events[0] if events else None

    def _of_class(
        self,
        conversation: int,
        history: int,
        bounds: Range,
        limit: int,
        newest: bool,
        visible: Sequence[Range],
    ) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        for start, stop in sorted(visible, reverse=newest):
            low, high = max(start, bounds[0]), min(stop, bounds[1])
            if low < high and len(found) < limit:
                wanted = limit - len(found)
                found += self._in_range(conversation, history, (low, high), wanted, newest)
        return found

    def _in_range(
        self, conversation: int, history: int, bounds: Range, limit: int, newest: bool
    ) -> list[tuple[int, bytes]]:
        low, high = bounds
        tail = self._journal.tail.get(conversation, ())
        recent = _recent(tail, history, bounds, limit, newest)
        if tail and (low >= tail[0].sequence or (newest and len(recent) >= limit)):
            return recent
        wanted = limit - len(recent) if newest else limit
        old = self._read(
            "SELECT sequence, event FROM history WHERE conversation = ? AND class = ?"
            f" AND sequence >= ? AND sequence < ? ORDER BY sequence {'DESC' if newest else ''}"
            " LIMIT ?",
            conversation,
            history,
            low,
            high,
            wanted,
        )
        if newest:
            return old[::-1] + recent
        return (old + recent)[:limit]

    def _sequence(self, conversation: int, history: int, point: Point) -> int:
        """Return the sequence number of the first event of a class at or after ``point``."""
        column, value = point
        if column == "sequence":
            return value
        of = _COLUMNS[column]
        tail: Sequence[Row] = self._journal.tail.get(conversation, ())
        if tail and of(tail[0]) < value:
            place = bisect_left(tail, value, key=of)
            return tail[place].sequence if place < len(tail) else tail[-1].sequence + 1
        return self._search(conversation, history, column, value)

    def _search(self, conversation: int, history: int, column: Column, value: int) -> int:
        edges = self._read(
            "SELECT (SELECT min(sequence) FROM history WHERE conversation = ?1 AND class = ?2),"
            " (SELECT max(sequence) + 1 FROM history WHERE conversation = ?1 AND class = ?2)",
            conversation,
            history,
        )
        low, high = edges[0]
        if low is None:
            return 0
        while low < high:  # the answer is in [low, high]
            middle = (low + high) // 2
            found = self._read(
                f"SELECT sequence, {column} FROM history WHERE conversation = ? AND class = ?"
                " AND sequence >= ? ORDER BY sequence LIMIT 1",
                conversation,
                history,
                middle,
            )
            if not found or found[0][1] >= value:
                high = middle
            else:
                low = found[0][0] + 1
        return int(low)


def _recent(
    tail: Sequence[Row], history: int, bounds: Range, limit: int, newest: bool
) -> list[tuple[int, bytes]]:
    """Return at most ``limit`` events of a conversation's tail, in order: it may be long."""
    of = _COLUMNS["sequence"]
    start, stop = (bisect_left(tail, bound, key=of) for bound in bounds)
    places = range(stop - 1, start - 1, -1) if newest else range(start, stop)
    rows = (tail[place] for place in places)
    found = [
        (row.sequence, row.event)
        for row in islice((row for row in rows if row.history == history), limit)
    ]
    return found[::-1] if newest else found
