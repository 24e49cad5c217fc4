"""Bytes to values in one pass: banana and jelly fused. Sans-IO, no state between messages.

Every function takes the buffer and an index and returns the value and the index after it; nothing
is sliced but payloads. A read past the end raises IndexError: the message is not all there yet.
While `complete` is false nothing with an effect (references, caches, registered classes) is
touched: Retry is raised instead, and the caller comes back when it knows the message to be whole.

Two-letter facts used below: `02 80 07 82 unicode` opens a text, `01 80 01 87` is None. Other
spellings of the same elements (longer prefixes, words spelled out) take the slower general way.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, Protocol

from words.spread.banana import CODES, WORDS, unpack_float
from words.spread.errors import InsecureJelly, JellyError, SpreadError, TooDeep, TooLarge
from words.spread.limits import IN_KEYS, ODD_KEYS, PREFIX_LIMIT, Limits
from words.spread.registry import BUILD, CACHE, COPY, Registry

_TEXT: Final = b"\x02\x80\x07\x82unicode"
_PAIR: Final = b"\x02\x80" + _TEXT
_UNICODE: Final = b"\x07\x82unicode"


_HASHED: Final = 1 << 60  # below it, numbers have hashes of their own
LARGEST_EXPONENT: Final = 6144
"""Of a decimal: beyond it, int(value) would be a bomb. Source: IEEE 754 decimal128."""


_PLAIN: Final = (str, bytes, int, float, bool, type(None))
"""What may stand before the number of a reference: mentions of it are compared."""


class Retry(Exception):
    """Something with an effect was met in a message that may be incomplete."""


class Hooks(Protocol):
    """What the decoder needs of the connection: its references and caches.

    Each raises JellyError for a number that it does not know.
    """

    def remote(self, luid: int, tag: bytes, extra: tuple[object, ...]) -> object: ...
    def local(self, luid: int) -> object: ...
    def cached(self, luid: int) -> object: ...
    def lcache(self, luid: int) -> object: ...
    def new_cache(self, luid: int, cls: type[Any]) -> tuple[Any, Any]: ...


class _Pending:
    """Stands for a value that is still being read (a tuple in a cycle) until it is patched in."""

    __slots__ = ("places",)

    def __init__(self) -> None:
        self.places: list[tuple[Any, Any]] = []
        """(list or dictionary, index or key) where it stands."""


class Decoder:
    """Reads values under one dialect, for one connection."""

    __slots__ = (
        "complete",
        "depth",
        "element",
        "hooks",
        "in_keys",
        "odd",
        "patches",
        "refs",
        "registry",
        "words",
    )

    def __init__(self, registry: Registry, hooks: Hooks, limits: Limits) -> None:
        self.registry = registry
        self.hooks = hooks
        self.depth = limits.depth
        self.element = limits.element
        self.words: dict[int, bytes] = {}  # empty until dialect "pb" is agreed
        self.complete = False
        self.refs: dict[int, Any] = {}
        self.patches = 0
        self.odd = self.in_keys = 0

    def value(self, buf: bytes, pos: int) -> tuple[Any, int]:
        """One jellied value (its own scope for sharing). Raises IndexError, Retry, JellyError."""
        if self.refs:
            self.refs = {}
        self.patches = self.odd = self.in_keys = 0
        try:
            result, pos = value(self, buf, pos, 0)
        except RecursionError:
            raise TooDeep("nested too deep") from None
        except IndexError:
            if not self.complete:
                raise
            raise JellyError("malformed value") from None
        if self.patches:
            raise JellyError("a cycle that cannot be closed")
        return result, pos


Reader = Callable[[Decoder, bytes, int, int, int, int], tuple[Any, int]]
"""(decoder, buffer, index, elements left in the list, depth, reference number or 0)."""


def element(dec: Decoder, buf: bytes, i: int) -> tuple[Any, int, int]:
    """One atom of any spelling: (value, index after it, -1), or for a list (None, index, length).

    Raises IndexError when it is not all there, TooLarge or JellyError.
    """
    n = shift = 0
    while (t := buf[i]) < 0x80:
        n |= t << shift
        shift += 7
        i += 1
        if shift > 7 * PREFIX_LIMIT:
            raise JellyError("prefix too long")
    i += 1
    if t == 0x80:
        if n > dec.element:
            raise TooLarge(f"list of {n} elements, limit {dec.element}")
        return None, i, n
    if t == 0x82:
        if n > dec.element:
            raise TooLarge(f"string of {n} bytes, limit {dec.element}")
        data = buf[i : i + n]
        if len(data) != n:
            raise IndexError
        return data, i + n, -1
    if t in (0x81, 0x85):
        return n, i, -1
    if t in (0x83, 0x86):
        return -n, i, -1
    if t == 0x84:
        if len(buf) < i + 8:
            raise IndexError
        return unpack_float(buf, i)[0], i + 8, -1
    if t == 0x87 and n in dec.words:
        return dec.words[n], i, -1
    raise JellyError(f"unknown {'vocabulary code' if t == 0x87 else 'type byte'}")


def value(dec: Decoder, buf: bytes, i: int, depth: int) -> tuple[Any, int]:
    """One jellied value at `i`."""
    b = buf[i]
    if b < 0x80:
        t = buf[i + 1]
        if t == 0x80:
            return node(dec, buf, i + 2, b, depth, 0)
        if t == 0x81:
            return b, i + 2
        if t == 0x82:
            i += 2
            data = buf[i : i + b]
            if len(data) != b:
                raise IndexError
            return data, i + b
    atom, i, n = element(dec, buf, i)
    if n >= 0:
        return node(dec, buf, i, n, depth, 0)
    return atom, i


def node(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    """The list of `n` elements that begins at `i`: a type tag and what belongs to it.

    `ref` is the number under which the value may be referred to from inside itself, or 0.
    """
    if depth > dec.depth:
        raise TooDeep(f"nested more than {dec.depth} deep")
    if n == 2 and buf.startswith(_UNICODE, i):
        return _text(dec, buf, i + 9, 1, depth, ref)
    if not n:
        raise JellyError("a list without a type tag")
    if buf[i + 1] == 0x87 and (coded := _CODED.get(buf[i])) and dec.words:
        return coded(dec, buf, i + 2, n - 1, depth, ref)
    tag, i, length = element(dec, buf, i)
    if length >= 0 or type(tag) is not bytes:
        raise JellyError("a type tag that is no string")
    spelled = _TAGS.get(tag)
    if spelled is not None:
        return spelled(dec, buf, i, n - 1, depth, ref)
    return _custom(dec, buf, i, n - 1, depth, ref, tag)


def _text(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    if n != 1:
        raise JellyError("malformed text")
    data, i, _ = element(dec, buf, i)
    if type(data) is not bytes:
        raise JellyError("malformed text")
    try:
        return data.decode(), i
    except UnicodeDecodeError:
        raise JellyError("text that is no UTF-8") from None


def _none(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    if n:
        raise JellyError("malformed None")
    return None, i


def _fill(dec: Decoder, buf: bytes, i: int, n: int, depth: int, out: list[Any]) -> int:
    """Reads `n` values into `out`; the two commonest kinds are read on the spot."""
    append = out.append
    depth += 1
    for _ in range(n):
        if buf.startswith(_TEXT, i) and (k := buf[i + 11]) < 0x80 and buf[i + 12] == 0x82:
            i += 13
            data = buf[i : i + k]
            if len(data) != k:
                raise IndexError
            i += k
            try:
                append(data.decode())
            except UnicodeDecodeError:
                raise JellyError("text that is no UTF-8") from None
        elif (k := buf[i]) < 0x80 and buf[i + 1] == 0x81:
            append(k)
            i += 2
        else:
            item, i = value(dec, buf, i, depth)
            append(item)
    return i


def _list(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    out: list[Any] = []
    if ref:
        dec.refs[ref] = out
    i = _fill(dec, buf, i, n, depth, out)
    if dec.patches:
        _note_places(out, enumerate(out))
    return out, i


def _tuple(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    if not n:
        return (), i
    out: list[Any] = []
    i = _fill(dec, buf, i, n, depth, out)
    return tuple(out), i


def _check_key(dec: Decoder, key: Any) -> None:
    """Raises JellyError for what cannot be a key, TooLarge for the ODD_KEYS + 1st odd one."""
    kind = type(key)
    if kind is str or kind is bytes or (kind is int and -_HASHED < key < _HASHED):
        return
    if kind is _Pending:
        raise JellyError("a key that contains what it is a key of")
    dec.odd += 1
    if dec.odd > ODD_KEYS:
        raise TooLarge(f"over {ODD_KEYS} keys that are neither text nor small numbers")
    todo = [_parts(key)]
    while todo:
        parts = todo.pop()
        dec.in_keys += len(parts)
        if dec.in_keys > IN_KEYS:
            raise TooLarge(f"over {IN_KEYS} values inside of keys")
        todo.extend(inner for part in parts if (inner := _parts(part)))


def _parts(key: Any) -> Collection[Any]:
    """What the hash of a key is made of, beside itself."""
    if isinstance(key, (tuple, frozenset)):
        return key
    kind = type(key)
    names: Iterable[str] = getattr(kind, "__dataclass_fields__", ())
    names = names or getattr(kind, "__struct_fields__", ())
    return [getattr(key, name, None) for name in names]


def _set(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    out: set[Any] = set()
    if ref:
        dec.refs[ref] = out
    items: list[Any] = []
    i = _fill(dec, buf, i, n, depth, items)
    for item in items:
        _check_key(dec, item)
    try:
        out.update(items)
    except Exception:
        raise JellyError("a member of a set that cannot be one") from None
    return out, i


def _frozenset(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    items: list[Any] = []
    i = _fill(dec, buf, i, n, depth, items)
    for item in items:
        _check_key(dec, item)
    try:
        return frozenset(items), i
    except Exception:
        raise JellyError("a member of a set that cannot be one") from None


def _dict(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    out: dict[Any, Any] = {}
    if ref:
        dec.refs[ref] = out
    depth += 1
    for _ in range(n):
        if buf.startswith(_PAIR, i) and (k := buf[i + 13]) < 0x80 and buf[i + 14] == 0x82:
            i += 15
            data = buf[i : i + k]
            if len(data) != k:
                raise IndexError
            i += k
            try:
                key: Any = data.decode()
            except UnicodeDecodeError:
                raise JellyError("text that is no UTF-8") from None
        else:
            _, i, k = element(dec, buf, i)
            if k != 2:
                raise JellyError("malformed dictionary")
            key, i = value(dec, buf, i, depth)
            _check_key(dec, key)
        if buf.startswith(_TEXT, i) and (k := buf[i + 11]) < 0x80 and buf[i + 12] == 0x82:
            i += 13
            data = buf[i : i + k]
            if len(data) != k:
                raise IndexError
            i += k
            try:
                item: Any = data.decode()
            except UnicodeDecodeError:
                raise JellyError("text that is no UTF-8") from None
        elif (k := buf[i]) < 0x80 and buf[i + 1] == 0x81:
            item = k
            i += 2
        else:
            item, i = value(dec, buf, i, depth)
        try:
            out[key] = item
        except Exception:
            raise JellyError("a dictionary key that cannot be one") from None
    if dec.patches:
        _note_places(out, out.items())
    return out, i


def _reference(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    if n != 2:
        raise JellyError("malformed reference")
    number, i, _ = element(dec, buf, i)
    _, i, length = element(dec, buf, i)
    if type(number) is not int or not 0 < number < _HASHED or length < 0 or number in dec.refs:
        raise JellyError("malformed reference")
    pending = dec.refs[number] = _Pending()
    result, i = node(dec, buf, i, length, depth + 1, number)
    dec.refs[number] = result
    for box, key in pending.places:
        box[key] = result
    dec.patches -= len(pending.places)
    return result, i


def _dereference(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    number, i, _ = element(dec, buf, i)
    if n != 1 or number not in dec.refs:
        raise JellyError("a dereference of nothing")
    found = dec.refs[number]
    if type(found) is _Pending:
        dec.patches += 1
    return found, i


def _note_places(box: Any, items: Iterable[tuple[Any, Any]]) -> None:
    for key, item in items:
        if type(item) is _Pending:
            item.places.append((box, key))


def _boolean(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    word, i, _ = element(dec, buf, i)
    if n != 1 or word not in (b"true", b"false"):
        raise JellyError("malformed boolean")
    return word == b"true", i


def _numbers(dec: Decoder, buf: bytes, i: int, n: int, low: int, high: int) -> tuple[Any, int]:
    """A date or time: one string of decimal numbers."""
    data, i, _ = element(dec, buf, i)
    if n != 1 or type(data) is not bytes or len(data) > 64:  # the longest real one has 30
        raise JellyError("malformed date or time")
    try:
        parts = [int(part) for part in data.split()]
    except ValueError:
        raise JellyError("malformed date or time") from None
    if not low <= len(parts) <= high:
        raise JellyError("malformed date or time")
    return parts, i


def _moment(make: Callable[..., Any], low: int, high: int) -> Reader:
    def read(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
        parts, i = _numbers(dec, buf, i, n, low, high)
        try:
            return make(*parts), i
        except (ValueError, OverflowError):
            raise JellyError("a date or time that does not exist") from None

    return read


def _decimal(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
    if n != 2:
        raise JellyError("malformed decimal")
    digits, i, _ = element(dec, buf, i)
    exponent, i, _ = element(dec, buf, i)
    if type(digits) is not int or type(exponent) is not int or abs(exponent) > LARGEST_EXPONENT:
        raise JellyError("malformed decimal")
    parts = decimal.Decimal(digits).as_tuple()
    return decimal.Decimal((parts.sign, parts.digits, exponent)), i


class Unpersistable:
    """What a peer sent in place of something that it could not send; says why."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return f"Unpersistable({self.reason!r})"


def _unpersistable(
    dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int
) -> tuple[Any, int]:
    items: list[Any] = []
    i = _fill(dec, buf, i, n, depth, items)
    reason = items[0] if items else ""
    if isinstance(reason, bytes):
        reason = reason.decode("utf-8", "replace")
    return Unpersistable(reason[:200] if isinstance(reason, str) else ""), i


def _luid(method: str) -> Reader:
    """Reader of `[remote n]` and its kin: the connection knows what the number means."""

    def read(dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int) -> tuple[Any, int]:
        number, i, _ = element(dec, buf, i)
        if n != 1 or type(number) is not int:
            raise JellyError(f"malformed {method}")
        if not dec.complete:
            raise Retry
        if method == "remote":
            return dec.hooks.remote(number, b"", ()), i
        return getattr(dec.hooks, method)(number), i

    return read


def _custom(
    dec: Decoder, buf: bytes, i: int, n: int, depth: int, ref: int, tag: bytes
) -> tuple[Any, int]:
    """A type that was registered for this connection, or nothing."""
    entry = dec.registry.incoming.get(tag)
    if entry is None:
        raise InsecureJelly(f"type {tag[:100]!r} is not registered")
    if not dec.complete:
        raise Retry
    kind, target = entry
    items: list[Any] = []
    patches = dec.patches
    try:
        if kind in (COPY, CACHE):
            if n != (1 if kind == COPY else 2):
                raise JellyError(f"malformed {tag[:100]!r}")
            if kind == CACHE:
                luid, i = value(dec, buf, i, depth)
                core, result = dec.hooks.new_cache(luid, target)
            else:
                core = result = target.__new__(target)
            if ref:
                dec.refs[ref] = result
            i = _fill(dec, buf, i, 1, depth, items)
            core.set_copyable_state(items[0])
        else:
            i = _fill(dec, buf, i, n, depth, items)
            if kind == BUILD:
                result = target(*items)
            elif items and type(items[-1]) is int and all(type(x) in _PLAIN for x in items):
                result = dec.hooks.remote(items[-1], tag, tuple(items[:-1]))
            else:
                raise JellyError(f"malformed {tag[:100]!r}")
    except (SpreadError, IndexError, RecursionError):
        raise
    except Exception as exc:
        raise JellyError(f"cannot build {tag[:100]!r}") from exc
    if dec.patches > patches:  # what was built may have copied what was to be patched
        raise JellyError("a cycle that cannot be closed")
    return result, i


_TAGS: Final[dict[bytes, Reader]] = {
    b"unicode": _text,
    b"None": _none,
    b"list": _list,
    b"tuple": _tuple,
    b"set": _set,
    b"frozenset": _frozenset,
    b"dictionary": _dict,
    b"boolean": _boolean,
    b"reference": _reference,
    b"dereference": _dereference,
    b"decimal": _decimal,
    b"datetime": _moment(datetime.datetime, 3, 7),
    b"date": _moment(datetime.date, 3, 3),
    b"time": _moment(datetime.time, 1, 4),
    b"timedelta": _moment(datetime.timedelta, 1, 3),
    b"persistent": _unpersistable,
    b"unpersistable": _unpersistable,
    b"remote": _luid("remote"),
    b"local": _luid("local"),
    b"cached": _luid("cached"),
    b"lcache": _luid("lcache"),
}
"""Readers by type tag. Classes, modules, functions, methods and instances are not among them:
they name code, and nothing on the wire may."""
_CODED: Final = {c: _TAGS[w] for c, w in WORDS.items() if w in _TAGS and w in CODES}
