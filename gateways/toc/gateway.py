"""The TOC gateway: its listeners, its connections, and what they all share."""

from __future__ import annotations

import asyncio
import secrets
import time

from gateways.base import Parts
from gateways.cloak import Cloak
from gateways.listening import Admission, Listeners
from gateways.toc import handlers
from gateways.toc.connection import Connection
from gateways.toc.forms import Flavour, TocForm
from gateways.toc.handlers.offline import note_told
from gateways.toc.limits import INVITATIONS
from gateways.toc.pages import Pages
from gateways.toc.rooms import Rooms
from gateways.toc.session import Session
from gateways.toc.sflap import MODULUS, Kind, frames
from words.chat.keeping import Keeping
from words.config import Config, Listen
from words.events import Invited

SWEEP_SECONDS = 2.0
"""How often connections are looked at, at least."""

SWEEP_SHARES = 10
"""In how many parts: ten thousand connections at once would take 10 ms."""

SWEEPS_A_TIMEOUT = 4
"""How often within the shortest timeout: it is kept that exactly."""

handlers.load()


class TocGateway:
    """Speaks TOC; see `gateways.base.Gateway`."""

    name = "toc"

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.service = parts.service
        self.fanout = parts.service.fanout
        self.wake = parts.turn.wake
        self.now = parts.reactor.now
        self.connections: set[Connection] = set()
        self.rooms = Rooms()
        self.forms = {flavour: TocForm(flavour, self.rooms) for flavour in Flavour}
        self.kept = Keeping(parts.service)
        self.pages = Pages(self)
        self.page = self.pages.page
        self.refused = 0
        self._sessions: dict[int, list[Session]] = {}
        self._invitations: dict[tuple[int, int, str], bytes] = {}
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
        lines = await self._listeners.open(self.config.toc.listen)
        self._sweep()
        return lines

    async def reload(self) -> None:
        """Open new listeners, close those that are gone; nobody is disconnected."""
        config = self.parts.config()
        await self._listeners.follow(config.toc.listen)
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

    # Connections

    def admit(self, connection: Connection) -> str:
        """Count a new connection; return why it can't stay, or ""."""
        assert connection.transport is not None
        address, private = self.admission.place(connection.transport)
        connection.private = connection.secure or private
        connection.address = address or connection.address
        refusal = "the hub is stopping" if self._stopping else self.admission.enter(address)
        if refusal:
            self.refused += 1
        else:
            self.connections.add(connection)
        return refusal

    def dismiss(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        if connection in self.connections:
            self.connections.discard(connection)
            self.admission.leave(connection.address)
        if self._stopping and not self.connections:
            self._empty.set()

    @staticmethod
    def first_sequence() -> int:
        """Return a number to count a client's frames from: arbitrary, so that none relies on it."""
        return secrets.randbelow(MODULUS)

    def keep_alive(self, connection: Connection) -> None:
        """Let a client hear, in a turn, that its connection still works."""
        told = frames([b""], Kind.KEEP_ALIVE)
        self.fanout.note(connection.session.listener, told)
        self.parts.turn.touch()

    def _sweep(self) -> None:
        alive = self.config.toc.keep_alive
        timeout = self.config.limits.unregistered_timeout
        now = self.now()
        if not self._unswept:
            self._unswept = list(self.connections)
            self._share = len(self._unswept) // SWEEP_SHARES + 1
        share = self._unswept[-self._share :]
        del self._unswept[-self._share :]
        for connection in share:
            connection.look(now, alive, timeout)
        delay = min(SWEEP_SECONDS, min(alive, timeout) / SWEEPS_A_TIMEOUT)
        self.parts.reactor.call_later(delay / SWEEP_SHARES, self._sweep)

    # Sessions

    def signs_on(self, session: Session) -> None:
        """Note a client that is there from now on."""
        self._sessions.setdefault(session.identity, []).append(session)

    def signs_off(self, session: Session, reason: str) -> None:
        """Let a client go, within a turn."""
        if session.attachment is None:
            return
        for number in list(session.rooms):
            session.leave_room(number)
        mine = self._sessions[session.identity]
        mine.remove(session)
        if not mine:
            del self._sessions[session.identity]
        note_told(session)
        self.service.detach(session.attachment, reason)

    def sessions(self, participant: int) -> list[Session]:
        """Return the TOC clients of a participant."""
        return self._sessions.get(participant, [])

    def caps(self, participant: int) -> list[str]:
        """Return what a participant's TOC clients can do."""
        found = dict.fromkeys(cap for each in self.sessions(participant) for cap in each.caps)
        return list(found)

    def invites(self, actor: int, target: int, group: str, text: bytes) -> None:
        """Keep the text of an invitation until its end of turn."""
        if len(self._invitations) >= INVITATIONS:
            self._invitations.clear()
        self._invitations[actor, target, group] = text

    def invitation(self, event: Invited) -> bytes:
        """Return the text of an invitation."""
        return self._invitations.get((event.actor.id, event.target.id, event.group), b"")

    @staticmethod
    def milliseconds() -> int:
        """Return the time in milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000
