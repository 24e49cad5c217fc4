"""The shell of one connection: bytes in, bytes out, flood control, waiting, life and death.

A gateway's `Connection` is a subclass that adds what its protocol says: the codec that keeps and
cuts the input, the runner of its commands, the words of the goodbye. The shell knows nothing of
where the bytes come from: a transport gives them (`gateways/door.py`) and takes them, be it TCP, a
Unix socket, TLS or WebSocket.

Callbacks of the loop only keep what came and wake the turn; `step` handles one command within it.
What is bounded, and what happens when it is full:
    unread input     `limits.input_buffer`: the socket isn't read until the turn has caught up
    commands at work `Connection.at_once`: no further one is taken
    commands         `limits.flood`: further ones wait
    unsent output    `limits.outbox`: the connection is dropped
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from gateways.admission import Arrival
from gateways.lingering import LINGER_SECONDS, linger

if TYPE_CHECKING:
    from gateways.serving import SocketGateway

log = logging.getLogger(__name__)
S = TypeVar("S")

TRANSPORT_BUFFER = 64 * 1024
"""Bytes that the transport may hold of what the kernel doesn't take; then they wait here."""

DRAIN_SECONDS = 30.0
"""How long a reader may keep a long answer waiting."""


class Later(NamedTuple, Generic[S]):
    """A handler that has to wait returns this. The connection's next command waits too.

    ``work`` runs beside the turn and touches no state; ``then`` is called in a turn with the
    session and the result, or the `WordsError` that came instead, and may return another `Later`.
    """

    work: Awaitable[Any]
    then: Callable[[S, Any], Later[S] | None]


class Connection(asyncio.Protocol):
    """A client's connection; the turn's `Source` and the attachment's `Outlet`."""

    at_once = 1
    """Commands that may be at work: whose result is waited for."""

    late = "Registration timed out"
    """Why somebody leaves who didn't say in time who he is."""

    def __init__(self, gateway: SocketGateway[Any], arrival: Arrival) -> None:
        self.gateway = gateway
        self.arrival = arrival
        self.queued = False
        self.transport: asyncio.Transport | None = None
        self.credit = float(gateway.flood.burst)
        self.since = arrival.since
        self.heard = self._credited = gateway.now()
        self.closing = 0.0
        self._end = ""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self._at_work = 0
        self._finished: list[tuple[Callable[[Any], object], Any, float]] = []
        self._backlog: list[bytes] = []
        self._backlog_bytes = 0
        self._full = False
        self._all_heard = False
        self._room: asyncio.Event | None = None
        self._paused = False
        self._asked = 0.0
        self._ask_due = False

    # What a protocol adds

    @property
    def registered(self) -> bool:
        """Whether the client has said who it is."""
        raise NotImplementedError

    def greet(self) -> None:
        """Say what a server says first, on its own; it tells nothing of anybody."""

    def keep(self, data: bytes) -> int:
        """Keep input; return how many bytes wait. Called by the loop."""
        raise NotImplementedError

    def take(self) -> bool:
        """Handle one command, at the cost of some ``credit``; return whether there was one."""
        raise NotImplementedError

    def ask(self) -> None:
        """Ask a silent client whether it is there."""

    def say_goodbye(self, reason: str, *, leaving: bool) -> None:
        """Say why the connection ends; with ``leaving`` detach what is attached to it."""
        raise NotImplementedError

    def release(self) -> None:
        """Forget what refers back to here: cycles wait for a collector that seldom comes."""

    # What is known of the client

    @property
    def address(self) -> str:
        """The client's address in its plain form, "local" over a Unix socket."""
        return self.arrival.address

    @property
    def private(self) -> bool:
        """Whether nobody on the way can read along: TLS, loopback or a Unix socket."""
        return self.arrival.private

    @property
    def secure(self) -> bool:
        """Whether there is TLS."""
        return self.arrival.secure

    @property
    def certificate(self) -> str:
        """The fingerprint of the certificate that the client has proved to have, or ""."""
        return self.arrival.certificate

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's isn't a subclass
        self.transport.set_write_buffer_limits(high=TRANSPORT_BUFFER)
        self.gateway.connections.add(self)
        self.greet()
        if self.gateway.stopping:  # it was on its way in
            self.stop("The hub is stopping")

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        self.heard = self.gateway.now()
        waiting = self.keep(data)
        if waiting > self.gateway.input_buffer and not self._paused and self.transport:
            self._paused = True
            self.transport.pause_reading()
        self.gateway.wake(self)

    def eof_received(self) -> bool:
        self._all_heard = True
        self.stop("Client closed the connection")
        # The goodbye can still be written, but not over TLS.
        return self.transport is not None and self.transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._backlog.clear()
        if self._room is not None:
            self._room.set()
        self.gateway.dismiss(self)
        self.stop(f"Connection lost ({exc})" if exc else "Connection closed")

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._backlog and self.transport:
            chunks, self._backlog, self._backlog_bytes = self._backlog, [], 0
            self.transport.write(b"".join(chunks))
        if self._room is not None and not self._full:
            self._room.set()

    # What the turn calls

    def write(self, data: bytes) -> None:
        """Write, or keep for a slow reader; one that stays too far behind is dropped."""
        transport = self.transport
        if transport is None:
            return
        if not self._full:
            transport.write(data)
            return
        self._backlog.append(data)
        self._backlog_bytes += len(data)
        if self._backlog_bytes > self.gateway.outbox and not self._end:
            log.info("%s is dropped: more than %d bytes unread", self, self.gateway.outbox)
            self._end = "SendQ exceeded"
            self._backlog.clear()
            transport.abort()

    def step(self) -> bool:
        """Handle one command, or what else is due; return whether there is more."""
        if self.closing:
            self._finish()
            return False
        if self._finished:
            then, result, asked = self._finished.pop(0)
            self._at_work -= 1
            self.since += self.gateway.now() - asked  # who waits for us isn't late
            then(result)
            return not self.closing
        if self._at_work >= self.at_once:
            return self._ended()
        if self._ask_due:
            self._ask_due = False
            self.ask()
        if self.credit < 1.0 and not self._has_credit_again():
            return self._ended()
        if self.take():
            return not self.closing
        if self._paused and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()
        return self._ended()

    def _has_credit_again(self) -> bool:
        """Return whether flood control lets the next command through; otherwise come back later."""
        flood, now = self.gateway.flood, self.gateway.now()
        self.credit = min(flood.burst, self.credit + (now - self._credited) * flood.rate)
        self._credited = self.heard = now  # who is slowed isn't silent
        if self.credit >= 1.0:
            return True
        if self._timer is None and not self._end:
            delay = (1.0 - self.credit) / flood.rate
            self._timer = self.gateway.parts.reactor.call_later(delay, self._timed)
        return False

    def _timed(self) -> None:
        self._timer = None
        self.gateway.wake(self)

    def _ended(self) -> bool:
        # What was sent before an end of file still counts; to who is gone nothing matters.
        if self._end and (self.transport is None or not self._at_work):
            self.close(self._end)
            self._finish()
        return False

    # Commands that take longer

    def wait(self, work: Awaitable[Any], then: Callable[[Any], object], name: str) -> None:
        """Let ``work`` go on beside the turn; in a later one ``then`` gets its result, or error."""
        self._at_work += 1
        working = self._work(work, then, self.gateway.now())
        task = self.gateway.parts.reactor.spawn(working, name=f"{self.gateway.name} {name}")
        self._tasks.append(task)
        task.add_done_callback(partial(self._worked, work))

    def _worked(self, work: Awaitable[Any], task: asyncio.Task[Any]) -> None:
        self._tasks.remove(task)
        if isinstance(work, Coroutine):
            work.close()  # that of a task that was cancelled before it began

    async def _work(
        self, work: Awaitable[Any], then: Callable[[Any], object], asked: float
    ) -> None:
        try:
            self._finished.append((then, await work, asked))
        except Exception as error:
            self._finished.append((then, error, asked))
        self.gateway.wake(self)

    @property
    def behind(self) -> bool:
        """Whether the client hasn't read what it was sent."""
        return self._full

    async def drained(self) -> None:
        """Return when the client has read most of what it was sent, or has taken too long; then
        what is sent counts against `limits.outbox`."""
        if self._full and self.transport is not None:
            self._room = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._room.wait(), DRAIN_SECONDS)
            self._room = None

    # The end

    def stop(self, reason: str) -> None:
        """End, in a turn, when what came before is handled; the first reason counts."""
        self._end = self._end or reason
        self.gateway.wake(self)

    def close(self, reason: str, *, leaving: bool = True) -> None:
        """Say goodbye and end; within a turn.

        Without ``leaving`` nobody else is told: the hub itself ends, and the journal will say so.
        """
        if self.closing:
            return
        self.closing = self.gateway.now()
        self._end = reason
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        self.say_goodbye(reason, leaving=leaving)
        self.gateway.parts.turn.after(self.hang_up)

    def hang_up(self) -> None:
        """Close when the goodbye was spoken, and as far as the client lets us, read."""
        if self.transport is None:
            return
        if self._backlog:
            self.transport.write(b"".join(self._backlog))
        self._backlog.clear()
        self._full = True  # nothing more is written
        if self._all_heard or self.gateway.stopping:
            self.transport.close()
        else:
            self.gateway.dismiss(self)
            linger(self.transport, self, self.gateway.admission)

    def _finish(self) -> None:
        self._finished.clear()
        if self.transport is None:
            self.release()

    # What the gateway's sweep calls

    def look(self, now: float) -> None:
        """End who takes too long: to say who he is, to read his goodbye, to answer."""
        if self.closing:
            if now - self.closing > LINGER_SECONDS and self.transport is not None:
                self.transport.abort()
        elif not self.registered:
            if now - self.since > self.patience and not self._at_work:
                self.stop(self.late)
        else:
            self.look_after(now)

    @property
    def patience(self) -> float:
        """Seconds that a client has to say who it is."""
        return self.gateway.patience

    def look_after(self, now: float) -> None:
        """Ask a silent client whether it is there; end one that doesn't answer."""
        silent = now - self.heard
        settings = self.gateway.settings
        if silent < settings.ping_interval:
            self._asked = 0.0
        elif not self._asked:
            self._asked = now
            self._ask_due = True
            self.gateway.wake(self)
        elif now - self._asked > settings.ping_timeout:
            self.stop(f"Ping timeout: {int(silent)} seconds")

    def __str__(self) -> str:
        return f"{self.gateway.name} connection from {self.address}"
