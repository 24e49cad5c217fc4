"""How many identities one source may make by itself: so many at once, then one in a while."""

from __future__ import annotations

from collections.abc import Callable

from words.passport.attempts import Counters, Limit, source_of

MOST = 5
"""Identities that a source may make at once: a family behind one address."""

FORGETS = 3600.0
"""Seconds in which one of them is forgotten."""


class Newcomers:
    """Who made identities lately. ``now`` gives seconds that never go back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._counts = Counters(Limit(MOST, FORGETS), now, "new accounts")

    def require(self, address: str) -> None:
        """Count one more from this address; raises `TooMany` where it had enough."""
        source = source_of(address)
        self._counts.require(source)
        self._counts.add(source)
