"""One PB connection: a broker driven by turns.

`take` has one decoded call from the broker and runs it; others may be at work meanwhile. What the
broker wants sent is noted in its place among the turn's events and leaves with them when the turn
is committed: an answer tells nothing that can be taken back.
The rest is `gateways.connection.Connection`'s.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from gateways.admission import Arrival
from gateways.connection import Connection
from gateways.pb.forms import SILENT, Chunk, output
from gateways.pb.perspective import CALL_COST
from gateways.pb.table import Later
from words.chat.fanout import Listener
from words.errors import InternalError, WordsError
from words.remote.refusals import told
from words.spread.encoder import PB_WORDS, Words
from words.spread.errors import ProtocolError, SpreadError
from words.spread.events import Call, Dropped, Event, Ready, Refused
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.pieces import words_of
from words.spread.references import RemoteReference
from words.spread.shared import SharedCall

if TYPE_CHECKING:
    from gateways.pb.gateway import PbGateway

log = logging.getLogger(__name__)

LIMITS = DEFAULT_LIMITS.replace(calls=100)
"""Of one connection: a hundred calls at work are as many as any client has use for."""

BESIDE_BODY = 128 * 1024
"""Bytes that a message may have beside the longest text: spans, tags, settings."""

UNIT_BYTES = 16 * 1024
"""Bytes of messages that cost one unit more."""


def limits_for(body: int) -> Limits:
    """Return the limits of connections where a text may have so many bytes."""
    return LIMITS.replace(incoming=min(LIMITS.message, body + BESIDE_BODY))


class PbConnection(Connection):
    """A client of PB; an `Outlet` until there is a better one."""

    at_once = LIMITS.calls
    late = "Nobody logged in"

    def __init__(self, gateway: PbGateway, arrival: Arrival) -> None:
        super().__init__(gateway, arrival)
        self.words: Words = PB_WORDS
        self.broker = gateway.new_broker(self)
        self.listener = Listener(SILENT, SILENT, self)
        self.perspectives: set[Any] = set()
        self._leaving = True

    @property
    def registered(self) -> bool:
        return bool(self.perspectives)

    def greet(self) -> None:
        self.write(self.broker.data_to_send())  # the dialects

    def keep(self, data: bytes) -> int:
        self.broker.receive_data(data)
        return self.broker.waiting

    def push(self, chunk: Chunk) -> None:
        """Write bytes of the broker; see `Outlet.push`."""
        self.write_all(chunk.parts)

    def write_all(self, parts: Sequence[bytes]) -> None:
        """Write these as one."""
        self.write(parts[0] if len(parts) == 1 else b"".join(parts))

    def splice(self, mind: RemoteReference, call: SharedCall) -> bytes:
        """Return the bytes of a shared call of this connection, b"" when it has ended."""
        try:
            return self.broker.splice(mind, call)
        except SpreadError:
            return b""

    def step(self) -> bool:
        try:
            return super().step()
        except ProtocolError as error:
            log.info("%s is dropped: %s: %s", self, error.code, error)
            self.note(self.listener)
            self.close(f"A violation of the protocol ({error.code})")
            return False

    def take(self) -> bool:
        waiting = self.broker.waiting
        try:
            event = self.broker.next_event()
        except SpreadError:
            raise
        except Exception:  # a defect, but nothing was done yet: one connection's matter
            log.exception("%s is dropped: what it sent can't be read", self)
            self.close("Internal error")
            return False
        self.charge((waiting - self.broker.waiting) / UNIT_BYTES)
        if event is None:
            self.note(self.listener)
            return False
        self._act(event)
        return True

    def _act(self, event: Event) -> None:
        if type(event) is Call:
            self._call(event)
            return
        if type(event) is Ready:
            self.words = words_of(event.dialect)
        elif type(event) in (Refused, Dropped):
            self.charge(CALL_COST)
            log.debug("%s: %s", self, event)
        self.note(self.listener)

    def _call(self, call: Call) -> None:
        self.charge(getattr(call.obj, "cost", CALL_COST))
        try:
            result = call.run()
            if isinstance(result, Coroutine):
                beside = getattr(call.obj, "beside", False)
                result = Later(result) if beside else _finished(result)
        except Exception as error:  # kept in a variable it would keep what was asked, too
            self._answer(call, error)
            return
        if isinstance(result, Later):
            self.wait(result.work, partial(self._answer, call), call.name)
        else:
            self._answer(call, result)

    def _answer(self, call: Call, result: Any) -> None:
        if isinstance(result, WordsError):
            self.broker.fail(call, told(result))
        elif isinstance(result, Exception):
            self.broker.fail(call, result)
        else:
            self.broker.answer(call, result)
        self.note(getattr(call.obj, "listener", self.listener))

    def note(self, listener: Listener) -> None:
        """Give what the broker wants sent its place in the turn."""
        data = self.broker.data_to_send()
        if data:
            self.gateway.fanout.note(listener, output(data))

    def charge(self, cost: float) -> None:
        """Take from the credit of flood control."""
        self.credit -= cost

    def ask(self) -> None:
        self.broker.ping()
        self.note(self.listener)

    # The end

    def logged_out(self, perspective: Any) -> None:
        """Detach a perspective, within a turn."""
        if perspective in self.perspectives:
            self.perspectives.discard(perspective)
            if self._leaving:
                perspective.log_out(self._end or "logged out")
        if not self.perspectives and not self.closing:
            self.since = self.gateway.now()

    def say_goodbye(self, reason: str, *, leaving: bool) -> None:
        self._leaving = leaving
        for perspective in self.perspectives:
            if goodbye := perspective.goodbye(reason):
                self.gateway.fanout.note(perspective.listener, output(goodbye))
        for perspective in list(self.perspectives):
            self.logged_out(perspective)

    def hang_up(self) -> None:
        self.broker.lose()
        super().hang_up()


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of a coroutine that has nothing to wait for: login is all table lookups."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise InternalError
