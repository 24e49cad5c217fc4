"""Counts of failed logins, which decay. Only failures count, and only against where they came
from: whoever guesses can't lock anybody else out.

A source may fail a while for one login name, and a longer while in all. The second limit isn't
held against a name that has already come in from there, so that strangers behind one address
with somebody don't lock him out.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from words.errors import TooMany

log = logging.getLogger(__name__)

SOURCES = 65_536
"""Counters of each kind that are kept, 20 MB; above it the one that failed longest ago goes."""


LONGEST_KEY = 128
"""Characters of a login name that are told apart: longer ones are nobody's."""


class Limit(NamedTuple):
    """``most`` at once; one of them is forgotten every ``forgets`` seconds."""

    most: int
    forgets: float


FOR_NAME = Limit(10, 60.0)
"""For a login name from a source: what somebody needs who has forgotten which password it was.
A guesser has 1,500 guesses a day."""

FOR_SOURCE = Limit(100, 10.0)
"""For a source in all: an office with a hundred clients that have an old password gets in."""

SUSPECT = 3
"""Failures of a source, not yet forgotten, above which its checks come after all others'."""


@lru_cache(maxsize=4096)
def source_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, an IPv6 network of 64 bits, a text."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"


class Attempts:
    """Who failed lately. ``now`` gives seconds that never go back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._for_name = Counters(FOR_NAME, now, "failed logins")
        self._for_source = Counters(FOR_SOURCE, now, "failed logins")
        self._welcome: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.right = self.wrong = 0

    def require(self, source: str, key: str) -> None:
        """Raise `TooMany` while this source may not try this login name."""
        key = key[:LONGEST_KEY]
        self._for_name.require((source, key))
        if (source, key) not in self._welcome:
            self._for_source.require((source, ""))

    def suspect(self, source: str) -> bool:
        """Return whether this source may wait for all others."""
        return self._for_source.count((source, "")) > SUSPECT

    def failed(self, source: str, key: str) -> None:
        """Count a failure."""
        self.wrong += 1
        # Not for which name: people type passwords where names go.
        log.info("a wrong password or proof", extra={"address": source})
        self._for_name.add((source, key[:LONGEST_KEY]))
        self._for_source.add((source, ""))

    def succeeded(self, source: str, key: str) -> None:
        """Forgive this source what it failed for this login name; the first time, one failure
        for another name too, since behind one address most may come in and some fail.
        """
        self.right += 1
        log.info("logged in", extra={"identity": key, "address": source})
        self._for_name.clear((source, key))
        if (source, key) not in self._welcome:
            self._for_source.forgive((source, ""))
        self._welcome[source, key] = None
        self._welcome.move_to_end((source, key))
        if len(self._welcome) > SOURCES:
            self._welcome.popitem(last=False)


class Counters:
    """What happened lately, by key: how often, less what was forgotten since the moment beside it.

    ``what`` it is, for the refusal.
    """

    def __init__(self, limit: Limit, now: Callable[[], float], what: str) -> None:
        self.limit = limit
        self._now = now
        self._what = what
        self._counts: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def count(self, key: Hashable) -> float:
        """Return how many are not forgotten yet, in part even."""
        count, since = self._counts.get(key, (0.0, 0.0))
        return max(0.0, count - (self._now() - since) / self.limit.forgets)

    def full(self, key: Hashable) -> bool:
        """Return whether there is no room for one more."""
        return self.count(key) > self.limit.most - 1

    def require(self, key: Hashable) -> None:
        """Raise `TooMany` where there is no room for one more."""
        if self.full(key):
            raise TooMany(self._what, self.limit.most)

    def add(self, key: Hashable) -> None:
        """Count one more."""
        self._counts[key] = (self.count(key) + 1, self._now())
        self._counts.move_to_end(key)
        if len(self._counts) > SOURCES:
            self._counts.popitem(last=False)

    def forgive(self, key: Hashable) -> None:
        """Count one less."""
        if key in self._counts:
            self._counts[key] = (self.count(key) - 1, self._now())

    def clear(self, key: Hashable) -> None:
        """Forget all."""
        self._counts.pop(key, None)
