"""How far a conversation was brought to another network: what was sent, what has arrived.

The conversation's log is the outbox: every event in it is *queued* until it is taken, then *sent*,
then *settled* (delivered, refused or expired). Two sequence numbers are all that must survive the
process: up to ``settled`` nothing is owed, up to ``sent`` something may have left. No I/O here.
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
        self._sent = position.sent
        self._flight: dict[str, int] = {}
        self._known: set[str] = set()
        self._skipped: set[int] = set()

    @property
    def position(self) -> Position:
        """What must be on disk before what was taken leaves."""
        settled = min(self._flight.values(), default=self._cursor + 1) - 1
        return Position(settled, max(self._sent, self._cursor))

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
        if not wanted or key in self._known or sequence in self._skipped:
            self._known.discard(key)
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
        """Note that something arrived, or never will; return whether it was in flight.

        What wasn't taken yet is remembered: the archive has shown it before it was sent again.
        """
        if self._flight.pop(key, None) is not None:
            return True
        if self._doubtful > self._cursor:
            self._known.add(key)
        return False

    def lost(self, doubtful: bool) -> None:
        """Note that the connection ended: what isn't settled is to be sent again.

        Unless ``doubtful`` none of it has arrived.
        """
        position = self.position
        self._cursor = position.settled
        self._flight.clear()
        self._known.clear()
        if doubtful:
            self._doubtful = position.sent
        else:
            self._doubtful = min(self._doubtful, position.settled)
            self._sent = position.settled
