"""Cutting long texts: nothing lost, nothing too long, nothing torn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.wrap import prefix, split_text

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"
letters = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    [" ", "\u0301", "\u200d", "\ufe0f", FAMILY, FLAG, "\U0001f44d\U0001f3fd", "\u1112\u1161\u11ab"]
)
texts = st.lists(letters, max_size=80).map("".join)


@given(texts, st.integers(4, 60))
def test_pieces_fit_and_join_to_the_text(text: str, room: int) -> None:
    pieces = split_text(text, room)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= room for piece in pieces)


@given(texts, st.integers(0, 60))
def test_a_prefix_is_one(text: str, room: int) -> None:
    start = prefix(text, room)
    assert text.startswith(start)
    assert len(start.encode()) <= room
    assert start or room < 4 or not text


def test_words_stay_whole() -> None:
    assert split_text("one two three four", 9) == ["one two ", "three ", "four"]
    assert split_text("short", 9) == ["short"]
    assert split_text("", 9) == []


def test_long_words_are_cut_where_they_must() -> None:
    assert split_text("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert split_text("ééé", 5) == ["éé", "é"]


@pytest.mark.parametrize(
    "cluster",
    [FAMILY, FLAG, "e\u0301\u0302", "\U0001f44d\U0001f3fd", "\u1112\u1161\u11ab", "☝\ufe0f"],
)
def test_what_is_seen_as_one_stays_one(cluster: str) -> None:
    size = len(cluster.encode())
    for room in range(max(size, 4), 3 * size):
        assert all(len(piece) % len(cluster) == 0 for piece in split_text(cluster * 7, room))


def test_endless_marks_are_cut_all_the_same() -> None:
    assert len(split_text("e" + "\u0301" * 5000, 400)) < 40


def test_no_room() -> None:
    with pytest.raises(ValueError):
        split_text("x", 3)
