"""What a conversation owes a room, without any network: whatever breaks when, all arrives."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateways.bridges.lanes import Room
from gateways.bridges.relay import Outgoing, Position

WINDOW = 3


class Disk:
    """What is kept of a room, without a store."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def value(self, owner: str, name: str) -> str:
        """Return what is kept."""
        return self.kept.get(name, "")

    def keep(self, owner: str, name: str, value: str) -> None:
        """Keep a text."""
        self.kept[name] = value


class FarSide:
    """A room that takes letters, may not answer, and may have an archive; others speak there."""

    def __init__(self) -> None:
        self.archive: list[int] = []
        """Ours by their numbers, others' as 0."""
        self.marked: set[int] = set()
        self.wire: list[tuple[int, bool]] = []
        self.answers: list[int] = []
        self.stream: list[int] = []
        """Places of what others said, on its way to us: it may come before the answers."""

    @property
    def seen(self) -> list[int]:
        """Our letters, as often as they came."""
        return [number for number in self.archive if number]

    def take(self, count: int) -> None:
        """Take letters off the wire; the answers are on their way."""
        for number, again in self.wire[:count]:
            if again:
                self.marked.add(number)
            self.archive.append(number)
            self.answers.append(number)
        del self.wire[:count]

    def speak(self) -> None:
        """Let somebody else say something."""
        self.archive.append(0)
        self.stream.append(len(self.archive))


class Link:
    """A log of events and its way to the far side and back; every third one isn't for there."""

    def __init__(self, size: int, archive: bool) -> None:
        self.far = FarSide()
        self.size = size
        self.archive = archive
        self.disk = Disk()
        self.theirs: set[int] = set()
        """The places of what others said and we have; on disk, too."""
        self.begin()
        self.read(0)

    def begin(self) -> None:
        """Begin with what is on disk."""
        self.room = Room(self.disk, "far", "#there", "here", 1, 0)  # type: ignore[arg-type]

    def wanted(self, number: int) -> bool:
        """Return whether an event is told there."""
        return number % 3 != 0

    def pump(self) -> None:
        """Give what there is room for: what was taken is on disk before it leaves."""
        out = self.room.out
        leaving = []
        while self.room.live and out.flying < WINDOW and out.next <= self.size:
            number = out.next
            if out.take(number, str(number), self.wanted(number)):
                again = out.maybe_arrived(number) and not self.archive
                leaving.append((number, again))
        if leaving:
            self.room.save()
        self.far.wire += leaving

    def answer(self, count: int) -> None:
        """Hear answers."""
        for number in self.far.answers[:count]:
            assert self.room.out.settle(str(number))
            self.room.save()
        del self.far.answers[:count]

    def hear(self, count: int) -> None:
        """Hear what others say, as long as the archive needn't be read."""
        for place in self.far.stream[:count] if self.room.live else ():
            self.theirs.add(place)
            self.room.note_place(str(place))
        del self.far.stream[:count]

    def lose(self, taken: int, dies: bool, doubtful: bool) -> None:
        """Lose the connection (or, ``dies``, the process) when some of the wire was taken."""
        self.far.take(taken)
        self.far.wire.clear()
        self.far.answers.clear()
        self.far.stream.clear()
        if dies:
            self.begin()
        else:
            self.room.lost(doubtful or not self.archive, self.archive)
            self.room.save()
        self.read(0)

    def read(self, count: int) -> None:
        """Begin to read the archive, or go on with some of it; at its end all is live."""
        if not count:
            self.reading = int(self.room.place or 0)
        self.room.live = self.room.live or not self.archive
        for place in range(self.reading + 1, self.reading + count + 1):
            if self.room.live or place > len(self.far.archive):
                self.room.live = True
                return
            number = self.far.archive[place - 1]
            if number:
                self.room.out.found(number)
                self.room.save()
            else:
                self.theirs.add(place)
            self.room.note_place(str(place))
            self.reading = place


COUNTS = st.integers(1, WINDOW)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pump")),
        st.tuples(st.just("speak")),
        st.tuples(st.just("take"), COUNTS),
        st.tuples(st.just("answer"), COUNTS),
        st.tuples(st.just("hear"), COUNTS),
        st.tuples(st.just("read"), st.integers(1, 20)),
        st.tuples(st.just("lose"), st.integers(0, WINDOW), st.booleans(), st.booleans()),
    ),
    max_size=60,
)


@given(STEPS, st.booleans(), st.integers(1, 20))
def test_all_arrives_in_order_and_with_an_archive_once(
    steps: list[tuple[Any, ...]], archive: bool, size: int
) -> None:
    link = Link(size, archive)
    for step, *how in steps:
        getattr(link.far if step in ("take", "speak") else link, step)(*how)
    link.read(1000)
    for _ in range(size + 1):
        link.pump()
        link.far.take(WINDOW)
        link.answer(WINDOW)
    link.hear(1000)
    far, disk = link.far, Position.read(link.disk.kept["out 1"], 0)
    expected = [number for number in range(1, size + 1) if link.wanted(number)]
    if archive:
        assert far.seen == expected
        said = {place for place, number in enumerate(far.archive, 1) if not number}
        assert link.theirs == said
    else:
        assert sorted(set(far.seen)) == expected
        repeated = {number for number in expected if far.seen.count(number) > 1}
        assert repeated <= far.marked
        firsts = list(dict.fromkeys(far.seen))
        assert firsts == expected
    assert link.room.out.flying == 0
    assert Position.read(str(disk), 0) == disk


def test_reading_an_archive_gets_on_while_there_is_always_something_under_way() -> None:
    link = Link(100, archive=True)
    link.read(1)
    for _ in range(50):
        link.pump()
        link.far.take(1)
        link.far.speak()
        link.hear(1)
        link.answer(1)
        assert link.room.out.flying
    assert len(link.far.archive) - int(link.room.place) < 3 * WINDOW


def test_a_server_that_died_got_nothing_of_what_it_did_not_answer() -> None:
    out = Outgoing(Position(0, 0))
    assert out.take(1, "a", True)
    assert out.take(2, "b", True)
    assert out.settle("a")
    out.lost(False, False)
    assert out.position == Position(1, 1)
    assert out.take(2, "b", True)
    assert not out.maybe_arrived(2)


def test_edits_that_a_message_has_already_are_left_out() -> None:
    out = Outgoing(Position(0, 0))
    out.skip((0, 3))
    assert [out.take(number, str(number), True) for number in (1, 2, 3, 4)] == [
        True,
        True,
        False,
        True,
    ]
