"""How bridges hear the hub: the events themselves, since nothing has to be encoded in process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from words.events import Event

Heard: TypeAlias = tuple[Event, str]
"""An event, and the group's name where it happened in one."""


class EventForm:
    """Events as they are: all, or only those of direct conversations."""

    def __init__(self, everything: bool) -> None:
        self._everything = everything

    def encode(self, event: Event, where: str) -> list[Heard] | None:
        """Return the event and where it happened, None for what isn't wanted."""
        direct = event.conversation and not where
        return [(event, where)] if self._everything or direct else None

    def join(self, pieces: Sequence[list[Heard]]) -> list[Heard]:
        """Return the pieces one after another."""
        return [heard for several in pieces for heard in several]


class Silence:
    """Nothing at all: what concerns the people of other networks they hear there."""

    def encode(self, _: Event, __: str) -> None:
        """Return None."""

    def join(self, _: Sequence[list[Heard]]) -> list[Heard]:
        """Return nothing."""
        return []


ALL = (EventForm(True), EventForm(True))
"""For a bridge's own participant."""

DIRECT = (EventForm(False), Silence())
"""For its people: what is said to them directly."""


class EventOutlet:
    """An outlet that hands events on, and says when its participant is to go."""

    def __init__(self, hear: Callable[[Event, str], None], closed: Callable[[str], None]) -> None:
        self._hear = hear
        self._closed = closed

    def push(self, chunk: list[Heard]) -> None:
        """Hand on a chunk."""
        for event, where in chunk:
            self._hear(event, where)

    def close(self, reason: str) -> None:
        """Let the participant go, within a turn."""
        self._closed(reason)
