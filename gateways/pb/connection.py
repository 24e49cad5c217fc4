"""The shell of one PB connection: a broker driven by turns.

Callbacks of the loop only keep what came and wake the turn; `step` takes one decoded call from
the broker and runs it. What the broker wants sent is noted in its place among the turn's events
and leaves with them when the turn is committed: an answer tells nothing that can be taken back.

What is bounded, and what happens when it is full:
    unread input     `limits.input_buffer`: the socket isn't read until the turn has caught up
    calls in work    `Limits.calls` of the spread package: no further call is taken
    unsent output    `limits.outbox`: the connection is dropped, and the log says why
    calls a second   `limits.flood`: further calls wait
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, cast

from gateways.pb.forms import SILENT, Chunk, output
from gateways.pb.table import Later
from words.chat.fanout import Listener
from words.errors import InternalError, WordsError
from words.remote.refusals import told
from words.spread.broker import Broker
from words.spread.encoder import PB_WORDS, Words
from words.spread.errors import ProtocolError, SpreadError
from words.spread.events import Call, Dropped, Event, Ready
from words.spread.pieces import words_of
from words.spread.references import RemoteReference
from words.spread.shared import SharedCall

if TYPE_CHECKING:
    from gateways.pb.gateway import PbGateway

log = logging.getLogger(__name__)

TRANSPORT_BUFFER = 64 * 1024
"""Bytes that the transport may hold of what the kernel doesn't take; then they wait here."""

CLOSE_SECONDS = 5.0
"""How long a connection may take to read its goodbye."""

DROPPED_COST = 1.0
"""Units of flood control of a message that is no use: what a call costs."""


class Connection(asyncio.Protocol):
    """A client's socket; the turn's `Source`, and an `Outlet` until there is a better one."""

    def __init__(self, gateway: PbGateway, secure: bool) -> None:
        self.gateway = gateway
        self.queued = False
        self.secure = secure
        self.private = secure
        self.address = ""
        self.words: Words = PB_WORDS
        self.transport: asyncio.Transport | None = None
        self.broker: Broker
        self.listener = Listener(SILENT, SILENT, self)
        self.perspectives: set[Any] = set()
        self.verifiers: dict[str, Any] = {}
        self.since = self.heard = self._credited = gateway.now()
        self.closing = 0.0
        self._credit = float(gateway.flood.burst)
        self._admitted = False
        self._asked = 0.0
        self._ping_due = False
        self._end = ""
        self._leaving = True
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._finished: deque[tuple[Call, Any]] = deque()
        self._backlog: list[bytes] = []
        self._backlog_bytes = 0
        self._full = False
        self._paused = False

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's isn't a subclass
        self.transport.set_write_buffer_limits(high=TRANSPORT_BUFFER)
        self.broker = self.gateway.new_broker(self)
        refused = self.gateway.admit(self)
        if refused:
            log.info("a connection from %s was refused: %s", self.address, refused)
            self.closing = self.gateway.now()
            self.transport.close()
            return
        self._admitted = True
        self.transport.write(self.broker.data_to_send())  # the dialects; they tell nothing

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        self.heard = self.gateway.now()
        self.broker.receive_data(data)
        if self.broker.waiting > self.gateway.input_buffer and not self._paused and self.transport:
            self._paused = True
            self.transport.pause_reading()
        self.gateway.wake(self)

    def eof_received(self) -> bool:
        self._stop("the client closed the connection")
        return not self.secure  # answers can still be written, but not over TLS

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._backlog.clear()
        if self._admitted:
            self.gateway.dismiss(self)
        self._stop(f"the connection was lost ({exc})" if exc else "the connection was closed")

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._backlog and self.transport:
            chunks, self._backlog, self._backlog_bytes = self._backlog, [], 0
            self.transport.write(b"".join(chunks))

    # What the turn calls

    def push(self, chunk: Chunk) -> None:
        """Write bytes of the broker; see `Outlet.push`."""
        self.write(chunk.parts)

    def write(self, parts: Sequence[bytes]) -> None:
        """Write, or keep for a slow reader; one that stays too far behind is dropped."""
        transport = self.transport
        if transport is None:
            return
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        if not self._full:
            transport.write(data)
            return
        self._backlog.append(data)
        self._backlog_bytes += len(data)
        if self._backlog_bytes > self.gateway.outbox and not self._end:
            log.info("%s is dropped: more than %d bytes unread", self, self.gateway.outbox)
            self._end = "too slow: too much was unread"
            self._backlog.clear()
            transport.abort()

    def splice(self, mind: RemoteReference, call: SharedCall) -> bytes:
        """Return the bytes of a shared call of this connection, b"" when it has ended."""
        try:
            return self.broker.splice(mind, call)
        except SpreadError:
            return b""

    def step(self) -> bool:
        """Take one call, or what else is due; return whether there is more."""
        if self.closing:
            self._finish()
            return False
        try:
            more = self._step()
        except ProtocolError as error:
            log.info("%s is dropped: %s: %s", self, error.code, error)
            self.note(self.listener)
            self.close(f"a violation of the protocol ({error.code})")
            return False
        return more

    def _step(self) -> bool:
        if self._finished:
            self._answer_late(*self._finished.popleft())
            return True
        if self._ping_due:
            self._ping_due = False
            self.broker.ping()
            self.note(self.listener)
        if self.broker.active >= self.broker.limits.calls or not self._may_go_on():
            return self._ended()
        event = self.broker.next_event()
        if event is None:
            self.note(self.listener)
            return self._drained()
        self._act(event)
        return not self.closing

    def _act(self, event: Event) -> None:
        if type(event) is Call:
            self._call(event)
            return
        if type(event) is Ready:
            self.words = words_of(event.dialect)
        elif type(event) is Dropped:
            self.charge(DROPPED_COST)
            log.debug("%s: dropped: %s", self, event.reason)
        self.note(self.listener)

    def _call(self, call: Call) -> None:
        try:
            result = call.run()
            if isinstance(result, Coroutine):
                beside = getattr(call.obj, "beside", False)
                result = Later(result) if beside else _finished(result)
        except WordsError as error:
            self.broker.fail(call, told(error))
        except Exception as error:
            self.broker.fail(call, error)
        else:
            if isinstance(result, Later):
                self._wait(call, result)
                return
            self.broker.answer(call, result)
        self._note_answer(call)

    def _note_answer(self, call: Call) -> None:
        self.note(getattr(call.obj, "listener", self.listener))

    def note(self, listener: Listener) -> None:
        """Give what the broker wants sent its place in the turn."""
        data = self.broker.data_to_send()
        if data:
            self.gateway.fanout.note(listener, output(data))

    def charge(self, cost: float) -> None:
        """Take from the credit of flood control."""
        self._credit -= cost

    def _may_go_on(self) -> bool:
        """Return whether flood control lets the next call through; otherwise come back later."""
        if self._credit >= 1.0:
            return True
        flood, now = self.gateway.flood, self.gateway.now()
        self._credit = min(flood.burst, self._credit + (now - self._credited) * flood.rate)
        self._credited = self.heard = now  # who is slowed isn't silent
        if self._credit >= 1.0:
            return True
        if self._timer is None and not self._end:
            delay = (1.0 - self._credit) / flood.rate
            self._timer = self.gateway.parts.reactor.call_later(delay, self._timed)
        return False

    def _timed(self) -> None:
        self._timer = None
        self.gateway.wake(self)

    def _drained(self) -> bool:
        if self._paused and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()
        return self._ended()

    def _ended(self) -> bool:
        if self._end and (self.transport is None or not self._tasks):
            self.close(self._end)
            self._finish()
        return False

    # Calls that take longer

    def _wait(self, call: Call, later: Later) -> None:
        task = self.gateway.parts.reactor.spawn(self._work(call, later), name=f"pb {call.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, call: Call, later: Later) -> None:
        result: Any
        try:
            result = await later.work
        except Exception as error:
            result = error
        self._finished.append((call, result))
        self.gateway.wake(self)

    def _answer_late(self, call: Call, result: Any) -> None:
        if isinstance(result, WordsError):
            self.broker.fail(call, told(result))
        elif isinstance(result, Exception):
            self.broker.fail(call, result)
        else:
            self.broker.answer(call, result)
        self._note_answer(call)

    # The end

    def logged_out(self, perspective: Any) -> None:
        """Detach a perspective, within a turn."""
        if perspective in self.perspectives:
            self.perspectives.discard(perspective)
            if self._leaving:
                perspective.log_out(self._end or "logged out")
        if not self.perspectives and not self.closing:
            self.since = self.gateway.now()

    def close(self, reason: str, *, leaving: bool = True) -> None:
        """Say goodbye and end; within a turn.

        Without ``leaving`` nobody else is told: the hub itself ends, and the journal will say so.
        """
        if self.closing:
            return
        self.closing = self.gateway.now()
        self._end = reason
        self._leaving = leaving
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        for perspective in self.perspectives:
            if goodbye := perspective.goodbye(reason):
                self.gateway.fanout.note(perspective.listener, output(goodbye))
        for perspective in list(self.perspectives):
            self.logged_out(perspective)
        self.gateway.parts.turn.after(self._hang_up)

    def _hang_up(self) -> None:
        """When the goodbye was spoken."""
        self.broker.lose()
        if self.transport is not None:
            if self._backlog:
                self.transport.write(b"".join(self._backlog))
            self._backlog.clear()
            self.transport.close()

    def _finish(self) -> None:
        self._finished.clear()

    def _stop(self, reason: str) -> None:
        self._end = self._end or reason
        self.gateway.wake(self)

    # What the gateway's sweep calls

    def look(self, now: float, interval: float, timeout: float, unregistered: float) -> None:
        """Ask a silent client whether it is there; end one that isn't."""
        if self.closing:
            if now - self.closing > CLOSE_SECONDS and self.transport is not None:
                self.transport.abort()
            return
        silent = now - self.heard
        if not self.perspectives:
            if now - self.since > unregistered:
                self._stop("nobody logged in")
        elif silent < interval:
            self._asked = 0.0
        elif not self._asked:
            self._asked = now
            self._ping_due = True
            self.gateway.wake(self)
        elif now - self._asked > timeout:
            self._stop(f"no sign of life for {int(silent)} seconds")

    def __str__(self) -> str:
        return f"PB connection from {self.address or 'a Unix socket'}"


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of a coroutine that has nothing to wait for: login is all table lookups."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise InternalError
