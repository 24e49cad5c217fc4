"""One TOC connection: frames in, frames out. The same port answers HTTP: the first bytes say which.

The rest is `gateways.connection.Connection`'s.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from gateways.admission import Arrival
from gateways.connection import Connection
from gateways.toc import http, sflap
from gateways.toc.arguments import parse
from gateways.toc.forms import Chunk
from gateways.toc.handlers.offline import note_told
from gateways.toc.limits import INIT_SECONDS
from gateways.toc.runner import resume, run
from gateways.toc.session import Session
from gateways.toc.sflap import FrameReader, Frames, Kind, SflapError
from gateways.toc.table import COMMANDS, Later

if TYPE_CHECKING:
    from gateways.toc.gateway import TocGateway

log = logging.getLogger(__name__)

NOTE_SECONDS = 60.0
"""How often it is noted what was told, so that a killed hub tells at most so much twice."""


class TocConnection(Connection):
    """A client of TOC, or a browser that wants a page."""

    late = "Sign-on timed out"

    def __init__(self, toc: TocGateway, arrival: Arrival) -> None:
        super().__init__(toc, arrival)
        self.toc = toc
        self.reader: FrameReader | None = None
        self.session = Session(toc, self, self)
        self.sequence = toc.first_sequence()
        self.led = False
        self._first = bytearray()
        self._greeted = False
        self._noted = self.since

    @property
    def registered(self) -> bool:
        return self.session.attachment is not None

    @property
    def patience(self) -> float:
        return min(self.toc.patience, INIT_SECONDS) if self.session.identity else self.toc.patience

    def keep(self, data: bytes) -> int:
        if self.reader is None:
            self._first += data
            return len(self._first)
        self.reader.feed(data)
        return self.reader.buffered

    def push(self, chunk: Chunk) -> None:
        """Write frames with this client's numbers; see `Outlet.push`."""
        if self.transport is None:
            return
        told = chunk if isinstance(chunk, Frames) else self.session.chosen(chunk)
        count = told.count
        if not count:
            return
        data = told.numbered(self.sequence)
        self.sequence = (self.sequence + count) % sflap.MODULUS
        self.write(data)

    def take(self) -> bool:
        if self.reader is None and not self._begin():
            return False
        assert self.reader is not None
        try:
            frame = self.reader.pop()
            if not self.led and self.reader.led:
                self._greet()
            if frame is not None:
                self._handle(frame)
        except SflapError as error:
            log.debug("%s: %s", self.address, error)
            self.close(f"Protocol error: {error}")
            return True
        return frame is not None

    def _begin(self) -> bool:
        """Look at the first bytes: a request for a page, or SFLAP. Return whether it is this."""
        if http.begins(self._first):
            answer = http.answer(self._first, self.toc.page)
            if answer is not None:
                self.write(answer)
                self.close("Page sent")
            return False
        if not self._first or http.may_begin(self._first):
            return False
        self.reader = FrameReader()
        self.reader.feed(bytes(self._first))
        self._first.clear()
        return True

    def _greet(self) -> None:
        """Say SIGNON, with the number from which this client's frames are counted."""
        self.led = True
        self.session.send(sflap.frames([sflap.VERSION], Kind.SIGNON))

    def _handle(self, frame: sflap.Frame) -> None:
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
            self._after(command.name, run(self.session, command))
        else:
            self.credit -= 1.0

    def _after(self, command: str, later: Later | None) -> None:
        if later is not None:
            self.wait(later.work, partial(self._go_on, command, later), command)
        elif self.session.leaving:
            self.close(self.session.leaving)

    def _go_on(self, command: str, later: Later, result: Any) -> None:
        self._after(command, resume(self.session, command, later, result))

    def say_goodbye(self, reason: str, *, leaving: bool) -> None:
        if leaving:
            self.toc.signs_off(self.session, reason)
        elif self.session.heard:
            note_told(self.session)

    def release(self) -> None:
        vars(self).pop("session", None)

    def look_after(self, now: float) -> None:
        """Let a silent client hear that we are here, and note what was told."""
        if self.session.heard and now - self._noted > NOTE_SECONDS:
            self._noted = now
            self._ask_due = True
            self.toc.wake(self)
        if now - self.heard > self.toc.settings.keep_alive:
            self.heard = now
            self.toc.keep_alive(self)

    def ask(self) -> None:
        note_told(self.session)
