"""A bounded queue of slow checks that is fair by source.

At most `RUNNING` run at once; the next one is taken from each source in turn, so a source that
sends a thousand waits for itself. When the queue is full, the source that waits with most loses
its newest; if that is the one that asks, it is refused. Both get `Busy`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from words.errors import Busy

T = TypeVar("T")

RUNNING = 2
"""Checks at once: of the hub's four threads two stay free for history and search."""

WAITING = 8192
"""Checks that may wait: four minutes' worth on two processors, longer no client waits."""


class FairQueue(Generic[T]):
    """What waits belongs to the loop's thread; ``waiting`` is the bound."""

    def __init__(self, waiting: int = WAITING) -> None:
        self._bound = waiting
        self._sources: OrderedDict[str, OrderedDict[_Job[T], None]] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()
        self.waiting = 0

    async def run(self, source: str, begin: Callable[[], Awaitable[T]]) -> T:
        """Return what ``begin()`` gives, begun when it is this source's turn.

        Cancelling takes it out of the queue. One that has begun goes on to its end, unheard,
        and keeps its place among the running, since its thread can't be stopped.
        """
        if self.waiting >= self._bound:
            self._make_room(source)
        job: _Job[T] = _Job(begin, asyncio.get_running_loop().create_future())
        self._sources.setdefault(source, OrderedDict())[job] = None
        self.waiting += 1
        self._fill()
        try:
            return await job.future
        finally:
            self._drop(source, job)
            if not job.future.cancelled():
                job.future.exception()  # heard, even if the caller was cancelled just now

    def _make_room(self, source: str) -> None:
        longest = max(self._sources, key=lambda name: len(self._sources[name]))
        if len(self._sources[longest]) <= len(self._sources.get(source, ())) + 1:
            raise Busy("password checks")
        job = next(reversed(self._sources[longest]))
        self._drop(longest, job)
        job.future.set_exception(Busy("password checks"))

    def _fill(self) -> None:
        while self._sources and len(self._running) < RUNNING:
            source, jobs = next(iter(self._sources.items()))
            job = next(iter(jobs))
            self._sources.move_to_end(source)
            self._drop(source, job)
            task = asyncio.get_running_loop().create_task(job.run(), name="check")
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._fill()

    def _drop(self, source: str, job: _Job[T]) -> None:
        jobs = self._sources.get(source)
        if jobs is None or job not in jobs:
            return
        del jobs[job]
        self.waiting -= 1
        if not jobs:
            del self._sources[source]


class _Job(Generic[T]):
    def __init__(self, begin: Callable[[], Awaitable[T]], future: asyncio.Future[T]) -> None:
        self.future = future
        self._begin = begin

    async def run(self) -> None:
        """Let the future have what comes of it."""
        try:
            result = await self._begin()
        except Exception as error:
            if not self.future.done():
                self.future.set_exception(error)
        else:
            if not self.future.done():
                self.future.set_result(result)
        finally:
            self.future.cancel()  # of no effect unless this task was cancelled: the hub ends
