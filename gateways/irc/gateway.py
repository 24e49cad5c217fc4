"""The IRC gateway: its listeners, its connections, and what they all share."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections import Counter
from functools import lru_cache, partial
from ipaddress import ip_address
from pathlib import Path

from gateways.base import Parts
from gateways.cloak import Cloak
from gateways.irc import handlers
from gateways.irc.connection import Connection
from gateways.irc.handlers.login import offered
from gateways.irc.session import Session
from gateways.irc.welcome import Welcome
from gateways.irc.whowas import Gone, Whowas
from words.chat.attachment import Attachment
from words.chat.participant import Participant
from words.config import Config, Listen
from words.errors import ConfigError
from words.events import Actor
from words.typed_toml import Network

BACKLOG = 4096
"""Connections that the kernel holds while the hub is busy: a crowd that comes back at once."""

SWEEP_SECONDS = 2.0
"""How often silent connections are looked for, at least."""

SWEEP_SHARES = 10
"""In how many parts: ten thousand connections at once would take 10 ms."""

SWEEPS_A_TIMEOUT = 4
"""How often within the shortest timeout: it is kept that exactly."""

ADDRESSES = 4096
"""Addresses whose facts are remembered: reading one takes as long as all else of a connect."""

HANDSHAKE_SECONDS = 20.0
"""How long a TLS handshake may take."""

SHUTDOWN_SECONDS = 1.0
"""How long a client may take to answer the end of TLS; it has been told all by then."""

handlers.load()


class IrcGateway:
    """Speaks IRC; see `gateways.base.Gateway`."""

    name = "irc"

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.service = parts.service
        self.fanout = parts.service.fanout
        self.wake = parts.turn.wake
        self.now = parts.reactor.now
        self.connections: set[Connection] = set()
        self.addresses: Counter[str] = Counter()
        self.sessions: dict[Attachment, Session] = {}
        self.most = 0
        self.whowas = Whowas()
        self._unswept: list[Connection] = []
        self._share = 1
        self._servers: dict[Listen, asyncio.AbstractServer] = {}
        self._stopping = False
        self._empty = asyncio.Event()
        self._configure(parts.config())
        self.cloak = Cloak(self.config.irc.cloak, self.config.hub.data)

    def _configure(self, config: Config) -> None:
        self.config = config
        self.name_shown = config.hub.name
        self.flood = config.limits.flood
        self.input_buffer = config.limits.input_buffer
        self.outbox = config.limits.outbox
        self._facts = lru_cache(ADDRESSES)(partial(_facts, config.limits.exempt))
        self.welcome = Welcome(config, self.parts.started, self.service.settings.roles)

    async def start(self) -> list[str]:
        """Open the listeners; see `Gateway.start`."""
        lines = [await self._open(listen) for listen in self.config.irc.listen]
        self._sweep()
        return lines

    async def reload(self) -> None:
        """Open new listeners, close those that are gone; nobody is disconnected."""
        config = self.parts.config()
        wanted = set(config.irc.listen)
        opened = []
        try:
            for listen in wanted - self._servers.keys():
                await self._open(listen)
                opened.append(listen)
        except ConfigError:
            for listen in opened:
                self._servers.pop(listen).close()
            raise
        for listen in self._servers.keys() - wanted:
            self._servers.pop(listen).close()
        self._configure(config)

    async def stop(self, reason: str) -> None:
        """Close the listeners and everybody's connection."""
        self._stopping = True
        for server in self._servers.values():
            server.close()
        for listen in self._servers:
            if listen.unix:
                listen.unix.unlink(missing_ok=True)

        def goodbye() -> None:
            for connection in list(self.connections):
                connection.close(reason, leaving=False)

        await self.parts.turn.call(goodbye)
        if self.connections:
            await self._empty.wait()

    async def _open(self, listen: Listen) -> str:
        place = f"irc.listen {listen.unix or f'{listen.address}:{listen.port}'}"
        context = _tls(listen, place)
        loop = self.parts.reactor.loop
        secure = context is not None
        timeout = HANDSHAKE_SECONDS if secure else None
        try:
            if listen.unix:
                _clear_socket(listen.unix)
                server: asyncio.AbstractServer = await loop.create_unix_server(
                    lambda: Connection(self, secure),
                    str(listen.unix),
                    ssl=context,
                    backlog=BACKLOG,
                    ssl_handshake_timeout=timeout,
                    ssl_shutdown_timeout=SHUTDOWN_SECONDS if secure else None,
                )
                os.chmod(listen.unix, listen.mode)
                shown = str(listen.unix)
            else:
                tcp = await loop.create_server(
                    lambda: Connection(self, secure),
                    listen.address,
                    listen.port,
                    ssl=context,
                    backlog=BACKLOG,
                    ssl_handshake_timeout=timeout,
                    ssl_shutdown_timeout=SHUTDOWN_SECONDS if secure else None,
                )
                server = tcp
                address, port, *_ = tcp.sockets[0].getsockname()
                shown = _tcp_shown(address, port, secure)
        except OSError as error:
            raise ConfigError(f"{place}: {error.strerror or error}") from error
        self._servers[listen] = server
        return f"IRC{' with TLS' if secure else ''} on {shown}"

    def admit(self, connection: Connection) -> str:
        """Count a new connection; return why it can't stay, or ""."""
        address = _address(connection)
        limits = self.config.limits
        if self._stopping:
            return "The server is stopping"
        if len(self.connections) >= limits.connections:
            return "Too many connections"
        if address:
            connection.address = address
            loopback, exempt = self._facts(address)
            connection.private = connection.secure or loopback
            if not exempt and self.addresses[address] >= limits.connections_per_address:
                return "Too many connections from your address"
            self.addresses[address] += 1
        else:
            connection.private = True
        self.connections.add(connection)
        return ""

    def dismiss(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        if connection in self.connections:
            self.connections.discard(connection)
            if connection.session.attachment is not None:
                del self.sessions[connection.session.attachment]
            self.addresses[connection.address] -= 1
            if self.addresses[connection.address] <= 0:
                del self.addresses[connection.address]
        if self._stopping and not self.connections:
            self._empty.set()

    def remember(self, participant: Participant, actor: Actor | None = None) -> None:
        """Keep who had this name (or, as ``actor``, had it before), for WHOWAS."""
        now = int(time.time() * 1000)
        self.whowas.add(Gone(actor or participant.actor, participant.real_name, now))

    def capability_value(self, name: str, session: Session) -> str | None:
        """Return a capability's value for CAP LS, "" without one, None where it isn't offered."""
        if name == "sasl":
            return ",".join(offered(session))
        return ""

    def _sweep(self) -> None:
        irc, limits = self.config.irc, self.config.limits
        now = self.now()
        if not self._unswept:
            self._unswept = list(self.connections)
            self._share = len(self._unswept) // SWEEP_SHARES + 1
        share = self._unswept[-self._share :]
        del self._unswept[-self._share :]
        for connection in share:
            connection.look(now, irc.ping_interval, irc.ping_timeout, limits.unregistered_timeout)
        shortest = min(irc.ping_interval, irc.ping_timeout, limits.unregistered_timeout)
        delay = min(SWEEP_SECONDS, shortest / SWEEPS_A_TIMEOUT)
        self.parts.reactor.call_later(delay / SWEEP_SHARES, self._sweep)


def _address(connection: Connection) -> str:
    """Return the client's address, "" over a Unix socket."""
    assert connection.transport is not None
    peer = connection.transport.get_extra_info("peername")
    if not isinstance(peer, tuple) or not peer:
        return ""
    return _plain(peer[0])


@lru_cache(ADDRESSES)
def _plain(address: str) -> str:
    """Return an address without a zone, and as IPv4 where it stands for one."""
    here = ip_address(address.partition("%")[0])
    return str(getattr(here, "ipv4_mapped", None) or here)


def _facts(exempt: tuple[Network, ...], address: str) -> tuple[bool, bool]:
    """Return whether an address is loopback, and whether it is exempt from the limit."""
    here = ip_address(address)
    return here.is_loopback, any(here in network for network in exempt)


def _tcp_shown(address: str, port: int, secure: bool) -> str:
    """Return an address, with a way to join that can be typed where there is one."""
    host = f"[{address}]" if ":" in address else address
    example = "" if secure else f" (for example: irssi -c {address} -p {port})"
    return f"{host}:{port}{example}"


def _tls(listen: Listen, place: str) -> ssl.SSLContext | None:
    if listen.tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(listen.tls.cert, listen.tls.key)
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(
            f"{place}.tls: {listen.tls.cert} and {listen.tls.key} can't be used: {error}"
        ) from error
    return context


def _clear_socket(path: Path) -> None:
    """Remove what a killed hub left; a socket somebody listens on makes the bind fail."""
    import socket

    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
