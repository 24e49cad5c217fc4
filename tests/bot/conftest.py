"""One hub for all tests with bots that are processes, and people on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bots import BotProcess
from tests.support.hub import HubProcess
from words.admin.client import ask

PASSWORD = "correct horse"
PEOPLE = ("ann", "ben", "cyd")
FAST = {"limits": {"flood": {"burst": 1_000_000, "rate": 100000.0}}}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return a hub that runs and knows some people; talk isn't slowed."""
    made = HubProcess(tmp_path_factory.mktemp("hub"), FAST).start()
    for name in PEOPLE:
        ask(
            made.data / "admin.sock", "user-add", {"name": name, "password": PASSWORD, "rights": []}
        )
    yield made
    made.kill()


@pytest.fixture(autouse=True)
def no_bot_stays() -> Iterator[None]:
    """Kill the bots of a test that failed."""
    yield
    while BotProcess.started:
        BotProcess.started.pop().kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where a bot may live."""
    return tmp_path / "bot"
