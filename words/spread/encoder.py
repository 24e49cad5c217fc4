"""Values to bytes in one pass: jelly and banana fused. Sans-IO.

Output is a list of byte strings. The place of each container in it is remembered, so that when the
same object (by identity) comes again its first place can be wrapped into `[reference N ...]` and
the second becomes `[dereference N]`, numbered in order of the second sights: as stock jelly does.
Equal but distinct objects are never shared. Texts, bytes and numbers are not shared.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from typing import Any, Final, Protocol

from words.spread.banana import CODES, LONGEST_WORD, SHORT, encode_int, pack_float, prefix
from words.spread.errors import InsecureJelly, TooDeep, TooLarge
from words.spread.flavors import Cacheable, Copyable
from words.spread.limits import Limits
from words.spread.registry import Registry

_UNICODE: Final = b"\x02\x80\x07\x82unicode"
_TEXT_HEADS: Final = tuple(_UNICODE + SHORT[n] + b"\x82" for n in range(128))
_INTS: Final = tuple(encode_int(n) for n in range(1024))
_PAIR: Final = b"\x02\x80"
_KEYS_KEPT: Final = 1024
"""Texts of dictionary keys whose bytes are remembered. Ours; the memory is then started anew."""


class Hooks(Protocol):
    """What the encoder needs of the connection."""

    def export(self, obj: Any, perspective: object) -> tuple[bytes, tuple[object, ...], int] | None:
        """(tag, values before the number, number) of what is sent as a reference, or None."""

    def cache(self, obj: Cacheable, perspective: object) -> tuple[int, bool, object]:
        """(number, whether the peer gets the state now, its state)."""


class Words:
    """How strings are written under one dialect, with what is remembered of that."""

    __slots__ = ("answer", "call", "codes", "keys", "tags", "true_false")

    def __init__(self, codes: dict[bytes, bytes]) -> None:
        self.codes = codes
        self.keys: dict[str, bytes] = {}
        names = b"list tuple dictionary set frozenset None reference dereference".split()
        self.tags = {name.decode(): self.string(name) for name in names}
        self.call = b"\x07\x80" + self.string(b"message")  # how a call begins
        self.answer = b"\x03\x80" + self.string(b"answer")
        boolean = b"\x02\x80" + self.string(b"boolean")
        self.true_false = {w == b"true": boolean + self.string(w) for w in (b"false", b"true")}

    def string(self, data: bytes) -> bytes:
        """One string element of any length."""
        return self.codes.get(data) or prefix(len(data)) + b"\x82" + data

    def key(self, text: str) -> bytes:
        """The pair-opening bytes and the text of a dictionary key."""
        data = text.encode()
        out = _PAIR + _UNICODE + self.string(data)
        if len(data) <= 32:
            if len(self.keys) >= _KEYS_KEPT:
                self.keys.clear()
            self.keys[text] = out
        return out


PB_WORDS: Final = Words(CODES)
NONE_WORDS: Final = Words({})


class Encoder:
    """Writes values under one dialect. `hooks` None means: nothing that needs a connection.

    Raises InsecureJelly for what may not be sent, TooLarge or TooDeep over the limits.
    """

    __slots__ = (
        "_keep",
        "_limits",
        "_numbers",
        "_out",
        "_seen",
        "hooks",
        "perspective",
        "registry",
        "words",
    )  # fmt: skip

    def __init__(
        self, registry: Registry, hooks: Hooks | None, limits: Limits, words: Words = PB_WORDS
    ) -> None:
        self.registry = registry
        self.hooks = hooks
        self.words = words
        self.perspective: object = None
        self._limits = limits
        self._out: list[bytes] = []
        self._seen: dict[int, int] = {}  # id of a container -> its place in out, or -its number
        self._keep: list[object] = []  # temporary states: their ids must stay theirs
        self._numbers = 0

    def encode(self, value: object, out: list[bytes], perspective: object = None) -> None:
        """Appends the bytes of one jellied value (its own scope for sharing) to `out`."""
        self._out = out
        self.perspective = perspective
        if self._seen:
            self._seen = {}
        self._numbers = 0
        try:
            self._value(value, 0)
        except RecursionError:
            raise TooDeep("nested too deep") from None
        finally:
            if self._keep:
                self._keep = []

    def _value(self, value: Any, depth: int) -> None:
        writer = _WRITERS.get(type(value))
        if writer is not None:
            writer(self, value, depth)
        else:
            self._object(value, depth)

    def _shared(self, value: object, depth: int) -> bool:
        """Notes the place of a container; True if it was seen before and is now referred to."""
        key = id(value)
        place = self._seen.get(key)
        out = self._out
        if place is None:
            if depth > self._limits.depth:
                raise TooDeep(f"nested more than {self._limits.depth} deep")
            self._seen[key] = len(out)
            return False
        tags = self.words.tags
        if place >= 0:
            self._numbers += 1
            number = encode_int(self._numbers)
            out[place] = b"\x03\x80" + tags["reference"] + number + out[place]
            self._seen[key] = place = -self._numbers
        out.append(_PAIR + tags["dereference"] + encode_int(-place))
        return True

    def _head(self, value: Any, depth: int, tag: str) -> bool:
        """Opens the list of a container, unless it was seen before."""
        if self._shared(value, depth):
            return False
        n = len(value) + 1
        if n > self._limits.element:
            raise TooLarge(f"{n - 1} members, limit {self._limits.element - 1}")
        self._out.append((SHORT[n] if n < 128 else prefix(n)) + b"\x80" + self.words.tags[tag])
        return True

    def _text(self, value: str, depth: int) -> None:
        try:
            data = value.encode()
        except UnicodeEncodeError:
            raise InsecureJelly("text with lone surrogates") from None
        n = len(data)
        if n <= LONGEST_WORD and data in self.words.codes:
            self._out.append(_UNICODE + self.words.codes[data])
        elif n < 128:
            self._out.append(_TEXT_HEADS[n] + data)
        elif n > self._limits.element:
            raise TooLarge(f"text of {n} bytes, limit {self._limits.element}")
        else:
            self._out += (_UNICODE + prefix(n) + b"\x82", data)

    def _bytes(self, value: bytes, depth: int) -> None:
        n = len(value)
        if n > self._limits.element:
            raise TooLarge(f"string of {n} bytes, limit {self._limits.element}")
        if n <= LONGEST_WORD:
            self._out.append(self.words.string(value))
        else:
            self._out += (prefix(n) + b"\x82", value)

    def _int(self, value: int, depth: int) -> None:
        self._out.append(_INTS[value] if 0 <= value < 1024 else encode_int(value))

    def _float(self, value: float, depth: int) -> None:
        self._out.append(b"\x84" + pack_float(value))

    def _none(self, value: None, depth: int) -> None:
        self._out.append(b"\x01\x80" + self.words.tags["None"])

    def _boolean(self, value: bool, depth: int) -> None:
        self._out.append(self.words.true_false[value])

    def _items(self, values: Any, depth: int) -> None:
        out = self._out
        codes = self.words.codes
        for value in values:
            kind = type(value)
            if kind is str and value.isascii() and len(value) < 128:
                data = value.encode()
                if data in codes:
                    out.append(_UNICODE + codes[data])
                else:
                    out.append(_TEXT_HEADS[len(data)] + data)
            elif kind is int and 0 <= value < 1024:
                out.append(_INTS[value])
            else:
                self._value(value, depth)

    def _list(self, value: list[Any], depth: int) -> None:
        if self._head(value, depth, "list"):
            self._items(value, depth + 1)

    def _tuple(self, value: tuple[Any, ...], depth: int) -> None:
        if self._head(value, depth, "tuple"):
            self._items(value, depth + 1)

    def _set(self, value: set[Any], depth: int) -> None:
        if self._head(value, depth, "set"):
            self._items(value, depth + 1)

    def _frozenset(self, value: frozenset[Any], depth: int) -> None:
        if self._head(value, depth, "frozenset"):
            self._items(value, depth + 1)

    def _dict(self, value: dict[Any, Any], depth: int) -> None:
        if not self._head(value, depth, "dictionary"):
            return
        depth += 1
        out = self._out
        codes = self.words.codes
        keys = self.words.keys
        for key, item in value.items():
            if type(key) is not str:
                out.append(_PAIR)
                self._value(key, depth)
            elif key in keys:
                out.append(keys[key])
            elif len(key) <= 32 and key.isascii():
                out.append(self.words.key(key))
            else:
                out.append(_PAIR)
                self._text(key, depth)
            if type(item) is str and item.isascii() and len(item) < 128:
                data = item.encode()
                if data in codes:
                    out.append(_UNICODE + codes[data])
                else:
                    out.append(_TEXT_HEADS[len(data)] + data)
            else:
                self._value(item, depth)

    def _numbers_of(self, tag: bytes, *numbers: int) -> None:
        text = " ".join(map(str, numbers)).encode()
        self._out.append(_PAIR + self.words.string(tag) + self.words.string(text))

    def _datetime(self, value: datetime.datetime, depth: int) -> None:
        if value.tzinfo is not None:
            raise InsecureJelly("a datetime with a time zone: the protocol has no form for it")
        self._numbers_of(
            b"datetime", value.year, value.month, value.day,
            value.hour, value.minute, value.second, value.microsecond,
        )  # fmt: skip

    def _date(self, value: datetime.date, depth: int) -> None:
        self._numbers_of(b"date", value.year, value.month, value.day)

    def _time(self, value: datetime.time, depth: int) -> None:
        if value.tzinfo is not None:
            raise InsecureJelly("a time with a time zone: the protocol has no form for it")
        self._numbers_of(b"time", value.hour, value.minute, value.second, value.microsecond)

    def _timedelta(self, value: datetime.timedelta, depth: int) -> None:
        self._numbers_of(b"timedelta", value.days, value.seconds, value.microseconds)

    def _decimal(self, value: decimal.Decimal, depth: int) -> None:
        sign, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise InsecureJelly("a decimal that is no number: the protocol has no form for it")
        number = int(decimal.Decimal((sign, digits, 0)))
        parts = (self.words.string(b"decimal"), encode_int(number), encode_int(exponent))
        self._out += (b"\x03\x80", *parts)

    def _object(self, value: Any, depth: int) -> None:
        """Everything else: what is registered, and the flavours."""
        if entry := self.registry.outgoing.get(type(value)):
            tag, state_of = entry
            self._state(value, depth, b"\x02\x80" + self.words.string(tag), lambda: state_of(value))
        elif isinstance(value, Copyable):
            self._copyable(value, depth)
        elif self.hooks is None:
            raise InsecureJelly(f"{type(value).__name__} cannot be sent without a connection")
        elif (form := self.hooks.export(value, self.perspective)) is not None:
            tag, extra, luid = form
            self._out.append(prefix(len(extra) + 2) + b"\x80" + self.words.string(tag))
            for item in extra:
                self._value(item, depth + 1)
            self._out.append(encode_int(luid))
        else:
            raise InsecureJelly(f"{type(value).__name__} is not registered")

    def _copyable(self, value: Copyable, depth: int) -> None:
        perspective = self.perspective
        tag = self.words.string(value.get_type_to_copy_for(perspective).encode())
        if not isinstance(value, Cacheable):
            self._state(
                value, depth, b"\x02\x80" + tag, lambda: value.get_state_to_copy_for(perspective)
            )
        elif self.hooks is None:
            raise InsecureJelly(f"{type(value).__name__} cannot be sent without a connection")
        elif not self._shared(value, depth):
            luid, first, state = self.hooks.cache(value, perspective)
            if first:
                self._keep.append(state)
                self._out.append(b"\x03\x80" + tag + encode_int(luid))
                self._value(state, depth + 1)
            else:
                del self._seen[id(value)]
                self._out.append(b"\x02\x80" + self.words.string(b"cached") + encode_int(luid))

    def _state(self, value: object, depth: int, head: bytes, state: Callable[[], object]) -> None:
        if not self._shared(value, depth):
            self._out.append(head)
            found = state()
            self._keep.append(found)
            self._value(found, depth + 1)


_WRITERS: Final[dict[type, Callable[[Encoder, Any, int], None]]] = {
    str: Encoder._text,
    int: Encoder._int,
    bytes: Encoder._bytes,
    dict: Encoder._dict,
    list: Encoder._list,
    tuple: Encoder._tuple,
    bool: Encoder._boolean,
    type(None): Encoder._none,
    float: Encoder._float,
    set: Encoder._set,
    frozenset: Encoder._frozenset,
    datetime.datetime: Encoder._datetime,
    datetime.date: Encoder._date,
    datetime.time: Encoder._time,
    datetime.timedelta: Encoder._timedelta,
    decimal.Decimal: Encoder._decimal,
}
"""By exact type, as stock jelly: a subclass of a plain type is not sent as that type."""
