"""A handshake that fails leaves nothing that only the collector could take away."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from pathlib import Path

import pytest

from gateways.admission import Admission, Arrival
from gateways.door import Entrance
from tests.support.certificates import make_certificate
from words.config import Listen, load
from words.reactor import Reactor


class Host:
    """Lets everybody in."""

    handshake_seconds = 10.0
    refused = 0

    def __init__(self, reactor: Reactor) -> None:
        self.admission = Admission(load(None).limits, reactor.now)
        self.now = reactor.now

    def admit(self, arrival: Arrival, descriptor: int) -> str:
        return arrival.enter(self.admission, descriptor)

    def move(self, arrival: Arrival, address: str, *, secure: bool, private: bool) -> str:
        return ""

    def refusal(self, reason: str) -> bytes:
        return b""

    def made(self, arrival: Arrival) -> asyncio.Protocol:
        return asyncio.Protocol()


@pytest.mark.parametrize("data", [b"", b"\x16\x03\x01\x02\x00", b"NICK ann\r\n"])
async def test_half_a_handshake(tmp_path: Path, data: bytes) -> None:
    """The loop's TLS has a quarter of a megabyte for each, and a crowd of them a gigabyte."""
    made = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.cert, made.key)
    reactor = Reactor(asyncio.get_running_loop())
    host = Host(reactor)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    entrance = Entrance(reactor, listening, host, Listen(), host.made, context)
    gc.collect()
    gc.disable()
    try:
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(data)
        writer.write_eof()
        await reader.read()
        writer.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others)
        assert not host.admission.count
        assert not [each for each in gc.get_objects() if isinstance(each, SSLProtocol)]
    finally:
        gc.enable()
        entrance.close()
        await reactor.close()
