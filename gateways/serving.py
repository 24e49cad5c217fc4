"""What gateways with sockets have in common: start, reload, stop, and the sweep of the silent."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Generic, TypeVar

from gateways.admission import Arrival
from gateways.base import Parts
from gateways.cloak import Cloak
from gateways.connection import Connection
from gateways.listening import Listeners
from gateways.tls import HANDSHAKE_SECONDS
from words.config import Config

C = TypeVar("C", bound=Connection)

SWEEP_SECONDS = 2.0
"""How often silent connections are looked for, at least."""

SWEEP_SHARES = 10
"""In how many parts: ten thousand connections at once would take 10 ms."""

SWEEPS_A_TIMEOUT = 4
"""How often within the shortest timeout: it is kept that exactly."""


class SocketGateway(Generic[C]):
    """The base of a gateway whose connections are `Connection`s; see `gateways.base.Gateway`.

    ``settings`` is its table in the configuration, called like the gateway.
    """

    name: ClassVar[str]
    settings: Any

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.service = parts.service
        self.fanout = parts.service.fanout
        self.admission = parts.admission
        self.wake = parts.turn.wake
        self.now = parts.reactor.now
        self.connections: set[C] = set()
        self.refused = 0
        self.stopping = False
        self._unswept: list[C] = []
        self._share = 1
        self._empty = asyncio.Event()
        self._listeners = Listeners(parts.reactor, self, parts.sockets)
        self.configure(parts.config())
        self.cloak = Cloak(self.config.irc.cloak, self.config.hub.data)

    # What a protocol adds

    def made(self, arrival: Arrival) -> asyncio.Protocol:
        """Return the connection of somebody who may come in."""
        raise NotImplementedError

    def refusal(self, reason: str) -> bytes:
        """Return what tells somebody why he may not."""
        return b""

    def relays(self, address: str) -> bool:
        """Return whether connections from an address may be those of many people."""
        return False

    def shortest(self) -> float:
        """Return the shortest time, in seconds, that connections are looked after by."""
        return float(min(self.settings.ping_interval, self.settings.ping_timeout))

    def configure(self, config: Config) -> None:
        """Follow a configuration."""
        self.config = config
        self.settings = getattr(config, self.name)
        self.flood = config.limits.flood
        self.input_buffer = config.limits.input_buffer
        self.outbox = config.limits.outbox
        self.patience = config.limits.unregistered_timeout

    # What the hub calls

    async def start(self) -> list[str]:
        """Open the listeners; see `Gateway.start`."""
        lines = await self._listeners.open(self.settings.listen)
        self._sweep()
        return lines

    async def reload(self) -> None:
        """Open new listeners, close those that are gone; nobody is disconnected, and who is here
        keeps the host that he is shown with."""
        config, cloak = self.parts.config(), self.cloak
        if config.irc.cloak != self.config.irc.cloak:
            cloak = Cloak(config.irc.cloak, config.hub.data)
        await self._listeners.follow(getattr(config, self.name).listen)
        self.configure(config)
        self.cloak = cloak

    async def stop(self, reason: str) -> None:
        """Close the listeners and everybody's connection."""
        self.stopping = True
        self._listeners.close()

        def goodbye() -> None:
            for connection in list(self.connections):
                connection.close(reason, leaving=False)

        await self.parts.turn.call(goodbye)
        if self.connections:
            await self._empty.wait()

    # Connections

    @property
    def handshake_seconds(self) -> float:
        """How long may go before the protocol: TLS and the like."""
        return min(HANDSHAKE_SECONDS, self.patience)

    def admit(self, arrival: Arrival, descriptor: int) -> str:
        """Count somebody; return why he can't come in, or ""."""
        if self.stopping:
            return "the server is stopping"
        relay = arrival.relayed or self.relays(arrival.address)
        return self._banned(arrival.address) or arrival.enter(
            self.admission, descriptor, relay=relay
        )

    def move(self, arrival: Arrival, address: str, *, secure: bool, private: bool) -> str:
        """Believe that somebody comes from elsewhere; return why he can't come in, or "".

        ``secure``: by TLS all the way; ``private``: nobody on the way can read along. Raises
        ValueError for what is no address.
        """
        plain = self.admission.facts(address).plain
        return self._banned(plain) or arrival.move(plain, secure=secure, private=private)

    def _banned(self, address: str) -> str:
        ban = self.service.bans.of(None, address)
        if ban is None:
            return ""
        return f"you are banned: {ban.reason}" if ban.reason else "you are banned"

    def dismiss(self, connection: C) -> None:
        """Forget a connection that has ended, or has said its goodbye."""
        self.connections.discard(connection)
        connection.arrival.leave()
        if self.stopping and not self.connections:
            self._empty.set()

    def _sweep(self) -> None:
        now = self.now()
        if not self._unswept:
            self._unswept = list(self.connections)
            self._share = len(self._unswept) // SWEEP_SHARES + 1
        share = self._unswept[-self._share :]
        del self._unswept[-self._share :]
        for connection in share:
            connection.look(now)
        shortest = min(self.shortest(), self.patience)
        delay = min(SWEEP_SECONDS, shortest / SWEEPS_A_TIMEOUT)
        self.parts.reactor.call_later(delay / SWEEP_SHARES, self._sweep)
