"""Reading back what a stream has missed: a task for each conversation that is behind."""

from __future__ import annotations

import asyncio
import logging

from words.client.stream import Stream
from words.errors import WordsError
from words.events import Event
from words.remote.chat import Chat
from words.remote.happenings import Happenings

log = logging.getLogger(__name__)

PAGE = 200
"""Events of history that are read at once."""


class Reader:
    """Reads for one stream, through ``chat``."""

    def __init__(self, stream: Stream, chat: Chat) -> None:
        self._stream = stream
        self._chat = chat
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closed = False
        stream.on_behind = self.catch_up

    def catch_up(self, number: int) -> None:
        """Have somebody read what is missing of a conversation, if nobody does."""
        if number not in self._tasks and not self._closed:
            task = asyncio.create_task(self._read_back(number), name=f"history of {number}")
            self._tasks[number] = task

    def catch_up_all(self) -> None:
        """The same for all that are behind."""
        for number in self._stream.behind:
            self.catch_up(number)

    def stop(self) -> None:
        """Read nothing more, and say no more that something can't be read."""
        self._closed = True

    async def close(self) -> None:
        """End what is being read."""
        self.stop()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_back(self, number: int) -> None:
        stream, chat = self._stream, self._chat
        try:
            while (place := stream.missing(number)) is not None:
                await stream.space()
                after = place.sequence
                verb = chat.history if place.group else chat.history_with
                page: Happenings = await verb(place.name, after=after, limit=PAGE, newest=False)
                stream.read(number, [each for each in page if _of(each.event, number, after)])
        except WordsError as error:
            if not self._closed:
                log.info("history of %s can't be read: %s", place.name if place else "", error)
                stream.give_up(number)
        finally:
            del self._tasks[number]


def _of(event: Event, number: int, after: int) -> bool:
    """Return whether it is what was asked for: a liar's page that leads no further is empty."""
    return event.conversation == number and event.sequence > after
