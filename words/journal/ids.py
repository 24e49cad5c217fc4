"""Numbers that are never given twice: ids of messages, participants, groups.

One counter serves all of them. It is a clock of microseconds since 1970 that never stands
still or goes back, so ids sort by time and fit in 53 bits for 250 years. What could have been
given before a crash is covered by a high-water mark in the storage, moved ahead of the ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable

AHEAD = 10_000_000
"""Microseconds that the stored mark runs ahead of the last id: one small write per 10 s."""


class Ids:
    """``mark`` is the stored high-water mark; ``save(mark)`` stores a new one in this turn."""

    def __init__(
        self,
        mark: int,
        save: Callable[[int], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._last = mark
        self._mark = mark
        self._save = save
        self._clock = clock

    def next(self) -> int:
        """Return an id above all that were ever returned."""
        new = int(self._clock() * 1_000_000)
        if new <= self._last:
            new = self._last + 1
        self._last = new
        if new > self._mark:
            self._mark = new + AHEAD
            self._save(self._mark)
        return new

    def stamp(self) -> tuple[int, int]:
        """Return a new id, and the time in milliseconds (which may stand still or go back)."""
        now = self._clock()
        new = int(now * 1_000_000)
        if self._last < new <= self._mark:
            self._last = new
        else:
            new = self.next()
        return new, int(now * 1000)

    def save_again(self) -> None:
        """Store the mark once more: the write of it may have been dropped."""
        self._save(self._mark)
