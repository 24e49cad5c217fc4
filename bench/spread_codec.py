"""Banana and jelly, ours beside stock Twisted in the same process: microseconds of CPU.

python -m bench.spread_codec
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.spread import banana, jelly

from words.spread.banana import WORDS
from words.spread.decoder import Decoder
from words.spread.encoder import Encoder
from words.spread.limits import DEFAULT_LIMITS
from words.spread.registry import Registry

CHAT = {
    "id": "1234567", "from": "alice", "to": "#lobby", "time": "2026-01-02 03:04:05",
    "text": "Hello, everybody in this room! How is it going today?",
}  # fmt: skip
ROSTER = [
    {"name": f"user{i}", "id": i, "status": "online", "away": None, "text": "here", "op": False}
    for i in range(500)
]  # fmt: skip
FLOATS = [i * 1.1 for i in range(5000)]
AIM = 10.0


class _Transport:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)


class _Banana(banana.Banana):
    got: Any = None

    def expressionReceived(self, lst: Any) -> None:
        self.got = lst


def stock() -> tuple[_Banana, _Transport]:
    """A stock banana under dialect "pb", and where it writes."""
    made, transport = _Banana(isClient=0), _Transport()
    made.makeConnection(transport)
    made._selectDialect(b"pb")
    transport.sent.clear()
    return made, transport


def best(work: Callable[[], object], least: float = 0.2) -> float:
    """Microseconds of CPU of one call: the best of five rounds."""
    start, count = time.process_time(), 0
    while time.process_time() - start < least / 5:
        work()
        count += 1
    found = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(count):
            work()
        found.append((time.process_time() - start) / count)
    return min(found) * 1e6


def main() -> None:
    """Prints a row for each value: both ways, ours and stock's, and the ratio."""
    print(f"{'us of CPU':24}{'bytes':>8}{'stock':>10}{'ours':>9}{'ratio':>8}")
    for title, value in (("chat message", CHAT), ("roster of 500", ROSTER), ("floats", FLOATS)):
        receiver, _ = stock()
        sender, transport = stock()
        sender.sendEncoded(jelly.jelly(value))
        data = b"".join(transport.sent)
        decoder = Decoder(Registry(), None, DEFAULT_LIMITS)  # type: ignore[arg-type]
        decoder.words = WORDS
        encoder = Encoder(Registry(), None, DEFAULT_LIMITS)

        def stock_decode(receiver: Any = receiver, data: bytes = data) -> Any:
            receiver.dataReceived(data)
            return jelly.unjelly(receiver.got)

        def our_decode(decoder: Decoder = decoder, data: bytes = data) -> Any:
            return decoder.value(data, 0)[0]

        def stock_encode(sender: Any = sender, value: Any = value) -> Any:
            sender.sendEncoded(jelly.jelly(value))

        def our_encode(encoder: Encoder = encoder, value: Any = value) -> bytes:
            out: list[bytes] = []
            encoder.encode(value, out)
            return b"".join(out)

        assert our_decode() == stock_decode() == value
        assert our_encode() == data
        rows = (
            ("decode", stock_decode, our_decode, AIM if value is not FLOATS else None),
            ("encode", stock_encode, our_encode, None),
        )
        for way, theirs, ours, aim in rows:
            a, b = best(theirs), best(ours)
            print(
                f"{way + ' ' + title:24}{len(data):8}{a:10.1f}{b:9.1f}{a / b:7.1f}x"
                + (f"  (aim: {aim:g}x)" if aim else "")
            )
        transport.sent.clear()


if __name__ == "__main__":
    main()
