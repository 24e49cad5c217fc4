"""A call made of values that were jellied before, each once for many calls. Sans-IO.

    piece = jelly({"text": "hi"}, PB_WORDS)          # once
    call = ListCall("events", [piece, other], PB_WORDS)
    broker.splice(mind, call)                         # for each connection of that dialect

Each piece is a scope of its own: nothing may be shared between two of them, and nothing within
one may occur twice by identity but texts, bytes and numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from words.spread.banana import PB, SHORT, prefix
from words.spread.encoder import NONE_WORDS, PB_WORDS, Encoder, Words
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.registry import Registry
from words.spread.shared import SharedCall


def words_of(dialect: bytes) -> Words:
    """How strings are written under a dialect, as `events.Ready` names it."""
    return PB_WORDS if dialect == PB else NONE_WORDS


def jelly(
    value: object,
    words: Words,
    registry: Registry | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """The bytes of one value. Raises JellyError where it needs a connection, or can't be sent."""
    out: list[bytes] = []
    Encoder(registry or Registry(), None, limits, words).encode(value, out)
    return b"".join(out)


class ListCall(SharedCall):
    """`method([a, b, ...])`, one-way, under one dialect."""

    __slots__ = ("_tail", "_words")

    def __init__(self, method: str, pieces: Sequence[bytes], words: Words) -> None:
        count = len(pieces) + 1
        self._words = words
        self._tail = b"".join(
            (
                words.string(method.encode()),
                b"\x00\x81\x02\x80",
                words.tags["tuple"],
                SHORT[count] if count < len(SHORT) else prefix(count),
                b"\x80",
                words.tags["list"],
                *pieces,
                b"\x01\x80",
                words.tags["dictionary"],
            )
        )

    def __len__(self) -> int:
        return len(self._tail)

    def tail(self, words: Words) -> bytes:
        """Everything after number and target. Raises ValueError under another dialect."""
        if words is not self._words:
            raise ValueError("a call of another dialect")
        return self._tail
