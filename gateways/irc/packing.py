"""Many words in few lines: numerics whose last parameter is a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateways.irc.encode import line, room
from gateways.irc.numerics import Numeric
from gateways.irc.session import Session


def packed(
    session: Session, numeric: Numeric, words: Iterable[str], *middles: str, between: str = " "
) -> Iterator[bytes]:
    """Yield lines with as many words each as fit; none for no words."""
    server, client = session.ircd.name_shown, session.name
    limit = room(numeric.number, client, *middles, source=server)

    def made() -> bytes:
        return line(numeric.number, client, *middles, text=between.join(held), source=server)

    held: list[str] = []
    size = 0
    for word in words:
        length = len(word.encode()) + len(between)
        if held and size + length > limit:
            yield made()
            held, size = [], 0
        held.append(word)
        size += length
    if held:
        yield made()
