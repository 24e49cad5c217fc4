"""A large storage file: many groups and identities, millions of events. Made once a scratch folder.

Rows are written straight into the schema, as the hub would have left them; the groups are of very
different sizes, as groups are (Zipf's law), and what they said is mingled in time.
"""

import os
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import msgspec

from words.chat.group import Facts
from words.events import Actor, Joined, Said
from words.journal.rows import Row, row_of
from words.storage.store import Store

FIRST_GROUP = 1_000_000
FIRST_IDENTITY = 10_000_000
START = 1_700_000_000_000
"""Milliseconds: when the first was said."""

SPAN = 365 * 86_400_000
"""Milliseconds until the last was said."""

HAPPENING_EVERY = 8
ROWS_A_COMMIT = 100_000


class Size(NamedTuple):
    """How much is in the file."""

    groups: int
    identities: int
    events: int


LARGE = Size(10_000, 100_000, 5_000_000)
SMALL = Size(1_000, 10_000, 200_000)


def group_name(number: int) -> str:
    """Name a group as the load generator does: clients can join it."""
    return f"bench{number}"


def shares(size: Size) -> list[int]:
    """Say how many events each group has, the largest first."""
    weights = [1.0 / (number + 10) for number in range(size.groups)]
    total = sum(weights)
    ends = [round(size.events * part / total) for part in accumulate(weights)]
    return [stop - start for start, stop in zip([0, *ends], ends, strict=False)]


def database(scratch: Path, small: bool) -> Path:
    """Return the folder with the file, made now if it isn't there."""
    size = SMALL if small else LARGE
    folder = scratch / "-".join(map(str, size))
    if not folder.exists():
        making = folder.with_suffix(".part")
        _make(making / "words.db", size)
        making.rename(folder)
    return folder


def _make(path: Path, size: Size) -> None:
    path.unlink(missing_ok=True)
    store = Store(path, durability="process")
    for number in range(size.groups):
        name = group_name(number)
        facts = msgspec.msgpack.encode(Facts(START, registered=number % 2 == 0))
        store.write(
            "INSERT INTO groups VALUES (?, ?, ?, ?)", FIRST_GROUP + number, name, name, facts
        )
    store.write_many(
        "INSERT INTO identities (id, name, key, verifier, created) VALUES (?, ?, ?, ?, ?)",
        [
            (FIRST_IDENTITY + number, f"Person{number}", f"person{number}", os.urandom(100), START)
            for number in range(size.identities)
        ],
    )
    waiting: list[Row] = []
    for number, count in enumerate(shares(size)):
        waiting += sorted(_events(FIRST_GROUP + number, number, count, size.identities))
        if len(waiting) >= ROWS_A_COMMIT:
            _write(store, waiting)
            waiting = []
    _write(store, waiting)
    store.close()


def _write(store: Store, rows: list[Row]) -> None:
    store.write_many("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)", rows)
    store.commit()
    store.copy_log()


def _events(conversation: int, salt: int, count: int, identities: int) -> Iterator[Row]:
    actors = [
        Actor(FIRST_IDENTITY + who, f"Person{who}", "~person", f"{who:010x}.hidden", f"Person{who}")
        for who in ((salt * 31 + place * 7919) % identities for place in range(20))
    ]
    for sequence in range(1, count + 1):
        time = START + SPAN * sequence // (count + 1)
        stamp = conversation, sequence, time * 1000 + salt % 1000, time
        actor = actors[sequence % len(actors)]
        if sequence % HAPPENING_EVERY:
            yield row_of(Said(*stamp, actor, f"message {sequence} " + "x" * (sequence % 120)))
        else:
            yield row_of(Joined(*stamp, actor, "A person"))
