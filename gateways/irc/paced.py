"""Long answers in parts: a part a turn, so that nobody else waits, and none to a reader that is
behind. The client's next command waits for the last part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import islice

from gateways.irc.session import Session
from gateways.irc.table import Later

LINES = 500
"""Lines of one part: some two milliseconds of a turn."""


def say(session: Session, lines: Iterator[bytes]) -> Later | None:
    """Say whole lines; what `lines` looks at may change between two parts."""
    part = list(islice(lines, LINES))
    if part:
        session.send(b"".join(part))
    return Later(_drained(session), partial(_go_on, lines)) if len(part) == LINES else None


async def _drained(session: Session) -> None:
    await asyncio.sleep(0)


def _go_on(lines: Iterator[bytes], session: Session, _: object) -> Later | None:
    return say(session, lines)
