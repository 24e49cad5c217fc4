"""Links on IRC: the address is said, once, and the styles stay where they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.links import spelled
from words.events import Span

URL = "http://example.org/"


@pytest.mark.parametrize(
    ("text", "spans", "told"),
    [
        ("see this.", [Span(4, 8, "link", URL)], f"see this ({URL})."),
        ("see this", [], "see this"),
        (URL, [Span(0, len(URL), "link", URL)], URL),
        ("example.org", [Span(0, 11, "link", URL)], "example.org"),
        ("a@b.c", [Span(0, 5, "link", "mailto:a@b.c")], "a@b.c"),
        ("http://bank/", [Span(0, 12, "link", URL)], f"http://bank/ ({URL})"),
        ("ab", [Span(0, 1, "link", URL), Span(1, 2, "link", "x:y")], f"a ({URL})b (x:y)"),
        ("here", [Span(0, 4, "link", "x:\r\nQUIT")], "here"),
        ("here", [Span(0, 4, "link", "no address")], "here"),
        ("here", [Span(2, 2, "link", URL)], "here"),
    ],
)
def test_addresses_are_said(text: str, spans: list[Span], told: str) -> None:
    assert spelled(text, spans)[0] == told


def test_what_is_around_a_link_stays_around_it() -> None:
    spans = [Span(0, 9, "bold"), Span(4, 8, "link", URL), Span(4, 8, "italic"), Span(8, 9, "mono")]
    text, placed = spelled("see this.", spans)
    assert [text[span.start : span.end] for span in placed] == [text, "this", "this", "."]


ends = st.tuples(st.integers(0, 30), st.integers(0, 30))


@given(st.text(max_size=30), st.lists(ends, max_size=4))
def test_no_word_is_lost(text: str, pairs: list[tuple[int, int]]) -> None:
    stretches = [(min(pair), min(max(pair), len(text))) for pair in pairs]
    spans = [Span(start, end, "link", URL) for start, end in stretches if start < end]
    told, placed = spelled(text, spans)
    assert told.replace(f" ({URL})", "") == text
    assert all(0 <= span.start < span.end <= len(told) for span in placed)
