"""The network of one account, and the only one: feeds the store, asks the hub, sends what is typed.

What is typed goes into the store at once and to the hub in order, each with its token: what a lost
connection leaves in doubt is said again and counts once. Reading and being present need no care
of the user interface: `Client` comes back by itself, reads what was missed, and it arrives here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import msgspec

from tui_client.changes import ContactsChanged, MembersChanged
from tui_client.conversation import Conversation
from tui_client.history import History
from tui_client.records import Message
from tui_client.refusals import sentence
from tui_client.store import Store
from tui_client.tls import Trust
from tui_client.trouble import explain
from words.client import Client, Disconnected, Gap, Heard, Item, Offline, Online, Own, Removed, Step
from words.client.signon import Who
from words.errors import WordsError
from words.events import (
    TypingState,
)
from words.remote.chat import Chat
from words.remote.values import GroupInfo, Posted
from words.spread.errors import SpreadError
from words.spread.transport import Connection

log = logging.getLogger(__name__)

RECENT = 90 * 24 * 3600 * 1000
"""Milliseconds: direct conversations in which nothing was said for longer aren't listed."""

TALKS = 500
"""Conversations of which it is asked when something was said last."""

BATCH = 0.005
"""Seconds of hearing after which the rest of the program has its turn."""

MARK_AFTER = 0.3
"""Seconds that a read marker waits for the next one."""

TYPING_AGAIN = 3.0
"""Seconds after which others are told again that one is writing. Source: IRCv3 typing."""

UNSENT = 1_000
"""Messages that may wait for the connection."""


class Link:
    """See the module. ``saved``: keys were saved, so ``who`` may have no password."""

    def __init__(
        self, store: Store, url: str, who: Who, *, trust: Trust | None = None, saved: bool = False
    ) -> None:
        self.store = store
        self.url = url
        self.step: Step = "connecting"
        self.unsent_changed: Callable[[], None] = lambda: None
        """Called when there is more or less to send: what isn't sent yet is worth keeping."""
        self.tells_typing = self.tells_read = True
        """Whether others see that one writes, and the hub how far one has read."""
        self.history = History(self)
        self._who = who
        self._saved = saved
        self._trust = trust or Trust()
        self._client: Client | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._outbox: asyncio.Queue[tuple[Conversation, Message]] = asyncio.Queue()
        self._marks: dict[Conversation, int] = {}
        self._told_typing: tuple[Conversation | None, float] = (None, 0.0)
        self._joining: set[Conversation] = set()

    # The connection

    async def sign_on(self, on_step: Callable[[Step], None] = lambda step: None) -> None:
        """Connect and begin; raises `SignOnFailed`. Cancelling gives up."""

        def step(name: Step, connection: Connection | None) -> None:
            self.step = name
            if name == "connected" and connection is not None:
                self.store.secure = self._trust.check(connection)
            if self._client is None:  # later nobody looks at the steps any more
                on_step(name)

        self.store.set_connection("connecting")
        try:
            client = Client(self.url, self._who, tls=self._trust.context(), own=True, on_step=step)
            await client.__aenter__()
        except Exception as error:
            failed = explain(error, self.url, self.step, saved=self._saved)
            failed.fingerprint = await self._trust.ask(error, self.url)
            self.store.set_connection("offline", str(failed))
            raise failed from error
        except BaseException:
            self.store.set_connection("offline")
            raise
        self._client = client
        assert client.state is not None
        self.store.signed_on(client.state)
        self.spawn(self._feed(client), "what is heard")
        self.spawn(self._send(), "what is said")

    async def close(self) -> None:
        """Sign off."""
        client, self._client = self._client, None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if client is not None:
            await client.close()
        self.store.set_connection("offline")

    @property
    def chat(self) -> Chat:
        """Return the verbs, for what is done now or not at all; raises `Disconnected`."""
        if self._client is None or self.store.connection != "online":
            raise Disconnected("There is no connection to the hub at the moment")
        return self._client.chat

    def spawn(self, coro: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run something beside, as long as this account is signed on."""
        task = asyncio.create_task(coro, name=f"{self.store.account}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, WordsError | SpreadError):
            log.info("%s: %s", task.get_name(), error)
        else:
            log.error("%s failed", task.get_name(), exc_info=error)

    async def attempt(self, doing: Awaitable[Any]) -> Any:
        """Await what the user asked for; a refusal is told to him, and gives None."""
        try:
            return await doing
        except (WordsError, SpreadError) as error:
            self.store.say(sentence(error), "error")
            return None

    # What is heard

    async def _feed(self, client: Client) -> None:
        begun = time.monotonic()
        try:
            async for item in client:
                try:
                    self._take(item)
                except Exception:
                    log.exception("what the hub told can't be taken")
                if time.monotonic() - begun > BATCH:
                    await asyncio.sleep(0)
                    begun = time.monotonic()
        except Exception as error:
            failed = explain(error, self.url, self.step, saved=self._saved)
            self.store.set_connection("refused", str(failed))

    def _take(self, item: Item) -> None:
        store = self.store
        match item:
            case Heard():
                store.hear(item)
                found = store.numbered(item.event.conversation)
                if found is not None and found.uncounted:
                    self.spawn(self.history.count(found), "counting")
            case Online(state):
                back = store.set_back(state)
                store.signed_on(state)
                for found in back:
                    self.spawn(self.history.newest(found), "older storage")
                self.spawn(self._begin(), "beginning")
            case Offline(reason):
                store.set_connection("connecting", reason)
            case Removed(group, error):
                conversation = store.conversation(group, True)
                conversation.inside = False
                store.say(f"You are no longer in {conversation.title}: {error}", "warning")
            case Own():
                self._own(item)
            case Gap(name, _, _):
                self._gap(name)

    def peek(self) -> None:
        """Have the newest message of each conversation known, where somebody wants to see it."""
        unpeeked = self.history.unpeeked()
        if unpeeked and self.store.connection == "online":
            self.spawn(self.history.peek(unpeeked), "newest messages")

    def _gap(self, name: str) -> None:
        for group in (True, False):
            found = self.store.find(name, group)
            if found is not None and found.timeline.loaded:
                found.timeline.unload()
                self.spawn(self.history.newest(found), "after a gap")

    async def _begin(self) -> None:
        """After each sign-on: what isn't told by events."""
        self.history.forget_peeks()
        chat = self.chat
        if self.store.identity:
            state = await chat.state(max(1, int(time.time() * 1000) - RECENT))
            self.store.signed_on(state)
        for talked in await chat.conversations(limit=TALKS):
            found = self.store.find(talked.name, talked.group)
            if found is not None:
                found.last_time = max(found.last_time, talked.time)
        await self.history.count_all()
        for conversation in list(self.store):
            if conversation.timeline.loaded and conversation.inside:
                with suppress(WordsError):  # of the others all the same
                    await self.members(conversation)

    def _own(self, own: Own) -> None:
        self.store.contacts.fill(own.contacts, own.standings)
        self.store.invitations, self.store.privacy = own.invitations, own.privacy
        self.store.tell(ContactsChanged())

    # Groups

    async def join(self, name: str, key: str = "") -> Conversation | None:
        """Become a member, for good where one has an identity; a refusal is told to the user."""
        known = self.store.find(name.removeprefix("#"), True)
        if known is not None and known.inside:
            return known
        durable = self.store.identity
        info = await self.attempt(self._now(lambda chat: chat.join(name, key, durable=durable)))
        if info is None:
            return None
        conversation = self.store.conversation(info.name, True, info.conversation)
        conversation.inside = True
        self._fill(conversation, info)
        if info.more:
            await self.members(conversation)
        return conversation

    async def leave(self, conversation: Conversation, reason: str = "") -> None:
        """Stop being a member, and take it off the list; a direct one is only taken off."""
        if conversation.group and conversation.inside:
            await self.chat.leave(conversation.name, reason)
        self.store.forget(conversation)

    async def members(self, conversation: Conversation) -> None:
        """Read who is in a group, and what it is like."""
        if not conversation.group or conversation in self._joining:
            return
        self._joining.add(conversation)
        try:
            info = await self.chat.group(conversation.name)
            if info.more and self._client is not None:
                everybody = await self._client.members(conversation.name)
                info = msgspec.structs.replace(info, members=everybody)
            self._fill(conversation, info)
        finally:
            self._joining.discard(conversation)

    def _fill(self, conversation: Conversation, info: GroupInfo) -> None:
        conversation.members.fill(info.members)
        conversation.topic, conversation.topic_by = info.topic, info.topic_by
        conversation.settings = dict(info.settings)
        conversation.newest = max(conversation.newest, info.sequence)
        conversation.changed()
        self.store.tell(MembersChanged(conversation))

    async def _now(self, call: Callable[[Chat], Awaitable[Any]]) -> Any:
        return await call(self.chat)

    # Opening and reading

    async def open(self, conversation: Conversation) -> None:
        """Have what a view of it needs: the newest messages, who is there."""
        tasks = []
        if not conversation.timeline.loaded:
            tasks.append(self.history.newest(conversation))
        if conversation.group and not conversation.members.complete:
            tasks.append(self.members(conversation))
        with suppress(WordsError, SpreadError):  # of its history is told where it is read
            await asyncio.gather(*tasks)

    def mark_read(self, conversation: Conversation) -> None:
        """All of it is read: here at once, at the hub soon."""
        upto = conversation.newest
        if not conversation.mark_read(upto) or not self.tells_read:
            return
        if not self._marks:
            self.spawn(self._mark(), "read markers")
        self._marks[conversation] = upto

    async def _mark(self) -> None:
        await asyncio.sleep(MARK_AFTER)
        marks, self._marks = self._marks, {}
        for conversation, upto in marks.items():
            with suppress(WordsError):
                await self.chat.mark_read(upto, **self.where(conversation))

    @staticmethod
    def where(conversation: Conversation) -> dict[str, str]:
        """Return how verbs are told of a conversation."""
        return {"group" if conversation.group else "person": conversation.name}

    # Saying

    def send(self, conversation: Conversation, message: Message) -> None:
        """Send what `Store.compose` has noted, after what waits already."""
        if self._outbox.qsize() >= UNSENT:
            self.store.failed(conversation, message, WordsError("Too much waits to be sent"))
            return
        self._outbox.put_nowait((conversation, message))
        if self._client is not None:
            self._client.hurry()
        self._told_typing = (None, 0.0)
        self.unsent_changed()

    async def _send(self) -> None:
        while True:
            conversation, message = await self._outbox.get()
            try:
                posted = await self._say(conversation, message)
            except (WordsError, SpreadError) as error:
                self.store.failed(conversation, message, error)
            else:
                self.store.posted(conversation, message, posted)
            self.unsent_changed()

    async def _say(self, conversation: Conversation, message: Message) -> Posted:
        client = self._client
        if client is None:
            raise Disconnected("signed off")
        verb = client.chat.say if conversation.group else client.chat.say_to
        return await verb(
            conversation.name,
            message.text,
            message.kind,
            spans=list(message.spans),
            reply_to=message.reply_to,
            token=message.token,
        )

    def typing(self, conversation: Conversation, state: TypingState) -> None:
        """Let the others know that one is writing; as often as it is news."""
        before, when = self._told_typing
        now = time.monotonic()
        if state == "done":
            if before is not conversation:
                return
            self._told_typing = (None, 0.0)
        elif before is conversation and now - when < TYPING_AGAIN:
            return
        else:
            self._told_typing = (conversation, now)
        if self.store.connection == "online" and self.tells_typing:
            self.spawn(self._tell_typing(conversation, state), "typing")

    async def _tell_typing(self, conversation: Conversation, state: TypingState) -> None:
        with suppress(WordsError):
            await self.chat.typing(state=state, **self.where(conversation))
