"""A domain, and clients that hang up after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.promise.domain import Domain
from tests.support.raw import RawClient


@pytest.fixture
def domain(tmp_path: Path) -> Iterator[Domain]:
    """Return a domain that is closed after the test."""
    made = Domain(tmp_path)
    yield made
    made.close()


@pytest.fixture
def join() -> Iterator[Callable[..., RawClient]]:
    """Return what makes clients: port, nick and capabilities; they are in #g and have seen it."""
    with ExitStack() as stack:

        def make(port: int, nick: str, caps: str = "") -> RawClient:
            client = stack.enter_context(RawClient(port, nick))
            client.send(*([f"CAP REQ :{caps}"] if caps else []), "JOIN #g", "PING in")
            client.until("PONG .*:in$")
            return client

        yield make
