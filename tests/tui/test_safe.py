"""What strangers wrote: nothing of it commands or deceives the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_client.text.safe import MARKS, clean, clean_line, clean_name, clip, clusters
from words.events import Span

NASTY = st.text(
    st.sampled_from("\x1b[]m\x9b\x07\r\n\t\0\u202e\u2066\u200d\ufe0f\u200b\ud800é́̂̃👩💻漢")
    | st.characters()
)


@given(NASTY)
def test_nothing_that_commands_is_left(text: str) -> None:
    shown, _ = clean(text)
    assert clean(shown)[0] == shown
    shown.encode()  # no half of a pair
    for char in shown:
        assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cs")
        assert char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    assert "\n" not in clean_line(text)
    assert clean_name(text)


@given(NASTY)
def test_plain_letters_stay(text: str) -> None:
    shown, _ = clean(text)
    plain = [char for char in text if unicodedata.category(char) in ("Lu", "Ll", "Nd", "Po")]
    for char in plain:
        assert char in shown


@given(NASTY, st.lists(st.tuples(st.integers(-3, 40), st.integers(-3, 40)), max_size=5))
def test_spans_stay_within_the_text(text: str, places: list[tuple[int, int]]) -> None:
    shown, spans = clean(text, [Span(start, end, "bold") for start, end in places])
    for span in spans:
        assert 0 <= span.start < span.end <= len(shown)


def test_spans_move_with_what_they_mark() -> None:
    text = "a\tb \u202ebold\u202c end\r\nlast"
    spans = [
        Span(text.index(word), text.index(word) + len(word), "bold") for word in ("bold", "last")
    ]
    shown, moved = clean(text, spans)
    assert [shown[span.start : span.end] for span in moved] == ["bold", "last"]
    assert shown == "a    b bold end\nlast"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07\x1b[2J", "^[]0;title^G^[[2J"),
        ("\x9b31m", "\ufffd31m"),
        ("\x7f", "^?"),
        ("a\u200db", "ab"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("👩🏽\u200d💻", "👩🏽\u200d💻"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("a\ufe0f", "a"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e" + "\u0301" * 40, "e" + "\u0301" * MARKS),
        ("a\u2028b\x85c\rd\r\ne", "a\nb\nc\nd\ne"),
        ("\ud83d", "\ufffd"),
        ("🏴\U000e0067\U000e007f", "🏴"),
    ],
)
def test_how_it_is_shown(text: str, shown: str) -> None:
    assert clean(text)[0] == shown


def test_no_more_is_joined_than_a_family() -> None:
    shown, _ = clean("\u200d".join("👩" * 40))
    assert max(end - start for start, end, _ in clusters(shown)) == 7


@pytest.mark.parametrize(
    ("text", "width", "clipped"),
    [
        ("name", 4, "name"),
        ("names", 4, "nam…"),
        ("漢字漢字", 6, "漢字…"),
        ("names", 0, ""),
        ("ab", 1, "…"),
    ],
)
def test_clipped_to_cells(text: str, width: int, clipped: str) -> None:
    assert clip(text, width) == clipped
