"""Addresses of Perspective Broker: `pb://host:port`, `pbs://host:port` (TLS), `unix:///path`."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

PORT: Final = 8787
"""Of Perspective Broker. Source: stock pb."""


def parse(url: str) -> tuple[str, str, int]:
    """(scheme, host or path, port) of an address. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path:
        return "unix", parts.path, 0
    if parts.scheme in ("pb", "pbs") and parts.hostname:
        port = parts.port
        return parts.scheme, parts.hostname, PORT if port is None else port
    raise ValueError(f"no address of a Perspective Broker: {url!r}")
