"""The state of one account's client: fed by events, watched by whoever draws it; no I/O.

`hear` takes what the hub tells (`words.client`); the rest is told by the link, which asks the hub,
and by the user interface. Every change is told to the observers after it was made: `observe`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeAlias
from uuid import uuid4

import msgspec

from tui_client import hearing
from tui_client.attention import Rule, mentions
from tui_client.changes import (
    Change,
    ConnectionChanged,
    ConversationsChanged,
    Observer,
    Told,
)
from tui_client.conversation import Conversation, Key, key_of
from tui_client.people import Contacts
from tui_client.records import Item, Message, happening_of, message_of, typed_message
from tui_client.refusals import sentence
from words.client import Heard
from words.events import CHANGE, Event, MessageKind, Said, Span
from words.names import participant_key
from words.remote.values import InvitationInfo, Posted, PrivacyInfo, State

Connection: TypeAlias = Literal["offline", "connecting", "online", "refused"]

TYPED = 1_000
"""Lines of input that are remembered."""


class Typed(msgspec.Struct, frozen=True):
    """A line that was sent: in which conversation, and what."""

    title: str
    text: str


class Store:
    """See the module. ``account``: what people call it in lists. Ids are 0 until it is online."""

    def __init__(self, account: str = "") -> None:
        self.account = account
        self.name = account
        self.my_id = 0
        self.identity = False
        self.hub = self.network = ""
        self.connection: Connection = "offline"
        self.trouble = ""
        """Why it isn't online, in words."""
        self.secure = ""
        """How the connection is protected, "" where it isn't."""
        self.away: str | None = None
        self.contacts = Contacts()
        self.invitations: list[InvitationInfo] = []
        self.privacy = PrivacyInfo("all")
        self.rule: Rule = "mentions"
        """What alerts in groups that have no rule of their own; direct conversations always do."""
        self.keywords: list[str] = []
        self.typed: deque[Typed] = deque(maxlen=TYPED)
        self.conversations: dict[Key, Conversation] = {}
        self._by_number: dict[int, Conversation] = {}
        self._observers: list[Observer] = []
        self._settled: dict[str, int] = {}

    # Observers

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Have a function called with every change; return what ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def tell(self, change: Change) -> None:
        """Tell all observers."""
        for observer in tuple(self._observers):
            observer(change)

    def say(
        self,
        text: str,
        level: Literal["info", "warning", "error"] = "info",
        conversation: Conversation | None = None,
    ) -> None:
        """Tell the user something."""
        self.tell(Told(text, level, conversation))

    # Conversations

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self.conversations.values())

    def find(self, name: str, group: bool) -> Conversation | None:
        """Return a conversation that is known."""
        return self.conversations.get(key_of(name, group))

    def numbered(self, number: int) -> Conversation | None:
        """Return the conversation that has this number at the hub."""
        return self._by_number.get(number)

    def conversation(self, name: str, group: bool, number: int = 0) -> Conversation:
        """Return a conversation, which is made where there is none."""
        found = self._by_number.get(number) if number else None
        found = found or self.find(name, group)
        if found is None:
            found = Conversation(self, name, group)
            self.conversations[found.key] = found
            self.tell(ConversationsChanged())
        if number and found.number != number:
            self._by_number.pop(found.number, None)
            found.number = number
            self._by_number[number] = found
        return found

    def forget(self, conversation: Conversation) -> None:
        """Take a conversation off the list."""
        if self.conversations.pop(conversation.key, None) is not None:
            self._by_number.pop(conversation.number, None)
            self.tell(ConversationsChanged())

    def rename(self, conversation: Conversation, name: str) -> None:
        """Call a conversation something else: the other has another name."""
        self.conversations.pop(conversation.key, None)
        conversation.name = name
        self.conversations[conversation.key] = conversation
        self.tell(ConversationsChanged())

    # The connection

    def set_connection(self, connection: Connection, trouble: str = "") -> None:
        """Note how the connection is."""
        if (connection, trouble) != (self.connection, self.trouble):
            self.connection, self.trouble = connection, trouble
            self.tell(ConnectionChanged())

    def set_away(self, text: str | None) -> None:
        """Note that one is away, with a text, or (None) back: of this the hub doesn't tell."""
        self.away = text
        self.tell(ConnectionChanged())

    def signed_on(self, state: State) -> None:
        """Take who one is, and how far one's conversations have got."""
        self.my_id, self.name, self.identity = state.id, state.name, state.identity
        self.hub, self.network = state.hub, state.network
        groups: set[Key] = set()
        for at in state.positions:
            found = self.conversation(at.name, at.group, at.conversation)
            found.newest = max(found.newest, at.sequence)
            if at.group:
                found.inside = True
                groups.add(found.key)
            if found.read < at.read:
                found.read = at.read
            if found.counted < found.newest or found.uncounted:
                found.uncounted = found.read < found.newest
        for found in self:
            if found.group and found.inside and found.key not in groups:
                found.inside = False
            found.members.complete = False
        self.set_connection("online")
        self.tell(ConversationsChanged())
        self.tell(ConnectionChanged())

    def set_back(self, state: State) -> list[Conversation]:
        """Forget what a hub that is back with an older storage doesn't have; return what was shown.

        To be told of the state in its place among the events: else it may only be late.
        """
        shown = []
        for at in state.positions:
            found = self.numbered(at.conversation) or self.find(at.name, at.group)
            if found is not None and at.sequence < found.newest:
                if found.timeline.loaded:
                    shown.append(found)
                found.set_back()
        return shown

    def hear(self, heard: Heard) -> None:
        """Take something that happened."""
        hearing.hear(self, heard)

    # Records

    def is_me(self, event: Event) -> bool:
        """Return whether it is oneself who did this, now or in an earlier connection."""
        actor = event.actor
        if actor.id == self.my_id:
            return True
        return self.identity and participant_key(actor.account) == participant_key(self.name)

    @property
    def words(self) -> list[str]:
        """Return what is a mention: one's name, and the keywords."""
        return [self.name, *self.keywords]

    def record(self, event: Event, key: int = 0) -> Item | None:
        """Return the record of a stored event; None for what only changes others."""
        if isinstance(event, Said):
            mine = self.is_me(event)
            about = not mine and mentions(event, self.words)
            return message_of(event, mine=mine, mention=about, key=key)
        if not event.sequence or event.history == CHANGE:
            return None
        return happening_of(event)

    def records(self, page: Iterable[Heard]) -> list[Item]:
        """Return the records of a page of history."""
        found = (self.record(each.event) for each in page)
        return [item for item in found if item is not None]

    # Sending

    def compose(
        self,
        conversation: Conversation,
        text: str,
        kind: MessageKind = "text",
        *,
        spans: Sequence[Span] = (),
        reply_to: int = 0,
        token: str = "",
    ) -> Message:
        """Note what is to be sent; it stands in the timeline from now on. The link sends it."""
        message = typed_message(
            text,
            kind,
            tuple(spans),
            reply_to,
            author=self.name,
            author_id=self.my_id,
            time=int(time.time() * 1000),
            token=token or uuid4().hex,
        )
        conversation.timeline.wait(message)
        return message

    def posted(self, conversation: Conversation, message: Message, posted: Posted) -> None:
        """The hub has stored a message of ours; its event has come already, or will."""
        if not conversation.number:
            self.conversation(conversation.name, conversation.group, posted.conversation)
        if self._settled.pop(message.token, None) is None:
            self._deliver(conversation, message, id=posted.id, delivery="durable", time=posted.time)

    def failed(self, conversation: Conversation, message: Message, error: Exception) -> None:
        """A message of ours was refused, or may not have arrived."""
        self._deliver(conversation, message, delivery="failed", error=sentence(error))

    def retry(self, conversation: Conversation, message: Message) -> Message:
        """Return a failed message as one that is to be sent again."""
        return self._deliver(conversation, message, delivery="pending", error="")

    def withdraw(self, conversation: Conversation, message: Message) -> None:
        """Take back a message that wasn't sent."""
        conversation.timeline.settle(message.key, None)

    def settle(self, conversation: Conversation, said: Said) -> bool:
        """Return whether a message of ours was waiting to be told so."""
        waiting = [
            item
            for item in conversation.timeline.waiting
            if isinstance(item, Message)
            and (item.id == said.id or (not item.id and item.delivery == "pending"))
            and (item.text, item.kind) == (said.text, said.kind)
        ]
        waiting.sort(key=lambda item: item.id != said.id)
        if not waiting:
            return False
        ours = waiting[0]
        if not ours.id:
            self._settled[ours.token] = said.id
        record = message_of(said, mine=True, mention=False, key=ours.key)
        conversation.timeline.settle(ours.key, record)
        return True

    def _deliver(self, conversation: Conversation, message: Message, **changes: object) -> Message:
        changed: Message = msgspec.structs.replace(message, **changes)
        timeline = conversation.timeline
        index = timeline.index_of_key(message.key)
        if index is not None:
            timeline.replace(index, changed)
        return changed
