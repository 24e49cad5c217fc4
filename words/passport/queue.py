"""A bounded queue of slow checks that is fair by source.

At most `RUNNING` run at once; the next one is taken from each source in turn, so a source that
sends a thousand waits for itself. Sources that are suspect come when no other waits: one that
isn't can't keep them waiting for long, since its checks come out right, and then need no queue,
or make it suspect. When the queue is full, the suspect source that waits with most loses its
newest, or any source if none is suspect; the one that asks may be it. Who loses gets `Busy`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeAlias, TypeVar

from words.errors import Busy

T = TypeVar("T")

RUNNING = 2
"""Checks at once: of the hub's four threads two stay free for history and search."""

WAITING = 8192
"""Checks that may wait: four minutes' worth on two processors, longer no client waits."""


class FairQueue(Generic[T]):
    """What waits belongs to the loop's thread; ``suspect`` is asked about a source's turn."""

    def __init__(self, suspect: Callable[[str], bool], bound: int = WAITING) -> None:
        self._suspect = suspect
        self._bound = bound
        self._lines: _Ring[T] = OrderedDict()
        self._late: _Ring[T] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()
        self.waiting = 0

    async def run(self, source: str, begin: Callable[[], Awaitable[T]]) -> T:
        """Return what ``begin()`` gives, begun when it is this source's turn.

        Cancelling takes it out of the queue. One that has begun goes on to its end, unheard,
        and keeps its place among the running, since its thread can't be stopped.
        """
        job: _Job[T] = _Job(begin, asyncio.get_running_loop().create_future())
        ring = self._late if source in self._late else self._lines
        ring.setdefault(source, OrderedDict())[job] = None
        self.waiting += 1
        if self.waiting > self._bound:
            self._refuse_one()
        self._fill()
        try:
            return await job.future
        finally:
            self._drop(source, job)
            if not job.future.cancelled():
                job.future.exception()  # heard, even if the caller was cancelled just now

    def _refuse_one(self) -> None:
        ring = self._late or self._lines
        source = max(reversed(ring), key=lambda name: len(ring[name]))  # of equals, the last
        job = next(reversed(ring[source]))
        self._drop(source, job)
        job.future.set_exception(Busy("password checks"))

    def _fill(self) -> None:
        while self.waiting and len(self._running) < RUNNING:
            ring = self._next_ring()
            source, line = next(iter(ring.items()))
            ring.move_to_end(source)
            job = next(iter(line))
            self._drop(source, job)
            task = asyncio.get_running_loop().create_task(job.run(), name="check")
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _next_ring(self) -> _Ring[T]:
        """Return the ring whose first source is next; those that became suspect change over."""
        while self._lines:
            source, line = next(iter(self._lines.items()))
            if not self._suspect(source):
                return self._lines
            del self._lines[source]
            self._late[source] = line
        return self._late

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._fill()

    def _drop(self, source: str, job: _Job[T]) -> None:
        ring = self._late if source in self._late else self._lines
        line = ring.get(source)
        if line is None or job not in line:
            return
        del line[job]
        self.waiting -= 1
        if not line:
            del ring[source]


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


_Ring: TypeAlias = OrderedDict[str, OrderedDict[_Job[T], None]]
"""Sources in the order of their turns, each with its line; no line is empty."""
