"""Whether a message wants one's attention: names, keywords, and rules per conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, TypeAlias

from words.events import Said, Span
from words.names import participant_key

Rule: TypeAlias = Literal["all", "mentions", "none"]
"""What alerts in a conversation: everything said, only what mentions one, nothing (muted).

A muted conversation isn't counted as unread either, mentions excepted.
"""

RULES: tuple[Rule, ...] = ("all", "mentions", "none")


def mentions(said: Said, words: Iterable[str]) -> bool:
    """Return whether a message has one of these words, or marks one of them as mentioned."""
    pattern = _pattern(tuple(words))
    if pattern is None:
        return False
    return pattern.search(said.text) is not None or _marked(said.spans, words)


def _marked(spans: Iterable[Span], words: Iterable[str]) -> bool:
    keys = {participant_key(word) for word in words}
    return any(span.style == "mention" and participant_key(span.value) in keys for span in spans)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds these as whole words, in any case; None for no words."""
    wanted = "|".join(re.escape(word) for word in words if word)
    if not wanted:
        return None
    return re.compile(rf"(?<![\w\-]){'(?:' + wanted + ')'}(?![\w\-])", re.IGNORECASE)
