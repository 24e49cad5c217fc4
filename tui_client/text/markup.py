"""What people type to style a text, and back: *bold*, _italic_, ~strike~, `code`, ```code```.

A mark opens after a space or punctuation and before a letter, and closes the other way round, so
that 2*3*4, snake_case and ~/home stay what they are. A backslash before a mark takes its meaning.
Links aren't looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from words.events import Span, Style

MARKS: dict[str, Style] = {"*": "bold", "_": "italic", "~": "strike"}
_OF_STYLE = {style: mark for mark, style in MARKS.items()}

LINK = re.compile(
    r"\b(?:https?|ftp|ircs?|pbs?|gemini|gopher|ssh|git)://[^\s<>\"\\`]+"
    r"|\bmailto:[^\s<>\"\\`]+@[^\s<>\"\\`]+"
    r"|\bwww\.[^\s<>\"\\`.]+\.[^\s<>\"\\`]+",
    re.IGNORECASE,
)
"""What is taken for a link; see `link_end`."""

_TOKEN = re.compile(
    r"\\(?P<escaped>[*_~`\\])"
    r"|```(?:[a-z]*\n)?(?P<block>.+?)\n?```"
    r"|(?P<tick>`)(?P<code>[^`\n]+)`"
    rf"|(?P<link>{LINK.pattern})"
    r"|(?P<mark>[*_~])",
    re.IGNORECASE | re.DOTALL,
)
_BEFORE = frozenset(" \n([{<\"'/-–—.,;:!?|>*_~«„“‘")
_AFTER = frozenset(" \n)]}>\"'/-–—.,;:!?|<*_~…»“”’")


def parse(typed: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text without its marks, and what they style."""
    pieces: list[str] = []
    marks: list[tuple[int, str, bool, bool]] = []  # piece, mark, may open, may close
    code: list[int] = []
    done = 0
    while found := _TOKEN.search(typed, done):
        start, end = found.span()
        if found["link"]:
            end = start + link_end(found["link"])
        pieces.append(typed[done:start])
        done = end
        if found["escaped"]:
            pieces.append(found["escaped"])
        elif found["block"] or found["code"]:
            code.append(len(pieces))
            pieces.append(found["block"] or found["code"])
        elif found["mark"]:
            before, after = typed[start - 1 : start], typed[end : end + 1]
            opens = (not before or before in _BEFORE) and bool(after) and after not in " \n"
            closes = (not after or after in _AFTER) and bool(before) and before not in " \n"
            doubled = found["mark"] in (before, after)
            if not doubled and (opens or closes):
                marks.append((len(pieces), found["mark"], opens, closes))
            pieces.append(found["mark"])
        else:
            pieces.append(typed[start:end])
    pieces.append(typed[done:])
    return _styled(pieces, _pairs(marks), code)


def _pairs(marks: list[tuple[int, str, bool, bool]]) -> list[tuple[int, int, Style]]:
    """Return which marks belong together: nested, the innermost first."""
    waiting: list[tuple[int, str]] = []
    pairs: list[tuple[int, int, Style]] = []
    for piece, mark, opens, closes in marks:
        names = [each for _, each in waiting]
        if closes and mark in names:
            while waiting[-1][1] != mark:
                waiting.pop()
            pairs.append((waiting.pop()[0], piece, MARKS[mark]))
        elif opens:
            waiting.append((piece, mark))
    return pairs


def _styled(
    pieces: list[str], pairs: list[tuple[int, int, Style]], code: Iterable[int]
) -> tuple[str, tuple[Span, ...]]:
    for first, last, _ in pairs:
        pieces[first] = pieces[last] = ""
    places = [0]
    for piece in pieces:
        places.append(places[-1] + len(piece))
    spans = [Span(places[first], places[last], style) for first, last, style in pairs]
    spans += [Span(places[at], places[at + 1], "mono") for at in code]
    spans.sort(key=lambda span: (span.start, -span.end, span.style))
    return "".join(pieces), tuple(span for span in spans if span.start < span.end)


def typed(text: str, spans: Iterable[Span] = ()) -> str:
    """Return what one types for this text: `parse` gives it back (but for what has no marks)."""
    kept = _nested(span for span in spans if span.style in _OF_STYLE or span.style == "mono")
    code = [span for span in kept if span.style == "mono"]
    marks: dict[int, str] = {}
    for span in sorted(kept, key=lambda span: span.start - span.end):  # the outermost first
        mark = (
            _ticks(text[span.start : span.end]) if span.style == "mono" else _OF_STYLE[span.style]
        )
        if mark:
            marks[span.start] = marks.get(span.start, "") + mark
            marks[span.end] = mark + marks.get(span.end, "")
    verbatim = [(span.start, span.end) for span in code] + links(text)
    pieces: list[str] = []
    for at, char in enumerate([*text, ""]):
        pieces.append(marks.get(at, ""))
        inside = any(start <= at < end for start, end in verbatim)
        pieces.append("\\" + char if char and char in "*_~`\\" and not inside else char)
    result = "".join(pieces)
    if not marks and parse(text) == (text, ()):
        return text  # nothing in it needs a backslash
    return result if parse(result)[0] == text else re.sub(r"([*_~`\\])", r"\\\1", text)


def _ticks(code: str) -> str:
    if "\n" in code:
        return "" if "```" in code else "```"
    return "" if "`" in code else "`"


def _nested(spans: Iterable[Span]) -> list[Span]:
    """Return those spans that lie apart or within one another: marks can't cross."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        crosses = any(
            other.start < span.start < other.end < span.end
            or (other.style == "mono" and span.start < other.end)
            for other in kept
        )
        if not crosses:
            kept.append(span)
    return kept


def links(text: str) -> list[tuple[int, int]]:
    """Return where the links of a text are."""
    if "://" not in text and "www." not in text and "mailto:" not in text:
        return []
    return [(found.start(), found.start() + link_end(found[0])) for found in LINK.finditer(text)]


def link_end(link: str) -> int:
    """Return how much of what looks like a link is one: not the punctuation behind it."""
    end = len(link)
    while end and (link[end - 1] in ".,;:!?'\"*_~`" or _unopened(link, end)):
        end -= 1
    return end


def _unopened(link: str, end: int) -> bool:
    """Return whether the last character closes a bracket that the link doesn't open."""
    last = link[end - 1]
    opener = {")": "(", "]": "[", "}": "{"}.get(last)
    return opener is not None and link.count(last, 0, end) > link.count(opener, 0, end)
