"""Queries give what a plain list would, wherever the events are: this turn, the tail, the table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from words.events import HAPPENING, TALK, Actor, ConversationEvent, Joined, Said
from words.interfaces import Point
from words.journal.history import ALL_CLASSES, EVERYTHING, History, Range
from words.journal.journal import End, Journal
from words.storage.store import Store

ANN = Actor(1, "ann", "~ann", "host", "ann")
CONVERSATIONS = (7, 8)
FIRST_ID = 1_000


class Log:
    """A journal, and beside it the list of what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[ConversationEvent] = []
        self.turn: list[ConversationEvent] = []
        self._open()

    def _open(self) -> None:
        self.store = Store(self.path, durability="process")
        self.journal = Journal(self.store)
        self.history = History(self.journal)

    def append(self, conversation: int, talk: bool, later: int) -> None:
        known = [*self.events, *self.turn]
        before = [event for event in known if event.conversation == conversation]
        sequence = before[-1].sequence + 1 if before else 1
        time = (before[-1].time if before else 50) + later
        stamp = conversation, sequence, FIRST_ID + 3 * len(known), time
        event = Said(*stamp, ANN, f"{sequence}") if talk else Joined(*stamp, ANN)
        self.journal.append(event)
        self.turn.append(event)

    def commit(self) -> None:
        self.journal.close_turn()
        self.store.commit()
        self.events += self.turn
        self.turn = []

    def move(self, least: int) -> None:
        self.commit()
        self.journal.move(least)
        self.store.commit()

    def forget(self) -> None:
        """Take this turn back, as a verb does that fails."""
        self.journal.forget((0, 0))
        self.turn = []

    def look(self) -> None:
        """Read within the turn, so that what is queued has run when it is taken back."""
        self.store.write("INSERT OR REPLACE INTO ends VALUES (99, 1, 1)")
        assert len(self.history.select(7, limit=3)) <= 3

    def reopen(self) -> None:
        """Go on in a new process: what wasn't committed is gone."""
        self.turn = []
        self.store.abandon()
        self._open()

    def select(self, conversation: int, **wish: Any) -> list[ConversationEvent]:
        """Answer a query from the list."""
        return model([*self.events, *self.turn], conversation, **wish)


def model(
    events: Sequence[ConversationEvent],
    conversation: int,
    *,
    limit: int,
    start: Point,
    stop: Point | None,
    newest: bool,
    classes: Sequence[int],
    visible: Sequence[Range],
) -> list[ConversationEvent]:
    found = [
        event
        for event in events
        if event.conversation == conversation
        and event.history in classes
        and getattr(event, start[0]) >= start[1]
        and (stop is None or getattr(event, stop[0]) < stop[1])
        and any(low <= event.sequence < high for low, high in visible)
    ]
    return (found[-limit:] if newest else found[:limit]) if limit else []


conversations = st.sampled_from(CONVERSATIONS)
changes: st.SearchStrategy[Callable[[Log], None]] = st.one_of(
    st.builds(
        lambda number, talk, later: lambda log: log.append(number, talk, later),
        conversations,
        st.booleans(),
        st.integers(0, 3),
    ),
    st.just(Log.commit),
    st.just(Log.look),
    st.just(Log.forget),
    st.just(Log.reopen),
    st.builds(lambda least: lambda log: log.move(least), st.integers(1, 8)),
)
points: st.SearchStrategy[Point] = st.one_of(
    st.tuples(st.just("sequence"), st.integers(0, 20)),
    st.tuples(st.just("id"), st.integers(FIRST_ID - 5, FIRST_ID + 100)),
    st.tuples(st.just("time"), st.integers(45, 90)),
)
ranges = st.lists(st.integers(0, 20), max_size=6, unique=True).map(
    lambda bounds: list(zip(sorted(bounds)[::2], sorted(bounds)[1::2], strict=False))
)
wishes = st.fixed_dictionaries(
    {
        "limit": st.integers(0, 12),
        "start": st.one_of(st.just(("sequence", 0)), points),
        "stop": st.one_of(st.none(), points),
        "newest": st.booleans(),
        "classes": st.sampled_from([ALL_CLASSES, (TALK,), (HAPPENING,)]),
        "visible": st.one_of(st.just(EVERYTHING), ranges),
    }
)
steps = st.lists(changes, max_size=60)


@settings(deadline=None, max_examples=150)
@given(steps, st.lists(st.tuples(conversations, wishes), min_size=1, max_size=20))
def test_every_query_gives_what_a_list_gives(
    steps: list[Callable[[Log], None]], queries: list[tuple[int, dict[str, Any]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder) / "words.db")
        for step in steps:
            step(log)
        for conversation, wish in queries:
            assert log.history.select(conversation, **wish) == log.select(conversation, **wish)
        log.store.abandon()


@settings(deadline=None, max_examples=50)
@given(steps)
def test_every_event_is_found_by_its_id_and_the_end_is_known(
    steps: list[Callable[[Log], None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder) / "words.db")
        for step in steps:
            step(log)
        known = [*log.events, *log.turn]
        for event in known:
            assert log.history.find(event.conversation, event.id) == event
            assert log.history.find(event.conversation, event.id + 1) is None
        for number in CONVERSATIONS:
            last = [event for event in known if event.conversation == number][-1:]
            end = End(last[0].sequence, last[0].time) if last else End(0, 0)
            assert log.journal.end(number) == end
        log.store.abandon()
