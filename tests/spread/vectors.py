"""The recorded sessions of stock peers; see vectors/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For hypothesis: many tests share the minute; nightly runs may raise max_examples."""

HERE = Path(__file__).parent / "vectors"
SESSIONS = sorted({path.name.split(".")[0] for path in HERE.glob("*.bin")})


def session(name: str) -> tuple[bytes, bytes]:
    """All bytes of a session: client to server, server to client."""
    return (HERE / f"{name}.c2s.bin").read_bytes(), (HERE / f"{name}.s2c.bin").read_bytes()


def table(name: str) -> list[dict[str, Any]]:
    """A JSON file of the vectors: events of a session, or single values."""
    loaded: list[dict[str, Any]] = json.loads((HERE / f"{name}.json").read_text())
    return loaded


def cut(data: bytes, size: int) -> list[bytes]:
    """`data` in chunks of `size` bytes."""
    return [data[i : i + size] for i in range(0, len(data), size)]
