"""What is told to a client's mind, as chunks: events in batches, answers in their places.

An event is jellied once for each dialect; a group's events of a turn become one call of
``mind.events([...])`` whose bytes all connections share; only request number and reference are
spliced in for each. What else leaves in a turn (answers) stands among them where it was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from words.events import Event
from words.remote.happenings import to_plain
from words.spread.encoder import NONE_WORDS, PB_WORDS, Words
from words.spread.pieces import ListCall, jelly

BATCH = 256 * 1024
"""Bytes of events in one call, but for one large event: an eighth of what a peer must take."""

EVENTS = "events"
"""The method of a mind that is told events."""


class Chunk:
    """Calls to be spliced and bytes to be sent, in order."""

    __slots__ = ("_size", "parts")

    def __init__(self, parts: Sequence[Any], size: int) -> None:
        self.parts = parts
        self._size = size

    def __len__(self) -> int:
        return self._size


def output(data: bytes) -> Chunk:
    """Return the chunk of what a broker wants sent."""
    return Chunk((data,), len(data))


class PbForm:
    """Events for minds of one dialect."""

    __slots__ = ("_words",)

    def __init__(self, words: Words) -> None:
        self._words = words

    def encode(self, event: Event, where: str) -> bytes | None:
        """Return the event, jellied."""
        return jelly(to_plain(event, where), self._words)

    def join(self, pieces: Sequence[bytes | Chunk]) -> Chunk:
        """Return one chunk: events in a row are one call."""
        parts: list[Any] = []
        run: list[bytes] = []
        size = length = 0
        for piece in pieces:
            if type(piece) is bytes:
                if run and length + len(piece) > BATCH:
                    parts.append(ListCall(EVENTS, run, self._words))
                    run, length = [], 0
                run.append(piece)
                length += len(piece)
            elif isinstance(piece, Chunk):
                if run:
                    parts.append(ListCall(EVENTS, run, self._words))
                    run, length = [], 0
                parts += piece.parts
            size += len(piece)
        if run:
            parts.append(ListCall(EVENTS, run, self._words))
        return Chunk(parts, size)


class SilentForm(PbForm):
    """For clients without a mind, and before a login: they are told answers only."""

    __slots__ = ()

    def encode(self, event: Event, where: str) -> bytes | None:
        """Return nothing."""
        return None


SILENT = SilentForm(PB_WORDS)
_FORMS = {words: PbForm(words) for words in (PB_WORDS, NONE_WORDS)}


def form_of(words: Words) -> PbForm:
    """Return the form for minds of a dialect."""
    return _FORMS[words]
