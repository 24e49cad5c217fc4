"""The asyncio shell of one connection: a broker on a transport.

Methods are started in the order in which their calls came, each before the next message is looked
at: plain ones at once, coroutines as tasks, whose beginning takes one turn of the loop.

What is bounded, and what happens when it is full:
    calls in work   `Limits.calls`: the peer's bytes are left unread until one is answered
    to be sent      calls of the peer, answers to them and calls of our own wait while the
                    transport's buffer is over its mark (asyncio: 64 KiB); one-way calls may fill
                    it up to `Limits.send_buffer`, then the connection is closed as SlowReader
    unread input    reading pauses over READ_AHEAD bytes beyond the message in work
A connection on which nothing could be written for `STALL` seconds is closed.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import Awaitable, Coroutine
from typing import Any, Final, Protocol, cast

from words.spread.broker import Broker
from words.spread.errors import (
    CallTimeout,
    ConnectionLost,
    Error,
    InternalError,
    ProtocolError,
    SlowReader,
)
from words.spread.events import Answer, Call, Dropped, Event, Failure, Ready
from words.spread.references import RemoteReference, RootReference, Target
from words.spread.shared import SharedCall

SLICE: Final = 0.010
"""Seconds of work on one connection before others get their turn. Ours."""
FLUSH: Final = 64 * 1024
"""Bytes that are handed to the transport at once, so that it can say stop. Ours: its own mark."""
READ_AHEAD: Final = 256 * 1024
"""Bytes received and not looked at over which reading pauses. Ours: one read of asyncio."""
STALL: Final = 60.0
"""Seconds without any progress of a full send buffer before the peer counts as gone. Ours."""
NEGOTIATION: Final = 20.0
"""Seconds for a peer to agree on a dialect. Ours."""

log = logging.getLogger("words.spread")


class Keeper(Protocol):
    """Who keeps the connections, such as a server."""

    def opened(self, connection: Connection) -> None:
        """It has begun (with TLS: the handshake is over)."""

    def ended(self, connection: Connection) -> None:
        """It is over."""


class Connection(asyncio.Protocol):
    """One connection. `root` is the peer's root; `closed` is done when it has ended."""

    def __init__(
        self,
        broker: Broker,
        *,
        call_timeout: float | None = None,
        keepalive: float | None = 60.0,
        keeper: Keeper | None = None,
    ) -> None:
        """`call_timeout`: seconds that each call waits for its answer; None: as long as it takes.

        `keepalive`: after so many seconds of silence the peer is asked for a sign of life; after
        as many more it counts as gone. None: never.
        """
        loop = asyncio.get_running_loop()
        self.broker = broker
        self.root = RootReference(broker, 0)
        self.ready: asyncio.Future[bytes] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._call_timeout = call_timeout
        self._keepalive = keepalive
        self._keeper = keeper
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._late: deque[tuple[Call, asyncio.Task[Any]]] = deque()  # ended, not answered
        self._held: Call | None = None  # taken from the broker, must wait for its turn
        self._started = False  # a task was created and has not begun
        self._flushing = False
        self._dirty = _dirty.setdefault(loop, deque())
        self._written = 0
        self._again = False
        self._writable: asyncio.Future[None] | None = None
        self._reason: BaseException | None = None
        self._heard = False
        self._asked = False
        self._stall: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None  # of negotiation, then of the keepalive

    # The transport calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Speaks first if it is ours to do."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's derives from nothing
        self.broker.caller = self
        self.broker.on_wake = self._wake
        for name, value in (
            ("address", transport.get_extra_info("peername")),
            ("certificate", _certificate(self._transport)),
        ):
            if value is not None and name not in self.broker.peer:
                self.broker.peer = {**self.broker.peer, name: value}
        self._timer = self._loop.call_later(NEGOTIATION, self._negotiated)
        if self._keeper is not None:
            self._keeper.opened(self)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Acts on all that has come, as far as limits allow."""
        self._heard = True
        self.broker.receive_data(data)
        if not self._again:
            self._work()

    def pause_writing(self) -> None:
        """The peer does not read as fast as we write."""
        self._writable = self._loop.create_future()
        self._watch_for_stall()

    def resume_writing(self) -> None:
        """The peer has read."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
        if self._stall is not None:
            self._stall.cancel()
        self._continue_late()
        self._continue()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends everything that waits."""
        reason = self._reason or exc
        for timer in (self._timer, self._stall):
            if timer is not None:
                timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._held = None
        lost = ConnectionLost(str(reason) if reason else "the connection was closed")
        lost.__cause__ = reason
        self.broker.lose()
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            _fail(answer, lost)
        if self._writable is not None:
            _fail(self._writable, lost)
        _fail(self.ready, lost)
        if not self.closed.done():
            self.closed.set_result(None)
        if self._keeper is not None:
            self._keeper.ended(self)

    # Calls of ours

    async def call(
        self, target: Target | None, method: str, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> Any:
        """Calls and returns the answer; waits first while too much is unsent.

        Cancelling it ends the waiting: the peer goes on, its answer is dropped when it comes.
        """
        if self._call_timeout is None:
            return await self._call(target, method, args, kw)
        try:
            async with asyncio.timeout(self._call_timeout):
                return await self._call(target, method, args, kw)
        except TimeoutError as exc:
            raise CallTimeout(f"no answer to {method} in {self._call_timeout:g} s") from exc

    async def _call(
        self, target: Target | None, method: str, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> Any:
        await self.drain()
        try:
            request = self.broker.call(target, method, args, kw)
        except SlowReader as exc:
            raise self._end(exc) from exc
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._answers[request] = answer
        self._send_soon()
        try:
            return await answer
        finally:
            self._answers.pop(request, None)

    def tell(
        self, target: Target | None, method: str, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> None:
        """Calls one-way. Never waits: `await drain()` between many."""
        try:
            self.broker.call(target, method, args, kw, answer=False)
        except SlowReader as exc:
            raise self._end(exc) from exc
        self._send_soon()

    def tell_shared(self, target: RemoteReference, call: SharedCall) -> None:
        """Calls one-way with bytes that are shared between connections."""
        try:
            self.broker.send_shared(target, call)
        except SlowReader as exc:
            raise self._end(exc) from exc
        self._send_soon()

    async def drain(self) -> None:
        """Waits while too much is unsent. Raises ConnectionLost."""
        while (writable := self._writable) is not None:
            await asyncio.shield(writable)  # those who waited before may have filled it again

    def extra(self, name: str) -> Any:
        """What the transport knows of the peer under that name; see asyncio's get_extra_info."""
        return self._transport.get_extra_info(name) if self._transport is not None else None

    def close(self) -> None:
        """Sends what there is and closes."""
        if self._transport is not None and not self._transport.is_closing():
            self._flush()
            self._transport.close()

    def abort(self, reason: BaseException) -> None:
        """Closes at once; what waits fails with ConnectionLost because of `reason`."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    # Work

    def _work(self) -> None:
        """Takes events until there are none, a limit is reached or the slice is over."""
        self._again = False
        if self._transport is None or self._transport.is_closing():
            return
        until = self._loop.time() + SLICE
        try:
            while not self._full():
                event = self._held or self.broker.next_event()
                self._held = None
                if event is None:
                    break
                if self._writable is not None and type(event) is Call:
                    self._held = event
                    break
                self._act(event)
                del event  # may hold references that are to be given back
                if self.broker.unsent > FLUSH:
                    self._flush()
                if self._started or self._loop.time() > until:
                    self._next_turn()
                    break
        except ProtocolError as exc:
            self._end(exc)
            return
        self._flush()
        self._read_or_not()

    def _full(self) -> bool:
        return len(self._tasks) >= self.broker.limits.calls

    def _next_turn(self) -> None:
        if not self._again:
            self._again = True
            self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._started = False
        if not self.closed.done():
            self._work()

    def _continue(self) -> None:
        """Goes on after a limit."""
        if not self._again and not self.closed.done():
            self._next_turn()

    def _read_or_not(self) -> None:
        assert self._transport is not None
        if self._transport.is_closing():
            return
        behind = self._again and self.broker.waiting > READ_AHEAD
        if self._held is not None or self._full() or behind:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _act(self, event: Event) -> None:
        if type(event) is Call:
            try:
                result = event.run()
            except Exception as exc:
                self.broker.fail(event, exc)
                return
            if not hasattr(type(result), "__await__"):
                self.broker.answer(event, result)
            else:
                coroutine = isinstance(result, Coroutine)
                self._start(event, result if coroutine else _wait(result))
        elif type(event) is Answer:
            answer = self._answers.pop(event.request, None)
            if answer is not None and not answer.done():
                answer.set_result(event.value)
        elif type(event) is Failure:
            answer = self._answers.pop(event.request, None)
            if answer is not None:
                _fail(answer, event.error)
        elif type(event) is Dropped:
            log.info("dropped from %s: %s", self.broker.peer.get("address"), event.reason)
        elif type(event) is Ready:
            self._agreed(event.dialect)

    def _start(self, call: Call, result: Coroutine[Any, Any, Any]) -> None:
        self._started = True
        task = self._loop.create_task(result)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(call, done))

    def _finished(self, call: Call, task: asyncio.Task[Any]) -> None:
        self._late.append((call, task))
        if self._writable is None or self.closed.done():
            self._continue_late()

    def _continue_late(self) -> None:
        full = self._full()
        try:
            while self._late and (self._writable is None or self.closed.done()):
                self._conclude(*self._late.popleft())
        except ProtocolError as exc:
            self._end(exc)
            return
        if full:
            self._continue()

    def _conclude(self, call: Call, task: asyncio.Task[Any]) -> None:
        """Answers the call of a task that has ended."""
        self._tasks.discard(task)
        if task.cancelled():
            self.broker.fail(call, Error("cancelled"))
        elif (exc := task.exception()) is None:
            self.broker.answer(call, task.result())
        elif isinstance(exc, Exception):
            self.broker.fail(call, exc)
        else:
            self.broker.fail(call, InternalError())
        self._send_soon()

    # Sending

    def _send_soon(self) -> None:
        """Sends at the end of this turn of the loop, or at once if it is much."""
        if self.broker.unsent > FLUSH:
            self._flush()
        else:
            self._wake()

    def _wake(self) -> None:
        """Sends soon; from any thread, since finalizers run in any."""
        if self._flushing:
            return
        self._flushing = True
        loop, dirty = self._loop, self._dirty
        dirty.append(self)
        if len(dirty) > 1:
            return  # somebody has asked already
        try:
            here = asyncio.get_running_loop() is loop
        except RuntimeError:
            here = False
        if here:
            loop.call_soon(_flush_all, dirty)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_flush_all, dirty)

    def _flush(self) -> None:
        self._flushing = False
        transport = self._transport
        data = self.broker.data_to_send()
        if not data or transport is None or transport.is_closing():
            return
        self._written += len(data)
        transport.write(data)
        if self._writable is not None:
            limit = self.broker.limits.send_buffer
            if transport.get_write_buffer_size() > limit:
                self._end(SlowReader(f"over {limit} bytes unsent"))

    def _end(self, exc: ProtocolError) -> ConnectionLost:
        """Closes because of what the peer did."""
        log.info("closing %s: %s: %s", self.broker.peer.get("address"), exc.code, exc)
        self.abort(exc)
        return ConnectionLost(str(exc))

    # Time

    def _negotiated(self) -> None:
        if not self.ready.done():
            self.abort(TimeoutError("no dialect was agreed on"))

    def _agreed(self, dialect: bytes) -> None:
        if not self.ready.done():
            self.ready.set_result(dialect)
        if self._timer is not None:
            self._timer.cancel()
        if self._keepalive:
            self._timer = self._loop.call_later(self._keepalive, self._check)

    def _taken(self) -> int:
        """Bytes that the kernel has taken."""
        assert self._transport is not None
        return self._written - self._transport.get_write_buffer_size()

    def _watch_for_stall(self) -> None:
        self._stall = self._loop.call_later(STALL, self._stalled, self._taken())

    def _stalled(self, taken: int) -> None:
        if self._taken() == taken:
            self._end(SlowReader(f"nothing was read for {STALL:g} s"))
        else:
            self._watch_for_stall()

    def _check(self) -> None:
        assert self._keepalive is not None
        if self._heard:
            self._heard = self._asked = False
        elif self._asked:
            self.abort(TimeoutError("no sign of life"))
            return
        else:
            self._asked = True
            self.broker.ping()
            self._wake()
        self._timer = self._loop.call_later(self._keepalive, self._check)


_dirty: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, deque[Connection]]
_dirty = weakref.WeakKeyDictionary()
"""Connections with something to send, by loop: one callback sends for all of them."""


def _flush_all(dirty: deque[Connection]) -> None:
    while dirty:  # other threads may append meanwhile
        dirty.popleft()._flush()


async def _wait(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _fail(future: asyncio.Future[Any], exc: BaseException) -> None:
    if not future.done():
        future.set_exception(exc)
        future.exception()  # so that nobody is told when nobody waits


def _certificate(transport: asyncio.Transport) -> bytes | None:
    tls = transport.get_extra_info("ssl_object")
    return tls.getpeercert(binary_form=True) if tls is not None else None
