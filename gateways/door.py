"""From an accepted socket to a connection: who may come in, and what goes before the protocol.

Where nothing goes before, the loop accepts, and a `Door` is the first protocol of the transport.
Where TLS or a PROXY header comes first, an `Entrance` accepts by itself: it has the plain socket in
hand, so who is refused costs no handshake, who is silent in it is counted, and of what follows a
header nothing is read.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeAlias, cast

from gateways import tls
from gateways.admission import Admission, Arrival
from gateways.lingering import linger
from gateways.proxy import ProxyError, Relayed, reading
from words.config import Listen
from words.reactor import EXHAUSTED, Reactor

log = logging.getLogger(__name__)

BACKLOG = 4096
"""Connections that the kernel holds while the hub is busy: a crowd that comes back at once."""

AT_ONCE = 256
"""Connections that an entrance accepts before the loop goes on with others."""

REST_SECONDS = 1.0
"""How long an entrance rests when the process has no descriptor left."""

Lead: TypeAlias = Callable[[Arrival], asyncio.Protocol]
"""Makes the protocol that somebody's transport is for, once he may come in."""


class Host(Protocol):
    """Whose door it is."""

    admission: Admission
    refused: int

    def now(self) -> float: ...

    @property
    def handshake_seconds(self) -> float:
        """How long what goes before the protocol may take."""
        ...

    def admit(self, arrival: Arrival, descriptor: int) -> str:
        """Count somebody; return why he can't come in, or ""."""
        ...

    def move(self, arrival: Arrival, address: str, *, secure: bool, private: bool) -> str:
        """Believe that somebody comes from elsewhere; return why he can't come in, or ""."""
        ...

    def refusal(self, reason: str) -> bytes:
        """Return what tells somebody why he may not, in words of the protocol."""
        ...

    def made(self, arrival: Arrival) -> asyncio.Protocol:
        """Return the protocol of somebody who may; it calls `Arrival.leave` when he is gone."""
        ...


def _admit(host: Host, arrival: Arrival, descriptor: int) -> bytes | None:
    """Return what somebody is told who can't come in, None if he can."""
    reason = host.admit(arrival, descriptor)
    return _refused(host, arrival, reason) if reason else None


def _refused(host: Host, arrival: Arrival, reason: str) -> bytes:
    """Return what somebody is told who is refused: nothing where it isn't the protocol's turn."""
    host.refused += 1
    log.debug("a connection was refused: %s", reason, extra={"address": arrival.address})
    later = arrival.listen.tls or arrival.listen.websocket
    return b"" if later else host.refusal(reason)


class Door(asyncio.Protocol):
    """Stands for a connection until it is known who comes; then the transport gets another.

    Somebody without an ``arrival`` was accepted by the loop and isn't counted yet.
    """

    def __init__(self, host: Host, listen: Listen, lead: Lead, arrival: Arrival | None) -> None:
        self._host = host
        self._listen = listen
        self._lead = lead
        self._arrival = arrival
        self.opened = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)  # uvloop's isn't a subclass
        arrival = self._arrival
        if arrival is None:
            host, peer = self._host, stream.get_extra_info("peername")
            if peer is None:  # uvloop's: who has reset already could still be heard, as of nowhere
                stream.abort()
                return
            arrival = Arrival(host.admission, self._listen, peer, host.now())
            told = _admit(host, arrival, stream.get_extra_info("socket").fileno())
            if told is not None:
                if told:
                    stream.write(told)
                    linger(stream, self, host.admission)
                else:
                    stream.close()
                return
        else:
            arrival.certificate = tls.fingerprint(stream)
        self.opened = True
        inner = self._lead(arrival)
        stream.set_protocol(inner)
        inner.connection_made(stream)


class Entrance:
    """Accepts on a socket, counts who comes, and only then reads a PROXY header or begins TLS."""

    def __init__(
        self,
        reactor: Reactor,
        listening: socket.socket,
        host: Host,
        listen: Listen,
        lead: Lead,
        context: ssl.SSLContext | None,
    ) -> None:
        self._reactor = reactor
        self._loop = reactor.loop
        self._listening = listening
        self._host = host
        self._listen = listen
        self._lead = lead
        self._context = context
        listening.listen(BACKLOG)
        self._open()

    def close(self) -> None:
        """Accept no more."""
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening)
            self._listening.close()

    def _open(self) -> None:
        if self._listening.fileno() >= 0:
            self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                client, peer = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                context = {"message": "no connection can be accepted", "exception": error}
                self._loop.call_exception_handler(context)
                self._loop.remove_reader(self._listening)
                self._loop.call_later(REST_SECONDS, self._open)
                return
            self._come(client, peer)

    def _come(self, client: socket.socket, peer: object) -> None:
        client.setblocking(False)
        arrival = Arrival(self._host.admission, self._listen, peer, self._host.now())
        told = _admit(self._host, arrival, client.fileno())
        if told is None:
            self._reactor.spawn(self._lead_in(client, arrival), name="lead in")
        else:
            _turn_away(client, told)

    async def _lead_in(self, client: socket.socket, arrival: Arrival) -> None:
        seconds = self._host.handshake_seconds
        options: dict[str, Any] = {}
        if self._context is not None:
            options["ssl"] = self._context
            options["ssl_handshake_timeout"] = seconds
            options["ssl_shutdown_timeout"] = tls.SHUTDOWN_SECONDS
        door = Door(self._host, self._listen, self._lead, arrival)
        try:
            if arrival.relayed:
                async with asyncio.timeout(seconds):
                    told = await self._believe(client, arrival)
                if told is not None:
                    _turn_away(client, told)
                    return
            await self._loop.connect_accepted_socket(lambda: door, client, **options)
        except (OSError, ProxyError) as error:
            log.debug("nobody came in: %s", error, extra={"address": arrival.address})
            # The loop's TLS, a quarter of a megabyte, is in its frames, and these refer to it.
            error.__traceback__ = None
        finally:
            if not door.opened:
                client.close()
                arrival.leave()

    async def _believe(self, client: socket.socket, arrival: Arrival) -> bytes | None:
        """Read who is behind a proxy; return what he is told if he can't come in, else None."""
        header = reading()
        wanted = next(header)
        try:
            while True:
                wanted = header.send(await self._exactly(client, wanted))
        except StopIteration as stop:
            behind: Relayed = stop.value
        if not behind.address:
            return None
        secure = arrival.secure or (behind.secure and arrival.private)
        reason = self._host.move(arrival, behind.address, secure=secure, private=secure)
        return _refused(self._host, arrival, reason) if reason else None

    async def _exactly(self, client: socket.socket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = await self._loop.sock_recv(client, count - len(data))
            if not more:
                raise ProxyError("the end, within the header")
            data += more
        return data


def _turn_away(client: socket.socket, told: bytes) -> None:
    with client, suppress(OSError):
        client.send(told)
