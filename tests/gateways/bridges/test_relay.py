"""What a conversation owes a room, without any network: whatever breaks when, all arrives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateways.bridges.relay import Outgoing, Position

WINDOW = 3


class FarSide:
    """A room that takes letters, may not answer, and may have an archive."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.marked: set[int] = set()
        self.wire: list[tuple[int, bool]] = []
        self.answers: list[int] = []

    def take(self, count: int) -> None:
        """Take letters off the wire; the answers are on their way."""
        for number, again in self.wire[:count]:
            if again:
                self.marked.add(number)
            self.seen.append(number)
            self.answers.append(number)
        del self.wire[:count]


class Link:
    """A log of events and its way to the far side; every ``owed`` third one isn't for there."""

    def __init__(self, size: int, archive: bool) -> None:
        self.far = FarSide()
        self.size = size
        self.archive = archive
        self.disk = Position(0, 0)
        self.out = Outgoing(self.disk)
        self.doubted = False

    def wanted(self, number: int) -> bool:
        """Return whether an event is told there."""
        return number % 3 != 0

    def pump(self) -> None:
        """Give what there is room for: what was taken is on disk before it leaves."""
        leaving = []
        while self.out.flying < WINDOW and self.out.next <= self.size:
            number = self.out.next
            if self.out.take(number, str(number), self.wanted(number)):
                again = self.out.maybe_arrived(number) and not self.archive
                leaving.append((number, again))
        self.disk = self.out.position
        self.far.wire += leaving

    def answer(self, count: int) -> None:
        """Hear answers."""
        for number in self.far.answers[:count]:
            assert self.out.settle(str(number))
        del self.far.answers[:count]
        self.disk = self.out.position

    def lose(self, taken: int, dies: bool) -> None:
        """Lose the connection (or, ``dies``, the process) when some of the wire was taken."""
        self.far.take(taken)
        self.far.wire.clear()
        self.far.answers.clear()
        if dies:
            self.out = Outgoing(self.disk)
        else:
            self.out.lost(True)
            self.disk = self.out.position
        if self.archive:
            for number in self.far.seen:
                self.out.settle(str(number))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pump"), st.just(0), st.just(False)),
        st.tuples(st.just("take"), st.integers(1, WINDOW), st.just(False)),
        st.tuples(st.just("answer"), st.integers(1, WINDOW), st.just(False)),
        st.tuples(st.just("lose"), st.integers(0, WINDOW), st.booleans()),
    ),
    max_size=60,
)


@given(STEPS, st.booleans(), st.integers(1, 20))
def test_all_arrives_in_order_and_with_an_archive_once(
    steps: list[tuple[str, int, bool]], archive: bool, size: int
) -> None:
    link = Link(size, archive)
    for step, count, dies in steps:
        if step == "pump":
            link.pump()
        elif step == "take":
            link.far.take(count)
        elif step == "answer":
            link.answer(count)
        else:
            link.lose(count, dies)
    for _ in range(size + 1):
        link.pump()
        link.far.take(WINDOW)
        link.answer(WINDOW)
    expected = [number for number in range(1, size + 1) if link.wanted(number)]
    if archive:
        assert link.far.seen == expected
    else:
        assert sorted(set(link.far.seen)) == expected
        repeated = {number for number in expected if link.far.seen.count(number) > 1}
        assert repeated <= link.far.marked
        firsts = list(dict.fromkeys(link.far.seen))
        assert firsts == expected
    assert link.out.flying == 0
    assert link.disk.settled == link.disk.sent
    assert Position.read(str(link.disk), 0) == link.disk


def test_a_server_that_died_got_nothing_of_what_it_did_not_answer() -> None:
    out = Outgoing(Position(0, 0))
    assert out.take(1, "a", True)
    assert out.take(2, "b", True)
    assert out.settle("a")
    out.lost(False)
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
