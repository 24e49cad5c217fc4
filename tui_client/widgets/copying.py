"""What a selection copies: the words as they were said, not as they were wrapped."""

from __future__ import annotations

from rich.cells import cell_len

from tui_client.text.safe import clusters
from tui_client.widgets.drawing import Drawn
from tui_client.widgets.scene import Scene, Spot


def copied(scene: Scene, first: Spot, last: Spot) -> str:
    """Return the text between two spots; of several messages each with who said it, and when."""
    if first.first == last.first:
        drawn = scene.draw(*scene.unit(first.first))
        return drawn.text[_place(drawn, first) : _place(drawn, last, after=True)]
    pieces: list[str] = []
    index = first.first
    while index <= last.first:
        start, stop = scene.unit(index)
        drawn = scene.draw(start, stop)
        begin = _place(drawn, first) if start == first.first else 0
        end = _place(drawn, last, after=True) if start == last.first else len(drawn.text)
        begin = max(begin, drawn.body)
        if begin < end:
            head = drawn.head if begin == drawn.body else ""
            pieces.append(head + drawn.text[begin:end])
        index = stop
    return "\n".join(pieces)


def _place(drawn: Drawn, spot: Spot, *, after: bool = False) -> int:
    """Return which character of the text is at a spot; ``after``: the one behind it."""
    rows = drawn.rows
    number = min(spot.number, len(rows) - 1)
    row = rows[number]
    if not row.end:  # a row without text: what follows it
        following = [each.start for each in rows[number:] if each.end]
        return following[0] if following else len(drawn.text)
    cells = spot.cell - row.x + after
    if cells <= 0:
        return row.start
    line = drawn.text[row.start : row.end]
    if cells >= cell_len(line):
        return row.end
    used = 0
    for start, end, size in clusters(line):
        used += size
        if used >= cells + (not after):
            return row.start + (end if after else start)
    return row.end
