"""Links for those who see only text: an address stands behind the words that lead to it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from words.events import Span

_ADDRESS = re.compile("[A-Za-z][A-Za-z0-9+.-]*:[^\\s\0-\x1f\x7f-\x9f]+")
_SCHEME = re.compile("(?:https?://|mailto:)", re.IGNORECASE)


def spelled(text: str, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    """Return a text with the addresses of its links in it, and where its spans are then."""
    added = [
        (span.end, f" ({span.value})")
        for span in sorted(spans, key=lambda span: span.end)
        if span.style == "link" and _hidden(span, text[span.start : span.end])
    ]
    if not added:
        return text, tuple(spans)
    places = [at for at, _ in added]
    grown = list(accumulate((len(more) for _, more in added), initial=0))
    cuts = zip([0, *places], [*places, len(text)], ["", *(more for _, more in added)], strict=True)
    told = "".join(more + text[start:stop] for start, stop, more in cuts)
    placed = (
        Span(
            span.start + grown[bisect_right(places, span.start)],
            span.end + grown[bisect_left(places, span.end)],
            span.style,
            span.value,
        )
        for span in spans
    )
    return told, tuple(placed)


def _hidden(span: Span, words: str) -> bool:
    """Return whether the words of a link don't say where it leads."""
    if not words or not _ADDRESS.fullmatch(span.value):
        return False
    plain = (_SCHEME.sub("", each, count=1).rstrip("/") for each in (words.strip(), span.value))
    return len(set(plain)) > 1
