"""Emoji of several characters, drawn so that what follows stands in its place on every terminal.

Terminals don't agree on how many cells a family, a red heart or a flag takes, and a line in which
they differ from us moves everything to its right. So the cells that we count are blanked, the emoji
is drawn over them, and the cursor is put behind them: saving and restoring it (DECSC, DECRC) and
moving it (CUF) are as old as the VT100, and don't depend on where the line stands.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

_CONTROL = r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*(?:\x1b\x1b[^\x1b]*)*\x1b\\"
_JOINED = (
    r"[^\x00-\x20\x7f](?:[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d[^\x00-\x20\x7f])+"
    r"|[\U0001f1e6-\U0001f1ff]{2}"
)
_PATTERN = re.compile(f"{_CONTROL}|({_JOINED})")


def steady(output: str) -> str:
    """Return what is written to a terminal, with its emoji held in place."""
    if output.isascii():
        return output
    return _PATTERN.sub(_held, output)


def _held(found: re.Match[str]) -> str:
    emoji = found[1]
    if emoji is None:
        return found[0]  # a title or a link: nothing is drawn
    cells = cell_len(emoji)
    return f"\x1b7{' ' * cells}\x1b8{emoji}\x1b8\x1b[{cells}C" if cells else ""
