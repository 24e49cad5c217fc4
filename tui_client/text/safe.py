"""What strangers wrote, without what would command or deceive a terminal.

A control character is shown by its caret (^[), never sent. What has no place of its own and
only confuses (direction controls, fillers, tag letters, stray joiners, stacked marks) is left out.
Letters of right-to-left scripts stay in their logical order: terminals that know the bidirectional
algorithm apply it themselves.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

from rich.cells import cell_len

from words.events import Span

MARKS = 3
"""Combining marks on one letter: more than any orthography stacks (Vietnamese has two)."""

JOINED = 4
"""Emoji joined to one: the longest that Unicode recommends has four parts."""

TAB = "    "

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_BROKEN = "\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
_MARK = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
)
_SUSPECT = re.compile(
    rf"(?P<newline>\r\n|[\n\r\v\f\x85\u2028\u2029])|(?P<tab>\t)|(?P<control>[\x00-\x1f\x7f])"
    rf"|(?P<broken>[{_BROKEN}])|(?P<marks>[{_MARK}]{{{MARKS + 1},}})"
    rf"|(?P<joined>\u200d+)|(?P<emoji>\ufe0f+)|(?P<invisible>[{_INVISIBLE}]+)"
)


def clean(text: str, spans: Iterable[Span] = ()) -> tuple[str, tuple[Span, ...]]:
    """Return a message's text as it may be shown, and its spans moved along. Lines stay."""
    spans = tuple(spans)
    if text.isascii() and text.replace("\n", " ").isprintable():
        return text, _inside(spans, len(text))
    pieces: list[str] = []
    cuts: list[int] = [0]  # from here on of the old text ...
    shifts: list[int] = [0]  # ... places are moved by so much
    done = length = run = 0
    for found in _SUSPECT.finditer(text):
        start, end = found.span()
        before = text[done:start]
        length += len(before)
        run = 0 if len(before) > 2 else run
        shown = _shown(found, text, run)
        run = run + 1 if shown == "\u200d" else run
        pieces += (before, shown)
        length += len(shown)
        done = end
        if len(shown) != end - start:
            cuts.append(end)
            shifts.append(length - end)
    pieces.append(text[done:])
    result = "".join(pieces)
    if len(cuts) > 1:
        spans = tuple(_moved(span, cuts, shifts) for span in _inside(spans, len(text)))
    return result, _inside(spans, len(result))


def clean_text(text: str) -> str:
    """Return a text of several lines as it may be shown."""
    return clean(text)[0]


@lru_cache(4096)
def clean_line(text: str, *, empty: str = "") -> str:
    """Return a name or a topic as it may be shown: one line, ``empty`` where nothing is left."""
    line = clean(text)[0].replace("\n", " ").strip()
    return line if cell_len(line) else empty


def clean_name(name: str) -> str:
    """Return a name as it may be shown; one that can't be seen is a question mark."""
    return clean_line(name, empty="?")


def clip(text: str, width: int) -> str:
    """Return the beginning of a line that fits in so many cells, with … where it was cut."""
    if cell_len(text) <= width:
        return text
    kept, used = [], 1
    for start, end, cells in clusters(text):
        if used + cells > width:
            break
        kept.append(text[start:end])
        used += cells
    return "".join(kept) + "…" if width > 0 else ""


def clusters(text: str) -> list[tuple[int, int, int]]:
    """Return what is drawn as one: start, end, cells. Covers the text without gaps."""
    if text.isascii():
        return [(at, at + 1, 1) for at in range(len(text))]
    from rich.cells import split_graphemes

    found: list[tuple[int, int, int]] = []
    for start, end, cells in split_graphemes(text)[0]:
        if found and _regional(text[start]) and found[-1][1] - found[-1][0] == 1:
            before = found[-1]
            if _regional(text[before[0]]):  # two of these are a flag
                found[-1] = (before[0], end, before[2] + cells)
                continue
        found.append((start, end, cells))
    return found


def _regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _shown(found: re.Match[str], text: str, run: int) -> str:
    start, end = found.span()
    match found.lastgroup:
        case "newline":
            return "\n"
        case "tab":
            return TAB
        case "control":
            return "^" + chr(ord(found[0]) ^ 0x40)
        case "broken":
            return "\ufffd"
        case "marks":
            return found[0][:MARKS]
        case "joined":
            joins = end - start == 1 and run < JOINED - 1
            return "\u200d" if joins and _emoji_before(text, start) and _emoji(text, end) else ""
        case "emoji":
            return "\ufe0f" if start and cell_len(text[start - 1] + "\ufe0f") == 2 else ""
    return ""


def _emoji(text: str, at: int) -> bool:
    return at < len(text) and unicodedata.category(text[at]) == "So"


def _emoji_before(text: str, at: int) -> bool:
    """Return whether what ends here is an emoji two cells wide."""
    if not at:
        return False
    last = text[at - 1]
    if last == "\ufe0f" or "\U0001f3fb" <= last <= "\U0001f3ff":
        return at > 1 and unicodedata.category(text[at - 2]) == "So"
    return unicodedata.category(last) == "So" and cell_len(last) == 2


def _inside(spans: tuple[Span, ...], length: int) -> tuple[Span, ...]:
    """Return spans that lie within a text: hubs may lie."""
    if all(0 <= span.start < span.end <= length for span in spans):
        return spans
    cut = (
        Span(max(0, span.start), min(span.end, length), span.style, span.value) for span in spans
    )
    return tuple(span for span in cut if span.start < span.end)


def _moved(span: Span, cuts: list[int], shifts: list[int]) -> Span:
    start, end = (_place(at, cuts, shifts) for at in (span.start, span.end))
    return Span(start, end, span.style, span.value)


def _place(at: int, cuts: list[int], shifts: list[int]) -> int:
    index = bisect_left(cuts, at + 1) - 1
    return at + shifts[max(0, index)]
