"""Lines of a text: nothing lost, nothing too wide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_client.text.safe import clean, clusters
from tui_client.text.wrap import wrap

TEXTS = st.text(st.sampled_from("ab -\n漢字、（🙂👩\u200d💻❤\ufe0f🇩🇪e\u0301שלום") | st.characters())


def lines(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width)]


@given(TEXTS, st.integers(2, 30))
def test_every_line_fits_and_nothing_but_spaces_is_lost(text: str, width: int) -> None:
    text = clean(text)[0]
    found = wrap(text, width)
    done = 0
    for start, end in found:
        assert done <= start <= end
        assert not text[done:start].strip(" \n")
        assert cell_len(text[start:end]) <= width
        done = end
    assert not text[done:].strip(" ")


@given(TEXTS, st.integers(2, 30))
def test_a_line_ends_within_nothing_that_is_drawn_as_one(text: str, width: int) -> None:
    text = clean(text)[0]
    edges, begin = set(), 0
    for line in text.split("\n"):
        edges |= {begin, begin + len(line), *(begin + start for start, _, _ in clusters(line))}
        begin += len(line) + 1
    for start, end in wrap(text, width):
        assert start in edges
        assert end in edges


@given(st.text("ab \n", max_size=80), st.integers(2, 20))
def test_the_short_way_for_ascii_is_the_long_way(text: str, width: int) -> None:
    other = text.replace("a", "ä")
    assert wrap(text, width) == wrap(other, width)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, [""]),
        ("one two three", 8, ["one two", "three"]),
        ("one  two", 4, ["one", "two"]),
        ("    code stays in", 12, ["    code", "stays in"]),
        ("a\n\nb", 10, ["a", "", "b"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("漢字かな", 5, ["漢字", "かな"]),
        ("漢字、かな", 4, ["漢", "字、", "かな"]),
        ("go 漢字", 5, ["go 漢", "字"]),
        ("🇩🇪🇫🇷", 3, ["🇩🇪", "🇫🇷"]),
        ("word 👩\u200d💻👍🏽", 7, ["word 👩\u200d💻", "👍🏽"]),
    ],
)
def test_where_lines_end(text: str, width: int, expected: list[str]) -> None:
    assert lines(text, width) == expected
