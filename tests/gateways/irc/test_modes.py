"""MODE arguments both ways (Modern IRC, MODE message)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.modes import Change, ModeTable, format_modes, parse_modes

TABLE = ModeTable.of("Ibe,k,fl,imnst", "qaohv")


def parsed(*params: str, limit: int = 20) -> tuple[list[str], list[str]]:
    """Changes as `+o ann`, errors as `reason letter`."""
    changes, errors = parse_modes(params, TABLE, limit)
    said = [f"{item.sign}{item.letter} {item.argument or ''}".strip() for item in changes]
    return said, [f"{error.reason} {error.letter}" for error in errors]


@pytest.mark.parametrize(
    ("params", "changes", "errors"),
    [
        (["+ovb-k", "ann", "bob", "*!*@x", "key"], ["+o ann", "+v bob", "+b *!*@x", "-k key"], []),
        (["b"], ["+b"], []),
        (["-b"], ["-b"], []),
        (["+be"], ["+b", "+e"], []),
        (["+l-l", "5"], ["+l 5", "-l"], []),
        (["-l+k", "key"], ["-l", "+k key"], []),
        (["-k"], ["-k"], []),
        (["+k"], [], ["missing k"]),
        (["+ov", "ann"], ["+o ann"], ["missing v"]),
        (["-o+i"], ["+i"], ["missing o"]),
        (["+xi-é"], ["+i"], ["unknown x", "unknown é"]),
        (["+o", "ann", "-v", "bob"], ["+o ann", "-v bob"], []),
        (["+i", "stray", "-t"], ["+i", "-t"], []),
        (["+k", "a b"], [], ["bad k"]),
        (["+kbo", "", ":x", "ann"], ["+o ann"], ["bad k", "bad b"]),
        (["+-+"], [], []),
        ([""], [], []),
        ([], [], []),
    ],
)
def test_parse(params: list[str], changes: list[str], errors: list[str]) -> None:
    assert parsed(*params) == (changes, errors)


def test_more_arguments_than_allowed() -> None:
    changes, errors = parsed("+ioovi", "a", "b", "c", limit=2)
    assert changes == ["+i", "+o a", "+o b"]
    assert errors == ["many v"]


def test_chanmodes_have_four_types() -> None:
    with pytest.raises(ValueError):
        ModeTable.of("b,k,l")


def test_format() -> None:
    changes, _ = parse_modes(["+o-v+it-k", "ann", "bob", "key"], TABLE, 20)
    assert format_modes(changes, 100, 20) == [["+o-v+it-k", "ann", "bob", "key"]]
    assert format_modes(changes, 100, 2) == [["+o-v+it", "ann", "bob"], ["-k", "key"]]
    assert format_modes(changes, 10, 20) == [
        ["+o", "ann"],
        ["-v+it", "bob"],
        ["-k", "key"],
    ]
    assert format_modes([], 100, 20) == []
    flags, _ = parse_modes(["+i-m+n-s+t"], TABLE, 20)
    assert format_modes(flags, 6, 20) == [["+i-m+n"], ["-s+t"]]
    assert format_modes(flags, 5, 20) == [["+i-m"], ["+n-s"], ["+t"]]


signs = st.sampled_from("+-")
plain = st.builds(Change, signs, st.sampled_from("imnst"))
argued = st.builds(
    Change, signs, st.sampled_from("qaohvkb"), st.text("abcé", min_size=1, max_size=9)
)


@given(st.lists(plain | argued, max_size=30), st.integers(22, 80), st.integers(1, 6))
def test_formatted_changes_come_back(changes: list[Change], room: int, limit: int) -> None:
    lines = format_modes(changes, room, limit)
    again: list[Change] = []
    for params in lines:
        assert len(" ".join(params).encode()) <= room
        assert len(params) - 1 <= limit
        got, errors = parse_modes(params, TABLE, limit)
        assert not errors
        again += got
    assert again == changes


@given(st.lists(st.text("+-bkloivx :", max_size=6), max_size=6), st.integers(0, 4))
def test_anything_can_be_parsed(params: list[str], limit: int) -> None:
    changes, errors = parse_modes(params, TABLE, limit)
    assert sum(change.argument is not None for change in changes) <= limit
    assert {error.reason for error in errors} <= {"unknown", "missing", "bad", "many"}
    for params in format_modes(changes, 1000, 100):
        assert all(param and " " not in param for param in params)
