"""Who may see which page: words in the pages' addresses that nobody guesses, and that end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Generic, TypeVar

from gateways.toc.limits import PAGE_SECONDS, PAGES, TOKEN_BYTES

T = TypeVar("T")


class Tickets(Generic[T]):
    """What was given out in the last `PAGE_SECONDS`; of more than `PAGES` the oldest end."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._given: dict[str, tuple[T, float]] = {}

    def give(self, value: T) -> str:
        """Return the word for something."""
        now = self._now()
        while self._given:
            oldest = next(iter(self._given))
            if self._given[oldest][1] > now and len(self._given) < PAGES:
                break
            del self._given[oldest]
        word = secrets.token_urlsafe(TOKEN_BYTES)
        self._given[word] = value, now + PAGE_SECONDS
        return word

    def get(self, word: str) -> T | None:
        """Return what a word stands for, None for nothing any more."""
        value, until = self._given.get(word, (None, 0.0))
        return value if self._now() < until else None
