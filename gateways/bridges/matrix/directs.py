"""Rooms in which we talk with one person each: bounded, whoever invites us how often; no I/O."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MOST = 1000
"""Direct rooms that are kept; the one that was silent longest is left when there is another."""

INVITED, AGAIN = 20, 10.0
"""Invitations that are accepted at once, and seconds for each one more; others stay open, and are
looked at when we connect the next time."""


class Directs:
    """Who talks with us in which room. ``now`` gives seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._rooms: OrderedDict[str, str] = OrderedDict()
        self._users: dict[str, str] = {}
        self._free = float(INVITED)
        self._counted = now()

    def room(self, user: str) -> str:
        """Return the room of somebody, "" where there is none."""
        return self._rooms.get(user, "")

    def rooms(self) -> dict[str, str]:
        """Return all rooms by user, those that were silent longest first."""
        return dict(self._rooms)

    def heard(self, number: str) -> None:
        """Note that something was said in a room."""
        user = self._users.get(number)
        if user is not None:
            self._rooms.move_to_end(user)

    def keep(self, user: str, number: str) -> str:
        """Note a room; return another one that is to be left for it, "" for none."""
        self.forget(self._rooms.get(user, ""))
        self._rooms[user] = number
        self._users[number] = user
        if len(self._rooms) <= MOST:
            return ""
        oldest = next(iter(self._rooms.values()))
        self.forget(oldest)
        return oldest

    def forget(self, number: str) -> None:
        """Note that we aren't in a room any more."""
        user = self._users.pop(number, None)
        if user is not None:
            del self._rooms[user]

    def welcome(self) -> bool:
        """Return whether one more invitation is accepted now."""
        now = self._now()
        self._free = min(float(INVITED), self._free + (now - self._counted) / AGAIN)
        self._counted = now
        if self._free < 1:
            return False
        self._free -= 1
        return True
