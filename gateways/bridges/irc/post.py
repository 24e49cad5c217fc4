"""Letters on their way over one IRC connection: lines, barriers, and what came of them; no I/O.

Each letter becomes lines; after some lines goes a PING, and its PONG delivers all letters whose
last line was before it. What the server refuses meanwhile is held against the oldest letter to that
target. With `message-tags` the last line carries the letter's key and hops, for other hubs and for
the archive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gateways.bridges.irc.pacing import Pacing
from gateways.bridges.irc.posting import commands
from gateways.bridges.network import Delivered, Letter, News, Refused
from gateways.bridges.seal import Seal


class Budget(NamedTuple):
    """What lines to a target may be like: bytes of a text, capabilities by value, our nick."""

    room: int
    caps: Mapping[str, str]
    nick: str


class Parcel:
    """A letter that is being sent. ``lines`` are whole, without their end."""

    __slots__ = (
        "begun",
        "budget",
        "ids",
        "key",
        "letter",
        "lines",
        "reason",
        "repeat",
        "target",
        "token",
        "uses",
    )

    def __init__(
        self, letter: Letter, target: str, lines: list[str], budget: Budget, uses: str
    ) -> None:
        self.letter = letter
        self.key = letter.key
        self.target = target
        self.budget = budget
        self.uses = uses
        """The capability that its lines need, "" for none."""
        self.begun = False
        self.repeat = False
        """Whether it is to be said again without that."""
        self.lines = deque(lines)
        self.token = ""
        """Of the PING that went out behind its last line."""
        self.reason = ""
        self.ids: list[str] = []


class Post:
    """The letters of one connection."""

    def __init__(self, pacing: Pacing, tell: Callable[[News], None], seal: Seal) -> None:
        self._pacing = pacing
        self._tell = tell
        self._seal = seal
        self._waiting: deque[Parcel] = deque()
        self._again: deque[Parcel] = deque()
        """What goes before those that wait."""
        self._sent: deque[Parcel] = deque()
        self._number = 0
        self._unusable: set[str] = set()
        """Capabilities that the server has, and doesn't let us use."""

    def add(self, letter: Letter, target: str, budget: Budget) -> None:
        """Put a letter at the end; what can't be said is refused at once."""
        parcel = self._packed(letter, target, budget)
        if parcel is not None:
            self._waiting.append(parcel)

    def _packed(self, letter: Letter, target: str, budget: Budget) -> Parcel | None:
        self._number += 1
        caps = {name: value for name, value in budget.caps.items() if name not in self._unusable}
        try:
            made, uses = commands(
                letter, target, budget.room, caps, budget.nick, self._number, self._seal
            )
        except ValueError as error:
            self._tell(Refused(letter.key, str(error)))
            return None
        if not made:
            self._tell(Delivered(letter.key))
            return None
        return Parcel(letter, target, made, budget, uses)

    # What leaves, and what comes back

    def next(self, now: float) -> str | None:
        """Return a line that may leave now, None where nothing may."""
        queue = self._queue
        if queue and not self._held:
            wait = self._pacing.wait(now)
            if wait is None:
                return self._barrier(now)
            if wait > 0:
                return None
            parcel = queue[0]
            self._pacing.sent(now)
            line = parcel.lines.popleft()
            parcel.begun = True
            if not parcel.lines:
                self._sent.append(queue.popleft())
            return line
        return self._barrier(now)

    def _barrier(self, now: float) -> str | None:
        if not self._pacing.unasked:
            return None
        token = self._pacing.ask(now)
        for parcel in self._sent:
            parcel.token = parcel.token or token
        return f"PING :{token}"

    def wait(self, now: float) -> float | None:
        """Return the seconds until `next` has something again, None until an answer comes."""
        return self._pacing.wait(now) if self._queue and not self._held else None

    @property
    def _queue(self) -> deque[Parcel]:
        """Where the next line is: in a letter that has begun to leave, else in what goes first."""
        begun = self._waiting and self._waiting[0].begun
        return self._again if self._again and not begun else self._waiting

    @property
    def _held(self) -> bool:
        """Whether something that is out has to be said again first: order is kept."""
        if not self._unusable or (self._waiting and self._waiting[0].begun):
            return False
        return any(parcel.uses in self._unusable for parcel in self._sent)

    def ponged(self, token: str, now: float) -> bool:
        """Note an answer; return whether it was to a barrier."""
        if not self._pacing.answered(token, now):
            return False
        while self._sent and self._sent[0].token:
            parcel = self._sent.popleft()
            if parcel.repeat:
                packed = self._packed(parcel.letter, parcel.target, parcel.budget)
                self._again.extend([packed] if packed else [])
            elif parcel.reason:
                self._tell(Refused(parcel.key, parcel.reason))
            else:
                self._tell(Delivered(parcel.key, tuple(parcel.ids)))
            if parcel.token == token and not (self._sent and self._sent[0].token == token):
                break
        return True

    def refused(self, target: str, reason: str) -> bool:
        """Note that the server didn't take a line to this target; return whether one is out."""
        for parcel in (*self._sent, *list(self._waiting)[:1]):
            if parcel.target.lower() == target.lower() and not parcel.reason:
                parcel.reason = reason
                return True
        return False

    def without(self, capability: str) -> None:
        """Note that the server didn't let us use a capability: what needs it is said without."""
        self._unusable.add(capability)
        for parcel in (*self._sent, *list(self._waiting)[:1]):
            if parcel.uses == capability and not parcel.repeat and parcel.begun:
                parcel.repeat = True
                break
        waiting, self._waiting = self._waiting, deque()
        for each in waiting:
            fresh = each.uses == capability and not each.begun
            packed = self._packed(each.letter, each.target, each.budget) if fresh else each
            if packed is not None:
                self._waiting.append(packed)

    def named(self, key: str, number: str) -> bool:
        """Note what the server calls the last line of a letter; return whether it is out."""
        for parcel in self._sent:
            if parcel.key == key:
                parcel.ids.append(number)
                return True
        return False
