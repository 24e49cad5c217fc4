"""Runs one command of one session: looks it up, checks its row, calls its handler."""

from __future__ import annotations

import logging
from typing import Any

from gateways.toc.arguments import Command, Unsendable
from gateways.toc.limits import ARGUMENTS
from gateways.toc.refusals import BAD_INPUT, FAILED, refuse
from gateways.toc.session import Session
from gateways.toc.table import COMMANDS, Later
from words.errors import WordsError

log = logging.getLogger(__name__)


def run(session: Session, command: Command) -> Later | None:
    """Run one command; return what has to be waited for before the next.

    What comes before SIGN_ON, or twice, or is unknown, is left without an answer, as AOL did.
    """
    row = COMMANDS.get(command.name)
    if row is None or not _in_time(session, row.stage):
        return None
    if len(command.words) < row.least or len(command.words) > ARGUMENTS:
        session.error(BAD_INPUT)
        return None
    if row.active and session.attachment is not None and not session.idle:  # else it says when
        session.attachment.active = session.toc.now()
    try:
        return row.handler(session, command)
    except Exception as error:
        _failed(session, command.name, error)
        return None


def resume(session: Session, name: str, later: Later, result: Any) -> Later | None:
    """Go on with a command whose wait is over, in a turn."""
    try:
        if isinstance(result, Exception) and not isinstance(result, WordsError):
            raise result
        return later.then(session, result)
    except Exception as error:
        _failed(session, name, error)
        return None


def _in_time(session: Session, stage: str) -> bool:
    if stage == "new":
        return not session.identity
    if stage == "online":
        return session.attachment is not None
    return bool(session.identity)


def _failed(session: Session, name: str, error: Exception) -> None:
    if isinstance(error, WordsError):
        refuse(session, error)
    elif isinstance(error, Unsendable):
        session.error(BAD_INPUT)
    else:
        log.error("%s failed for %s", name, session.name, exc_info=error)
        session.error(FAILED)
