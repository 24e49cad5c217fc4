"""Searching millions of messages: what filling the index costs, and how long an answer takes.

The questions are of all kinds: a rare word, one that every message has, a phrase, in one group
or in a hundred. An answer is complete: what was found is read back from the journal and compared.
"""

import random
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench.inside import database
from bench.inside.history import timed
from bench.inside.probe import Figures, measured, run
from words.events import Said
from words.journal.history import History
from words.journal.index import SearchIndex
from words.journal.journal import Journal
from words.journal.query import Wanted, fitting, of_group
from words.storage.store import Store

TIMES = 200
LIMIT = 50
GROUPS = 100
"""As many as one person may be in."""


class Question(NamedTuple):
    """What is asked of a group with this number, and of how many others beside it."""

    text: str
    groups: int


QUESTIONS = {
    "rare": Question("{rare}", 0),
    "everywhere": Question("message", 0),
    "phrase": Question('"message {rare}"', 0),
    "rare, 1 group": Question("{rare}", 1),
    "everywhere, 1 group": Question("message", 1),
    "rare, 100 groups": Question("{rare}", GROUPS),
    "everywhere, 100 groups": Question("message", GROUPS),
    "two words, 100 groups": Question("message {rare}", GROUPS),
}


def measure(scratch: Path, small: bool) -> Figures:
    """Fill the index if it isn't there, then ask."""
    folder = database.database(scratch, small)
    size = database.SMALL if small else database.LARGE
    store = Store(folder / "words.db")
    history = History(Journal(store))
    index = SearchIndex(store.path)
    new = not index.path.exists()
    with measured() as cost:
        assert index.fill(3600)
    figures: Figures = {"MiB": index.path.stat().st_size / 2**20}
    if new:
        figures["filling, us a message"] = 1e6 * cost.cpu / size.events
    chance = random.Random(1)
    most = database.shares(size)[0]

    def ask(question: Question, first: int) -> None:
        others = chance.sample(range(size.groups), max(0, question.groups - 1))
        groups = [first, *(database.FIRST_GROUP + other for other in others)]
        wanted = Wanted(
            question.text.format(rare=chance.randrange(1, most)),
            LIMIT,
            tuple(map(of_group, groups)) if question.groups else None,
        )
        places, complete = index.find(wanted)
        assert complete
        events = [
            event
            for place in places
            for event in history.select(
                place.conversation,
                limit=1,
                start=("sequence", place.sequence),
                stop=("sequence", place.sequence + 1),
            )
        ]
        texts = [event.text for event in events if isinstance(event, Said)]
        assert all(fitting(wanted.text, texts))
        assert len(texts) == len(places)

    all_groups = range(database.FIRST_GROUP, database.FIRST_GROUP + size.groups)
    for name, question in QUESTIONS.items():
        chosen = chance.choices(all_groups, database.shares(size), k=TIMES)
        p50, p99 = timed(partial(ask, question), chosen)
        figures[f"{name}, p50 ms"], figures[f"{name}, p99 ms"] = p50, p99
    index.close()
    store.close()
    return figures


if __name__ == "__main__":
    run(measure)
