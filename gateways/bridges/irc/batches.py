"""Batches that a server sends: the archive's messages, and messages of several lines; no I/O.

Source: IRCv3 batch, chathistory, draft/multiline.
"""

from __future__ import annotations

from msgspec.structs import replace

from gateways.bridges.irc.wire import Line
from gateways.irc.formatting import parse
from words.events import Span

MOST = 16
"""Batches that may be open at a time."""

MOST_SIZE = 4 * 1024 * 1024
"""Characters of all open batches; what comes beyond is dropped (of an archive, asked for again)."""

OVERHEAD = 500
"""What a line takes besides its text."""

CONCAT = "draft/multiline-concat"


class Batches:
    """The open batches of one connection."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Line, list[Line]]] = {}
        self._size = 0
        self._cut = False
        """Whether something was dropped."""

    def take(self, line: Line) -> list[tuple[Line, bool]]:
        """Take any line; return the lines that are to be handled now, and if they are archived.

        Those of a batch wait for its end. One of several lines comes out as one PRIVMSG with its
        text; one of the archive as its lines, behind them a BATCH with the channel, how many there
        were, ``cut`` where there was too much for us to keep, and the tags of the last one.
        """
        if line.command == "BATCH":
            return self._batch(line)
        opened = self._open.get(line.tags.get("batch", ""))
        if opened is None:
            return [(line, False)]
        self._size += OVERHEAD + sum(map(len, (*line.params, *line.tags.values())))
        self._cut = self._cut or self._size > MOST_SIZE
        if not self._cut:
            opened[1].append(line)
        return []

    def _batch(self, line: Line) -> list[tuple[Line, bool]]:
        sign, reference = line.param(0)[:1], line.param(0)[1:]
        if sign == "+":
            if len(self._open) < MOST:
                self._open[reference] = (line, [])
            return []
        begun, inside = self._open.pop(reference, (line, []))
        cut = self._cut
        if not self._open:
            self._size, self._cut = 0, False
        kind, outer = begun.param(1), self._open.get(begun.tags.get("batch", ""))
        if kind == "draft/multiline":
            inside = [_joined(begun, inside)] if inside else []
        if outer is not None:
            outer[1].extend([] if cut else inside)
            return []
        if kind in ("chathistory", "draft/chathistory"):
            params = (begun.param(2), str(len(inside)), "cut" if cut else "")
            end = Line("BATCH", params, tags=inside[-1].tags if inside else {})
            return [(each, True) for each in (*inside, end)]
        return [(each, False) for each in inside]


def _joined(begun: Line, rows: list[Line]) -> Line:
    text = ""
    for number, row in enumerate(rows):
        text += ("" if not number or CONCAT in row.tags else "\n") + row.param(1)
    first = rows[0]
    return replace(
        begun,
        command=first.command,
        params=(begun.param(2), text),
        nick=begun.nick or first.nick,
        user=begun.user or first.user,
        host=begun.host or first.host,
    )


def styled(text: str) -> tuple[str, tuple[Span, ...]]:
    """Return a text of one or several lines without formatting codes, and its spans."""
    texts: list[str] = []
    spans: list[Span] = []
    place = 0
    for each in text.split("\n"):
        plain, found = parse(each)
        spans += [Span(s.start + place, s.end + place, s.style, s.value) for s in found]
        texts.append(plain)
        place += len(plain) + 1
    return "\n".join(texts), tuple(spans)
