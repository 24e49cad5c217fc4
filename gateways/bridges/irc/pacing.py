"""How fast lines may leave: as fast as the server takes them, which it tells by its PONGs.

After some lines a PING goes out; its PONG says that all before it was taken (ngIRCd, InspIRCd and
Ergo keep that order), and how long that took. At most ``limit`` lines are unconfirmed: quick
answers let it grow, slow ones (a server that holds lines back) make it shrink. So no server is ever
given more than it reads, and none has to kick us. One that does gets a pause between lines.
"""

from __future__ import annotations

FIRST, MOST = 4, 10
"""Lines that may be unconfirmed at the start, and ever; servers bear 10 and more at once."""

QUICK, SLOW = 0.5, 3.0
"""Seconds of an answer below which more lines may be unconfirmed, and above which fewer."""

FIRST_GAP, LONGEST_GAP = 0.5, 4.0
"""Seconds between lines after a server has kicked us for too many; doubled each time."""


class Pacing:
    """Counts the lines of one connection; ``gap`` outlives it."""

    def __init__(self) -> None:
        self.limit = FIRST
        self.gap = 0.0
        self._unasked = 0
        self._asked: dict[str, tuple[int, float]] = {}
        self._number = 0
        self._last = float("-inf")

    def begin(self) -> None:
        """Forget the last connection's lines."""
        self.limit = FIRST
        self._unasked = 0
        self._asked.clear()
        self._last = float("-inf")

    @property
    def unconfirmed(self) -> int:
        """Lines that may not have been taken yet."""
        return self._unasked + sum(lines for lines, _ in self._asked.values())

    def wait(self, now: float) -> float | None:
        """Return the seconds until another line may leave, None where a PONG has to come first."""
        if self.unconfirmed >= self.limit:
            return None
        return max(0.0, self._last + self.gap - now)

    def sent(self, now: float) -> None:
        """Note that a line leaves."""
        self._unasked += 1
        self._last = now

    def ask(self, now: float) -> str:
        """Return the token of a PING that leaves behind the lines."""
        self._number += 1
        token = f"words-{self._number}"
        self._asked[token] = (self._unasked, now)
        self._unasked = 0
        return token

    @property
    def unasked(self) -> int:
        """Lines that have left and that no PING asks for."""
        return self._unasked

    def answered(self, token: str, now: float) -> bool:
        """Note a PONG; return whether it is one of ours."""
        asked = self._asked.pop(token, None)
        if asked is None:
            return False
        took = now - asked[1]
        if took < QUICK:
            self.limit = min(MOST, self.limit + 1)
        elif took > SLOW:
            self.limit = max(1, self.limit // 2)
        return True

    def kicked(self) -> None:
        """Note that the server threw us out for flooding."""
        self.gap = min(LONGEST_GAP, max(FIRST_GAP, self.gap * 2))
