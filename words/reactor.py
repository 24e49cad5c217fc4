"""The one event loop of the process: which it is, its tasks, threads, timers and signals.

No other module may choose a loop or import uvloop. Everything that runs beside the turn is
started here, so that no task is lost: `Reactor.spawn` keeps it and logs how it failed.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import BoundedSemaphore
from typing import Any, Literal, ParamSpec, TypeVar

from words.errors import Busy, ConfigError

log = logging.getLogger(__name__)

LoopName = Literal["auto", "uvloop", "asyncio"]
T = TypeVar("T")
P = ParamSpec("P")

THREADS = 4
WAITING = 256  # calls that may wait for a thread; a password check takes 0.06 s of one
COLLECT_AFTER = (20_000, 10, 10)  # new objects a round; 700, the default, costs a join 15 % more
LAST_WAIT = 2.0  # seconds for tasks that were cancelled to end
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What accepting fails with when the process or the machine has no more to give."""
EXHAUSTED_AGAIN = 10.0  # seconds before that is logged again: asyncio tells it 4,000 times a second


def loop_factory(name: LoopName = "auto") -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the loop called ``name``; ``WORDS_LOOP`` in the environment wins.

    "auto" is uvloop where it is installed. Raises ConfigError for a loop that can't be had.
    """
    chosen = os.environ.get("WORDS_LOOP") or name
    if chosen not in ("auto", "uvloop", "asyncio"):
        raise ConfigError(f"WORDS_LOOP: expected auto, uvloop or asyncio, got {chosen}")
    if chosen != "asyncio":
        try:
            import uvloop

            return uvloop.new_event_loop
        except ImportError:
            if chosen == "uvloop":
                raise ConfigError("hub.loop: uvloop is not installed here") from None
    return asyncio.new_event_loop


def run(main: Callable[[Reactor], Awaitable[int]], *, loop: LoopName = "auto") -> int:
    """Run ``main(reactor)`` to its end and return the exit status.

    ``main`` waits for ``reactor.stopping``, then ends what it began and returns its status; that
    of `Reactor.stop`, if not 0, goes first. What ``main`` raises comes out of here. Tasks that
    are left by then are cancelled.
    """

    async def running() -> int:
        reactor = Reactor(asyncio.get_running_loop())
        try:
            status = await main(reactor)
        finally:
            await reactor.close()
        return reactor.status or status

    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        return runner.run(running())


class Reactor:
    """The running loop and what it supervises. Used in the loop's own thread only."""

    now = staticmethod(time.monotonic)
    """Seconds, never going back. (uvloop's own clock is rounded to milliseconds.)"""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.stopping = asyncio.Event()
        self.status = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._signals: set[int] = set()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="words")
        self._room = BoundedSemaphore(THREADS + WAITING)
        self._exhausted = float("-inf")
        loop.set_exception_handler(self._log_exception)

    def spawn(
        self, coro: Coroutine[Any, Any, T], *, name: str, vital: bool = False
    ) -> asyncio.Task[T]:
        """Start a task that is kept until it ends; if it fails, that is logged under ``name``.

        Without a vital task the process is of no use: when it fails, the process stops with
        status 1.
        """
        task = self.loop.create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, vital))
        return task

    def _ended(self, vital: bool, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("task %s failed", task.get_name(), exc_info=error)
        if vital:
            self.stop(f"task {task.get_name()} failed", status=1)

    async def in_thread(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what blocks in one of a few threads. Raises Busy when too many calls wait.

        A caller that is cancelled takes its call out of the queue; one that already runs goes
        on to its end, unheard.
        """
        if not self._room.acquire(blocking=False):
            raise Busy("threads")
        try:
            future = self._pool.submit(fn, *args, **kwargs)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future, loop=self.loop)

    def _leave(self, _: Future[Any]) -> None:
        self._room.release()

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any
    ) -> asyncio.TimerHandle:
        """Call back after ``delay`` seconds, unless the handle is cancelled."""
        return self.loop.call_later(delay, callback, *args)

    def on_signal(self, signum: int, callback: Callable[[], object]) -> None:
        """Call back, in the loop, whenever the process gets this signal."""
        self.loop.add_signal_handler(signum, callback)
        self._signals.add(signum)

    def stop(self, reason: str, status: int = 0) -> None:
        """Ask the process to end. The first status that isn't 0 stays."""
        if not self.stopping.is_set():
            log.info("stopping: %s", reason)
            self.stopping.set()
        self.status = self.status or status

    async def drain(self, tasks: Iterable[asyncio.Task[Any]], timeout: float) -> int:
        """Give tasks ``timeout`` seconds to end, then cancel them; return how many that were."""
        left = {task for task in tasks if not task.done()}
        if left:
            _, left = await asyncio.wait(left, timeout=timeout)
        for task in left:
            task.cancel()
        if left:
            _, deaf = await asyncio.wait(left, timeout=LAST_WAIT)
            for task in deaf:
                log.error("task %s doesn't end", task.get_name())
        return len(left)

    def settle(self) -> None:
        """Take what was made until now out of the garbage collector's sight: it stays anyway."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)

    def _log_exception(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            if self.now() > self._exhausted + EXHAUSTED_AGAIN:
                self._exhausted = self.now()
                log.error("%s: %s", context["message"], error)
            return
        where = context.get("handle") or context.get("future") or context.get("transport")
        log.error("%s (%r)", context["message"], where, exc_info=error)

    async def close(self) -> None:
        """End everything that is left: signals, tasks, threads that have not begun."""
        while self._signals:
            self.loop.remove_signal_handler(self._signals.pop())
        await self.drain(set(self._tasks), timeout=0)
        self._pool.shutdown(wait=False, cancel_futures=True)
