"""Pages about people, and the directory."""

from __future__ import annotations

from gateways.toc import names
from gateways.toc.arguments import Command
from gateways.toc.refusals import NOT_AVAILABLE
from gateways.toc.session import Session
from gateways.toc.table import command

DIRECTORY_UNAVAILABLE = 973
FIELDS = 9
FIELD_MAX = 100  # characters of one field


@command("toc_get_info", stage="online", least=1)
def handle_get_info(session: Session, command: Command) -> None:
    """Ask for the page about somebody who is here."""
    value = command.values()[0]
    found = session.me.standing(session.whom(names.meant(value)))
    if found is None:
        session.error(NOT_AVAILABLE, names.decode(value))
        return
    session.say("GOTO_URL", "TIC", last=session.toc.pages.address("info", session, found.name))


@command("toc_set_dir")
def handle_set_dir(session: Session, command: Command) -> None:
    """Say where one lives: names, town, country, e-mail; quoted as one, or each for itself."""
    given = b" ".join(command.values()).replace(b'"', b"")
    fields = [
        "".join(char for char in field if char.isprintable())[:FIELD_MAX]
        for field in names.decode(given).split(":")[:FIELDS]
    ]
    session.toc.kept.put(session.identity, "toc-directory", ":".join(fields).encode())
    session.say("DIR_STATUS", "0")


@command("toc_get_dir", stage="online", least=1)
def handle_get_dir(session: Session, command: Command) -> None:
    """Ask for what somebody has said of where he lives."""
    value = command.values()[0]
    found = session.me.standing(session.whom(names.meant(value)))
    if found is None:
        session.error(NOT_AVAILABLE, names.decode(value))
        return
    session.say("GOTO_URL", "TIC", last=session.toc.pages.address("dir", session, found.name))


@command("toc_dir_search", stage="online")
def handle_dir_search(session: Session, _: Command) -> None:
    """Search by where people live: nobody may be found here who didn't say his name."""
    session.error(DIRECTORY_UNAVAILABLE)
