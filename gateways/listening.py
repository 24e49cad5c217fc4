"""The listeners of a gateway: opened, served in another way after a reload, closed."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias

from gateways import tls
from gateways.door import BACKLOG, Door, Entrance, Host, Lead
from words.config import Listen
from words.errors import ConfigError
from words.reactor import Reactor
from words.sockets import Sockets, Where, shown, where

KEPT: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
"""A Unix socket's file is `Sockets`'s to remove: another server may go on with it."""


class Named(Host, Protocol):
    """Whose listeners they are; the name is that of its table in the configuration."""

    @property
    def name(self) -> str: ...


class Accepting(Protocol):
    """What accepts on one socket."""

    def close(self) -> None: ...


class _Served(NamedTuple):
    """A listener that is open: its sockets, and what accepts on copies of them."""

    listen: Listen
    sockets: list[socket.socket]
    servers: list[Accepting]

    def stop(self) -> None:
        """Accept no more; the sockets stay bound."""
        for server in self.servers:
            server.close()


_Key: TypeAlias = tuple[Where, int]
"""Where it is bound, and which it is of those that want the same (port 0)."""


class Listeners:
    """The listeners of one gateway.

    What is served, and with which certificate, can change while the socket stays: the kernel
    keeps who comes meanwhile. ``sockets`` has those that were bound before.
    """

    def __init__(self, reactor: Reactor, host: Named, sockets: Sockets) -> None:
        self._reactor = reactor
        self._host = host
        self._kind = host.name
        self._sockets = sockets
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
        secrets = {key: tls.secured(each, self._place(each)) for key, each in wanted.items()}
        taken: dict[_Key, list[socket.socket]] = {}
        try:
            for key in wanted.keys() - self._open.keys():
                taken[key] = self._sockets.take(self._kind, wanted[key])
        except ConfigError:
            for key, sockets in taken.items():
                self._sockets.give_back(wanted[key], sockets)
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

    def close(self) -> None:
        """Close all; connections stay."""
        for served in self._open.values():
            served.stop()
            self._sockets.drop(served.listen, served.sockets)
        self._open.clear()

    def _place(self, listen: Listen) -> str:
        return f"{self._kind}.listen {shown(listen)}"

    def _line(self, served: _Served) -> str:
        bound = served.sockets[0]
        where = str(bound.getsockname())
        if bound.family != socket.AF_UNIX:
            address, port, *_ = bound.getsockname()
            where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        tls = " with TLS" if served.listen.tls else ""
        web = " over WebSocket" if served.listen.websocket else ""
        return f"{self._kind.upper()}{web}{tls} on {where}"

    async def _serve(
        self, listen: Listen, sockets: list[socket.socket], secret: tls.Secret | None
    ) -> _Served:
        """Accept on copies of the sockets: a server closes what it has when it ends."""
        _set_mode(listen)
        lead: Lead = self._host.made
        context: ssl.SSLContext | None = None
        if isinstance(secret, ssl.SSLContext):
            context = secret
        elif secret is not None:
            lead = partial(secret.shell, self._reactor.loop, self._host)
        servers: list[Accepting] = []
        for one in sockets:
            copy = one.dup()
            if context or listen.proxy:
                servers.append(Entrance(self._reactor, copy, self._host, listen, lead, context))
            else:
                servers.append(await self._accept(copy, partial(self._door, listen, lead)))
        return _Served(listen, sockets, servers)

    def _door(self, listen: Listen, lead: Lead) -> Door:
        return Door(self._host, listen, lead, None)

    async def _accept(self, listening: socket.socket, made: Any) -> asyncio.AbstractServer:
        loop = self._reactor.loop
        if listening.family == socket.AF_UNIX:
            return await loop.create_unix_server(made, sock=listening, backlog=BACKLOG, **KEPT)
        return await loop.create_server(made, sock=listening, backlog=BACKLOG)


def _keyed(listens: Sequence[Listen]) -> dict[_Key, Listen]:
    keyed: dict[_Key, Listen] = {}
    for listen in listens:
        nth = sum(1 for place, _ in keyed if place == where(listen))
        keyed[where(listen), nth] = listen
    return keyed


def _set_mode(listen: Listen) -> None:
    """Follow a changed mode; where the folder was root's, the one of the start stays. Somebody may
    have removed the file: that is no reason to leave the other listeners half done."""
    if listen.unix:
        with suppress(PermissionError, FileNotFoundError):
            os.chmod(listen.unix, listen.mode)
