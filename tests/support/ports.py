"""Ports that nobody listens on."""

from __future__ import annotations

import os
import random
import socket

# Below what Linux gives to outgoing connections (ip_local_port_range), so that none of them takes
# a port before the server that it is meant for. Each worker of pytest-xdist has ports of its own,
# goes through them in an order of its own, and takes none twice.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_order = list(range(15_000 + _worker, 32_000, _workers))
random.Random(os.getpid()).shuffle(_order)


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago, another one each time."""
    while _order:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", _order.pop()))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")
