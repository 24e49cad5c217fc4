"""The stream without a hub: order, doubles, room, gaps."""

from __future__ import annotations

from words.client.notices import Gap, Item
from words.client.stream import Place, Stream
from words.events import Actor, Joined, Left, PresenceChanged, Said
from words.remote.happenings import Heard
from words.remote.values import Position

ME, ANN = Actor(1, "me", "", ""), Actor(2, "ann", "", "")
LOBBY = 100


def _said(sequence: int, actor: Actor = ANN) -> Heard:
    return Heard("lobby", Said(LOBBY, sequence, sequence, sequence, actor, str(sequence)))


async def _all(stream: Stream) -> list[Item]:
    stream.end()
    found = []
    while (item := await stream.next()) is not None:
        found.append(item)
    return found


def _stream(seen: int = 0, room: int = 100) -> Stream:
    stream = Stream({LOBBY: Place("lobby", True, seen)} if seen else None, room)
    stream.me = ME.id
    return stream


async def test_doubles_are_dropped() -> None:
    stream = _stream()
    for sequence in (5, 6, 6, 5, 7):
        stream.hear(_said(sequence))
    assert await _all(stream) == [_said(5), _said(6), _said(7)]
    assert stream.seen[LOBBY].sequence == 7


async def test_what_is_missed_comes_before_what_is_live() -> None:
    stream = _stream(seen=3)
    stream.hold()
    stream.hear(_said(7))  # it is told of this before it knows where it stands
    stream.settle([Position("lobby", True, LOBBY, 6)])
    assert stream.behind == [LOBBY]
    missing = stream.missing(LOBBY)
    assert missing is not None
    assert missing.sequence == 3
    stream.read(LOBBY, [_said(4), _said(5)])
    stream.hear(_said(8))
    assert stream.missing(LOBBY) is not None
    stream.read(LOBBY, [_said(6), _said(7), _said(8)])
    assert stream.missing(LOBBY) is None
    stream.hear(_said(9))
    assert await _all(stream) == [_said(sequence) for sequence in range(4, 10)]


async def test_what_cannot_be_read_is_a_gap() -> None:
    stream = _stream(seen=3)
    stream.hold()
    stream.settle([Position("lobby", True, LOBBY, 6)])
    stream.read(LOBBY, [])
    stream.hear(_said(7))
    assert await _all(stream) == [Gap("lobby", 3, 7), _said(7)]


async def test_a_full_stream_reads_again_what_it_dropped() -> None:
    stream = _stream(room=4)
    for sequence in range(1, 10):
        stream.hear(_said(sequence))
    stream.hear(Heard("", PresenceChanged(0, 0, 1, 1, ANN, None)))  # passing: it is gone
    assert [await stream.next() for _ in range(4)] == [_said(n) for n in range(1, 5)]
    await stream.space()
    stream.read(LOBBY, [_said(sequence) for sequence in range(5, 10)])
    assert stream.missing(LOBBY) is None
    assert await _all(stream) == [_said(sequence) for sequence in range(5, 10)]


async def test_coming_back_is_not_the_same_as_leaving() -> None:
    joined = Heard("lobby", Joined(LOBBY, 9, 9, 9, ME))
    back = _stream(seen=3)
    back.hear(joined)
    assert back.behind == [LOBBY]
    left = Heard("lobby", Left(LOBBY, 4, 4, 4, ME))
    gone = _stream(seen=3)
    gone.hear(left)
    gone.hear(joined)
    assert await _all(gone) == [left, joined]
    assert gone.seen[LOBBY].sequence == 9


async def test_an_older_storage_is_followed() -> None:
    """The hub was restored from a backup: numbers begin again where it had been."""
    stream = _stream(seen=50)
    stream.hold()
    stream.settle([Position("lobby", True, LOBBY, 10)])
    stream.hear(_said(11))
    assert await _all(stream) == [_said(11)]
