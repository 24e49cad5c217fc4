"""The shell of one IRC connection: bytes in, bytes out, flood control, life and death.

Callbacks of the loop only keep what came and wake the turn; `step` handles one line within it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

from gateways.irc.codec import LineError, LineReader, parse
from gateways.irc.encode import line
from gateways.irc.handlers.operators import step_down
from gateways.irc.runner import reject, resume, run
from gateways.irc.session import Session
from gateways.irc.table import COMMANDS, Later
from words.errors import WordsError

if TYPE_CHECKING:
    from gateways.irc.gateway import IrcGateway

log = logging.getLogger(__name__)

TRANSPORT_BUFFER = 64 * 1024
"""Bytes that the transport may hold of what the kernel doesn't take; then they wait here."""

CLOSE_SECONDS = 5.0
"""How long a connection may take to read its goodbye."""


class Connection(asyncio.Protocol):
    """A client's socket; the turn's `Source` and the attachment's `Outlet`."""

    def __init__(self, ircd: IrcGateway, secure: bool) -> None:
        self.ircd = ircd
        self.queued = False
        self.secure = secure
        self.private = secure
        self.address = "local"
        self.certificate = ""
        self.reader = LineReader()
        self.transport: asyncio.Transport | None = None
        self.session = Session(ircd, self, self)
        self.credit = float(ircd.flood.burst)
        self.credited = ircd.now()
        self.since = self.heard = self.credited
        self.ping_sent = 0.0
        self.closing = 0.0
        self._waiting: Later | None = None
        self._asked = 0.0
        self._task: asyncio.Task[Any] | None = None
        self._result: list[Any] = []
        self._command = ""
        self._timer: asyncio.TimerHandle | None = None
        self._backlog: list[bytes] = []
        self._backlog_bytes = 0
        self._full = False
        self._paused = False
        self._end = ""
        self._ping_due = False

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's isn't a subclass
        self.transport.set_write_buffer_limits(high=TRANSPORT_BUFFER)
        refusal = self.ircd.admit(self)
        if refusal:
            self.transport.write(line("ERROR", text=refusal))
            self.closing = self.ircd.now()
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        self.heard = self.ircd.now()
        reader = self.reader
        reader.feed(data)
        if reader.buffered > self.ircd.input_buffer and not self._paused and self.transport:
            self._paused = True
            self.transport.pause_reading()
        self.ircd.wake(self)

    def eof_received(self) -> bool:
        self._end = self._end or "Client closed the connection"
        self.ircd.wake(self)
        return not self.secure  # the goodbye can still be written, but not over TLS

    def connection_lost(self, exc: Exception | None) -> None:
        self._end = self._end or (f"Connection lost ({exc})" if exc else "Connection closed")
        self.transport = None
        self._backlog.clear()
        self.ircd.dismiss(self)
        self.ircd.wake(self)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._backlog and self.transport:
            chunks, self._backlog, self._backlog_bytes = self._backlog, [], 0
            self.transport.write(b"".join(chunks))

    # What the turn calls

    def push(self, chunk: bytes) -> None:
        """Write, or keep for a slow reader; one that stays too far behind is dropped."""
        transport = self.transport
        if transport is None:
            return
        if not self._full:
            transport.write(chunk)
            return
        self._backlog.append(chunk)
        self._backlog_bytes += len(chunk)
        if self._backlog_bytes > self.ircd.outbox and not self._end:
            self._end = "SendQ exceeded"
            self._backlog.clear()
            transport.abort()

    def step(self) -> bool:
        """Handle one line, or what else is due; return whether there is more."""
        if self._waiting is not None:
            if self._result:
                return self._go_on()
            # What was sent before an end of file still counts; to who is gone nothing matters.
            return False if self.transport else self._ended()
        if self.closing:
            self._finish()
            return False
        if self._ping_due:
            self._ping_due = False
            self.session.send(line("PING", text=self.ircd.name_shown))
        if not self._may_go_on():
            return self._ended()
        try:
            data = self.reader.pop()
            if data is None:
                return self._drained()
            message = parse(data)
        except LineError as error:
            self.credit -= 1.0
            reject(self.session, error)
            return True
        row = COMMANDS.get(message.command)
        self.credit -= row.price(message) if row else 1.0
        self._command = message.command
        self._after(run(self.session, message))
        return not self.closing and self._waiting is None

    def _may_go_on(self) -> bool:
        """Return whether flood control lets the next line through; otherwise come back later."""
        if self.credit >= 1.0:
            return True
        flood = self.ircd.flood
        now = self.ircd.now()
        self.credit = min(flood.burst, self.credit + (now - self.credited) * flood.rate)
        self.credited = self.heard = now  # who is slowed isn't silent
        if self.credit >= 1.0:
            return True
        if self._timer is None and not self._end:
            delay = (1.0 - self.credit) / flood.rate
            self._timer = self.ircd.parts.reactor.call_later(delay, self._timed)
        return False

    def _timed(self) -> None:
        self._timer = None
        self.ircd.wake(self)

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
            self._asked = self.ircd.now()
            self._task = self.ircd.parts.reactor.spawn(
                self._wait(later), name=f"irc {self._command}"
            )
        elif self.session.quitting and not self.closing:
            self.close(self.session.quitting)

    async def _wait(self, later: Later) -> None:
        try:
            result: Any = await later.work
        except WordsError as error:
            result = error
        self._result.append(result)
        self.ircd.wake(self)

    def _go_on(self) -> bool:
        later, result = self._waiting, self._result.pop()
        assert later is not None
        self.since += self.ircd.now() - self._asked  # to register it has as long as others
        self._after(resume(self.session, self._command, later, result))
        return not self.closing and self._waiting is None

    def close(self, reason: str, *, leaving: bool = True) -> None:
        """Say goodbye and end; within a turn.

        Without ``leaving`` nobody else is told: the hub itself ends, and the journal will say so.
        """
        if self.closing:
            return
        self.closing = self.ircd.now()
        session = self.session
        if self._task is not None:
            self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        session.capture = None
        session.send(line("ERROR", text=f"Closing link: {reason}"))
        if session.attachment is not None and leaving:
            session.attachment.capture = None
            if session.operator is not None:
                step_down(session)
            participant = session.attachment.participant
            if len(participant.attachments) == 1:
                self.ircd.remember(participant)
            self.ircd.service.detach(session.attachment, reason)
        self.ircd.parts.turn.after(self._hang_up)

    def _hang_up(self) -> None:
        """When the goodbye was spoken."""
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

    def look(self, now: float, interval: float, timeout: float, unregistered: float) -> None:
        """Ask a silent client whether it is there; end one that isn't."""
        if self.closing:
            if now - self.closing > CLOSE_SECONDS and self.transport is not None:
                self.transport.abort()
            return
        silent = now - self.heard
        if self.session.attachment is None:
            if now - self.since > unregistered and self._waiting is None:
                self._stop("Registration timed out")
        elif silent < interval:
            self.ping_sent = 0.0
        elif not self.ping_sent:
            self.ping_sent = now
            self._ping_due = True
            self.ircd.wake(self)
        elif now - self.ping_sent > timeout:
            self._stop(f"Ping timeout: {int(silent)} seconds")

    def _stop(self, reason: str) -> None:
        self._end = self._end or reason
        self.ircd.wake(self)
