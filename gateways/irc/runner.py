"""Runs one command of one session: looks it up, checks its row, calls its handler.

What the handler raises becomes a numeric; what a labelled command says becomes one answer.
"""

from __future__ import annotations

import logging
from typing import Any

from gateways.irc import numerics as n
from gateways.irc.batches import enclosed, is_batch, tagged
from gateways.irc.capabilities import Cap
from gateways.irc.codec import LineError, Message, NotUtf8, TooLong
from gateways.irc.encode import Unsendable, line
from gateways.irc.multiline import collected
from gateways.irc.refusals import refuse
from gateways.irc.session import Session
from gateways.irc.table import COMMANDS, Later
from gateways.irc.tags import escape
from words.errors import InternalError, WordsError

log = logging.getLogger(__name__)

COMMAND_SHOWN = 32  # characters of an unknown command that are sent back


def run(session: Session, message: Message) -> Later | None:
    """Run one command; return what has to be waited for before the next."""
    row = COMMANDS.get(message.command)
    registered = session.attachment is not None
    batched = session.batch is not None or (message.tag_data and "batch=" in message.tag_data)
    if batched and collected(session, message):
        return None
    if message.tag_data and (label := session.label_of(message)):
        session.begin_capture(label)
    later: Later | None = None
    if not registered and (row is None or not row.early):
        session.reply(n.ERR_NOTREGISTERED)
    elif row is None or session.caps & row.caps != row.caps:
        shown = message.command[:COMMAND_SHOWN]
        session.reply(n.ERR_UNKNOWNCOMMAND, shown if shown.isalnum() else "*")
    elif len(message.params) < row.least:
        session.reply(n.ERR_NEEDMOREPARAMS, row.name)
    else:
        if row.active and session.attachment is not None:
            session.attachment.active = session.ircd.now()
        try:
            later = row.handler(session, message)
        except Exception as error:
            _failed(session, row.name, error)
    _answered(session, more=later is not None)
    return later


def resume(session: Session, command: str, later: Later, result: Any) -> Later | None:
    """Go on with a command whose wait is over, in a turn."""
    further: Later | None = None
    try:
        if isinstance(result, Exception) and not isinstance(result, WordsError):
            raise result
        further = later.then(session, result)
    except Exception as error:
        _failed(session, command, error)
    _answered(session, more=further is not None)
    return further


def reject(session: Session, error: LineError) -> None:
    """Answer a line that is no message."""
    if isinstance(error, TooLong):
        session.reply(n.ERR_INPUTTOOLONG)
    elif isinstance(error, NotUtf8):
        session.fail(error.command, "INVALID_UTF8", text="Message rejected: not valid UTF-8")
    else:
        session.reply(n.ERR_UNKNOWNERROR, "*", text=str(error))


def _failed(session: Session, command: str, error: Exception) -> None:
    """Answer what a handler raised: a refusal, or a defect."""
    if isinstance(error, WordsError):
        refuse(session, command, error)
    elif isinstance(error, Unsendable):
        text = "something was asked for that can't be sent: %s"
        log.debug(text, error, extra=_context(session))
        session.reply(n.ERR_UNKNOWNERROR, command, text="Something in it can't be sent back")
    else:
        log.error("%s failed", command, exc_info=error, extra=_context(session))
        refuse(session, command, InternalError())


def _context(session: Session) -> dict[str, str]:
    """Return whose session it is, for the log."""
    context = {"session": f"irc {session.name}", "address": session.peer.address}
    return {**context, "identity": session.account} if session.account else context


def _answered(session: Session, *, more: bool) -> None:
    """Say what a labelled command has said, or (``more``) what there is of it so far."""
    if session.capture is None:
        return
    if more:
        if session.capture and session.has(Cap.BATCH):
            lines = _lines(session.capture)
            session.capture.clear()
            session.ircd.fanout.note(session.listener, _begin(session) + _inside(session, lines))
    elif session.label_batch:
        rest = _inside(session, _lines(session.end_capture()))
        session.send(rest + _end(session))
    else:
        _done(session)


def _lines(pieces: list[bytes]) -> list[bytes]:
    return [each for piece in pieces for each in piece.splitlines(keepends=True)]


def _done(session: Session) -> None:
    if session.quitting and not session.capture:
        return  # ERROR is the answer
    label = session.label
    pieces = session.end_capture()
    lines = _lines(pieces)
    if not lines:
        session.send(line("ACK", source=session.ircd.name_shown, tags={"label": label}))
    elif len(lines) == 1:
        session.send(tagged(lines[0], f"label={escape(label)}"))
    elif not session.has(Cap.BATCH) or (len(pieces) == 1 and is_batch(lines[0], b"+")):
        session.send(tagged(lines[0], f"label={escape(label)}") + b"".join(lines[1:]))
    else:
        session.send(_begin(session) + _inside(session, lines) + _end(session))


def _begin(session: Session) -> bytes:
    """Return the line that opens the batch of an answer, where it isn't open yet."""
    if session.label_batch:
        return b""
    session.label_batch = session.next_batch()
    tags = {"label": session.label}
    kind = "labeled-response"
    name = session.ircd.name_shown
    return line("BATCH", f"+{session.label_batch}", kind, source=name, tags=tags)


def _inside(session: Session, lines: list[bytes]) -> bytes:
    return enclosed(session.label_batch, lines)


def _end(session: Session) -> bytes:
    reference, session.label_batch = session.label_batch, ""
    return line("BATCH", f"-{reference}", source=session.ircd.name_shown)
