"""What gateways with sockets have in common: their listeners, and who may connect."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from words.config import Limits, Listen
from words.errors import ConfigError

BACKLOG = 4096
"""Connections that the kernel holds while the hub is busy: a crowd that comes back at once."""

HANDSHAKE_SECONDS = 20.0
"""How long a TLS handshake may take."""

SHUTDOWN_SECONDS = 1.0
"""How long a client may take to answer the end of TLS; it has been told all by then."""

ADDRESSES = 4096
"""Addresses whose facts are remembered: reading one takes as long as all else of a connect."""

Made = Callable[[Listen], asyncio.Protocol]
"""Makes the protocol of a connection that came by this listener."""


class Listeners:
    """The listeners of one gateway; ``kind`` is its table in the configuration."""

    def __init__(self, loop: asyncio.AbstractEventLoop, kind: str, made: Made) -> None:
        self._loop = loop
        self._kind = kind
        self._made = made
        self._servers: dict[Listen, asyncio.AbstractServer] = {}

    async def open(self, listens: Sequence[Listen]) -> list[str]:
        """Open these; return for each what it is and where. Raises `ConfigError`."""
        return [await self._open(listen) for listen in listens]

    async def follow(self, listens: Sequence[Listen]) -> None:
        """Open what is new, close what is gone; nothing changes when it raises."""
        wanted = set(listens)
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

    def close(self) -> None:
        """Close all; connections stay."""
        for listen, server in self._servers.items():
            server.close()
            if listen.unix:
                listen.unix.unlink(missing_ok=True)

    async def _open(self, listen: Listen) -> str:
        place = f"{self._kind}.listen {listen.unix or f'{listen.address}:{listen.port}'}"
        context = _tls(listen, place)
        try:
            if listen.unix:
                server, shown = await self._open_unix(listen, listen.unix, context)
            else:
                server, shown = await self._open_tcp(listen, context)
        except OSError as error:
            raise ConfigError(f"{place}: {error.strerror or error}") from error
        self._servers[listen] = server
        return f"{self._kind.upper()}{' with TLS' if context else ''} on {shown}"

    async def _open_tcp(
        self, listen: Listen, context: ssl.SSLContext | None
    ) -> tuple[asyncio.AbstractServer, str]:
        server = await self._loop.create_server(
            lambda: self._made(listen),
            listen.address,
            listen.port,
            ssl=context,
            backlog=BACKLOG,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if context else None,
            ssl_shutdown_timeout=SHUTDOWN_SECONDS if context else None,
        )
        return server, "{}:{}".format(*server.sockets[0].getsockname()[:2])

    async def _open_unix(
        self, listen: Listen, path: Path, context: ssl.SSLContext | None
    ) -> tuple[asyncio.AbstractServer, str]:
        _clear_socket(path)
        server = await self._loop.create_unix_server(
            lambda: self._made(listen),
            str(path),
            ssl=context,
            backlog=BACKLOG,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if context else None,
            ssl_shutdown_timeout=SHUTDOWN_SECONDS if context else None,
        )
        os.chmod(path, listen.mode)
        return server, str(path)


class Admission:
    """Who may connect to one gateway: so many in all, and from each address.

    `place` has an address's plain form and whether it is loopback; "" is a Unix socket.
    """

    def __init__(self, limits: Limits) -> None:
        self._addresses: Counter[str] = Counter()
        self._count = 0
        self.configure(limits)

    def configure(self, limits: Limits) -> None:
        """Follow a changed configuration."""
        self._limits = limits
        self._facts = lru_cache(ADDRESSES)(self._look)

    def place(self, transport: asyncio.BaseTransport) -> tuple[str, bool]:
        """Return a client's address and whether nobody on the way can read along."""
        peer = transport.get_extra_info("peername")
        if not isinstance(peer, tuple) or not peer:
            return "", True
        plain, loopback, _ = self._facts(peer[0])
        return plain, loopback

    def enter(self, address: str) -> str:
        """Count a connection; return why it can't stay (it isn't counted then), or ""."""
        limits = self._limits
        if self._count >= limits.connections:
            return "too many connections"
        if address:
            exempt = self._facts(address)[2]
            if not exempt and self._addresses[address] >= limits.connections_per_address:
                return "too many connections from your address"
            self._addresses[address] += 1
        self._count += 1
        return ""

    def leave(self, address: str) -> None:
        """Forget a connection that was counted."""
        self._count -= 1
        if address:
            self._addresses[address] -= 1
            if self._addresses[address] <= 0:
                del self._addresses[address]

    def _look(self, address: str) -> tuple[str, bool, bool]:
        """Return an address without a zone (IPv4 if it stands for one), loopback or not, exempt."""
        here = ip_address(address.partition("%")[0])
        here = getattr(here, "ipv4_mapped", None) or here
        exempt = any(here in network for network in self._limits.exempt)
        return str(here), here.is_loopback, exempt


def _tls(listen: Listen, place: str) -> ssl.SSLContext | None:
    if listen.tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    files = listen.tls
    try:
        context.load_cert_chain(files.cert, files.key)
        if files.clients:
            context.load_verify_locations(files.clients)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (ssl.SSLError, OSError) as error:
        names = " and ".join(str(each) for each in (files.cert, files.key, files.clients) if each)
        raise ConfigError(f"{place}.tls: {names} can't be used: {error}") from error
    return context


def _clear_socket(path: Path) -> None:
    """Remove what a killed hub left; a socket somebody listens on makes the bind fail."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
