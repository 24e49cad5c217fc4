"""Pages about people, and the directory."""

from __future__ import annotations

from gateways.toc import names
from gateways.toc.arguments import Command
from gateways.toc.directory import fields_of, sought
from gateways.toc.refusals import NO_KEYWORDS, NOT_AVAILABLE, TOO_MANY_FOUND
from gateways.toc.session import Session
from gateways.toc.table import command
from words.errors import TooMany

WINDOW = "TIC"
"""In which of its windows a client shows a page: its name for the usual one."""


def _go(session: Session, kind: str, name: str, wanted: tuple[str, ...] = ()) -> None:
    address = session.toc.pages.address(kind, session, name, wanted)
    session.say("GOTO_URL", WINDOW, last=address)


def _text(command: Command) -> str:
    """Return colon-separated fields, which clients quote as one, or each for itself."""
    return names.decode(b" ".join(command.values()))


@command("toc_get_info", stage="online", least=1)
def handle_get_info(session: Session, command: Command) -> None:
    """Ask for the page about somebody who is here."""
    _page(session, command, "info")


@command("toc_get_dir", stage="online", least=1)
def handle_get_dir(session: Session, command: Command) -> None:
    """Ask for what somebody has said of where he lives."""
    _page(session, command, "dir")


def _page(session: Session, command: Command, kind: str) -> None:
    value = command.values()[0]
    found = session.me.standing(session.whom(names.meant(value)))
    if found is None:
        session.error(NOT_AVAILABLE, names.decode(value))
        return
    _go(session, kind, found.name)


@command("toc_set_dir")
def handle_set_dir(session: Session, command: Command) -> None:
    """Say where one lives, and whether one may be found by it."""
    session.toc.directory.put(session.identity, fields_of(_text(command)))
    session.say("DIR_STATUS", "0")


@command("toc_dir_search", stage="online", cost=5.0)
def handle_dir_search(session: Session, command: Command) -> None:
    """Search for people by where they live: of those who allow it."""
    wanted = sought(_text(command))
    if not any(wanted):
        session.error(NO_KEYWORDS)
        return
    try:
        session.toc.directory.find(wanted)
    except TooMany:
        session.error(TOO_MANY_FOUND)
        return
    _go(session, "search", session.name, wanted)
