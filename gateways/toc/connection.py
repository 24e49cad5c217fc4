"""The shell of one TOC connection: bytes in, frames out, flood control, life and death.

Callbacks of the loop only keep what came and wake the turn; `step` handles one frame within it.
The same port answers HTTP: the first bytes say which of the two it is.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

from gateways.toc import http, sflap
from gateways.toc.arguments import parse
from gateways.toc.forms import Chunk
from gateways.toc.handlers.offline import note_told
from gateways.toc.limits import INIT_SECONDS
from gateways.toc.runner import resume, run
from gateways.toc.session import Session
from gateways.toc.sflap import FrameReader, Frames, Kind, SflapError
from gateways.toc.table import COMMANDS, Later
from words.errors import WordsError

if TYPE_CHECKING:
    from gateways.toc.gateway import TocGateway

log = logging.getLogger(__name__)

TRANSPORT_BUFFER = 64 * 1024
"""Bytes that the transport may hold of what the kernel doesn't take; then they wait here."""

CLOSE_SECONDS = 5.0
"""How long a connection may take to read its last frames."""

NOTE_SECONDS = 60.0
"""How often it is noted what was told, so that a killed hub tells at most so much twice."""


class Connection(asyncio.Protocol):
    """A client's socket; the turn's `Source` and the attachment's `Outlet`."""

    def __init__(self, toc: TocGateway, secure: bool) -> None:
        self.toc = toc
        self.queued = False
        self.secure = secure
        self.private = secure
        self.address = "local"
        self.reader: FrameReader | None = None
        self.transport: asyncio.Transport | None = None
        self.session = Session(toc, self, self)
        self.sequence = toc.first_sequence()
        self.credit = float(toc.flood.burst)
        self.credited = self.since = self.heard = toc.now()
        self.closing = 0.0
        self.led = False
        self._first = bytearray()
        self._greeted = False
        self._waiting: Later | None = None
        self._task: asyncio.Task[Any] | None = None
        self._result: list[Any] = []
        self._command = ""
        self._timer: asyncio.TimerHandle | None = None
        self._backlog: list[bytes] = []
        self._backlog_bytes = 0
        self._full = False
        self._paused = False
        self._end = ""
        self._noted = self.since
        self._note_due = False

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's isn't a subclass
        self.transport.set_write_buffer_limits(high=TRANSPORT_BUFFER)
        if self.toc.admit(self):
            self.closing = self.toc.now()
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        self.heard = self.toc.now()
        if self.reader is not None:
            self.reader.feed(data)
        else:
            self._first += data
        waiting = self.reader.buffered if self.reader else len(self._first)
        if waiting > self.toc.input_buffer and not self._paused and self.transport:
            self._paused = True
            self.transport.pause_reading()
        self.toc.wake(self)

    def eof_received(self) -> bool:
        self._end = self._end or "Client closed the connection"
        self.toc.wake(self)
        return not self.secure

    def connection_lost(self, exc: Exception | None) -> None:
        self._end = self._end or (f"Connection lost ({exc})" if exc else "Connection closed")
        self.transport = None
        self._backlog.clear()
        self.toc.dismiss(self)
        self.toc.wake(self)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._backlog and self.transport:
            chunks, self._backlog, self._backlog_bytes = self._backlog, [], 0
            self.transport.write(b"".join(chunks))

    # What the turn calls

    def push(self, chunk: Chunk) -> None:
        """Write frames with this client's numbers; who stays too far behind is dropped."""
        if self.transport is None:
            return
        told = chunk if isinstance(chunk, Frames) else self.session.chosen(chunk)
        count = told.count
        if not count:
            return
        data = told.numbered(self.sequence)
        self.sequence = (self.sequence + count) % sflap.MODULUS
        self.write(data)

    def write(self, data: bytes) -> None:
        """Write, or keep for a slow reader."""
        if self.transport is None:
            return
        if not self._full:
            self.transport.write(data)
            return
        self._backlog.append(data)
        self._backlog_bytes += len(data)
        if self._backlog_bytes > self.toc.outbox and not self._end:
            self._end = "SendQ exceeded"
            self._backlog.clear()
            self.transport.abort()

    def step(self) -> bool:
        """Handle one frame, or what else is due; return whether there is more."""
        if self._waiting is not None:
            if self._result:
                return self._go_on()
            return False if self.transport else self._ended()
        if self.closing:
            self._finish()
            return False
        if self._note_due:
            self._note_due = False
            note_told(self.session)
        try:
            if self.reader is None:
                return self._begin()
            if not self._may_go_on():
                return self._ended()
            frame = self.reader.pop()
            if not self.led and self.reader.led:
                self._greet()
            if frame is None:
                return self._drained()
            return self._handle(frame)
        except SflapError as error:
            log.debug("%s: %s", self.address, error)
            self.close(f"Protocol error: {error}")
            return False

    def _begin(self) -> bool:
        """Look at the first bytes: a request for a page, or SFLAP."""
        if http.begins(self._first):
            answer = http.answer(self._first, self.toc.page)
            if answer is not None:
                self.write(answer)
                self.close("Page sent")
                return False
            return self._drained()
        if not self._first or http.may_begin(self._first):
            return self._drained()
        self.reader = FrameReader()
        self.reader.feed(bytes(self._first))
        self._first.clear()
        return True

    def _greet(self) -> None:
        """Say SIGNON, with the number from which this client's frames are counted."""
        self.led = True
        self.session.send(sflap.frames([sflap.VERSION], Kind.SIGNON))

    def _handle(self, frame: sflap.Frame) -> bool:
        if frame.kind == Kind.SIGNON:
            if self._greeted:
                raise SflapError("a second SIGNON frame")
            self._greeted = True
            sflap.signon_name(frame.payload)
        elif frame.kind == Kind.SIGNOFF:
            self.close("Signed off")
        elif frame.kind == Kind.DATA:
            command = parse(frame.payload)
            row = COMMANDS.get(command.name)
            self.credit -= row.cost if row else 1.0
            self._command = command.name
            self._after(run(self.session, command))
        else:
            self.credit -= 1.0
        return not self.closing and self._waiting is None

    def _may_go_on(self) -> bool:
        """Return whether flood control lets the next frame through; else come back later."""
        if self.credit >= 1.0:
            return True
        flood = self.toc.flood
        now = self.toc.now()
        self.credit = min(flood.burst, self.credit + (now - self.credited) * flood.rate)
        self.credited = self.heard = now
        if self.credit >= 1.0:
            return True
        if self._timer is None and not self._end:
            delay = (1.0 - self.credit) / flood.rate
            self._timer = self.toc.parts.reactor.call_later(delay, self._timed)
        return False

    def _timed(self) -> None:
        self._timer = None
        self.toc.wake(self)

    def _drained(self) -> bool:
        if self._paused and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()
        return self._ended()

    def _ended(self) -> bool:
        if self._end and not self.closing:
            self.close(self._end)
            self._finish()
        return False

    def _after(self, later: Later | None) -> None:
        self._waiting = later
        if later is not None:
            self._task = self.toc.parts.reactor.spawn(
                self._wait(later), name=f"toc {self._command}"
            )
        elif self.session.leaving and not self.closing:
            self.close(self.session.leaving)

    async def _wait(self, later: Later) -> None:
        try:
            result: Any = await later.work
        except WordsError as error:
            result = error
        self._result.append(result)
        self.toc.wake(self)

    def _go_on(self) -> bool:
        later, result = self._waiting, self._result.pop()
        assert later is not None
        self._after(resume(self.session, self._command, later, result))
        return not self.closing and self._waiting is None

    def close(self, reason: str, *, leaving: bool = True) -> None:
        """End, within a turn. Without ``leaving`` nobody else is told: the hub itself ends."""
        if self.closing:
            return
        self.closing = self.toc.now()
        if self._task is not None:
            self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        if leaving:
            self.toc.signs_off(self.session, reason)
        elif self.session.heard:
            note_told(self.session)
        self.toc.parts.turn.after(self._hang_up)

    def _hang_up(self) -> None:
        """When the last frames were spoken."""
        if self.transport is not None:
            if self._backlog:
                self.transport.write(b"".join(self._backlog))
            self._backlog.clear()
            self.transport.close()

    def _finish(self) -> None:
        self._waiting = None
        if self.transport is None:  # a cycle would wait for a collector that seldom comes
            vars(self).pop("session", None)

    # What the gateway's sweep calls

    def look(self, now: float, alive: float, timeout: float) -> None:
        """End a client that doesn't sign on in time; let a silent one hear that we are here."""
        if self.closing:
            if now - self.closing > CLOSE_SECONDS and self.transport is not None:
                self.transport.abort()
            return
        if self.session.attachment is None:
            limit = min(timeout, INIT_SECONDS) if self.session.identity else timeout
            if now - self.since > limit and self._waiting is None:
                self._end = self._end or "Sign-on timed out"
                self.toc.wake(self)
            return
        if self.session.heard and now - self._noted > NOTE_SECONDS:
            self._noted = now
            self._note_due = True
            self.toc.wake(self)
        if now - self.heard > alive:
            self.heard = now
            self.toc.keep_alive(self)
