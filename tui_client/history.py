"""Reading a conversation's history from the hub, in pages, into its timeline; and counting it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tui_client.conversation import Conversation
from tui_client.records import Message
from words.client import Disconnected
from words.errors import WordsError
from words.events import Said
from words.remote.chat import LAST
from words.remote.happenings import Happenings

if TYPE_CHECKING:
    from tui_client.link import Link

PAGE = 200
"""Events that are read at once."""

COUNT = 100
"""Messages that are counted at most: more are shown as 99+."""

PEEKS = 50
"""Conversations whose newest message is asked for: more than a screen has rows."""

AT_ONCE = 4
"""Conversations that are counted at the same time."""

TRIES = 8
"""Pages that are read until something to show is among them, or the end is reached."""


class History:
    """See the module. A page that can't be read is told of, and may be asked for again."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._counting: set[Conversation] = set()
        self._peeked: set[Conversation] = set()

    async def newest(self, conversation: Conversation) -> None:
        """Show the end of a conversation."""
        await self._page(conversation, "newest", self._newest)

    async def older(self, conversation: Conversation) -> None:
        """Read on before what is shown."""
        if conversation.timeline.loaded and not conversation.timeline.at_start:
            await self._page(conversation, "older", self._older)

    async def newer(self, conversation: Conversation) -> None:
        """Read on after what is shown."""
        if conversation.timeline.loaded and not conversation.timeline.at_end:
            await self._page(conversation, "newer", self._newer)

    async def around(self, conversation: Conversation, sequence: int) -> None:
        """Show the stretch in which there is an event, such as one that was searched for."""
        timeline = conversation.timeline
        if timeline.loaded and timeline.low <= sequence <= timeline.high:
            return

        async def around(conversation: Conversation) -> None:
            await self._reset(conversation, before=sequence + PAGE // 2)
            await self._older(conversation)

        await self._page(conversation, "newest", around)

    async def _page(self, conversation: Conversation, which: str, read: Any) -> None:
        if conversation.paging:
            return
        conversation.paging = which
        conversation.changed()
        try:
            await read(conversation)
        except WordsError as error:
            self._link.store.say(f"{conversation.title}: {error}", "warning", conversation)
        finally:
            conversation.paging = ""
            conversation.changed()

    async def _newest(self, conversation: Conversation) -> None:
        await self._reset(conversation)
        await self._to_end(conversation)

    async def _reset(self, conversation: Conversation, before: int = LAST) -> None:
        page = await self._read(conversation, before=before)
        low = page[0].event.sequence if page else 1
        high = page[-1].event.sequence if page else 0
        conversation.timeline.reset(self._link.store.records(page), low, high)

    async def _to_end(self, conversation: Conversation) -> None:
        """Read on until there is nothing newer, nor was anything heard meanwhile."""
        timeline = conversation.timeline
        for _ in range(TRIES):
            if timeline.high >= conversation.newest:
                break
            heard = conversation.heard
            page = await self._read(conversation, after=timeline.high, newest=False)
            if page:
                timeline.add_newer(self._link.store.records(page), page[-1].event.sequence)
            elif conversation.heard == heard:
                break
        timeline.at_end = True

    async def _older(self, conversation: Conversation) -> None:
        timeline = conversation.timeline
        for _ in range(TRIES):
            page = await self._read(conversation, before=timeline.low)
            items = self._link.store.records(page)
            timeline.add_older(items, page[0].event.sequence if page else 1)
            if items or not page:
                break

    async def _newer(self, conversation: Conversation) -> None:
        timeline = conversation.timeline
        heard = conversation.heard
        page = await self._read(conversation, after=timeline.high, newest=False)
        if page:
            timeline.add_newer(self._link.store.records(page), page[-1].event.sequence)
        if timeline.high >= conversation.newest or (not page and conversation.heard == heard):
            timeline.at_end = True

    async def _read(
        self,
        conversation: Conversation,
        *,
        after: int = 0,
        before: int = LAST,
        limit: int = PAGE,
        newest: bool = True,
        happenings: bool = True,
    ) -> Happenings:
        chat = self._link.chat
        verb = chat.history if conversation.group else chat.history_with
        page: Happenings = await verb(
            conversation.name,
            after=after,
            before=before,
            limit=limit,
            newest=newest,
            happenings=happenings,
        )
        return page

    # The newest message of each conversation

    def unpeeked(self) -> list[Conversation]:
        """Return where the newest message isn't known, nor was asked for; the latest first."""
        found = [each for each in self._link.store if each.last is None]
        return sorted(
            (each for each in found if each not in self._peeked), key=lambda each: -each.last_time
        )

    def forget_peeks(self) -> None:
        """Ask again where nothing came."""
        self._peeked.clear()

    async def peek(self, conversations: Sequence[Conversation]) -> None:
        """Ask for the newest messages of these; no more than once, nor of more than `PEEKS`."""
        self._peeked.update(conversations)
        for conversation in conversations[:PEEKS]:
            try:
                page = await self._read(conversation, limit=1, happenings=False)
            except Disconnected:
                raise
            except WordsError:  # such as a group that one was put out of
                continue
            found = self._link.store.records(page)
            if found and conversation.last is None and isinstance(found[-1], Message):
                conversation.last = found[-1]
                conversation.changed()

    # Counting

    async def count_all(self) -> None:
        """Count in every conversation of which it isn't known how much is unread."""
        some = asyncio.Semaphore(AT_ONCE)

        async def one(conversation: Conversation) -> None:
            async with some:
                with suppress(WordsError):  # one may be inside no longer
                    await self.count(conversation)

        wanted = [each for each in self._link.store if each.uncounted]
        await asyncio.gather(*(one(each) for each in wanted))

    async def count(self, conversation: Conversation) -> None:
        """Ask for what is unread, and count it; once more where something was said meanwhile."""
        if conversation in self._counting:
            return
        self._counting.add(conversation)
        try:
            for _ in range(TRIES):
                if not conversation.uncounted:
                    break
                await self._count(conversation)
        finally:
            self._counting.discard(conversation)

    async def _count(self, conversation: Conversation) -> None:
        page = await self._read(
            conversation, after=conversation.read, limit=COUNT, happenings=False
        )
        found = [
            item
            for item in self._link.store.records(each for each in page if type(each.event) is Said)
            if isinstance(item, Message)
        ]
        new = [item for item in found if not item.mine and item.sequence > conversation.read]
        mentions = sum(item.mention for item in new)
        if found and found[-1].time >= conversation.last_time:
            conversation.last, conversation.last_time = found[-1], found[-1].time
        upto = page[-1].event.sequence if page else conversation.newest
        conversation.recount(mentions if conversation.muted else len(new), mentions, upto)
