"""What is selected in a conversation: from one place in a message to another."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_client.widgets.copying import copied
from tui_client.widgets.scene import Scene, Seen, Spot


class Selection:
    """From ``start``, where the mouse was pressed, to ``end``, where it is; both or neither."""

    def __init__(self) -> None:
        self.start: Spot | None = None
        self.end: Spot | None = None
        self.dragging = False

    def begin(self, spot: Spot) -> None:
        """Begin anew at a spot."""
        self.start = self.end = spot
        self.dragging = True

    def clear(self) -> None:
        """Select nothing."""
        self.start = self.end = None
        self.dragging = False

    @property
    def ends(self) -> tuple[Spot, Spot] | None:
        """Return both ends in the order of reading, None where nothing is between them."""
        if self.start is None or self.end is None or self.start == self.end:
            return None
        return min(self.start, self.end), max(self.start, self.end)

    def shift(self, index: int, count: int) -> None:
        """Stay on the same messages: so many items are new from there on, or gone (negative)."""
        if self.start is None or self.end is None:
            return
        first = shifted(self.start.first, index, count)
        last = shifted(self.end.first, index, count)
        if first is None or last is None:
            self.clear()
        else:
            self.start = self.start._replace(first=first)
            self.end = self.end._replace(first=last)

    def text(self, scene: Scene) -> str:
        """Return what is selected, as one would have typed it."""
        return copied(scene, *self.ends) if self.ends is not None else ""

    def lit(self, strip: Strip, seen: Seen, style: Style) -> Strip:
        """Return a row with what is selected of it in a style."""
        cells = self._cells(seen)
        if cells is None:
            return strip
        start, end = cells
        inside = strip.crop(start, end)
        inside = Strip(Segment.apply_style(inside, post_style=style), inside.cell_length)
        return Strip.join([strip.crop(0, start), inside, strip.crop(end, strip.cell_length)])

    def _cells(self, seen: Seen) -> tuple[int, int] | None:
        if self.ends is None:
            return None
        first, last = self.ends
        here = (seen.first, seen.number)
        if not first[:2] <= here <= last[:2]:
            return None
        row = seen.row
        start = first.cell if here == first[:2] else (row.x if row.end else 0)
        end = last.cell + 1 if here == last[:2] else row.strip.cell_length
        blank = len(row.strip.text) - len(row.strip.text.rstrip())
        end = min(end, row.strip.cell_length - blank + 1)
        return (start, end) if start < end else None


def shifted(place: int, index: int, count: int) -> int | None:
    """Return where an item stands after a change of the list, None where it is gone."""
    if place < index:
        return place
    return place + count if count > 0 or place >= index - count else None
