"""How far a conversation was brought to another network: what was sent, what has arrived.

The conversation's log is the outbox: every event in it is *queued* until it is taken, then *sent*,
then *settled* (delivered, refused or expired). Two sequence numbers are all that must survive the
process: up to ``settled`` nothing is owed, up to ``sent`` something may have left. No I/O here.

Where the room has an archive, what may have left is looked up there, so a third thing must survive:
a place in that archive with all of it behind (`Reached`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Position(NamedTuple):
    """Sequence numbers in a conversation's log; ``settled`` is never above ``sent``."""

    settled: int
    sent: int

    def __str__(self) -> str:
        return f"{self.settled} {self.sent}"

    @classmethod
    def read(cls, text: str, default: int) -> Position:
        """Return what `str` made this text of; where there is none, all is settled up to here."""
        settled, _, sent = text.partition(" ")
        return cls(int(settled), int(sent)) if sent else cls(default, default)


class Outgoing:
    """What one conversation owes one room."""

    def __init__(self, position: Position) -> None:
        self._cursor = position.settled
        """Up to here everything was looked at by this connection."""
        self._doubtful = position.sent
        """Up to here it may have arrived by an earlier connection."""
        self._given = position.sent
        """Up to here an earlier connection was given something: an archive may have it."""
        self._sent = position.sent
        self._flight: dict[str, int] = {}
        self._known: set[int] = set()
        self._skipped: set[int] = set()

    @property
    def position(self) -> Position:
        """What must be on disk before what was taken leaves."""
        settled = min(self._flight.values(), default=self._cursor + 1) - 1
        return Position(settled, max(self._sent, self._cursor))

    @property
    def sent(self) -> int:
        """The sequence number of the last event that may have left."""
        return self._sent

    @property
    def next(self) -> int:
        """The sequence number from which there may be something to take."""
        return self._cursor + 1

    @property
    def flying(self) -> int:
        """How many were taken and aren't settled."""
        return len(self._flight)

    def take(self, sequence: int, key: str, wanted: bool) -> bool:
        """Come to the next event of the log; return whether it is to be sent now.

        It isn't where it is not ``wanted`` there, or the archive has shown that it arrived.
        """
        self._cursor = sequence
        if not wanted or sequence in self._known or sequence in self._skipped:
            self._known.discard(sequence)
            self._skipped.discard(sequence)
            return False
        self._flight[key] = sequence
        self._sent = max(self._sent, sequence)
        return True

    def maybe_arrived(self, sequence: int) -> bool:
        """Return whether an earlier connection may have brought this one there."""
        return sequence <= self._doubtful

    def skip(self, sequences: Iterable[int]) -> None:
        """Leave out later events: what is sent now has them in it already."""
        self._skipped.update(each for each in sequences if each > self._cursor)

    def settle(self, key: str) -> bool:
        """Note that something arrived, or never will; return whether it was in flight."""
        return self._flight.pop(key, None) is not None

    @property
    def looking(self) -> bool:
        """Whether there is something that an archive may show before it is taken again."""
        return self._given > self._cursor

    def found(self, sequence: int) -> None:
        """Note that the archive has this event: it needn't be sent again."""
        if self._cursor < sequence <= self._given:
            self._known.add(sequence)

    def lost(self, doubtful: bool, archive: bool) -> None:
        """Note that the connection ended: what isn't settled is to be sent again.

        Unless ``doubtful`` none of it has arrived, most likely; where there is an ``archive``, that
        will tell.
        """
        position = self.position
        self._cursor = position.settled
        self._flight.clear()
        self._known.clear()
        self._given = max(self._given, position.sent)
        if doubtful:
            self._doubtful = position.sent
        else:
            self._doubtful = min(self._doubtful, position.settled)
            if not archive:
                self._sent = position.settled


class Reached:
    """Up to which place the room's archive was read or heard, and from where to go on after a kill.

    What was sent and isn't settled may stand in the archive before what was heard last. It has to
    be found there, so a place counts only when all is settled that had been sent when it was
    reached. The oldest such place and the newest are kept, which is enough to get on.
    """

    def __init__(self) -> None:
        self._places: list[tuple[int, str]] = []

    def note(self, place: str, sent: int) -> None:
        """Note that a place was reached when ``sent`` was the last that may have left."""
        if len(self._places) == 2 or (self._places and self._places[-1][0] == sent):
            self._places.pop()
        self._places.append((sent, place))

    @property
    def needed(self) -> int:
        """Up to where all must be settled before `safe` has something, 0 where it never will."""
        return self._places[0][0] if self._places else 0

    def safe(self, settled: int) -> str:
        """Return the newest place that counts when all up to ``settled`` is, "" for none new."""
        found = ""
        while self._places and self._places[0][0] <= settled:
            found = self._places.pop(0)[1]
        return found

    def clear(self) -> None:
        """Forget what doesn't count yet: the archive is read again."""
        self._places.clear()
