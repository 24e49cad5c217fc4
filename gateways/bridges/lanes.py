"""A conversation of ours on its way to another network: a linked room, or somebody there."""

from __future__ import annotations

from collections import deque

from gateways.bridges.network import Seen
from gateways.bridges.relay import Outgoing, Position, Reached
from words.interfaces import Ledger

HELD = 1000
"""News of a room that wait while its archive is read; behind that the archive is read again."""

ALIVE = 10_000
"""Milliseconds after which it is written again that all was well: a restart tells how long not."""


class Lane:
    """What goes to ``room``, or (where that is "") to ``to`` directly, in order."""

    def __init__(
        self, ledger: Ledger, bridge: str, room: str, conversation: int, start: int
    ) -> None:
        self.owner = f"{bridge} {room}"
        """Under which the ledger has what is known of this room's messages."""
        self.room = room
        self.to = ""
        self.conversation = conversation
        self.live = False
        """Whether letters may be given."""
        self._ledger = ledger
        self._place = f"out {conversation}"
        stored = ledger.value(self.owner, self._place)
        self.out = Outgoing(Position.read(stored, start))
        self._saved = self.out.next
        self._settled = self.out.position.settled
        """Up to where all is settled by what was written."""
        if not stored:
            self.save()

    @property
    def unsaved(self) -> int:
        """How many events were looked at since the position was written."""
        return self.out.next - self._saved

    def save(self) -> None:
        """Write the position, within the turn."""
        position = self.out.position
        self._saved, self._settled = self.out.next, position.settled
        self._ledger.keep(self.owner, self._place, str(position))

    def lost(self, doubtful: bool, archive: bool) -> None:
        """Note that the connection ended; see `Outgoing.lost`."""
        self.live = False
        self.out.lost(doubtful, archive)


class Room(Lane):
    """A linked room."""

    def __init__(
        self, ledger: Ledger, bridge: str, room: str, group: str, conversation: int, start: int
    ) -> None:
        self._reached = Reached()
        super().__init__(ledger, bridge, room, conversation, start)
        self.group = group
        self.open = False
        self.problem = ""
        self.retry = 0.0
        """Seconds until entering is tried again; it doubles."""
        self.people: set[str] = set()
        self.held: deque[Seen] = deque()
        self.overflowed = False
        self.told = ""
        """The trouble that the group was told of last."""
        self.down_since = self._alive = int(ledger.value(self.owner, "alive") or 0)
        """When it was last well, in milliseconds since 1970 UTC; 0 for never, or while it is."""
        self.made = 0
        """When it was linked, or the hub began."""

    @property
    def place(self) -> str:
        """Where to go on in the room's archive: before all that we sent and that isn't settled."""
        return self._ledger.value(self.owner, "place")

    def note_place(self, place: str) -> None:
        """Note what was reached in the room's archive, within the turn; write it when it counts."""
        if not place:
            return
        self._reached.note(place, self.out.sent)
        if self._settled < self._reached.needed <= self.out.position.settled:
            self.save()
        else:
            self._keep_place()

    def save(self) -> None:
        """Write the position, and where to go on in the archive."""
        super().save()
        self._keep_place()

    def _keep_place(self) -> None:
        place = self._reached.safe(self._settled)
        if place:
            self._ledger.keep(self.owner, "place", place)

    def lost(self, doubtful: bool, archive: bool) -> None:
        """Note that the connection ended, or that we aren't in the room."""
        super().lost(doubtful, archive)
        self._reached.clear()

    def note_alive(self, now: int) -> None:
        """Write, now and then, that all is well."""
        if now - self._alive > ALIVE:
            self._alive = now
            self._ledger.keep(self.owner, "alive", str(now))

    def hold(self, news: Seen) -> bool:
        """Keep what is live until the archive was read; return whether it was kept (or dropped,
        when the archive will have it)."""
        if self.live or news.archived:
            return False
        if len(self.held) < HELD:
            self.held.append(news)
        else:
            self.overflowed = True
        return True

    def shut(self, now: int) -> None:
        """Note that we aren't in the room."""
        if self.live:
            self.down_since = now
        self.open = self.live = False
        self.held.clear()
        self.overflowed = False
