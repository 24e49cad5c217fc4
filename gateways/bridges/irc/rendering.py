"""How a message of ours looks in a channel: lines that fit, and that joined give the text back.

A relay bot says ``<name> text``. Where a line had to be cut, what follows is ``<name>… text``: so a
reader can tell a long line from two. Nothing is left out but formatting that IRC has no code for.
"""

from __future__ import annotations

from gateways.bridges.network import Letter
from gateways.irc.formatting import RESET, render
from gateways.irc.links import spelled
from gateways.irc.wrap import ROOM_MIN, split_text
from words.events import Span

CONTINUED = "… "
AGAIN = "[again] "
"""Before what may have been said already: nobody knows."""

BLANKS = " \t"
"""What some servers (ngIRCd) strip from the end of a line; there a reset keeps it."""

LEAST = 64
"""Bytes of text that a line must have room for; names are cut before."""


def heads(letter: Letter) -> tuple[str, str]:
    """Return what stands before the first line, and before those that continue it."""
    name, again = letter.author, AGAIN if letter.again else ""
    if letter.act == "tell" or not name:
        return f"* {again}", CONTINUED
    if letter.kind == "action":
        return f"* {name} {again}", f"* {name}{CONTINUED}"
    if letter.kind == "notice":
        return f"-{name}- {again}", f"-{name}-{CONTINUED}"
    return f"<{name}> {again}", f"<{name}>{CONTINUED}"


def lines(letter: Letter, room: int) -> list[str]:
    """Return the texts of as many PRIVMSGs; ``room`` is the bytes that one can have.

    Raises ValueError where not even a name fits.
    """
    first, more = heads(letter)
    found: list[str] = []
    start = 0
    whole, spans_of_it = spelled(letter.text, letter.spans)
    for text in whole.split("\n"):
        head = first if not found else first.replace(AGAIN, "")
        spans = inside(spans_of_it, start, start + len(text))
        for piece in cut(text, spans, room - len(head.encode()), room - len(more.encode())):
            found.append(head + piece)
            head = more
        start += len(text) + 1
    return found


def inside(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    """Return the parts of spans that lie in a stretch of the text, from its beginning."""
    return tuple(
        Span(max(span.start, start) - start, min(span.end, end) - start, span.style, span.value)
        for span in spans
        if span.start < end and span.end > start
    )


def cut(text: str, spans: tuple[Span, ...], first: int, more: int) -> list[str]:
    """Return a line of text in pieces with their codes, of at most so many bytes; [""] for none."""
    if min(first, more) < LEAST:
        raise ValueError("no room for a text")
    found: list[str] = []
    at = 0
    while at < len(text) or not found:
        most = (more if found else first) - len(RESET)
        room = most
        while True:
            piece = _piece(text[at : at + most + 64], room)
            rendered = render(piece, inside(spans, at, at + len(piece))) if spans else piece
            over = len(rendered.encode()) - most
            if over <= 0 or room == ROOM_MIN:
                break
            room = max(ROOM_MIN, room - over)
        found.append(rendered + RESET if not piece or piece[-1] in BLANKS else rendered)
        at += len(piece)
    return found


def _piece(text: str, room: int) -> str:
    """Return the beginning of a text that fits; what is cut at a blank doesn't end with it."""
    piece = (split_text(text, room) or [""])[0]
    if len(piece) < len(text):
        piece = piece.rstrip(BLANKS) or piece
    return piece
