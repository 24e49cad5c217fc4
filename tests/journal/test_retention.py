"""Retention: old events go in slices, a class apart, and numbers are never used again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from words.events import HAPPENING, TALK, Actor, Joined, Said
from words.journal.history import History
from words.journal.journal import End, Journal
from words.journal.retention import (
    CONVERSATIONS,
    SLICE,
    Sweep,
    forget_relayed,
    forget_tokens,
    own_limits,
    retention_of,
    set_retention,
)
from words.storage.store import Store

ANN = Actor(1, "ann", "ann", "host")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = Store(tmp_path / "words.db", durability="process")
    yield Journal(store)
    store.close()


def _say(journal: Journal, conversation: int, sequence: int, time: int) -> None:
    journal.append(Said(conversation, sequence, journal.ids.next(), time, ANN, "x"))


def _settle(journal: Journal) -> None:
    """Close the turn and move everything to where retention finds it."""
    journal.close_turn()
    journal.move(2**31)
    journal.store.commit()


def _sweep(journal: Journal, kind: int, before: int) -> tuple[int, int]:
    """Run a whole sweep; return (slices, events deleted)."""
    sweep = Sweep(journal, kind, before)
    slices = 1
    while sweep.slice():
        journal.store.commit()
        slices += 1
    journal.store.commit()
    return slices, sweep.deleted


def _left(journal: Journal, conversation: int) -> list[int]:
    events = History(journal).select(conversation, limit=10**6)
    return [event.sequence for event in events]


def test_what_is_younger_stays(journal: Journal) -> None:
    for number in range(1, 11):
        _say(journal, 7, number, number * 100)
        _say(journal, 8, number, 2000)
    _settle(journal)
    assert _sweep(journal, TALK, 501)[1] == 5
    assert _left(journal, 7) == [6, 7, 8, 9, 10]
    assert len(_left(journal, 8)) == 10


def test_talk_and_happenings_are_kept_apart(journal: Journal) -> None:
    _say(journal, 7, 1, 100)
    journal.append(Joined(7, 2, journal.ids.next(), 100, ANN))
    _say(journal, 7, 3, 100)
    _settle(journal)
    _sweep(journal, HAPPENING, 1000)
    assert _left(journal, 7) == [1, 3]
    _sweep(journal, TALK, 1000)
    assert _left(journal, 7) == []


def test_a_conversation_may_have_a_rule_of_its_own(journal: Journal) -> None:
    for conversation in (7, 8, 9, 10):
        for number in range(1, 4):
            _say(journal, conversation, number, number * 100)
    set_retention(journal.store, 7, 0)
    set_retention(journal.store, 8, 0.75)
    set_retention(journal.store, 9, 0.1)
    set_retention(journal.store, 9, None)
    _settle(journal)
    assert retention_of(journal.store, 8) == 0.75
    assert retention_of(journal.store, 9) is None
    own = own_limits(journal.store, 1000)
    assert own == {7: 0, 8: 250}
    while Sweep(journal, TALK, 150, own).slice():
        journal.store.commit()
    journal.store.commit()
    assert [_left(journal, number) for number in (7, 8, 9, 10)] == [
        [1, 2, 3],
        [3],
        [2, 3],
        [2, 3],
    ]


def test_a_slice_is_small(journal: Journal) -> None:
    for number in range(1, 3 * SLICE + 2):
        _say(journal, 7, number, 100)
    _settle(journal)
    sweep = Sweep(journal, TALK, 1000)
    assert sweep.slice()
    assert sweep.deleted == SLICE
    assert _sweep(journal, TALK, 1000) == (3, 2 * SLICE + 1)


def test_many_conversations_are_looked_at_in_slices(journal: Journal) -> None:
    for number in range(1, 2 * CONVERSATIONS):
        _say(journal, number, 1, 100 if number % 2 else 2000)
    _settle(journal)
    slices, deleted = _sweep(journal, TALK, 1000)
    assert (slices, deleted) == (2, CONVERSATIONS)
    assert _sweep(journal, TALK, 1000)[1] == 0


def test_numbers_go_on_where_all_was_deleted(journal: Journal) -> None:
    for number in range(1, 4):
        _say(journal, 7, number, 100 + number)
    _settle(journal)
    _sweep(journal, TALK, 1000)
    assert _left(journal, 7) == []
    assert Journal(journal.store).end(7) == End(3, 103)
    _say(journal, 7, 4, 2000)
    _settle(journal)
    assert Journal(journal.store).end(7) == End(4, 2000)


def test_an_empty_storage_has_nothing_to_forget(journal: Journal) -> None:
    assert _sweep(journal, TALK, 1000) == (1, 0)


def test_old_tokens_go(journal: Journal) -> None:
    store = journal.store
    rows = [(1, f"t{number}", number, b"") for number in range(SLICE + 10)]
    store.write_many("INSERT INTO tokens VALUES (?, ?, ?, ?)", rows)
    before = SLICE + 5
    assert forget_tokens(store, before)
    assert not forget_tokens(store, before)
    left = [time for (time,) in store.read("SELECT time FROM tokens ORDER BY time")]
    assert left == list(range(before, SLICE + 10))


def test_what_bridges_know_of_old_messages_goes(journal: Journal) -> None:
    store = journal.store
    now = journal.ids.next()
    rows = [("far #there", now - SLICE + number, 0) for number in range(2 * SLICE)]
    store.write_many("INSERT INTO relayed VALUES (?, ?, ?, 'out', 'x', '')", rows)
    store.commit()
    assert not forget_relayed(store, 0)
    while forget_relayed(store, now // 1000 + 1):
        store.commit()
    store.commit()
    assert store.read("SELECT 1 FROM relayed WHERE message < ?", (now // 1000 + 1) * 1000) == []
    assert store.read("SELECT count(*) FROM relayed") != [(2 * SLICE,)]
