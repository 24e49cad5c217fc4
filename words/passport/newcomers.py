"""How many identities one source may make by itself: so many at once, then one in a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from words.errors import TooMany
from words.passport.attempts import SOURCES, source_of

MOST = 5
"""Identities that a source may make at once: a family behind one address."""

FORGETS = 3600.0
"""Seconds in which one of them is forgotten."""


class Newcomers:
    """Who made identities lately. ``now`` gives seconds that never go back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._counts: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def require(self, address: str) -> None:
        """Count one more from this address; raises `TooMany` where it had enough."""
        source = source_of(address)
        count, since = self._counts.get(source, (0.0, 0.0))
        now = self._now()
        count = max(0.0, count - (now - since) / FORGETS)
        if count > MOST - 1:
            raise TooMany("new accounts", MOST)
        self._counts[source] = count + 1, now
        self._counts.move_to_end(source)
        if len(self._counts) > SOURCES:
            self._counts.popitem(last=False)
