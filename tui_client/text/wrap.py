"""Where the lines of a text end in so many cells; texts must be clean (`tui_client.text.safe`).

Breaks after spaces, between characters two cells wide (but not before what closes nor after what
opens), and anywhere in a word that is longer than a line.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from tui_client.text.safe import clusters

Line = tuple[int, int]
"""From one character of the text to another (excluded)."""

_CLOSES = frozenset(
    "、。，．！？：；）］｝〉》」』】〕〗’”…ー々ァィゥェォッャュョぁぃぅぇぉっゃゅょ"
)
_OPENS = frozenset("（［｛〈《「『【〔〖‘“")


def wrap(text: str, width: int) -> list[Line]:
    """Return the lines of a text, one at least; ``width`` cells, at least 2.

    Spaces at the end of a line that was broken are in no line.
    """
    lines: list[Line] = []
    start = 0
    while True:
        end = text.find("\n", start)
        stop = len(text) if end < 0 else end
        if stop - start <= width and (text.isascii() or cell_len(text[start:stop]) <= width):
            lines.append((start, stop))
        else:
            fill = _wrap_plain if text.isascii() else _wrap_wide
            fill(text, start, start + len(text[start:stop].rstrip(" ")), width, lines)
        if end < 0:
            return lines
        start = end + 1


def _wrap_plain(text: str, start: int, stop: int, width: int, lines: list[Line]) -> None:
    first = len(lines)
    while stop - start > width:
        space = text.rfind(" ", start, start + width + 1)
        before = len(text[start:space].rstrip(" ")) if space >= 0 else width
        if before:
            lines.append((start, start + before))
        start += max(before, space + 1 - start)
        while start < stop and text[start] == " ":
            start += 1
    if start < stop or len(lines) == first:
        lines.append((start, stop))


def _wrap_wide(text: str, start: int, stop: int, width: int, lines: list[Line]) -> None:
    begin = end = start  # the line so far, without the spaces after it
    used = 0  # cells of it, with them
    for left, right, cells, spaces in _words(text, start, stop):
        if used + cells > width and end > begin:
            lines.append((begin, end))
            begin, used = left, 0
        elif used + cells > width:  # nothing but spaces before it
            begin, used = left, 0
        if cells > width:
            begin, used = _chop(text, left, right, width, lines)
        else:
            used += cells
        end = right
        used += spaces
    lines.append((begin, end))


def _chop(text: str, start: int, stop: int, width: int, lines: list[Line]) -> tuple[int, int]:
    """Fill lines with a long word; return where the last one begins, and its cells."""
    begin, used = start, 0
    for left, _, cells in clusters(text[start:stop]):
        if used + cells > width:
            lines.append((begin, start + left))
            begin, used = start + left, 0
        used += cells
    return begin, used


def _words(text: str, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Tell what isn't broken: start, end, cells, and the number of spaces after it."""
    begin, cells, spaces = start, 0, 0
    before, wide_before = "", False
    for left, right, size in clusters(text[start:stop]):
        char, wide = text[start + left], size == 2
        if char == " " and right - left == 1:  # else something stands above the space
            spaces += 1
        elif spaces or (
            (wide or wide_before) and char not in _CLOSES and before not in _OPENS and before
        ):
            yield begin, start + left - spaces, cells, spaces
            begin, cells, spaces = start + left, size, 0
        else:
            cells += size
        before, wide_before = char, wide
    yield begin, stop - spaces, cells, spaces
