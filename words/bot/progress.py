"""How far a bot has handled what happened: a cursor for each conversation, and one time for all.

The cursor of a conversation is written in the transaction of what was handled. Where nothing
was to be done it is written by and by: to look at that once more does no harm. The one time is
for people who wrote to the bot for the first time while it was away: everything up to it was
handled, in whatever conversation, so a bot that comes back asks who wrote since.
"""

from __future__ import annotations

import msgspec

from words.bot.ledger import Ledger
from words.client.stream import PERSONAL, Place
from words.events import Event
from words.remote.chat import LAST
from words.remote.values import State

CURSOR = "cursor/"
UNTIL = "until"
BORN = "born"


class Progress:
    """Reads a ledger at the start; what is to be written it hands out."""

    def __init__(self, ledger: Ledger) -> None:
        self.seen: dict[int, Place] = {
            int(name.removeprefix(CURSOR)): msgspec.json.decode(text, type=Place)
            for name, text in ledger.kept(CURSOR)
        }
        self.born = int(ledger.value(BORN) or 0)
        self.since = int(ledger.value(UNTIL) or LAST)
        """What `Client` needs to know of strangers."""
        self.started = 0
        """When this process came, by the hub's clock: what happened before was missed."""
        self.taken = 0
        self._unhandled: dict[int, None] = {}
        self._newest = 0
        self._barrier: tuple[int, int] | None = None
        self._unwritten: dict[str, str] = {}

    def begin(self, state: State) -> dict[str, str]:
        """Note where everything stands at a sign-on; return what is to be written at once."""
        first: dict[str, str] = {}
        if self.started:  # what came since is in its lane, or will be
            return first
        self.started = state.time
        if not self.born:
            self.born = self._newest = state.time
            first |= {BORN: str(state.time), UNTIL: str(state.time)}
        for at in state.positions:
            if at.conversation not in self.seen and at.group:
                self.seen[at.conversation] = place = Place(at.name, True, at.sequence, state.time)
                first[f"{CURSOR}{at.conversation}"] = _packed(place)
        return first

    def take(self) -> int:
        """Number what was taken from the stream."""
        self.taken += 1
        self._unhandled[self.taken] = None
        return self.taken

    def cursor(self, event: Event, name: str, group: bool) -> dict[str, str]:
        """Return what is to be written with the handling of an event."""
        if not event.sequence or isinstance(event, PERSONAL):  # nobody reads these back
            return {}
        place = Place(name, group, event.sequence, event.time)
        self.seen[event.conversation] = place
        self._unwritten.pop(key := f"{CURSOR}{event.conversation}", None)
        return {key: _packed(place)}

    def left(self, conversation: int) -> dict[str, str]:
        """Return what is to be written when the bot is no member any more."""
        self.seen.pop(conversation, None)
        self._unwritten.pop(key := f"{CURSOR}{conversation}", None)
        return {key: ""}

    def handled(self, number: int, event: Event | None = None) -> None:
        """Note that something was handled."""
        del self._unhandled[number]
        if event is not None:
            self._newest = max(self._newest, event.time)

    def by_and_by(self, changes: dict[str, str]) -> None:
        """Note what may be written later."""
        self._unwritten |= changes

    def unwritten(self, waiting: int | None) -> dict[str, str]:
        """Return what is to be written now.

        ``waiting``: items that are in the stream; None while it has still to read some back.
        """
        if self._barrier is not None and self._passed(self._barrier[0]):
            self._unwritten[UNTIL] = str(self._barrier[1])
            self._barrier = None
        if self._barrier is None and waiting is not None and self._newest:
            self._barrier = self.taken + waiting, self._newest
        changes, self._unwritten = self._unwritten, {}
        return changes

    def _passed(self, number: int) -> bool:
        return self.taken >= number and next(iter(self._unhandled), number + 1) > number


def _packed(place: Place) -> str:
    return msgspec.json.encode(place).decode()
