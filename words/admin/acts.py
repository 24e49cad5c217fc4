"""The log of administrative acts: who did what, to whom or what, and why.

An act is noted in the transaction of what it did, so one is never without the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from words.errors import BadInput, TooLong
from words.journal.journal import Journal

MAX_WHY = 390  # characters; as a topic

SHOWN = 64
"""Characters of what an act was about; names are shorter."""


def check(why: str) -> None:
    """Raise `TooLong`, `BadInput` for what can't be a reason."""
    if len(why) > MAX_WHY:
        raise TooLong("reason", MAX_WHY)
    if not why.isprintable():
        raise BadInput("reason", f"has a character that reasons can't have: {why!a}"[:80])


def object_of(arguments: Any, result: Any) -> str:
    """Return what an act was about: the name as it is kept, rather than as it was typed."""
    kept = result.get("name") if isinstance(result, Mapping) else None
    given = getattr(arguments, "name", None) or getattr(arguments, "target", "")
    return str(kept or given)[:SHOWN]


def note(journal: Journal, who: str, verb: str, what: str, why: str) -> None:
    """Keep an act, in this turn."""
    journal.store.write(
        "INSERT INTO acts VALUES (?, ?, ?, ?, ?)", journal.ids.next(), who, verb, what, why
    )


def latest(journal: Journal, before: int, limit: int) -> list[dict[str, Any]]:
    """Return acts, the newest first; ``time`` is in milliseconds since 1970 UTC."""
    rows = journal.store.read(
        "SELECT id, who, verb, what, why FROM acts WHERE id < ? ORDER BY id DESC LIMIT ?",
        before,
        limit,
    )
    return [
        {"id": number, "time": number // 1000, "who": who, "verb": verb, "what": what, "why": why}
        for number, who, verb, what, why in rows
    ]
