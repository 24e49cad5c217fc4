"""A stretch of a conversation without holes: what the view draws, and where it can be read on.

`items` are those that the hub has stored, by their sequence numbers, then one's own that it hasn't
(*waiting*). It is a list whose changes are told: items appear (`Inserted`), go (`Removed`), are
replaced (`Updated`). It holds at most `MOST` items: reading on at one end lets go of the other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui_client.changes import Inserted, Observer, Removed, Updated
from tui_client.records import Item, Message

if TYPE_CHECKING:
    from tui_client.conversation import Conversation

MOST = 5_000
"""Items: some 3 MB, wrapped anew in 50 ms."""

SPARE = 1_000
"""Items that are let go at once."""


class Timeline:
    """See the module. ``at_start``, ``at_end``: nothing older, nothing newer is at the hub.

    ``following``: the view shows the end. While it doesn't, a full timeline stops growing there:
    `at_end` becomes false, and the rest is read when it is wanted.
    """

    def __init__(self, conversation: Conversation, tell: Observer) -> None:
        self.items: list[Item] = []
        self.at_start = False
        self.at_end = False
        self.loaded = False
        self.following = True
        self.low = self.high = 0
        """Sequence numbers before and after which the hub is asked for more."""
        self._conversation = conversation
        self._tell = tell
        self._waiting = 0

    def __len__(self) -> int:
        return len(self.items)

    @property
    def waiting(self) -> Sequence[Item]:
        """Return one's own messages that the hub hasn't stored."""
        return self.items[self._stored :]

    @property
    def _stored(self) -> int:
        return len(self.items) - self._waiting

    @property
    def last_sequence(self) -> int:
        """Return the highest sequence number that is here, 0 where there is none."""
        return self.items[self._stored - 1].sequence if self._stored else 0

    def find(self, number: int) -> int | None:
        """Return the index of the item with this id (they rise), None if it isn't here."""
        place = bisect_left(self.items, number, hi=self._stored, key=lambda item: item.id)
        here = place < self._stored and self.items[place].id == number
        return place if here else None

    def index_of_key(self, key: int) -> int | None:
        """Return the index of the item with this key, which is most likely one of the last."""
        for index in range(len(self.items) - 1, -1, -1):
            if self.items[index].key == key:
                return index
        return None

    # Pages: ``low`` and ``high`` are the first and last sequence numbers that were read

    def reset(self, page: Sequence[Item], low: int, high: int) -> None:
        """Show another stretch; what comes next to it isn't known yet."""
        self._remove(0, self._stored)
        self.loaded, self.at_start, self.at_end = True, low <= 1, False
        self.low, self.high = low, high
        self._insert(0, page)

    def unload(self) -> None:
        """Let go of everything stored; it is read again when it is wanted."""
        self._remove(0, self._stored)
        self.loaded = self.at_start = self.at_end = False
        self.low = self.high = 0

    def add_older(self, page: Sequence[Item], low: int) -> None:
        """Put a page before what is here."""
        before, self.low = self.low, low
        self.at_start = low <= 1
        self._insert(0, [item for item in page if item.sequence < before])
        over = self._stored - MOST
        if over > 0:
            self.at_end = False
            self._remove(self._stored - over - SPARE, over + SPARE)
            self.high = self.last_sequence

    def add_newer(self, page: Sequence[Item], high: int) -> None:
        """Put a page after what is here."""
        before, self.high = self.high, high
        self._insert(self._stored, [item for item in page if item.sequence > before])
        self._let_go_of_oldest()

    def append(self, item: Item) -> None:
        """Take what has just happened."""
        if not self.at_end or item.sequence <= self.high:
            return
        if not self.following and self._stored >= MOST:
            self.at_end = False
            return
        self.high = item.sequence
        self._insert(self._stored, [item])
        self._let_go_of_oldest()

    def _let_go_of_oldest(self) -> None:
        over = self._stored - MOST
        if over > 0:
            self.at_start = False
            self._remove(0, over + SPARE if self.following else over)
            self.low = self.items[0].sequence

    # One's own

    def wait(self, message: Message) -> None:
        """Add one's own message that the hub doesn't know yet."""
        self.items.append(message)
        self._waiting += 1
        self._tell(Inserted(self._conversation, len(self.items) - 1, 1))

    def settle(self, key: int, message: Message | None) -> None:
        """The waiting message with this key is stored as ``message``, or (None) withdrawn."""
        index = self.index_of_key(key)
        if index is None or index < self._stored:
            return
        self._waiting -= 1
        next_one = message is not None and message.sequence > self.high
        if message is not None and next_one and self.at_end and index == self._stored - 1:
            self.high = message.sequence
            self.replace(index, message)
            self._let_go_of_oldest()
            return
        del self.items[index]
        self._tell(Removed(self._conversation, index, 1))
        if message is not None:
            self.append(message)

    def replace(self, index: int, item: Item) -> None:
        """Put a new record in an old one's place."""
        self.items[index] = item
        self._tell(Updated(self._conversation, index))

    def change(self, number: int, change: Callable[[Message], Message]) -> None:
        """Replace the message with this id, if it is here."""
        index = self.find(number)
        item = self.items[index] if index is not None else None
        if index is not None and isinstance(item, Message):
            self.replace(index, change(item))

    def _insert(self, index: int, page: Sequence[Item]) -> None:
        if page:
            self.items[index:index] = page
            self._tell(Inserted(self._conversation, index, len(page)))

    def _remove(self, index: int, count: int) -> None:
        if count > 0:
            del self.items[index : index + count]
            self._tell(Removed(self._conversation, index, count))
