"""Banana: elements as bytes. Sans-IO; knows nothing of values, objects or messages.

An element is prefix bytes (each < 0x80, base 128, least significant first), one type byte
(>= 0x80), then a payload. Source: Twisted 26.10 and its recorded sessions; see docs/pb.md.

`encode` and `decode` go between bytes and s-expressions (bytes, int, float, list). The broker does
not use them on its way (encoder.py and decoder.py go straight between bytes and values); they
serve tests, tools, and messages that could not be decoded. `Scanner` finds where an element ends.
"""

from __future__ import annotations

import struct
from typing import Final, Union

from words.spread.errors import BananaError, TooDeep, TooLarge
from words.spread.limits import DEFAULT_LIMITS, LARGEST_INT, PREFIX_LIMIT, Limits

LIST: Final = 0x80
INT: Final = 0x81
STRING: Final = 0x82
NEG: Final = 0x83
FLOAT: Final = 0x84
LONGINT: Final = 0x85
LONGNEG: Final = 0x86
VOCAB: Final = 0x87

PB: Final = b"pb"
NONE: Final = b"none"
DIALECTS: Final = (PB, NONE)
"""In the order in which a server offers them. Source: stock broker."""

WORDS: Final[dict[int, bytes]] = dict(
    enumerate(
        (
            b"None class dereference reference dictionary function instance list module "
            b"persistent tuple unpersistable copy cache cached remote local lcache version login "
            b"password challenge logged_in not_logged_in cachemessage message answer error decref "
            b"decache uncache"
        ).split(),
        1,
    )
)
"""Vocabulary of dialect "pb": code to word. Source: stock banana."""
LONGEST_WORD: Final = max(map(len, WORDS.values()))

Sexp = Union[bytes, int, float, "list[Sexp]"]

pack_float: Final = struct.Struct("!d").pack
unpack_float: Final = struct.Struct("!d").unpack_from

SHORT: Final = tuple(bytes((n,)) for n in range(128))


def prefix(n: int) -> bytes:
    """The prefix bytes of a number >= 0: base 128, least significant first."""
    if n < 0x80:
        return SHORT[n]
    if n < 0x4000:
        return bytes((n & 0x7F, n >> 7))
    out = bytearray()
    while n:
        out.append(n & 0x7F)
        n >>= 7
    return bytes(out)


def encode_int(n: int) -> bytes:
    """One integer element. Raises TooLarge over 448 bits."""
    if n >= 0:
        if n < 0x80:
            return SHORT[n] + b"\x81"
        if n <= 0x7FFFFFFF:
            return prefix(n) + b"\x81"
        if n > LARGEST_INT:
            raise TooLarge("integer over 448 bits")
        return prefix(n) + b"\x85"
    if n >= -0x80000000:
        return prefix(-n) + b"\x83"
    if -n > LARGEST_INT:
        raise TooLarge("integer over 448 bits")
    return prefix(-n) + b"\x86"


CODES: Final[dict[bytes, bytes]] = {w: SHORT[c] + b"\x87" for c, w in WORDS.items()}
"""Word to its element under dialect "pb". Every string equal to a word is sent as its code."""


def encode_bytes(data: bytes, codes: dict[bytes, bytes], limit: int) -> bytes:
    """One string element; `codes` is CODES under dialect "pb" and empty under "none"."""
    if data in codes:
        return codes[data]
    if len(data) > limit:
        raise TooLarge(f"string of {len(data)} bytes, limit {limit}")
    return prefix(len(data)) + b"\x82" + data


def encode(sexp: Sexp, dialect: bytes = PB, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of an s-expression. Raises TooLarge or TooDeep over the limits."""
    out: list[bytes] = []
    _encode(sexp, out, CODES if dialect == PB else {}, limits, 0)
    return b"".join(out)


def _encode(
    sexp: Sexp, out: list[bytes], codes: dict[bytes, bytes], limits: Limits, depth: int
) -> None:
    if isinstance(sexp, bytes):
        out.append(encode_bytes(sexp, codes, limits.element))
    elif isinstance(sexp, int):
        out.append(encode_int(sexp))
    elif isinstance(sexp, float):
        out.append(b"\x84" + pack_float(sexp))
    else:
        if depth > 2 * limits.depth:  # a dictionary's pairs are lists too
            raise TooDeep(f"nested more than {limits.depth} deep")
        if len(sexp) > limits.element:
            raise TooLarge(f"list of {len(sexp)} elements, limit {limits.element}")
        out.append(prefix(len(sexp)) + b"\x80")
        for item in sexp:
            _encode(item, out, codes, limits, depth + 1)


class Scanner:
    """Finds the end of one element, fed with chunks of any size; looks at each byte once.

    Memory: one number per list that is open and not at its last element.
    """

    __slots__ = ("_left", "_limit", "_open", "_prefix", "_shift", "_skip")

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limit = limits.element
        self._open: list[int] = []  # elements still missing in the lists around this one
        self._left = 1  # elements still missing in this list
        self._prefix = 0
        self._shift = 0
        self._skip = 0  # payload bytes still missing

    def feed(self, data: bytes, pos: int = 0) -> int:
        """Index just after the element, or -1 if it goes on after `data`.

        Raises BananaError on an unknown type byte or an element over its limit.
        """
        value, shift, left, end = self._prefix, self._shift, self._left, len(data)
        if self._skip:
            pos += self._skip
            if pos > end:
                self._skip = pos - end
                return -1
            self._skip = 0
            left -= 1
        while True:
            while not left:
                if not self._open:
                    return pos
                left = self._open.pop()
            if pos >= end:
                self._prefix, self._shift, self._left = value, shift, left
                return -1
            byte = data[pos]
            pos += 1
            if byte < LIST:
                value |= byte << shift
                shift += 7
                if shift > 7 * PREFIX_LIMIT:
                    raise BananaError("prefix too long")
                continue
            if byte == LIST:
                if value > self._limit:
                    raise BananaError(f"list of {value} elements, limit {self._limit}")
                if left > 1:
                    self._open.append(left - 1)
                left = value
            elif byte in (STRING, FLOAT):
                pos += self._payload(byte, value)
                if pos > end:
                    self._prefix, self._shift, self._left = 0, 0, left
                    self._skip = pos - end
                    return -1
                left -= 1
            elif byte <= VOCAB:
                left -= 1
            else:
                raise BananaError(f"unknown type byte {byte:#x}")
            value = shift = 0

    def _payload(self, byte: int, value: int) -> int:
        if byte == FLOAT:
            return 8
        if value > self._limit:
            raise BananaError(f"string of {value} bytes, limit {self._limit}")
        return value


def decode(
    data: bytes, pos: int = 0, dialect: bytes = PB, limits: Limits = DEFAULT_LIMITS
) -> tuple[Sexp, int]:
    """The s-expression at `pos`, and the index after it. Iterative: nesting costs no stack.

    Raises BananaError if it is not wholly there, or not well formed under the dialect.
    """
    end = Scanner(limits).feed(data, pos)
    if end < 0:
        raise BananaError("incomplete element")
    top: list[Sexp] = []
    stack: list[tuple[list[Sexp], int]] = []
    current, left = top, 1
    while True:
        while not left:
            if not stack:
                return top[0], pos
            current, left = stack.pop()
        value = shift = 0
        while (byte := data[pos]) < LIST:
            value |= byte << shift
            shift += 7
            pos += 1
        pos += 1
        left -= 1
        if byte == LIST:
            inner: list[Sexp] = []
            current.append(inner)
            stack.append((current, left))
            current, left = inner, value
        elif byte == STRING:
            current.append(data[pos : pos + value])
            pos += value
        elif byte == FLOAT:
            current.append(float(unpack_float(data, pos)[0]))
            pos += 8
        elif byte == VOCAB:
            if dialect != PB or value not in WORDS:
                raise BananaError(f"unknown vocabulary code {value}")
            current.append(WORDS[value])
        else:
            current.append(value if byte in (INT, LONGINT) else -value)
