"""One conversation as a client knows it: counters, who is there, and a stretch of its text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui_client.attention import Rule
from tui_client.changes import ConversationChanged
from tui_client.people import Member, Members
from tui_client.records import Message
from tui_client.timeline import Timeline
from words.events import Typing
from words.names import fold

if TYPE_CHECKING:
    from tui_client.store import Store

Key = tuple[bool, str]
"""Whether it is a group, and its folded name."""

TYPING_SECONDS = {"active": 6.0, "paused": 30.0}
"""How long somebody counts as writing. Source: IRCv3 typing."""


def key_of(name: str, group: bool) -> Key:
    """Return what a conversation is found by."""
    return group, fold(name)


class Conversation:
    """A group (``group``), or what two participants say to each other.

    ``number``: the hub's, 0 while unknown. ``read``, ``newest``, ``heard``: sequence numbers, of
    one's read marker, of the last event known of, of the last that was heard. ``unread`` is of
    messages, ``mentions`` of those about oneself; ``uncounted``: both are still to be asked for.
    ``last`` is the newest message, for a preview. ``draft`` is what was typed and not sent.
    ``inside``: a member of the group.
    """

    def __init__(self, store: Store, name: str, group: bool) -> None:
        self.store = store
        self.name = name
        self.group = group
        self.number = 0
        self.inside = False
        self.origin = ""
        """The bridged network that the other of a direct conversation is on, "" for this hub."""
        self.topic = self.topic_by = ""
        self.settings: dict[str, bool | int | str] = {}
        self.members = Members()
        self.timeline = Timeline(self, store.tell)
        self.newest = self.heard = self.read = 0
        self.marker = 0
        """The sequence number above which messages were new when it was opened, 0 for none."""
        self.unread = self.mentions = 0
        self.uncounted = False
        self.counted = 0
        self.last: Message | None = None
        self.last_time = 0
        self.rule: Rule | None = None
        """Its own rule of attention; None: the account's."""
        self.draft = ""
        self.paging = ""
        """Which end is being read from the hub: "older", "newer", "newest" or ""."""
        self._typists: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<Conversation {self.title}>"

    @property
    def key(self) -> Key:
        """Return what it is found by."""
        return key_of(self.name, self.group)

    @property
    def title(self) -> str:
        """Return its name as people see it."""
        return f"#{self.name}" if self.group else self.name

    @property
    def muted(self) -> bool:
        """Return whether only mentions count."""
        return self.rule == "none"

    @property
    def me(self) -> Member | None:
        """Return one's own membership."""
        return self.members.get(self.store.my_id)

    def changed(self) -> None:
        """Tell observers that something of it changed."""
        self.store.tell(ConversationChanged(self))

    # Reading

    def count(self, message: Message) -> None:
        """Count a new message that was heard."""
        if message.sequence <= self.counted:
            return
        self.counted = message.sequence
        if message.mine:
            self._read_to(message.sequence)
        elif message.sequence > self.read:
            self.unread += not self.muted or message.mention
            self.mentions += message.mention

    def recount(self, unread: int, mentions: int, upto: int) -> None:
        """Take numbers that were asked for, of what lies between `read` and ``upto``.

        Where something was heard meanwhile, it isn't known which of it is among them.
        """
        self.unread, self.mentions = unread, mentions
        self.uncounted = self.counted > upto
        self.counted = max(self.counted, upto)
        self.changed()

    def mark_read(self, upto: int) -> bool:
        """Note how far it is read, by oneself here or elsewhere; tell whether that is news."""
        if upto <= self.read:
            return False
        self._read_to(upto)
        self.changed()
        return True

    def _read_to(self, upto: int) -> None:
        self.read = max(self.read, upto)
        if self.read >= self.newest:
            self.unread = self.mentions = 0
            self.uncounted = False
            return
        timeline = self.timeline
        if timeline.at_end and timeline.low <= self.read + 1:
            later = [
                item
                for item in timeline.items
                if isinstance(item, Message) and item.sequence > self.read and not item.mine
            ]
            self.mentions = sum(item.mention for item in later)
            self.unread = self.mentions if self.muted else len(later)
        else:
            self.uncounted = True

    def set_back(self) -> None:
        """Forget all that the hub has said of it: its numbers may stand for something else."""
        self.newest = self.heard = self.read = self.counted = self.marker = 0
        self.unread = self.mentions = 0
        self.uncounted = False
        self.last = None
        self.timeline.unload()

    # Writing

    def types(self, event: Typing) -> None:
        """Note that somebody is writing, or no longer."""
        name = event.actor.name
        if event.state == "done":
            self._typists.pop(name, None)
        else:
            self._typists[name] = time.monotonic() + TYPING_SECONDS[event.state]

    def typed(self, name: str) -> bool:
        """Note that somebody has sent what he wrote; tell whether he was writing."""
        return self._typists.pop(name, None) is not None

    @property
    def typists(self) -> list[str]:
        """Return who is writing now."""
        now = time.monotonic()
        return [name for name, until in self._typists.items() if until > now]
