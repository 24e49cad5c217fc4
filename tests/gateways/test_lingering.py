"""Whoever is hung up on is gone in the end, however little he reads."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from gateways import lingering
from gateways.admission import Admission
from words.config import load

MUCH = bytes(16 * 1024 * 1024)
"""More than the kernel takes for somebody who doesn't read."""


class Kept(asyncio.Protocol):
    """Knows when it is over."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


def _crowd(admission: Admission, _: asyncio.Transport) -> None:
    admission.lingering = 1 << 30


def _close(_: Admission, transport: asyncio.Transport) -> None:
    transport.close()


def _nothing(_: Admission, transport: asyncio.Transport) -> None:
    pass


@pytest.mark.parametrize("before", [_nothing, _crowd, _close])
async def test_who_does_not_read(
    before: Callable[[Admission, asyncio.Transport], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "LINGER_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    with theirs:
        loop = asyncio.get_running_loop()
        transport, kept = await loop.connect_accepted_socket(Kept, ours)
        admission = Admission(load(None).limits, loop.time)
        transport.write(MUCH)
        before(admission, transport)
        lingering.linger(transport, kept, admission)
        await asyncio.wait_for(kept.lost.wait(), 10)
