"""The fused codecs against recorded values and against stock Twisted."""

from __future__ import annotations

import contextlib
import datetime
import decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spread import stock
from tests.spread.vectors import QUICK, table
from words.spread import banana
from words.spread.decoder import Decoder, Unpersistable
from words.spread.encoder import NONE_WORDS, PB_WORDS, Encoder
from words.spread.errors import InsecureJelly, JellyError, TooDeep, TooLarge
from words.spread.limits import LARGEST_INT, Limits
from words.spread.registry import Registry


class NoHooks:
    """A connection without references."""

    def _none(self, *args: object) -> Any:
        raise JellyError("no references here")

    remote = local = cached = lcache = new_cache = _none


def encode(value: object, dialect: bytes = b"pb", **limits: int) -> bytes:
    out: list[bytes] = []
    words = PB_WORDS if dialect == b"pb" else NONE_WORDS
    Encoder(Registry(), None, Limits(**limits), words).encode(value, out)
    return b"".join(out)


def decode(data: bytes, dialect: bytes = b"pb", **limits: int) -> Any:
    decoder = Decoder(Registry(), NoHooks(), Limits(**limits))
    decoder.words = banana.WORDS if dialect == b"pb" else {}
    decoder.complete = True
    value, end = decoder.value(data, 0)
    assert end == len(data)
    return value


_VALUES: dict[str, Any] = {
    "datetime(2026,1,2,3,4,5,6)": datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
    "date(2026,1,2)": datetime.date(2026, 1, 2),
    "time(3,4,5,6)": datetime.time(3, 4, 5, 6),
    "timedelta(-1,2,3)": datetime.timedelta(-1, 2, 3),
}
_PLAIN = [
    row for row in table("jelly_values")
    if not any(word in row["python"] for word in (" with ", "l=", "d=", "t=", "class", "type int"))
]  # fmt: skip


@pytest.mark.parametrize("dialect", ["pb", "none"])
@pytest.mark.parametrize("row", _PLAIN, ids=lambda row: str(row["python"]))
def test_recorded_values(row: dict[str, str], dialect: str) -> None:
    text = row["python"]
    value = _VALUES[text] if text in _VALUES else eval(text, {"Decimal": decimal.Decimal})
    data = bytes.fromhex(row[dialect])
    assert encode(value, dialect.encode()) == data
    assert decode(data, dialect.encode()) == value


@pytest.mark.parametrize("dialect", ["pb", "none"])
def test_recorded_sharing_and_cycles(dialect: str) -> None:
    rows = {row["python"]: bytes.fromhex(row[dialect]) for row in table("jelly_values")}
    shared: list[Any] = ["s"]
    data = rows["[x, x] with x=['s']"]
    assert encode([shared, shared], dialect.encode()) == data
    a, b = decode(data, dialect.encode())
    assert a is b

    loop: list[Any] = [1]
    loop.append(loop)
    assert encode(loop, dialect.encode()) == rows["l=[1, l]"]
    again = decode(rows["l=[1, l]"], dialect.encode())
    assert again[1] is again

    me: dict[str, Any] = {}
    me["me"] = me
    assert encode(me, dialect.encode()) == rows["d={'me': d}"]
    again = decode(rows["d={'me': d}"], dialect.encode())
    assert again["me"] is again

    inner: list[Any] = []
    outer = (inner,)
    inner.append(outer)
    assert encode(outer, dialect.encode()) == rows["t=([t],)"]
    again = decode(rows["t=([t],)"], dialect.encode())
    assert again[0][0] is again


_leaves = (
    st.none() | st.booleans() | st.integers(-LARGEST_INT, LARGEST_INT) | st.floats(allow_nan=False)
    | st.binary(max_size=200) | st.text(max_size=200) | st.sampled_from(["login", "é" * 70])
    | st.datetimes() | st.dates() | st.times() | st.timedeltas()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4)
)  # fmt: skip
_hashable = st.recursive(
    _leaves, lambda x: st.lists(x, max_size=4).map(tuple) | st.frozensets(x, max_size=4),
    max_leaves=6,
)  # fmt: skip
_values = st.recursive(
    _hashable | st.sets(_hashable, max_size=4),
    lambda x: st.lists(x, max_size=6) | st.dictionaries(_hashable, x, max_size=6)
    | st.lists(x, max_size=4).map(tuple) | x.map(lambda v: [v, v]),
    max_leaves=30,
)  # fmt: skip


@QUICK
@given(_values, st.sampled_from([b"pb", b"none"]))
def test_same_bytes_as_stock_and_back(value: Any, dialect: bytes) -> None:
    data = encode(value, dialect)
    assert data == stock.encode(value, dialect)
    assert decode(data, dialect) == value


@QUICK
@given(_values, st.data())
def test_nothing_is_read_until_it_is_all_there(value: Any, data: st.DataObject) -> None:
    encoded = encode(value)
    decoder = Decoder(Registry(), NoHooks(), Limits())
    decoder.words = banana.WORDS
    for end in data.draw(st.lists(st.integers(0, len(encoded) - 1), max_size=8)):
        with pytest.raises(IndexError):
            decoder.value(encoded[:end], 0)


@QUICK
@given(st.binary(max_size=120))
def test_garbage_is_refused_and_nothing_else(data: bytes) -> None:
    decoder = Decoder(Registry(), NoHooks(), Limits())
    decoder.words = banana.WORDS
    decoder.complete = True
    with contextlib.suppress(JellyError):
        decoder.value(data, 0)


_tags = st.sampled_from(
    b"list tuple set frozenset dictionary reference dereference unicode None boolean decimal date "
    b"datetime time timedelta class instance module function persistent unpersistable remote "
    b"method no.such.Thing".split()
)
_near_jelly = st.recursive(
    st.integers(-3, 3) | st.binary(max_size=4) | st.floats() | _tags,
    lambda x: st.tuples(_tags, st.lists(x, max_size=4)).map(lambda p: [p[0], *p[1]]),
    max_leaves=25,
)


@QUICK
@given(_near_jelly)
def test_what_looks_like_jelly_is_read_or_refused(sexp: banana.Sexp) -> None:
    with contextlib.suppress(JellyError):
        decode(banana.encode(sexp))


@pytest.mark.parametrize(
    "sexp",
    [
        [b"class", b"os.system"],
        [b"module", b"os"],
        [b"function", b"os.system"],
        [b"method", b"x", [b"None"], [b"class", b"a.B"]],
        [b"instance", [b"class", b"a.B"], [b"dictionary"]],
        [b"os.system", [b"unicode", b"true"]],
        [b"twisted.spread.pb.Referenceable", [b"dictionary"]],
    ],
)
def test_what_names_code_is_refused(sexp: banana.Sexp) -> None:
    with pytest.raises(InsecureJelly):
        decode(banana.encode(sexp))


@pytest.mark.parametrize(
    "sexp",
    [
        [b"reference", 1, [b"tuple", [b"dereference", 1]]],
        [b"reference", 1, [b"frozenset", [b"dereference", 1]]],
        [b"reference", 1, [b"tuple", [b"dictionary", [[b"dereference", 1], 1]]]],
        [b"reference", 1, [b"list", [b"reference", 1, [b"list"]]]],
        [b"dereference", 1],
        [b"reference", 1],
        [b"reference", b"1", [b"list"]],
        [b"set", [b"list"]],
        [b"dictionary", [[b"list"], 1]],
        [b"dictionary", [1, 2, 3]],
        [b"dictionary", 1],
        [b"boolean", b"maybe"],
        [b"unicode", b"\xff"],
        [b"unicode", b"\xed\xa0\x80"],
        [b"date", b"2026 13 1"],
        [b"date", b"2026"],
        [b"time", b"1 2 3 4 5"],
        [b"timedelta", b"9999999999 0 0"],
        [b"decimal", 1, 10**9],
        [b"decimal", 1.5, 1],
        [b"None", 1],
        [],
        [1, 2],
        [[b"list"]],
    ],
)
def test_malformed_values_are_refused(sexp: banana.Sexp) -> None:
    with pytest.raises(JellyError):
        decode(banana.encode(sexp))


def test_unpersistable_says_why() -> None:
    value = decode(banana.encode([b"unpersistable", b"too shy"]))
    assert isinstance(value, Unpersistable)
    assert "too shy" in repr(value)


def test_depth_is_bounded_both_ways() -> None:
    deep: list[Any] = []
    for _ in range(101):
        deep = [deep]
    with pytest.raises(TooDeep):
        encode(deep)
    assert encode(deep, depth=101) == stock.encode(deep)
    with pytest.raises(TooDeep):
        decode(encode(deep, depth=101))
    assert decode(encode(deep, depth=101), depth=101) == deep
    with pytest.raises(TooDeep):
        decode(b"\x02\x80\x08\x87" * 50_000)


def test_sizes_are_bounded() -> None:
    for value in (b"x" * 201, "x" * 201, "é" * 101, [0] * 200, {n: n for n in range(200)}):
        for wrapped in (value, [value], {"key": value}):
            with pytest.raises(TooLarge):
                encode(wrapped, element=200)
            with pytest.raises(TooLarge):
                decode(encode(wrapped), element=200)
    for value in (b"x" * 200, "x" * 200, [0] * 199):
        assert decode(encode(value, element=200), element=200) == value


@pytest.mark.parametrize(
    "value",
    [
        object(), int, len, pytest, bytearray(b"x"), 1j, "\ud800", ["\ud800"], {"\ud800": 1},
        datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), decimal.Decimal("NaN"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_has_no_form_is_not_sent(value: object) -> None:
    with pytest.raises(JellyError):
        encode(value)
