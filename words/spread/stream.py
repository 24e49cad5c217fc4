"""From chunks of bytes to whole messages, one at a time. Sans-IO.

A message is first tried where it lies. If it is not all there (or has effects that must happen
once), a Scanner finds its end, looking at each byte once whatever the sizes of the chunks, and it
is read when whole. So a byte is looked at three times at most. At most one message (up to
`Limits.incoming`) plus the chunks that were fed and not asked for are held.
"""

from __future__ import annotations

from collections import deque

from words.spread import banana
from words.spread.decoder import Decoder, Retry
from words.spread.errors import BananaError, JellyError
from words.spread.limits import Limits
from words.spread.messages import BadMessage, Message, read

_SMALL = 4096
"""Chunks up to this size are joined while they wait, so that a drip costs no object a byte."""
NEGOTIATION_LIMIT = 1024
"""Bytes of the list of dialects. Ours; stock servers send 12."""


class Stream:
    """Bytes of one direction of one connection."""

    __slots__ = ("_buf", "_chunks", "_decoder", "_limit", "_limits", "_partial", "_pos", "_scanner")

    def __init__(self, decoder: Decoder, limits: Limits) -> None:
        self._decoder = decoder
        self._limits = limits
        self._limit = min(limits.message, limits.incoming)
        self._buf = b""
        self._pos = 0
        self._chunks: deque[bytes] = deque()
        self._partial = bytearray()
        self._scanner: banana.Scanner | None = None

    def feed(self, data: bytes) -> None:
        """Adds bytes; nothing is looked at yet."""
        chunks = self._chunks
        if chunks and len(chunks[-1]) < _SMALL:
            chunks[-1] += data
        else:
            chunks.append(data)

    @property
    def waiting(self) -> int:
        """Bytes that were fed and are not part of a message given out."""
        rest = len(self._buf) - self._pos
        return rest + len(self._partial) + sum(map(len, self._chunks))

    def next(self) -> Message | None:
        """The next whole message, or None until more is fed.

        Raises BadMessage for a message that fails alone (the next one can be asked for), and
        BananaError when framing is lost.
        """
        while True:
            if self._scanner is None and self._pos < len(self._buf):
                self._decoder.complete = False
                try:
                    message, self._pos = read(self._decoder, self._buf, self._pos)
                except (IndexError, Retry, BadMessage):
                    self._scanner = banana.Scanner(self._limits)
                    start = self._pos
                    if self._scan(self._limit):
                        return self._whole(self._buf, start)
                else:
                    return message
            elif not self._chunks:
                return None
            else:
                self._buf = self._chunks.popleft()
                self._pos = 0
                if self._scanner is not None and self._scan(self._limit):
                    data = bytes(self._partial)
                    self._partial.clear()
                    return self._whole(data, 0)

    def next_sexp(self) -> banana.Sexp | None:
        """The next whole expression of the negotiation, under no dialect; None if incomplete."""
        while True:
            if self._pos >= len(self._buf):
                if not self._chunks:
                    return None
                self._buf = self._chunks.popleft()
                self._pos = 0
            start = self._pos
            if self._scanner is None:
                self._scanner = banana.Scanner(self._limits)
            if self._scan(NEGOTIATION_LIMIT):
                data = bytes(self._partial) or self._buf[start : self._pos]
                self._partial.clear()
                return banana.decode(data, dialect=banana.NONE)[0]

    def _scan(self, limit: int) -> bool:
        """Looks for the end of the message begun in what is held; keeps what there is of it."""
        assert self._scanner is not None
        start = self._pos
        end = self._scanner.feed(self._buf, start)
        stop = len(self._buf) if end < 0 else end
        if len(self._partial) + stop - start > limit:
            raise BananaError(f"message over {limit} bytes")
        if end < 0 or self._partial:
            self._partial += memoryview(self._buf)[start:stop]
        self._pos = stop
        if end >= 0:
            self._scanner = None
        return end >= 0

    def _whole(self, data: bytes, start: int) -> Message:
        """Reads a message that is known to be all there."""
        decoder = self._decoder
        decoder.complete = True
        bad: BadMessage
        try:
            return read(decoder, data, start)[0]
        except BadMessage as exc:
            bad = exc
        except IndexError:
            bad = BadMessage(JellyError("malformed message"))
        bad.raw = data[start:] if data is not self._buf else data[start : self._pos]
        raise bad
