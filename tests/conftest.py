"""What every test gets: the loops to run on, and the soak tests only where they are wanted."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.hub import HubProcess
from words.errors import ConfigError
from words.reactor import LoopName, Reactor, loop_factory

LOG_SHOWN = 50_000
"""Characters of a hub's log, its last ones, in the report of a test that failed."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each async test on both loops, or on the one that WORDS_LOOP names.

    Tests of what is drawn, and of a hub that is a process of its own, take one: of such a hub
    WORDS_LOOP chooses the loop.
    """
    if name := os.environ.get("WORDS_LOOP"):
        return {name: loop_factory()}
    names: list[LoopName] = ["asyncio", "uvloop"]
    if "tui" in item.path.parts or "new_hub" in getattr(item, "fixturenames", ()):
        names = names[:1]
    found: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {}
    for name in names:
        try:
            found[name] = loop_factory(name)
        except ConfigError:
            if os.environ.get("CI"):
                raise
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the soak tests out, by name, unless WORDS_SOAK=1."""
    if os.environ.get("WORDS_SOAK") == "1":
        return
    for item in items:
        if "soak" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="soak: only with WORDS_SOAK=1"))


@pytest.fixture
async def reactor() -> AsyncIterator[Reactor]:
    """Return a reactor on the test's own loop, closed after the test."""
    reactor = Reactor(asyncio.get_running_loop())
    yield reactor
    await reactor.close()


@pytest.fixture
def new_hub(tmp_path: Path) -> Iterator[Callable[..., HubProcess]]:
    """Return what makes hubs, not started yet, in the test's folder; arguments of `HubProcess`."""
    made: list[HubProcess] = []

    def make(*args: Any, folder: Path = tmp_path, **kwargs: Any) -> HubProcess:
        made.append(HubProcess(folder, *args, **kwargs))
        return made[-1]

    yield make
    for hub in made:
        hub.kill()
        sys.stdout.write(f"{hub.log_path}:\n{hub.log[-LOG_SHOWN:]}")  # seen where the test failed


@pytest.fixture
def hub(new_hub: Callable[..., HubProcess]) -> HubProcess:
    """Return a hub that runs."""
    return new_hub().start()
