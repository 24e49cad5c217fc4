"""A world that is closed after the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.domain import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a domain with people in it."""
    made = World(tmp_path)
    yield made
    if not made.loop.is_closed():
        made.close()
