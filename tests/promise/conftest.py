"""A domain for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promise.domain import Domain


@pytest.fixture
def domain(tmp_path: Path) -> Iterator[Domain]:
    """Return a domain that is closed after the test."""
    made = Domain(tmp_path)
    yield made
    made.close()
