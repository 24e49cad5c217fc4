"""Who was here lately, for WHOWAS; in memory only."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import NamedTuple

from words.events import Actor
from words.names import ParticipantKey, participant_key

NAMES = 1000
"""Names remembered; the one longest unused goes first."""

EACH = 5
"""Times remembered for one name."""


class Gone(NamedTuple):
    """Somebody who left or was renamed; ``time`` in milliseconds since 1970."""

    actor: Actor
    real_name: str
    time: int


class Whowas:
    """The last who had a name."""

    def __init__(self) -> None:
        self._names: OrderedDict[ParticipantKey, deque[Gone]] = OrderedDict()

    def add(self, gone: Gone) -> None:
        """Remember somebody."""
        key = participant_key(gone.actor.name)
        self._names.setdefault(key, deque(maxlen=EACH)).appendleft(gone)
        self._names.move_to_end(key)
        if len(self._names) > NAMES:
            self._names.popitem(last=False)

    def find(self, name: str) -> list[Gone]:
        """Return who had this name, the last one first."""
        return list(self._names.get(participant_key(name), ()))
