"""What one answer can hold: what things weigh in it, and how many of them fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from words.events import Edited, Event, Said

T = TypeVar("T")

ANSWER_BYTES = 512 * 1024
"""Of one answer, about: a quarter of what a peer must take. The rest is asked for again."""

EVENT_BYTES = 500
"""Of an event without its text: names, numbers, and what they are called."""

JELLY_BYTES = 5
"""Bytes of what else a message has (spans, tags, reactions) for one of MessagePack, at most."""


def text_bytes(text: str) -> int:
    """Return about how many bytes a text has."""
    return 2 * len(text)


def event_bytes(event: Event) -> int:
    """Return about how many bytes an event has."""
    if not isinstance(event, Said | Edited):
        return EVENT_BYTES
    rest: tuple[object, ...] = (event.spans, event.wire)
    if isinstance(event, Said):
        rest += (event.tags, event.fate)
    more = JELLY_BYTES * len(msgspec.msgpack.encode(rest)) if any(rest) else 0
    return EVENT_BYTES + text_bytes(event.text) + more


def fitting(things: Iterable[T], weigh: Callable[[T], int]) -> list[T]:
    """Return the first of these, as many as fit one answer; one always does."""
    found: list[T] = []
    size = 0
    for thing in things:
        size += weigh(thing)
        if size > ANSWER_BYTES and found:
            break
        found.append(thing)
    return found
