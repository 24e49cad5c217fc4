"""Events as plain values and back; what is newer than we are is ignored."""

from __future__ import annotations

from typing import Any

import pytest

from words.events import (
    Actor,
    Event,
    Fate,
    Joined,
    PresenceChanged,
    Reaction,
    RoleChange,
    RoleChanged,
    Said,
    Span,
)
from words.remote.happenings import Heard, from_plain, from_wire, to_plain
from words.spread.encoder import PB_WORDS
from words.spread.pieces import jelly

ALICE = Actor(5, "alice", "a", "host", "alice")
STAMP = (1, 2, 3, 4)


@pytest.mark.parametrize(
    "event",
    [
        Said(*STAMP, ALICE, "hi", spans=(Span(0, 2, "bold"),), tags={"+x": "y"}),
        Said(*STAMP, ALICE, "", fate=Fate(5, 6, (7, 8), (Reaction("+1", ((5, "alice"),)),))),
        RoleChanged(*STAMP, ALICE, (RoleChange(ALICE, "voice", True),)),
        Joined(*STAMP, ALICE, away="lunch", roles=("operator",)),
        PresenceChanged(0, 0, 3, 4, ALICE, None),
    ],
    ids=lambda event: type(event).__name__,
)
def test_there_and_back(event: Event) -> None:
    plain = to_plain(event, "lobby")
    assert from_plain(plain) == Heard("lobby", event)
    assert jelly(plain, PB_WORDS)  # nothing in it twice, nothing that needs a connection


def test_new_keys_words_and_styles_are_ignored() -> None:
    plain = to_plain(Said(*STAMP, ALICE, "hi", spans=(Span(0, 2, "bold"),)), "lobby")
    plain |= {"mood": "merry", "kind": "sung", "spans": [[0, 1, "wavy", ""], [0, 2, "bold", ""]]}
    plain["actor"]["age"] = 7
    heard = from_plain(plain)
    assert heard == Heard("lobby", Said(*STAMP, ALICE, "hi", spans=(Span(0, 2, "bold"),)))


@pytest.mark.parametrize(
    "plain",
    [
        {"event": "Danced"},
        {"event": "Said"},
        {"event": "Said", "text": 5, "actor": 7},
        {"event": "RoleChanged", "changes": 3},
        "Said",
        None,
    ],
)
def test_what_we_cannot_read_is_left_out(plain: Any) -> None:
    joined = to_plain(Joined(*STAMP, ALICE), "lobby")
    assert from_wire([plain, joined]) == [Heard("lobby", Joined(*STAMP, ALICE))]
