"""Changing what was said: its row, the rows of its edits, and the answer that a token gives.

To be called within a turn, for messages as they were read back.
"""

from __future__ import annotations

import msgspec

from words.events import CHANGE, Edited, Fate, Said
from words.journal.history import History
from words.journal.journal import Journal
from words.journal.rows import event_of, row_of


def rewrite(journal: Journal, said: Said) -> None:
    """Put another form of a message in its place; raises `CannotStore`."""
    journal.rewrite(said)
    store = journal.store
    for token, body in store.read(
        "SELECT token, event FROM tokens WHERE participant = ? AND time = ? AND event <> x''",
        said.actor.id,
        said.time,
    ):
        if event_of(body).id == said.id:
            store.write(
                "UPDATE tokens SET event = ? WHERE participant = ? AND token = ?",
                row_of(said).event,
                said.actor.id,
                token,
            )


def redact(journal: Journal, said: Said, time: int) -> None:
    """Leave nothing of a message but that it was there, and when it was redacted."""
    history = History(journal)
    for sequence in said.fate.edits if said.fate else ():
        for event in history.select(
            said.conversation,
            limit=1,
            start=("sequence", sequence),
            stop=("sequence", sequence + 1),
            classes=(CHANGE,),
        ):
            if isinstance(event, Edited):
                journal.rewrite(msgspec.structs.replace(event, text="", spans=(), form="", wire=""))
    rewrite(journal, emptied(said, time))


def emptied(said: Said, time: int) -> Said:
    """Return a message without everything that its author put into it."""
    return msgspec.structs.replace(
        said, text="", spans=(), tags=None, form="", wire="", fate=Fate(redacted=time)
    )
