"""What gateways with sockets have in common: their listeners, and who may connect."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import Any, NamedTuple, Protocol, TypeAlias

from gateways import tls
from words.config import Limits, Listen
from words.errors import ConfigError
from words.sockets import Sockets, Where, shown, where

BACKLOG = 4096
"""Connections that the kernel holds while the hub is busy: a crowd that comes back at once."""

KEPT: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
"""A Unix socket's file is `Sockets`'s to remove: another server may go on with it."""

ADDRESSES = 4096
"""Addresses whose facts are remembered: reading one takes as long as all else of a connect."""

Made = Callable[[Listen], asyncio.Protocol]
"""Makes the protocol of a connection that came by this listener."""


class Shells(Protocol):
    """Makes what stands between a plain transport and a connection's own protocol."""

    def shell(
        self, loop: asyncio.AbstractEventLoop, made: Callable[[], asyncio.Protocol]
    ) -> asyncio.Protocol: ...


Secret: TypeAlias = ssl.SSLContext | Shells
"""A context for the loop's own TLS, or shells of ours where clients show any certificate."""


def _secured(listen: Listen, place: str) -> Secret | None:
    """Return what the listener's certificate is served with, read now; raises `ConfigError`."""
    files = listen.tls
    if files is None:
        return None
    try:
        if listen.client_certificates:
            return _shells(listen, place)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.cert, files.key)
        if files.clients:
            context.load_verify_locations(files.clients)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (ssl.SSLError, OSError) as error:
        names = " and ".join(str(each) for each in (files.cert, files.key, files.clients) if each)
        raise ConfigError(f"{place}.tls: {names} can't be used: {error}") from error
    return context


def _shells(listen: Listen, place: str) -> Shells:
    assert listen.tls is not None
    try:
        from gateways.tls_shell import ShellMaker  # 0.1 s: only where it is asked for
    except ImportError:
        raise ConfigError(
            f"{place}: client_certificates needs pyOpenSSL: install words-chat[certificates]"
        ) from None
    return ShellMaker(listen.tls.cert, listen.tls.key)


class _Served(NamedTuple):
    """A listener that is open: its sockets, and what accepts on copies of them."""

    listen: Listen
    sockets: list[socket.socket]
    servers: list[asyncio.AbstractServer]

    def stop(self) -> None:
        """Accept no more; the sockets stay bound."""
        for server in self.servers:
            server.close()


_Key: TypeAlias = tuple[Where, int]
"""Where it is bound, and which it is of those that want the same (port 0)."""


class Listeners:
    """The listeners of one gateway; ``kind`` is its table in the configuration.

    What is served, and with which certificate, can change while the socket stays: the kernel
    keeps who comes meanwhile. ``sockets`` has those that were bound before.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        kind: str,
        made: Made,
        sockets: Sockets | None = None,
    ) -> None:
        self._loop = loop
        self._kind = kind
        self._made = made
        self._own = sockets is None
        self._sockets = Sockets({}) if sockets is None else sockets
        self._open: dict[_Key, _Served] = {}

    async def open(self, listens: Sequence[Listen]) -> list[str]:
        """Open these; return for each what it is and where. Raises `ConfigError`."""
        await self.follow(listens)
        return [self._line(served) for served in self._open.values()]

    async def follow(self, listens: Sequence[Listen]) -> None:
        """Open what is new, close what is gone, read certificates again.

        Nothing changes when it raises. Who is connected stays, by a listener that is gone too.
        """
        wanted = _keyed(listens)
        secrets = {key: _secured(each, self._place(each)) for key, each in wanted.items()}
        taken: dict[_Key, list[socket.socket]] = {}
        try:
            for key in wanted.keys() - self._open.keys():
                taken[key] = self._sockets.take(self._kind, wanted[key])
        except ConfigError:
            for key, sockets in taken.items():
                self._sockets.give_back(wanted[key], sockets)
            self._settle()
            raise
        before, self._open = self._open, {}
        for key, listen in wanted.items():
            old = before.pop(key, None)
            sockets = old.sockets if old else taken[key]
            self._open[key] = await self._serve(listen, sockets, secrets[key])
            if old:
                old.stop()
        for gone in before.values():
            gone.stop()
            self._sockets.give_back(gone.listen, gone.sockets)
        self._settle()

    def close(self) -> None:
        """Close all; connections stay."""
        for served in self._open.values():
            served.stop()
            self._sockets.drop(served.listen, served.sockets)
        self._open.clear()

    def _settle(self) -> None:
        if self._own:
            self._sockets.forget()

    def _place(self, listen: Listen) -> str:
        return f"{self._kind}.listen {shown(listen)}"

    def _line(self, served: _Served) -> str:
        bound = served.sockets[0]
        where = str(bound.getsockname())
        if bound.family != socket.AF_UNIX:
            address, port, *_ = bound.getsockname()
            where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        return f"{self._kind.upper()}{' with TLS' if served.listen.tls else ''} on {where}"

    async def _serve(
        self, listen: Listen, sockets: list[socket.socket], secret: Secret | None
    ) -> _Served:
        """Accept on copies of the sockets: a server closes what it has when it ends."""
        context: ssl.SSLContext | None = None
        made = partial(self._made, listen)
        if isinstance(secret, ssl.SSLContext):
            context = secret
        elif secret is not None:
            made = partial(secret.shell, self._loop, made)
        options: dict[str, Any] = {"ssl": context, "backlog": BACKLOG}
        if context:
            options["ssl_handshake_timeout"] = tls.HANDSHAKE_SECONDS
            options["ssl_shutdown_timeout"] = tls.SHUTDOWN_SECONDS
        servers: list[asyncio.AbstractServer] = []
        for one in sockets:
            copy = one.dup()
            if one.family == socket.AF_UNIX:
                _set_mode(listen)
                server: asyncio.AbstractServer = await self._loop.create_unix_server(
                    made, sock=copy, **options, **KEPT
                )
            else:
                server = await self._loop.create_server(made, sock=copy, **options)
            servers.append(server)
        return _Served(listen, sockets, servers)


def _keyed(listens: Sequence[Listen]) -> dict[_Key, Listen]:
    keyed: dict[_Key, Listen] = {}
    for listen in listens:
        nth = sum(1 for place, _ in keyed if place == where(listen))
        keyed[where(listen), nth] = listen
    return keyed


def _set_mode(listen: Listen) -> None:
    """Follow a changed mode; where the folder was root's, the one of the start stays."""
    if listen.unix:
        with suppress(PermissionError):
            os.chmod(listen.unix, listen.mode)


class Admission:
    """Who may connect to one gateway: so many in all, and from each address.

    `place` has an address's plain form and whether it is loopback; "" is a Unix socket.
    """

    def __init__(self, limits: Limits) -> None:
        self._addresses: Counter[str] = Counter()
        self._count = 0
        self.refused = 0
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

    def exempt(self, address: str) -> bool:
        """Return whether an address has no limit; that of a Unix socket is no address."""
        return address in ("", "local") or self._facts(address)[2]

    def enter(self, address: str) -> str:
        """Count a connection; return why it can't stay (it isn't counted then), or ""."""
        refusal = self._refusal(address)
        if refusal:
            self.refused += 1
            return refusal
        self._count += 1
        if address:
            self._addresses[address] += 1
        return ""

    def _refusal(self, address: str) -> str:
        limits = self._limits
        if self._count >= limits.connections:
            return "too many connections"
        if address:
            exempt = self._facts(address)[2]
            if not exempt and self._addresses[address] >= limits.connections_per_address:
                return "too many connections from your address"
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
