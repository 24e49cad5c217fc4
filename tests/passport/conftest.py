"""A register in a fresh file, an authorizer with real threads, and a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from words.journal.journal import Journal
from words.passport.authorizer import Authorizer
from words.passport.identity import PassportSettings
from words.passport.scram import LEAST_ITERATIONS
from words.storage.store import Store


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "words.db", durability="process")
    yield store
    store.close()


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


@pytest.fixture
def authorizer(journal: Journal, clock: Clock) -> Authorizer:
    """Return one whose checks are cheap and whose turns are over at once."""

    async def in_turn(fn: Callable[[], None]) -> None:
        fn()
        journal.store.commit()

    settings = PassportSettings(iterations=LEAST_ITERATIONS)
    return Authorizer(journal, asyncio.to_thread, in_turn, settings, clock)
