"""The journal: what is appended comes back, what is forgotten never was, the tail moves on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from words.errors import CannotStore, StorageRefused
from words.events import (
    STORED_TYPES,
    AccessChanged,
    Actor,
    ContactChanged,
    Denied,
    Edited,
    Fate,
    GroupRenamed,
    Ignored,
    InvitationEnded,
    Invited,
    Joined,
    Kicked,
    Left,
    MembersLost,
    Permitted,
    PrivacyChanged,
    ProfileChanged,
    Reacted,
    Reaction,
    Redacted,
    RegistrationChanged,
    RoleChange,
    RoleChanged,
    Said,
    SettingChange,
    SettingsChanged,
    Signalled,
    Span,
    TopicChanged,
    Warned,
)
from words.journal import journal as journal_module
from words.journal.history import History
from words.journal.journal import Journal
from words.storage.store import Store

ANN = Actor(1, "ann", "~ann", "host", "ann", 3, "elsewhere")
BEN = Actor(2, "ben", "~ben", "host")

ALL_EVENTS = (
    Said(
        7, 1, 10, 100, ANN, "hi \N{SNOWMAN}", "action", spans=(Span(0, 2, "bold"),), tags={"+a": ""}
    ),
    Joined(7, 2, 11, 100, BEN, "Ben", "away", True, ("operator",)),
    Left(7, 3, 12, 100, BEN, "why", True),
    Kicked(7, 4, 13, 100, ANN, BEN, "so"),
    TopicChanged(7, 5, 14, 101, ANN, "topic"),
    RoleChanged(7, 6, 15, 102, ANN, (RoleChange(BEN, "voice", True),)),
    SettingsChanged(7, 7, 16, 102, ANN, (SettingChange("limit", "5", True),)),
    MembersLost(7, 8, 17, 103, ANN, 3),
    Said(
        7, 9, 18, 104, ANN, "b", reply_to=10, fate=Fate(1, 2, (3,), (Reaction("+", ((1, "a"),)),))
    ),
    Edited(7, 10, 19, 104, ANN, 10, "text", (Span(0, 1, "bold"),)),
    Redacted(7, 11, 20, 104, ANN, 10, "why"),
    Reacted(7, 12, 21, 104, ANN, 10, "\N{THUMBS UP SIGN}"),
    RegistrationChanged(7, 13, 22, 104, ANN, "ann", 1, "ben"),
    AccessChanged(7, 14, 23, 104, ANN, "ben", "voice"),
    Invited(7, 15, 24, 104, ANN, BEN, "g"),
    InvitationEnded(7, 16, 25, 104, ANN, BEN, "g"),
    ProfileChanged(7, 17, 26, 104, ANN, "Ann", "text"),
    ContactChanged(7, 18, 27, 104, ANN, "friends", "ben", "Benny", "note", 0),
    Permitted(7, 19, 28, 104, ANN, "ben"),
    Denied(7, 20, 29, 104, ANN, "ben", False),
    Ignored(7, 21, 30, 104, ANN, "ben"),
    PrivacyChanged(7, 22, 31, 104, ANN, "contacts"),
    Warned(7, 23, 32, 104, BEN, ANN, 10),
    GroupRenamed(7, 24, 33, 104, ANN, "g", "h", "why"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "words.db", durability="process")
    yield store
    store.abandon()


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


def _commit(journal: Journal) -> None:
    journal.close_turn()
    journal.store.commit()


def _say(journal: Journal, sequence: int, text: str = "x") -> None:
    journal.append(Said(7, sequence, journal.ids.next(), sequence, ANN, text))


def _sequences(journal: Journal) -> list[int]:
    return [event.sequence for event in History(journal).select(7, limit=10**6)]


@pytest.mark.parametrize("moved", [False, True])
def test_every_stored_event_comes_back_whole(journal: Journal, moved: bool) -> None:
    assert {type(event) for event in ALL_EVENTS} == set(STORED_TYPES)
    for event in ALL_EVENTS:
        journal.append(event)
    _commit(journal)
    if moved:
        journal.move(100)
    journal.store.commit()
    again = Journal(journal.store)
    assert again.rows == (0 if moved else len(ALL_EVENTS))
    assert tuple(History(again).select(7, limit=100)) == ALL_EVENTS


def test_what_cannot_be_stored_leaves_no_trace(journal: Journal) -> None:
    _say(journal, 1)
    with pytest.raises(CannotStore):
        _say(journal, 2, "\ud800")
    with pytest.raises(CannotStore):
        journal.append(Said(7, 2, 2**70, 1, ANN, "x"))
    with pytest.raises(CannotStore):
        journal.append(Signalled(7, 2, 2, 1, ANN))
    assert _sequences(journal) == [1]
    _commit(journal)
    assert _sequences(Journal(journal.store)) == [1]


def test_a_verb_that_fails_takes_only_its_own_events_back(journal: Journal) -> None:
    _say(journal, 1)
    journal.store.write("INSERT INTO directs VALUES (1, 2, 3)")
    mark = journal.mark()
    _say(journal, 2)
    journal.store.write("INSERT INTO directs VALUES (4, 5, 6)")
    assert len(journal.store.read("SELECT * FROM directs")) == 2
    journal.forget(mark)
    _say(journal, 2, "again")
    _commit(journal)
    assert _sequences(Journal(journal.store)) == [1, 2]
    assert journal.store.read("SELECT * FROM directs") == [(1, 2, 3)]


def test_the_tail_moves_on_by_itself_in_slices(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TAIL_ROWS", 20)
    monkeypatch.setattr(journal_module, "SLICE_ROWS", 8)
    for sequence in range(1, 101):
        _say(journal, sequence)
        _commit(journal)
        assert journal.rows <= 21
    ((moved,),) = journal.store.read("SELECT count(*) FROM history")
    assert moved == 100 - journal.rows
    assert journal.bytes == sum(len(row.event) for row in journal.tail[7])
    assert _sequences(Journal(journal.store)) == list(range(1, 101))


def test_large_events_move_on_sooner(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "TAIL_BYTES", 10_000)
    for sequence in range(1, 21):
        _say(journal, sequence, "x" * 2000)
        _commit(journal)
    assert journal.bytes <= 10_000


def test_what_was_moved_and_not_committed_is_in_the_tail_still(journal: Journal) -> None:
    for sequence in range(1, 6):
        _say(journal, sequence)
        _commit(journal)
    journal.move(3)
    path = journal.store.path
    journal.store.abandon()
    store = Store(path, durability="process")
    again = Journal(store)
    assert again.rows == 5
    assert _sequences(again) == [1, 2, 3, 4, 5]
    store.abandon()


@pytest.mark.parametrize(
    "damage", [b"", b"\xdd\x00\x00\x00\x02\xc0", msgspec.msgpack.encode([[99]])]
)
def test_a_damaged_tail_is_refused(store: Store, damage: bytes) -> None:
    store.write("INSERT INTO tail VALUES (1, ?)", damage)
    store.commit()
    with pytest.raises(StorageRefused, match="Restore a backup"):
        Journal(store)


@pytest.mark.parametrize("where", ["turn", "tail", "history"])
def test_what_is_rewritten_is_read_back_as_it_is_now(store: Store, where: str) -> None:
    journal = Journal(store)
    for sequence in (1, 2, 3):
        _say(journal, sequence)
    if where != "turn":
        _commit(journal)
    if where == "history":
        journal.move(3)
        _commit(journal)
    second = History(journal).select(7, limit=1, start=("sequence", 2))[0]
    journal.rewrite(msgspec.structs.replace(second, text="a longer text"))
    _commit(journal)
    for read in (journal, Journal(store)):
        events = History(read).select(7, limit=10)
        assert [event.text for event in events if isinstance(event, Said)] == [
            "x",
            "a longer text",
            "x",
        ]
    assert journal.move(3) == (0 if where == "history" else 3)
    _commit(journal)
    assert [event.sequence for event in History(journal).select(7, limit=10)] == [1, 2, 3]


def test_rewriting_what_is_gone_does_nothing(journal: Journal) -> None:
    _say(journal, 2)
    journal.rewrite(Said(7, 1, 1, 1, ANN, "gone"))
    journal.rewrite(Said(8, 1, 1, 1, ANN, "gone"))
    _commit(journal)
    assert _sequences(journal) == [2]
