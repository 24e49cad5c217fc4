"""Lanes: in each of them one thing is done after another, and lanes don't wait for each other.

A job is done within the task of its lane, since a task for each would cost more than most
handlers. A job that has to wait for a person leaves the lane to another task.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import NamedTuple

log = logging.getLogger(__name__)

QUEUED = 1000
"""Jobs that wait, in all lanes; then there is no `space`."""

SLICE = 0.005
"""Seconds after which a lane lets others go on, too."""


class Job(NamedTuple):
    """What is to be done, and what then is to be called: when it is done, or has left its lane."""

    call: Callable[[], Awaitable[None]]
    done: Callable[[], None]


class Lanes:
    """All lanes of one engine. ``room`` is waited for before a job; ``idle`` is called when
    there is none left.
    """

    def __init__(self, room: Callable[[], Awaitable[None]], idle: Callable[[], None]) -> None:
        self.empty = asyncio.Event()
        self.empty.set()
        self.space = asyncio.Event()
        self.space.set()
        self.stopping = False
        self._room = room
        self._idle = idle
        self._lanes: dict[Hashable, deque[Job]] = {}
        self._workers: dict[asyncio.Task[None], Hashable] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0

    def __contains__(self, lane: Hashable) -> bool:
        return lane in self._lanes

    def put(
        self,
        lane: Hashable,
        call: Callable[[], Awaitable[None]],
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Have something done in its lane, after what is there already."""
        self._waiting += 1
        if self._waiting >= QUEUED:
            self.space.clear()
        jobs = self._lanes.get(lane)
        if jobs is not None:
            jobs.append(Job(call, done))
            return
        self._lanes[lane] = deque([Job(call, done)])
        self.empty.clear()
        self._begin(lane)

    def leave(self, worker: asyncio.Task[None]) -> None:
        """Let another task go on with the lane: the job of this one takes longer."""
        lane = self._workers.pop(worker, None)
        if lane is not None:  # else it has left before
            self._finish(lane)
            if self._lanes[lane]:
                self._begin(lane)
            else:
                self._end(lane)

    async def stop(self) -> None:
        """Cancel what is being done, and drop the rest."""
        self.stopping = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, lane: Hashable) -> None:
        task = asyncio.create_task(self._work(lane), name=f"lane {lane}")
        self._workers[task] = lane
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: Hashable) -> None:
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        assert me is not None
        jobs, began = self._lanes[lane], loop.time()
        while jobs:
            await self._room()
            try:
                await jobs[0].call()
            except Exception:
                log.exception("something in lane %s couldn't be done", lane)
            if me not in self._workers:
                return
            self._finish(lane)
            if loop.time() > began + SLICE:
                await asyncio.sleep(0)
                began = loop.time()
        del self._workers[me]
        self._end(lane)

    def _finish(self, lane: Hashable) -> None:
        job = self._lanes[lane].popleft()
        self._waiting -= 1
        if self._waiting < QUEUED:
            self.space.set()
        job.done()

    def _end(self, lane: Hashable) -> None:
        del self._lanes[lane]
        if not self._lanes:
            self.empty.set()
            self._idle()
