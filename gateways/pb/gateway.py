"""The PB gateway: its listeners, its connections, and what they all share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from gateways.base import Parts
from gateways.cloak import Cloak
from gateways.listening import Admission, Listeners
from gateways.pb import verbs
from gateways.pb.admin import enter_admin
from gateways.pb.connection import Connection
from gateways.pb.login import MECHANISMS, Doorman, enter_chat
from gateways.pb.stock import MIND
from gateways.tls import fingerprint
from words.config import Config, Listen
from words.passport.identity import Identity
from words.spread.broker import Broker
from words.spread.flavors import Perspective
from words.spread.limits import DEFAULT_LIMITS
from words.spread.login import LoginRoot
from words.spread.registry import Registry

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
"""How often silent connections are looked for, at least."""

SWEEP_SHARES = 10
"""In how many parts: ten thousand connections at once would take 10 ms."""

SWEEPS_A_TIMEOUT = 4
"""How often within the shortest timeout: it is kept that exactly."""

LIMITS = DEFAULT_LIMITS.replace(calls=100)
"""Of one connection: a hundred calls at work are as many as any client has use for."""

Enter: TypeAlias = Callable[[Identity | None, Connection, Any], Perspective]
"""Gives somebody (None: who didn't say who he is) a perspective of a service."""

verbs.load()


class PbGateway:
    """Speaks PB; see `gateways.base.Gateway`."""

    name = "pb"

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.service = parts.service
        self.fanout = parts.service.fanout
        self.wake = parts.turn.wake
        self.now = parts.reactor.now
        self.connections: set[Connection] = set()
        self.refused = 0
        self.registry = Registry()
        self.registry.reference(MIND)
        self.services: dict[str, Enter] = {}
        self.services["chat"] = self.services[""] = partial(enter_chat, self)
        self.services["admin"] = partial(enter_admin, self)
        self._root = LoginRoot(Doorman(self), MECHANISMS)
        self._unswept: list[Connection] = []
        self._share = 1
        self._stopping = False
        self._empty = asyncio.Event()
        self._listeners = Listeners(parts.reactor.loop, self.name, self._made, parts.sockets)
        self.admission = Admission(parts.config().limits)
        self._configure(parts.config())
        self.cloak = Cloak(self.config.irc.cloak, self.config.hub.data)

    def _configure(self, config: Config) -> None:
        self.config = config
        self.flood = config.limits.flood
        self.input_buffer = config.limits.input_buffer
        self.outbox = config.limits.outbox
        self.admission.configure(config.limits)

    async def start(self) -> list[str]:
        """Open the listeners; see `Gateway.start`."""
        lines = await self._listeners.open(self.config.pb.listen)
        self._sweep()
        return lines

    async def reload(self) -> None:
        """Open new listeners, close those that are gone; nobody is disconnected."""
        config = self.parts.config()
        await self._listeners.follow(config.pb.listen)
        self._configure(config)

    async def stop(self, reason: str) -> None:
        """Close the listeners and everybody's connection."""
        self._stopping = True
        self._listeners.close()

        def goodbye() -> None:
            for connection in list(self.connections):
                connection.close(reason, leaving=False)

        await self.parts.turn.call(goodbye)
        if self.connections:
            await self._empty.wait()

    def _made(self, listen: Listen) -> Connection:
        return Connection(self, secure=listen.tls is not None)

    def new_broker(self, connection: Connection) -> Broker:
        """Return the protocol of a new connection, and let the connection know its place."""
        transport = connection.transport
        assert transport is not None
        connection.address, private = self.admission.place(transport)
        connection.private = connection.secure or private
        peer: dict[str, Any] = {
            "address": connection.address,
            "certificate": fingerprint(transport) if connection.secure else "",
            "connection": connection,
        }
        return Broker(
            listening=True,
            root=self._root,
            registry=self.registry,
            limits=LIMITS,
            report=_report,
            peer=peer,
        )

    def admit(self, connection: Connection) -> str:
        """Count a new connection; return why it can't stay, or ""."""
        if self.service.bans.of(None, connection.address):
            refused = "banned"
        elif self._stopping:
            refused = "the hub is stopping"
        else:
            refused = self.admission.enter(connection.address)
        if refused:
            self.refused += 1
        else:
            self.connections.add(connection)
        return refused

    def dismiss(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self.connections.discard(connection)
        self.admission.leave(connection.address)
        if self._stopping and not self.connections:
            self._empty.set()

    def _sweep(self) -> None:
        pb, limits = self.config.pb, self.config.limits
        now = self.now()
        if not self._unswept:
            self._unswept = list(self.connections)
            self._share = len(self._unswept) // SWEEP_SHARES + 1
        share = self._unswept[-self._share :]
        del self._unswept[-self._share :]
        for connection in share:
            connection.look(now, pb.ping_interval, pb.ping_timeout, limits.unregistered_timeout)
        shortest = min(pb.ping_interval, pb.ping_timeout, limits.unregistered_timeout)
        delay = min(SWEEP_SECONDS, shortest / SWEEPS_A_TIMEOUT)
        self.parts.reactor.call_later(delay / SWEEP_SHARES, self._sweep)


def _report(where: str, error: BaseException) -> None:
    log.error("%s failed", where, exc_info=error)
