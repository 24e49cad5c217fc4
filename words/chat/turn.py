"""The turn: read what is ready, apply it, commit it, then speak.

Callbacks of the loop only put a `Source` into the queue; `Turn._run` takes one command from
each in turn, for at most 10 ms. Then all that they changed is one transaction, and only when
that is on disk is anybody told anything. While the disk refuses, nothing is taken and nothing
is said. What escapes from here is a defect that leaves the state unknown: the hub halts.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from words.chat.fanout import Fanout
from words.errors import StorageFull
from words.interfaces import Source
from words.journal.journal import Journal
from words.storage.store import Unsettled

log = logging.getLogger(__name__)
T = TypeVar("T")

SLICE = 0.010
"""Seconds that a turn takes commands, and that it speaks before the loop may read again."""

STEPS_A_LOOK = 8
"""How many commands go between two looks at the clock."""

UNSPOKEN = 32 * 1024 * 1024
"""Bytes waiting to be pushed above which no command is taken, unless configured."""

SPACE_CHECK = 1.0
"""Seconds between two looks at the free space of the disk."""

RETRIES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds before a batch that couldn't be written is tried again; the last one repeats."""

SLOW_COMMIT = 1.0
"""Seconds of one commit above which the log names the disk."""


class Scheduler(Protocol):
    """What the turn needs of the reactor."""

    loop: asyncio.AbstractEventLoop

    def now(self) -> float: ...

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any
    ) -> asyncio.TimerHandle: ...

    def stop(self, reason: str, status: int = 0) -> None: ...


class Turn:
    """The one place where input becomes state, and state becomes output."""

    def __init__(self, scheduler: Scheduler, journal: Journal, fanout: Fanout) -> None:
        self._scheduler = scheduler
        self._soon = scheduler.loop.call_soon
        self._now = self.now = scheduler.now
        self._journal = journal
        self._store = journal.store
        self._fanout = fanout
        self._ready: deque[Source] = deque()
        self._afters: list[Callable[[], object]] = []
        self._armed = False
        self._held = 0
        self._space_checked = 0.0
        self.halted = False
        self.accepting = True
        self.unspoken = UNSPOKEN
        self.commit_seconds = self.committing = 0.0
        self.turns = 0

    @property
    def held(self) -> bool:
        """Whether the storage can't be written just now, so that nothing is taken or said."""
        return bool(self._held)

    def wake(self, source: Source) -> None:
        """Let ``source`` have its commands handled, from the next turn on."""
        if not source.queued:
            source.queued = True
            self._ready.append(source)
            self._arm()

    def touch(self) -> None:
        """Have a turn run though no source has input: there is something to commit or say."""
        self._arm()

    async def call(self, fn: Callable[[], T]) -> T:
        """Run ``fn`` within a turn; return its result when that turn has spoken."""
        call: _Call[T] = _Call(self, fn, self._scheduler.loop.create_future())
        self.wake(call)
        return await call.future

    def after(self, callback: Callable[[], object]) -> None:
        """Call back when this turn has spoken; from within a turn."""
        self._afters.append(callback)

    def require_space(self) -> None:
        """Raise `StorageFull` when the disk is below its reserve."""
        if not self.accepting:
            raise StorageFull

    def _arm(self) -> None:
        if not self._armed and not self._held:
            self._armed = True
            self._soon(self._run)

    def _run(self) -> None:
        self._armed = False
        if self.halted or self._held:
            return
        try:
            self._take()
            self._settle()
        except Exception:
            self.halted = True
            log.critical("the hub halts: a turn failed and nothing of it was said", exc_info=True)
            self._scheduler.stop("a turn failed", status=70)

    def _take(self) -> None:
        ready = self._ready
        start = self._now()
        if start - self._space_checked > SPACE_CHECK:
            self._check_space(start)
        if self._fanout.unspoken > self.unspoken:
            return
        deadline = start + SLICE
        steps = 0
        while ready:
            source = ready.popleft()
            if source.step():
                ready.append(source)
            else:
                source.queued = False
            steps += 1
            if steps % STEPS_A_LOOK == 0 and self._now() > deadline:
                break

    def _settle(self) -> None:
        """End the turn: commit, then say what was sealed."""
        self._fanout.close_turn()
        self._journal.close_turn()
        self._commit()

    def _commit(self) -> None:
        start = self._now()
        try:
            self._store.commit()
        except Unsettled as error:
            self._hold(error)
            return
        if self._held:
            log.warning("the storage can be written again")
            self._held = 0
        self.commit_seconds = self._now() - start
        self.committing += self.commit_seconds
        if self.commit_seconds > SLOW_COMMIT:
            log.warning("the disk took %.1f s for a commit", self.commit_seconds)
        self.turns += 1
        self._speak()

    def _speak(self) -> None:
        done = self._fanout.speak(self._now() + SLICE)
        if done and self._afters:
            afters, self._afters = self._afters, []
            for callback in afters:
                try:
                    callback()
                except Exception:  # all was said: it is the matter of who wanted to be called
                    log.exception("%s failed after a turn", callback)
        if not done or self._ready:
            self._arm()

    def _hold(self, error: Unsettled) -> None:
        if not self._held:
            log.error("the storage can't be written (%s): nothing is taken or said", error)
        delay = RETRIES[min(self._held, len(RETRIES) - 1)]
        self._held += 1
        self._scheduler.call_later(delay, self._retry)

    def _retry(self) -> None:
        try:
            self._commit()
        except Exception:
            self.halted = True
            log.critical("the hub halts: the storage broke", exc_info=True)
            self._scheduler.stop("the storage broke", status=70)

    def _check_space(self, now: float) -> None:
        self._space_checked = now
        accepting = self._store.free_space() > 0
        if accepting != self.accepting:
            self.accepting = accepting
            if accepting:
                log.warning("there is room on the disk again")
            else:
                log.error("the disk is below its reserve: nothing new is stored")


class _Call(Generic[T]):
    """A function from outside of the turn, as a source."""

    def __init__(self, turn: Turn, fn: Callable[[], T], future: asyncio.Future[T]) -> None:
        self.queued = False
        self.future = future
        self._turn = turn
        self._fn = fn

    def step(self) -> bool:
        if self.future.done():  # the caller was cancelled
            return False
        try:
            result = self._fn()
        except Exception as error:
            self._turn.after(partial(self._finish, self.future.set_exception, error))
        else:
            self._turn.after(partial(self._finish, self.future.set_result, result))
        return False

    def _finish(self, give: Callable[[Any], None], outcome: Any) -> None:
        if not self.future.done():
            give(outcome)
