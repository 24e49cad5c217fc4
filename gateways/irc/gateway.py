"""The IRC gateway: its listeners, its connections, and what they all share."""

from __future__ import annotations

import asyncio
import re
import time

from gateways.base import Parts
from gateways.cloak import Cloak
from gateways.irc import handlers
from gateways.irc.connection import Connection
from gateways.irc.handlers import accounts
from gateways.irc.handlers.login import offered
from gateways.irc.session import Session
from gateways.irc.welcome import Welcome
from gateways.irc.whowas import Gone, Whowas
from gateways.listening import Admission, Listeners
from gateways.tls import fingerprint
from words.chat.attachment import Attachment
from words.chat.participant import Participant
from words.config import Config, Listen
from words.events import Actor
from words.passport.newcomers import Newcomers

SWEEP_SECONDS = 2.0
"""How often silent connections are looked for, at least."""

SWEEP_SHARES = 10
"""In how many parts: ten thousand connections at once would take 10 ms."""

SWEEPS_A_TIMEOUT = 4
"""How often within the shortest timeout: it is kept that exactly."""

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
        self.sessions: dict[Attachment, Session] = {}
        self.most = 0
        self.whowas = Whowas()
        self._unswept: list[Connection] = []
        self._share = 1
        sockets = parts.sockets
        self._listeners = Listeners(parts.reactor.loop, self.name, self._made, sockets)
        self.admission = Admission(parts.config().limits)
        self._stopping = False
        self._empty = asyncio.Event()
        self._configure(parts.config())
        self.operators: set[Session] = set()
        self.newcomers = Newcomers(self.now)
        self.cloak = Cloak(self.config.irc.cloak, self.config.hub.data)

    def _configure(self, config: Config) -> None:
        self.config = config
        self.name_shown = config.hub.name
        self.flood = config.limits.flood
        self.input_buffer = config.limits.input_buffer
        self.outbox = config.limits.outbox
        self.admission.configure(config.limits)
        self.welcome = Welcome(config, self.parts.started, self.service.settings.roles)

    async def start(self) -> list[str]:
        """Open the listeners; see `Gateway.start`."""
        lines = await self._listeners.open(self.config.irc.listen)
        self._sweep()
        return [_with_example(line) for line in lines]

    async def reload(self) -> None:
        """Open new listeners, close those that are gone; nobody is disconnected."""
        config = self.parts.config()
        await self._listeners.follow(config.irc.listen)
        before = self.config.passport.registration
        self._configure(config)
        if config.passport.registration != before:
            self.parts.reactor.spawn(self.parts.turn.call(self._announce), name="irc cap-notify")

    def _announce(self) -> None:
        """Tell those who want to know which capabilities are new or gone."""
        for connection in self.connections:
            if not connection.closing:
                accounts.announce(connection.session)

    def exempt(self, address: str) -> bool:
        """Return whether an address has no limits of its own."""
        return self.admission.exempt(address)

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

    def admit(self, connection: Connection) -> str:
        """Count a new connection; return why it can't stay, or ""."""
        assert connection.transport is not None
        address, private = self.admission.place(connection.transport)
        connection.private = connection.secure or private
        if connection.secure:
            connection.certificate = fingerprint(connection.transport)
        connection.address = address or connection.address
        if ban := self.service.bans.of(None, address):
            return f"You are banned: {ban.reason}" if ban.reason else "You are banned"
        refusal = "the server is stopping" if self._stopping else self.admission.enter(address)
        if refusal:
            return refusal[0].upper() + refusal[1:]
        self.connections.add(connection)
        return ""

    def dismiss(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        if connection in self.connections:
            self.connections.discard(connection)
            if connection.session.attachment is not None:
                del self.sessions[connection.session.attachment]
            self.admission.leave(connection.address)
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
        if name == "draft/account-registration":
            return accounts.offer(session)
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


def _with_example(line: str) -> str:
    """Add a way to join that can be typed, where there is one."""
    found = re.fullmatch(r"IRC on \[?([^]]*)\]?:(\d+)", line)
    return f"{line} (for example: irssi -c {found[1]} -p {found[2]})" if found else line
