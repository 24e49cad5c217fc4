"""Ids rise whatever the clock does, and none is given twice, across crashes too."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from words.journal.ids import AHEAD, Ids


class Disk:
    """The stored mark, as a turn leaves it."""

    mark = 0

    def save(self, mark: int) -> None:
        self.mark = mark


@given(
    st.lists(st.tuples(st.floats(0, 2_000_000_000), st.booleans(), st.booleans()), max_size=50),
)
def test_ids_rise_with_any_clock_and_across_crashes(
    moments: list[tuple[float, bool, bool]],
) -> None:
    disk = Disk()
    clock = [0.0]
    ids = Ids(0, disk.save, lambda: clock[0])
    last = 0
    for moment, crash, stamp in moments:
        clock[0] = moment
        if crash:
            ids = Ids(disk.mark, disk.save, lambda: clock[0])
        number = ids.stamp()[0] if stamp else ids.next()
        assert last < number <= disk.mark
        last = number


def test_the_mark_is_written_seldom() -> None:
    saved: list[int] = []
    ids = Ids(0, saved.append, lambda: 100.0)
    for _ in range(1000):
        ids.next()
    assert saved == [100_000_000 + AHEAD]


def test_a_dropped_mark_is_written_again() -> None:
    saved: list[int] = []
    ids = Ids(0, saved.append, lambda: 100.0)
    ids.next()
    ids.save_again()
    assert saved[0] == saved[1]
