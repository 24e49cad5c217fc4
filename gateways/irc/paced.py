"""Long answers in parts: a part a turn, so that nobody else waits for more than a moment, and the
next one when the client has read (ISUPPORT SAFELIST). Its next command waits for the last part.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

from gateways.irc.session import Session
from gateways.irc.table import Later

LINES = 200
"""Lines of one part: some two milliseconds of a turn."""


def say(session: Session, lines: Iterator[bytes]) -> Later | None:
    """Say whole lines; what `lines` looks at may change between two parts. An empty one says
    that there was work without a line: the part ends there."""
    if session.peer.behind:
        return _later(session, lines)
    return _part(lines, session, None)


def _later(session: Session, lines: Iterator[bytes]) -> Later:
    return Later(session.peer.drained(), partial(_part, lines))


def _part(lines: Iterator[bytes], session: Session, _: object) -> Later | None:
    part: list[bytes] = []
    for line in islice(lines, LINES):
        part.append(line)
        if not line:
            break
    if said := b"".join(part):
        session.send(said)
    more = len(part) == LINES or part[-1:] == [b""]
    return _later(session, lines) if more else None
