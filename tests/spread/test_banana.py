"""Banana against the recorded vectors, and its framing under every fragmentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spread.vectors import QUICK, SESSIONS, session, table
from words.spread import banana
from words.spread.errors import BananaError, TooDeep, TooLarge
from words.spread.limits import LARGEST_INT, SIZE_LIMIT, Limits

_atoms = (
    st.integers(-LARGEST_INT, LARGEST_INT)
    | st.binary(max_size=300)
    | st.sampled_from(sorted(banana.CODES))
    | st.floats(allow_nan=False)
)
_sexps = st.recursive(_atoms, lambda inner: st.lists(inner, max_size=8), max_leaves=40)


@pytest.mark.parametrize("row", table("banana_elements"), ids=lambda row: str(row["python"])[:30])
@pytest.mark.parametrize("dialect", banana.DIALECTS)
def test_recorded_elements(row: dict[str, str], dialect: bytes) -> None:
    data = bytes.fromhex(row[dialect.decode()])
    value, end = banana.decode(data, dialect=dialect)
    assert end == len(data)
    assert banana.encode(value, dialect) == data


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("side", [0, 1])
def test_recorded_sessions_encode_to_the_same_bytes(name: str, side: int) -> None:
    data = session(name)[side]
    dialect, end = banana.decode(session(name)[0])
    first = banana.decode(data, dialect=banana.NONE)[1]
    pos, again = first, data[:first]
    while pos < len(data):
        sexp, pos = banana.decode(data, pos, dialect=bytes(dialect))  # type: ignore[arg-type]
        again += banana.encode(sexp, bytes(dialect))  # type: ignore[arg-type]
    assert again == data
    assert end == 4 + 2 * (dialect == banana.NONE)


@QUICK
@given(_sexps, st.sampled_from(banana.DIALECTS))
def test_round_trip(sexp: banana.Sexp, dialect: bytes) -> None:
    data = banana.encode(sexp, dialect)
    assert banana.decode(data, dialect=dialect) == (sexp, len(data))


@QUICK
@given(_sexps, st.data())
def test_scanner_finds_the_end_however_the_bytes_are_cut(
    sexp: banana.Sexp, data: st.DataObject
) -> None:
    encoded = banana.encode(sexp)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)), max_size=12)))
    scanner = banana.Scanner()
    for start, end in zip([0, *cuts], [*cuts, len(encoded)], strict=True):
        found = scanner.feed(encoded[start:end])
        if found >= 0:
            assert start + found == len(encoded)
            break
    else:
        pytest.fail("no end found")


@QUICK
@given(_sexps)
def test_scanner_byte_by_byte(sexp: banana.Sexp) -> None:
    encoded = banana.encode(sexp)
    scanner = banana.Scanner()
    found = [scanner.feed(encoded[i : i + 1]) for i in range(len(encoded))]
    assert found == [-1] * (len(encoded) - 1) + [1]


@QUICK
@given(st.binary(max_size=200), st.integers(1, 7))
def test_scanner_survives_any_bytes(data: bytes, size: int) -> None:
    """However garbage is cut, the verdict is the same."""

    def verdict(chunks: list[bytes]) -> object:
        scanner, done = banana.Scanner(), 0
        for chunk in chunks:
            try:
                found = scanner.feed(chunk)
            except BananaError as exc:
                return str(exc)
            if found >= 0:
                return done + found
            done += len(chunk)
        return None

    assert verdict([data]) == verdict([data[i : i + size] for i in range(0, len(data), size)])


def test_limits_are_inclusive() -> None:
    longest = banana.encode(b"x" * SIZE_LIMIT)
    assert banana.decode(longest)[0] == b"x" * SIZE_LIMIT
    with pytest.raises(TooLarge):
        banana.encode(b"x" * (SIZE_LIMIT + 1))
    with pytest.raises(BananaError):
        banana.Scanner().feed(banana.prefix(SIZE_LIMIT + 1) + b"\x82")
    with pytest.raises(BananaError):
        banana.Scanner().feed(banana.prefix(SIZE_LIMIT + 1) + b"\x80")
    banana.Scanner().feed(b"\x7f" * 64 + b"\x85")
    with pytest.raises(BananaError):
        banana.Scanner().feed(b"\x7f" * 65)
    with pytest.raises(TooLarge):
        banana.encode(LARGEST_INT + 1)


def test_vocabulary_codes_need_the_dialect() -> None:
    assert banana.decode(b"\x1a\x87")[0] == b"message"
    for code, dialect in ((b"\x1a\x87", banana.NONE), (b"\x20\x87", banana.PB)):
        with pytest.raises(BananaError):
            banana.decode(code, dialect=dialect)


def test_depth() -> None:
    deep: banana.Sexp = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(TooDeep):
        banana.encode(deep)
    bomb = b"\x01\x80" * 100_000 + b"\x00\x81"
    assert banana.Scanner().feed(bomb) == len(bomb)
    assert banana.encode(deep, limits=Limits(depth=1000)) == b"\x01\x80" * 300 + b"\x00\x80"
