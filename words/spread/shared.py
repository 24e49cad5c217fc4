"""A call whose bytes many connections share. Sans-IO.

Number and target stand in front of a call, so the rest is encoded once per dialect. It may hold
nothing that differs between connections: no references or caches, and Copyables are asked for
their state with perspective None. InsecureJelly is raised otherwise; then call one by one.
"""

from __future__ import annotations

from typing import Any

from words.spread.encoder import Encoder, Words
from words.spread.errors import TooLarge
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.registry import Registry


class SharedCall:
    """`method(*args, **kw)`, one-way unless `answer`.

    Arguments are read when it is first sent: don't change them.
    """

    __slots__ = ("_args", "_kw", "_limits", "_method", "_registry", "_tails", "_wants")

    def __init__(
        self,
        method: str,
        args: tuple[Any, ...] = (),
        kw: dict[str, Any] | None = None,
        *,
        registry: Registry | None = None,
        limits: Limits = DEFAULT_LIMITS,
        answer: bool = False,
    ) -> None:
        self._wants = b"\x01\x81" if answer else b"\x00\x81"
        self._method = method.encode()
        self._args = args
        self._kw = kw or {}
        self._registry = registry or Registry()
        self._limits = limits
        self._tails: dict[Words, bytes] = {}

    def tail(self, words: Words) -> bytes:
        """Everything after number and target. Raises JellyError."""
        found = self._tails.get(words)
        if found is None:
            out = [words.string(self._method), self._wants]
            encoder = Encoder(self._registry, None, self._limits, words)
            encoder.encode(self._args, out)
            encoder.encode(self._kw, out)
            found = b"".join(out)
            if len(found) > self._limits.message:
                raise TooLarge(f"message of {len(found)} bytes, limit {self._limits.message}")
            self._tails[words] = found
        return found
