"""How a refusal is said in TOC: one table from errors to numbers, and whether with an argument."""

from __future__ import annotations

from typing import Any

from gateways.toc.names import shown
from gateways.toc.session import Session
from words import errors as e

NOT_AVAILABLE = 901
NO_WARNING = 902
TOO_FAST = 903
BAD_INPUT = 911
FAILED = 913
UNAVAILABLE = 914
CANNOT_ADD = 931
NO_CHAT = 950
TOO_MANY_FOUND = 971
NO_KEYWORDS = 976
BAD_PASSWORD = 980
BUSY = 981
TOO_OFTEN = 983
UNKNOWN = 989  # at sign-on only: some clients end at any of these
SUSPENDED = 17  # why, after UNKNOWN, as Open OSCAR Server has it

REFUSALS: dict[type[e.WordsError], int] = {
    e.NoSuchParticipant: NOT_AVAILABLE,
    e.CannotReach: NOT_AVAILABLE,
    e.TooFast: TOO_FAST,
    e.CannotWarn: NO_WARNING,
    e.NoSuchGroup: NO_CHAT,
    e.NotMember: NO_CHAT,
    e.AlreadyMember: BAD_INPUT,
    e.CannotJoin: NO_CHAT,
    e.CannotSpeak: NO_CHAT,
    e.NeedsRight: NO_CHAT,
    e.TooLong: BAD_INPUT,
    e.BadInput: BAD_INPUT,
    e.Busy: UNAVAILABLE,
    e.StorageFull: UNAVAILABLE,
    e.TooMany: CANNOT_ADD,
    e.InternalError: FAILED,
}


def refuse(session: Session, error: e.WordsError, about: str = "") -> None:
    """Say why a command was refused; ``about`` is who or what the client named."""
    code = _code(error)
    args: tuple[Any, ...] = error.args
    if code in (NOT_AVAILABLE, NO_WARNING):
        session.error(code, about or (shown(str(args[0])) if args else ""))
    elif code == NO_CHAT:
        session.error(code, about or (str(args[-1]) if args else ""))
    else:
        session.error(code)


def _code(error: e.WordsError) -> int:
    for kind in type(error).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind]
    return FAILED
