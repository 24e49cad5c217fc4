"""One IRC connection: lines in, lines out, and the words of its goodbye.

The rest is `gateways.connection.Connection`'s.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gateways.admission import Arrival
from gateways.connection import Connection
from gateways.irc.codec import LineError, LineReader, parse
from gateways.irc.encode import line
from gateways.irc.handlers.operators import step_down
from gateways.irc.runner import reject, resume, run
from gateways.irc.session import Session
from gateways.irc.staying import note_seen
from gateways.irc.table import COMMANDS, Later
from words.chat.registry import now_ms

if TYPE_CHECKING:
    from gateways.irc.gateway import IrcGateway


class IrcConnection(Connection):
    """A client of IRC."""

    def __init__(self, ircd: IrcGateway, arrival: Arrival) -> None:
        super().__init__(ircd, arrival)
        self.ircd = ircd
        self.reader = LineReader()
        self.session = Session(ircd, self, self)

    push = Connection.write

    @property
    def registered(self) -> bool:
        return self.session.attachment is not None

    def keep(self, data: bytes) -> int:
        self.reader.feed(data)
        return self.reader.buffered

    def take(self) -> bool:
        try:
            data = self.reader.pop()
            if data is None:
                return False
            if not data.strip(b" "):
                self.credit -= 1.0
                return True  # as an empty line (RFC 1459 section 2.3)
            message = parse(data)
        except LineError as error:
            self.credit -= 1.0
            reject(self.session, error)
            return True
        row = COMMANDS.get(message.command)
        in_batch = self.session.batch is not None
        self.credit -= row.price(message, in_batch) if row else 1.0
        self._after(message.command, run(self.session, message))
        return True

    def _after(self, command: str, later: Later | None) -> None:
        if later is not None:
            self.wait(later.work, partial(self._go_on, command, later), command)
        elif self.session.quitting:
            self.close(self.session.quitting)

    def _go_on(self, command: str, later: Later, result: Any) -> None:
        self._after(command, resume(self.session, command, later, result))

    def ask(self) -> None:
        self.session.send(line("PING", text=self.ircd.name_shown))

    def say_goodbye(self, reason: str, *, leaving: bool) -> None:
        session = self.session
        answers = session.quitting and session.capture is not None
        session.capture = None
        tags = {"label": session.label} if answers else None
        session.send(line("ERROR", text=f"Closing link: {reason}", tags=tags))
        if session.attachment is None:
            return
        if session.me.participant.identity:
            silent = int(1000 * (self.ircd.now() - self.heard))
            note_seen(session, now_ms() - silent)
        if not leaving:
            return
        session.attachment.capture = None
        if session.operator is not None:
            step_down(session)
        participant = session.attachment.participant
        if len(participant.attachments) == 1:
            self.ircd.remember(participant)
        self.ircd.service.detach(session.attachment, reason)
        session.attachment.moved = None  # it refers to the session, as the next one
        session.attachment.rehosted = None

    def release(self) -> None:
        vars(self).pop("session", None)
