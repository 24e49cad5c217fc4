"""Who may reach a client: the one list of TOC1 with its switch trick, the modes of TOC2."""

from __future__ import annotations

from gateways.toc import names
from gateways.toc.arguments import Command
from gateways.toc.handlers.lists import MODES
from gateways.toc.session import Session
from gateways.toc.table import command
from words.errors import BadInput


@command("toc_add_permit")
def handle_add_permit(session: Session, command: Command) -> None:
    """Let only some reach one. Without names: nobody, where one was in the other mode."""
    _switch(session, command, "permit-list")


@command("toc_add_deny")
def handle_add_deny(session: Session, command: Command) -> None:
    """Let all but some reach one. Without names: everybody, where one was in the other mode."""
    _switch(session, command, "deny-list")


def _switch(session: Session, command: Command, mode: str) -> None:
    """TOC1 has a mode and one list; the list of a mode that is left is forgotten."""
    me = session.me
    state = me.privacy()
    put = me.permit if mode == "permit-list" else me.deny
    if state.mode != mode:  # first the list, then the mode: in between nobody is let through
        for name in state.permit if mode == "permit-list" else state.deny:
            put(name, False)
    for value in command.values():
        if name := names.meant(value):
            put(session.whom(name))
    me.set_privacy(mode)


def _each(session: Session, command: Command, permit: bool, added: bool) -> None:
    me = session.me
    put = me.permit if permit else me.deny
    for value in command.values():
        if name := names.meant(value):
            put(name, added)


@command("toc2_add_permit", least=1)
def handle_add_permit2(session: Session, command: Command) -> None:
    """Put names on the list of those who may; it counts in mode 3."""
    _each(session, command, True, True)


@command("toc2_remove_permit", least=1)
def handle_remove_permit2(session: Session, command: Command) -> None:
    """Take names off it."""
    _each(session, command, True, False)


@command("toc2_add_deny", least=1)
def handle_add_deny2(session: Session, command: Command) -> None:
    """Put names on the list of those who may not; it counts in mode 4."""
    _each(session, command, False, True)


@command("toc2_remove_deny", least=1)
def handle_remove_deny2(session: Session, command: Command) -> None:
    """Take names off it."""
    _each(session, command, False, False)


@command("toc2_set_pdmode", least=1)
def handle_set_pdmode(session: Session, command: Command) -> None:
    """Choose who may reach one: 1 all, 2 none, 3 some, 4 all but some, 5 one's buddies."""
    number = command.values()[0]
    mode = MODES.get(int(number)) if number.isdigit() and len(number) < 3 else None
    if mode is None:
        raise BadInput("mode")
    session.me.set_privacy(mode)
