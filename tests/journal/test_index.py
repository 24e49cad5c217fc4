"""The search index: filled behind, never ahead of the journal; kills and torn files cost little."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from words.errors import BadInput, TooLong, TooMany
from words.events import Actor, Edited, Joined, Redacted, Said
from words.journal.index import SLICE_ROWS, SearchIndex
from words.journal.journal import Journal
from words.journal.query import (
    MAX_TERMS,
    MAX_TEXT,
    Wanted,
    fitting,
    of_group,
    of_person,
)
from words.storage.store import Store

ANN = Actor(1, "Ann", "ann", "host", "Ann")
BEN = Actor(2, "ben[m]", "ben", "host")
HOUR = 3600.0


class Log:
    """A journal that things are said into, and its index."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "words.db"
        self.store = Store(self.path, durability="process")
        self.journal = Journal(self.store)
        self.index = SearchIndex(self.path)
        self.sequences: dict[int, int] = {}

    def stamp(self, conversation: int) -> tuple[int, int, int, int]:
        sequence = self.sequences[conversation] = self.sequences.get(conversation, 0) + 1
        return conversation, sequence, *self.journal.ids.stamp()

    def say(self, conversation: int, text: str, actor: Actor = ANN) -> Said:
        event = Said(*self.stamp(conversation), actor, text)
        self.journal.append(event)
        return event

    def turn(self) -> None:
        self.journal.close_turn()
        self.store.commit()

    def move(self) -> None:
        """Let the tail's events go where the index has to look for them."""
        self.turn()
        self.journal.move(2**31)
        self.store.commit()

    def found(self, text: str, limit: int = 1000, **where: object) -> list[int]:
        assert self.index.fill(HOUR)
        places, complete = self.index.find(Wanted(text, limit, **where))  # type: ignore[arg-type]
        assert complete
        return [place.id for place in places]

    def close(self) -> None:
        self.index.close()
        self.store.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path)
    yield log
    log.close()


def test_words_phrases_and_beginnings(log: Log) -> None:
    first = log.say(7, "The quick brown fox, naïve").id
    second = log.say(7, "a brown quick dog").id
    log.turn()
    assert log.found("QUICK brown") == [second, first]
    assert log.found('"quick brown"') == [first]
    assert log.found("naive") == [first]
    assert log.found("qui*") == [second, first]
    assert log.found("qui") == []
    assert log.found("dog OR fox") == log.found('fox NOT "') == []
    assert log.found("scope:g7 quick") == []
    for text in ("", "!?", '""', "*", "ab*", "\ud800x", "a\0b"):
        with pytest.raises(BadInput):
            log.found(text)
    with pytest.raises(TooLong):
        log.found("x" * (MAX_TEXT + 1))
    with pytest.raises(TooMany):
        log.found("x " * (MAX_TERMS + 1))


def test_where_who_and_when(log: Log) -> None:
    low, high = 1, 2
    log.store.write("INSERT INTO directs VALUES (?, ?, ?)", low, high, 9)
    group = log.say(7, "hello").id
    direct = log.say(9, "hello", BEN).id
    other = log.say(8, "hello", BEN).id
    log.turn()
    assert log.found("hello") == [other, direct, group]
    assert log.found("hello", scopes=(of_group(7),)) == [group]
    assert log.found("hello", scopes=(of_group(7), of_person(low))) == [direct, group]
    assert log.found("hello", scopes=(of_person(3),)) == []
    assert log.found("hello", author="BEN[M]") == [other, direct]
    assert log.found("hello", author="ann") == [group]
    assert log.found("hello", after=group, before=other) == [direct]
    assert log.found("hello", limit=1) == [other]


def test_what_leaves_the_tail_before_it_was_seen(log: Log) -> None:
    """Whatever moves when: everything is indexed once, in any mixture of tail and history."""
    chance = random.Random(7)
    said = []
    for number in range(3 * SLICE_ROWS):
        said.append(log.say(chance.randrange(1, 40), f"hello number{number}").id)
        if not number % 50:
            log.journal.append(Joined(*log.stamp(1), ANN))
        if chance.random() < 0.1:
            log.turn()
        if chance.random() < 0.005:
            log.journal.move(chance.randrange(2000))
            log.store.commit()
        if chance.random() < 0.005:
            log.index.step()
        if chance.random() < 0.001:
            log.index.close()  # as after a kill: what was committed is there
            log.index = SearchIndex(log.path)
    log.turn()
    assert log.found("hello", limit=10_000) == said[::-1]
    assert not log.index.step()


def test_edits_and_redactions_are_followed(log: Log) -> None:
    one, two, three = (log.say(7, f"apple {number}") for number in range(3))
    log.turn()
    assert len(log.found("apple")) == 3
    log.journal.append(Edited(*log.stamp(7), ANN, one.id, "pear 0"))
    log.journal.append(Redacted(*log.stamp(7), ANN, two.id))
    log.turn()
    assert log.found("apple") == [three.id]
    assert log.found("pear") == [one.id]
    log.journal.append(Redacted(*log.stamp(7), ANN, three.id))
    log.move()
    assert log.found("apple") == []


def test_what_was_deleted_goes(log: Log) -> None:
    gone = log.say(7, "apple one")
    changed = log.say(7, "apple two")
    kept = log.say(7, "apple three")
    log.move()
    log.say(8, "apple in the tail")
    log.turn()
    assert len(log.found("apple")) == 4
    log.store.write("DELETE FROM history WHERE id = ?", gone.id)
    log.journal.rewrite(msgspec.structs.replace(changed, text="pear two"))
    log.store.commit()
    assert log.index.check(0) == 0
    assert len(log.found("apple")) == 2
    assert kept.id in log.found("apple")
    assert log.found("pear") == [changed.id]


@pytest.mark.parametrize("harm", ["missing", "torn", "noise", "empty", "of another"])
def test_a_file_that_is_no_good_is_made_anew(log: Log, tmp_path: Path, harm: str) -> None:
    said = [log.say(7, f"hello {'x' * number}").id for number in range(300)]
    log.turn()
    assert log.found("hello") == said[::-1]
    log.index.close()
    path = log.index.path
    data = path.read_bytes()
    if harm == "missing":
        path.unlink()
    elif harm == "torn":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "noise":
        path.write_bytes(random.Random(1).randbytes(len(data)))
    elif harm == "empty":
        path.write_bytes(b"")
    else:
        folder = tmp_path / "other"
        folder.mkdir()
        other = Log(folder)
        other.say(7, "hello from elsewhere")
        other.turn()
        assert len(other.found("hello")) == 1
        other.close()
        path.write_bytes(other.index.path.read_bytes())
    assert log.found("hello") == said[::-1]


def test_an_older_journal_gets_its_own_index(log: Log) -> None:
    """A storage that was put back from a copy: what was indexed since is not in it."""
    old = log.say(7, "hello before").id
    log.turn()
    log.found("hello")
    ahead = log.journal.ids.next() + 60_000_000
    log.index.close()
    with sqlite3.connect(log.index.path) as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'seen'", (ahead,))
        db.execute("INSERT INTO said(rowid, text, sequence) VALUES (?, 'hello later', 9)", (ahead,))
        db.execute("UPDATE ends SET sequence = 9")
    db.close()
    assert log.found("hello") == [old]


def test_nothing_is_found_where_nothing_is(log: Log) -> None:
    assert log.index.find(Wanted("hello", 5)) == ([], False)
    assert log.found("hello") == []


def test_what_fits_is_judged_as_the_index_does() -> None:
    bodies = ["Größe und Maß", "", "grosse", "GRÖSSE"]
    assert fitting("größe", bodies) == [True, False, False, False]
    assert fitting('"und mas*"', bodies) == [False] * 4
    assert fitting("und maß", bodies) == [True, False, False, False]
