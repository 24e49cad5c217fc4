"""Which rows of a conversation are seen: a window on a list of items, drawn as far as it is seen.

The window is held at its last row: a unit (a message, or happenings that stand together) and how
many rows of that are below the window. What comes before or after doesn't move it, and how much
there is doesn't matter: nothing but what is seen is ever wrapped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tui_client.records import Happening, Item, Message
from tui_client.text.happenings import NOISE
from tui_client.widgets.drawing import Drawn, Pen, Place, Row

KEPT = 1_000
"""Units whose rows are kept: some dozens of screens."""

TOGETHER = 300_000
"""Milliseconds: who says more in the same of these is named once."""


class Seen(NamedTuple):
    """A row in the window: of the unit that begins with the item at ``first`` row ``number``."""

    first: int
    number: int
    row: Row


class Spot(NamedTuple):
    """A cell of a unit's row; spots are ordered as they are read."""

    first: int
    number: int
    cell: int


class Scene:
    """See the module. `items` is watched from outside: tell `inserted`, `removed`."""

    def __init__(self, items: Sequence[Item], pen: Pen, height: int) -> None:
        self.items = items
        self.pen = pen
        self.height = height
        self.marker = 0
        """The sequence number above which messages are new, 0 for none."""
        self.complete = True
        """Nothing comes before the first item."""
        self.whole = False
        """Happenings are shown each, not condensed."""
        self.following = True
        """The window is at the end and stays there."""
        self._index = 0
        self._hidden = 0
        self._drawn: dict[int, tuple[object, Drawn]] = {}

    # Units

    def unit(self, index: int) -> tuple[int, int]:
        """Return the items that are drawn together with this one: from, to (excluded)."""
        if not self._noise(index):
            return index, index + 1
        today = _day_of(self.items[index].time)
        start, stop = index, index + 1
        while start > 0 and not self._begins(start) and self._noise(start - 1, today):
            start -= 1
        while stop < len(self.items) and self._noise(stop, today) and not self._begins(stop):
            stop += 1
        return start, stop

    def _noise(self, index: int, today: object = None) -> bool:
        item = self.items[index]
        if not isinstance(item, Happening) or not isinstance(item.event, NOISE):
            return False
        return today is None or _day_of(item.time) == today

    def _begins(self, index: int) -> bool:
        """Return whether the new messages begin here."""
        sequence = self.items[index].sequence
        if not self.marker or sequence <= self.marker:
            return False
        return self.items[index - 1].sequence <= self.marker if index else self.complete

    def place(self, index: int) -> Place:
        """Return how an item stands to the one before it."""
        item = self.items[index]
        new = self._begins(index)
        if not index:
            return Place(False, True, new)
        before = self.items[index - 1]
        dated = _day_of(before.time) != _day_of(item.time)
        follows = (
            isinstance(item, Message)
            and isinstance(before, Message)
            and not (dated or new or item.reply_to)
            and (before.author, before.author_id) == (item.author, item.author_id)
            and before.kind == item.kind == "text"
            and before.time // TOGETHER == item.time // TOGETHER
        )
        return Place(follows, dated, new)

    def draw(self, start: int, stop: int) -> Drawn:
        """Return the rows of a unit."""
        first = self.items[start]
        place = self.place(start)
        state: object
        if isinstance(first, Message):
            quoted = self.pen.quoted(first.reply_to) if first.reply_to else None
            state = (first, place, quoted)
        else:
            state = (first, self.items[stop - 1], stop - start, place)
        kept = self._drawn.get(first.key)
        if kept is not None and _same(kept[0], state):
            return kept[1]
        if isinstance(first, Message):
            drawn = self.pen.message(first, place)
        else:
            events = [each for each in self.items[start:stop] if isinstance(each, Happening)]
            drawn = self.pen.happenings(events, place, whole=self.whole)
        if len(self._drawn) >= KEPT:
            self._drawn.clear()
        self._drawn[first.key] = (state, drawn)
        return drawn

    def redraw(self, pen: Pen | None = None) -> None:
        """Draw everything anew, in another width or palette."""
        self.pen = pen or self.pen
        self._drawn.clear()

    # The window

    def window(self) -> list[Seen]:
        """Return the rows that are seen, from top to bottom: ``height`` of them at most."""
        seen: list[Seen] = []
        if not self.items or self.height < 1:
            return seen
        self._settle()
        start, stop = self.unit(self._index)
        hidden = self._hidden
        while True:
            rows = self.draw(start, stop).rows
            for number in range(len(rows) - hidden - 1, -1, -1):
                seen.append(Seen(start, number, rows[number]))
                if len(seen) == self.height:
                    return seen[::-1]
            if not start:
                break
            hidden = 0
            start, stop = self.unit(start - 1)
        if self.following:
            return seen[::-1]
        self.scroll(self.height - len(seen))  # what was above is gone, or takes less room
        return self.window()

    def _settle(self) -> None:
        """Have the window's last row be one that is there."""
        if self.following or self._index >= len(self.items):
            self._index, self._hidden = len(self.items) - 1, 0
        self._index, stop = self.unit(self._index)
        self._hidden = min(self._hidden, len(self.draw(self._index, stop).rows) - 1)

    def scroll(self, rows: int) -> None:
        """Move the window by so many rows, up where it is negative."""
        if not self.items or not rows:
            return
        self._settle()
        self.following = False
        self._hidden -= rows
        start, stop = self.unit(self._index)
        while self._hidden < 0:
            if stop == len(self.items):
                self.to_end()
                return
            start, stop = self.unit(stop)
            self._hidden += len(self.draw(start, stop).rows)
        while self._hidden >= (size := len(self.draw(start, stop).rows)):
            if not start:
                self._hidden = size - 1
                break
            self._hidden -= size
            start, stop = self.unit(start - 1)
        self._index = start
        self.following = not self._hidden and stop == len(self.items)
        if rows < 0:
            self.window()  # nothing is above the first row

    def to_end(self) -> None:
        """Move the window to the end."""
        self.following = True
        self._hidden = 0

    def show(self, index: int) -> None:
        """Move the window so that an item is in the middle of it; not at all if it is seen."""
        if any(seen.first <= index < self.unit(seen.first)[1] for seen in self.window()):
            return
        self.following = False
        self._index, self._hidden = self.unit(index)[0], 0
        below = self.height // 2
        self.scroll(below)

    def show_on_top(self, index: int) -> None:
        """Move the window so that an item is its first, as far as there is enough after it."""
        start, stop = self.unit(index)
        self.following = False
        self._index, self._hidden = start, 0
        below = self.height - len(self.draw(start, stop).rows)
        if below > 0:
            self.scroll(below)

    # What happens to the items

    def inserted(self, index: int, count: int) -> None:
        """So many items are new from there on."""
        if index <= self._index and not self.following:
            self._index += count

    def removed(self, index: int, count: int) -> None:
        """So many items are gone from there on."""
        if self._index >= index + count:
            self._index -= count
        elif self._index >= index:
            self._index, self._hidden = max(0, index - 1), 0


def _same(one: object, other: object) -> bool:
    """Return whether two states are of the very same records, which are never changed."""
    if not isinstance(one, tuple) or not isinstance(other, tuple) or len(one) != len(other):
        return False
    return all(
        a is b or (not isinstance(a, Message | Happening) and a == b)
        for a, b in zip(one, other, strict=True)
    )


@lru_cache(4096)
def _local_day(quarter: int) -> tuple[int, int]:
    local = time.localtime(quarter * 900)
    return local.tm_year, local.tm_yday


def _day_of(moment: int) -> tuple[int, int]:
    return _local_day(moment // 900_000)  # days begin on a quarter of an hour, in every time zone
