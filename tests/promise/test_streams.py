"""However commands fall into turns, everybody is told the same as if each had a turn of its own.

The same commands are played twice: in turns of any size, and one a turn. Between two answers
to its own commands a client must be told the same things, in the same order for each
conversation and for each speaker; the history must be the same; and who hears a message is
checked against the player's own account of who is where.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.promise.domain import Domain, Piece, content
from tests.promise.play import GROUPS, OWN, PEOPLE, VERBS, Command, Player
from words.chat.attachment import Attachment
from words.storage.store import Store

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
Turns = Sequence[Sequence[Command]]

OFTEN = ["say", "say", "say", "say_to", "join", "leave", "kick", "query", "forms", "detach"]
COMMANDS = st.builds(
    Command,
    st.integers(0, len(PEOPLE) - 1),
    st.sampled_from([*OFTEN, "attach", "attach", *VERBS]),
    st.sampled_from(GROUPS),
    st.integers(0, len(PEOPLE) - 1),
    st.integers(0, 11),
    st.booleans(),
)
PLAYS = st.lists(st.lists(COMMANDS, min_size=1, max_size=14), max_size=7)
ARRIVAL = [Command(seat, "attach", number=seat) for seat in range(len(PEOPLE))]
ENTRY = [Command(seat, "join", group, number=1) for seat in (0, 3, 5) for group in "gh"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a storage file that is new."""
    path = tmp_path_factory.mktemp("empty") / "words.db"
    Store(path).close()
    return path


class Told:
    """What one play told everybody, and what is stored of it."""

    def __init__(self, empty: Path, turns: Turns) -> None:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            shutil.copy(empty, folder)
            domain = Domain(Path(folder))
            try:
                self.player = Player(domain)
                for turn in turns:
                    domain.turn(partial(self.player.do_all, turn))
                self.stored = [
                    [(event.sequence, content(event)) for event in events]
                    for events in domain.stored().values()
                ]
                self.ears = dict(domain.ears)
                self.halted = domain.turns.halted
            finally:
                domain.close()

    def streams(self) -> Iterator[tuple[Attachment, list[Piece]]]:
        for _, attachment in self.player.everybody:
            yield attachment, self.ears[attachment].heard


def segments(stream: list[Piece]) -> list[list[Piece]]:
    """Cut a stream before each answer to a command of the client's own."""
    cut: list[list[Piece]] = [[]]
    for piece in stream:
        if piece.kind in OWN:
            cut.append([])
        cut[-1].append(piece)
    return cut


def check_same(batched: list[Piece], single: list[Piece]) -> None:
    assert Counter(batched) == Counter(single)
    ours, theirs = segments(batched), segments(single)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert Counter(mine) == Counter(other)
        for where in {piece.where for piece in mine if piece.where}:
            assert [p for p in mine if p.where == where] == [p for p in other if p.where == where]
        for who in {piece.who for piece in mine}:
            assert [p for p in mine if p.who == who] == [p for p in other if p.who == who]


def said(stream: list[Piece]) -> list[str]:
    return [piece.what[1].removeprefix("text=") for piece in stream if piece.kind == "Said"]


def check_play(empty: Path, turns: Turns) -> None:
    turns = [ARRIVAL, ENTRY, *turns]
    batched = Told(empty, turns)
    single = Told(empty, [[command] for turn in turns for command in turn])
    assert not batched.halted
    for (_, ours), (listener, theirs) in zip(batched.streams(), single.streams(), strict=True):
        assert said(theirs) == single.player.due[listener]
        check_same(ours, theirs)
    assert batched.stored == single.stored


@given(turns=PLAYS)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_turns_do_not_show(empty: Path, turns: Turns) -> None:
    check_play(empty, turns)


@pytest.mark.soak
@given(turns=PLAYS)
@settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_turns_never_show(empty: Path, turns: Turns) -> None:
    check_play(empty, turns)
