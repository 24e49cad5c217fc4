"""What the passport's tables have in common: how they are read, and sets of words as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from words.errors import BadInput, Busy
from words.names import participant_key
from words.storage.store import Store, Unsettled

_WORD = re.compile(r"[a-z0-9][a-z0-9._:-]{0,63}")


def read(store: Store, sql: str, *values: Any) -> tuple[Any, ...]:
    """Return the rows of a short query; raises `Busy` while the disk refuses what is queued."""
    try:
        return tuple(store.read(sql, *values))
    except Unsettled:
        raise Busy("storage") from None


def key_of(name: str) -> str:
    """Return the comparable form of a name, empty if no storage could have it."""
    key = participant_key(name)
    try:
        key.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return ""
    return key


def to_words(text: str) -> frozenset[str]:
    """Return the set that `from_words` made this of."""
    return frozenset(text.split())


def from_words(words: Iterable[str]) -> str:
    """Return a set of rights or scopes as its stored text; raises `BadInput`."""
    chosen = sorted(set(words))
    for word in chosen:
        if not _WORD.fullmatch(word):
            raise BadInput("right", f"{word!a} isn't a word of lower-case letters")
    return " ".join(chosen)
