"""The recorded clients of stock Twisted against our server: it says the same bytes.

Where it does not on purpose the difference is in the table below: failures carry fewer fields and
no inner text, and pages are sent at once.
"""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.spread.pair import End
from tests.spread.replay_app import Later, Recorded
from tests.spread.users import ALL
from tests.spread.vectors import SESSIONS, cut, session
from words.spread import banana, login, messages
from words.spread.broker import Broker
from words.spread.decoder import Decoder
from words.spread.events import Call
from words.spread.limits import DEFAULT_LIMITS
from words.spread.registry import Registry
from words.spread.stream import Stream

CHALLENGE = bytes.fromhex("c6e6dc18b53b4c2681394b9d8aefcec7")
REPLAYED = [name for name in SESSIONS if name[:2] not in ("08", "10")]


class Server(End):
    """Ours; methods may answer with Later."""

    def __init__(self) -> None:
        root = login.LoginRoot(Recorded(), ALL)
        super().__init__(Broker(listening=True, root=root, report=lambda where, exc: None))
        self.later: dict[int, tuple[Call, Later]] = {}
        self.said = self.broker.data_to_send()

    def hear(self, data: bytes) -> None:
        self.broker.receive_data(data)
        while (event := self.broker.next_event()) is not None:
            self.act(event)
            del event
            for request, (call, later) in list(self.later.items()):
                self._finish(request, call, later)
            self.said += self.broker.data_to_send()
        self.said += self.broker.data_to_send()

    def run(self, call: Call) -> None:
        if call.method in (b"setBoard", b"pingRef", b"callMind"):
            later = call.run()
            request = self.broker.call(later.target, later.method, later.args)
            self.later[request] = call, later
        else:
            super().run(call)

    def _finish(self, request: int, call: Call, later: Later) -> None:
        if request in self.answers:
            value = self.answers.pop(request)
            self.broker.answer(call, [value] if later.wrap else value)
        elif request in self.failures:
            self.broker.fail(call, self.failures.pop(request))
        else:
            return
        del self.later[request]


def spoken(data: bytes, dialect: bytes) -> tuple[list[Any], list[Any]]:
    """What a side said: in order but for decrefs, and the decrefs. Failures without their state."""
    pos = banana.decode(data, dialect=banana.NONE)[1]
    said: list[Any] = []
    released: list[Any] = []
    while pos < len(data):
        sexp: Any
        start = pos
        sexp, pos = banana.decode(data, pos, dialect=dialect)
        if sexp[0] == b"error":
            fields = {pair[0][1]: pair[1] for pair in sexp[2][1][1:]}
            said.append([b"error", sexp[1], fields[b"type"], fields[b"value"]])
        elif sexp[0] in (b"decref", b"uncache"):
            released.append(sexp)
        else:
            said.append((sexp, data[start:pos]))
    return said, sorted(released)


@pytest.mark.parametrize("name", REPLAYED)
@pytest.mark.parametrize("size", [1, 7, 1448, 1 << 20])
def test_our_server_says_what_stock_said(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_bytes", lambda n: CHALLENGE[:n])
    c2s, s2c = session(name)
    server = Server()
    for chunk in cut(c2s, size):
        server.hear(chunk)
    assert not server.dropped
    dialect = b"none" if "none" in name else b"pb"
    theirs, their_releases = spoken(s2c, dialect)
    ours, our_releases = spoken(server.said, dialect)
    if name.startswith("06"):  # stock sends the first page, the answer, then the others
        theirs.sort(key=lambda said: said[0][0] == b"answer")
        ours.sort(key=lambda said: said[0][0] == b"answer")
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        if our[0] == b"error":
            assert our[:2] == their[:2]
            assert DIFFERENT.get(their[2], (their[2], their[3])) == (our[2], our[3])
        else:
            assert our == their
    assert our_releases == their_releases


DIFFERENT = {
    b"builtins.ValueError": (b"twisted.spread.pb.Error", [b"unicode", b"internal error"]),
    b"builtins.AttributeError": (
        b"twisted.spread.flavors.NoSuchMethod",
        [b"unicode", b"No such method: perspective_nosuch"],
    ),
    # A failure of the mind is not passed on to others as if it were our own.
    b"twisted.spread.pb.Error": (
        b"twisted.spread.pb.Error",
        [b"unicode", b"internal error"],
    ),
}


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("side", [0, 1], ids=["c2s", "s2c"])
def test_every_recorded_message_is_read_in_every_fragmentation(name: str, side: int) -> None:
    data = session(name)[side]
    dialect = b"none" if "none" in name else b"pb"
    start = banana.decode(data, dialect=banana.NONE)[1]
    read = [_read(data[start:], dialect, size) for size in (1, 7, 1448, 1 << 20)]
    assert read[0] == read[1] == read[2] == read[3]
    assert len(read[0]) == _count(data[start:])


class AnyHooks:
    """A connection that has every object there is."""

    def remote(self, luid: int, tag: bytes, extra: tuple[object, ...]) -> object:
        return "remote", luid, tag, extra

    def local(self, luid: int) -> object:
        return "local", luid

    def cached(self, luid: int) -> object:
        return "cached", luid

    def lcache(self, luid: int) -> object:
        return "lcache", luid

    def new_cache(self, luid: int, cls: type[Any]) -> Any:
        raise AssertionError


def _read(data: bytes, dialect: bytes, size: int) -> list[str]:
    registry = Registry()
    for tag in ("interop.Person", "interop.JellyError"):
        registry.value(tag, lambda *state: state)
    registry.value("interop.Board", lambda luid, state: (luid, state))
    for tag in ("PBMind", "ChatAvatar", "PBGroup"):
        registry.reference(f"twisted.words.service.{tag}")
    decoder = Decoder(registry, AnyHooks(), DEFAULT_LIMITS)
    decoder.words = banana.WORDS if dialect == b"pb" else {}
    stream, found = Stream(decoder, DEFAULT_LIMITS), []
    for chunk in cut(data, size):
        stream.feed(chunk)
        while True:
            try:
                message = stream.next()
            except messages.BadMessage as bad:
                found.append(f"bad {bad}")
                continue
            if message is None:
                break
            found.append(repr(message).split(" object at")[0])
    return found


def _count(data: bytes) -> int:
    count = pos = 0
    while pos < len(data):
        pos = banana.Scanner().feed(data, pos)
        count += 1
    return count
