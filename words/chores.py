"""What the hub does beside the turns, little by little: keep the log short, forget what is old.

Each chore is a task of its own; it reads the configuration each time, so a reload counts.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Protocol

from words.chat.turn import Turn
from words.config import Config
from words.errors import Busy
from words.events import CHANGE, HAPPENING, TALK
from words.journal.index import SearchIndex
from words.journal.journal import SLICE_ROWS, Journal
from words.journal.retention import (
    TOKEN_SECONDS,
    Sweep,
    forget_relayed,
    forget_tokens,
    own_limits,
)
from words.reactor import Reactor
from words.storage.store import FORCED_WAL, PASSIVE_WAL, StorageBroken, Unsettled

log = logging.getLogger(__name__)

LOOK = 0.1
"""Seconds between two looks at the write-ahead log: at full load it grows some MiB in one."""

LOOK_IDLE = 0.5
"""The same where nothing happened since the last one."""

PATIENCE = 2.0
"""Seconds to wait for a thread to copy the log: threads check passwords too."""

PAUSE = 0.05
"""Seconds between two slices of deletion: what people say goes first."""

RARELY = 3600.0
"""Seconds between two rounds of deletion, less where things are kept for less than a day."""

INDEX_PAUSE, INDEX_REST = 0.1, 0.5
"""Seconds between two slices of the search index (10,000 messages a second, a fifth of a thread),
and before the next look when all is in it: a search looks for itself."""

INDEX_CHECK = 6 * 3600.0
"""Seconds between two comparisons of the whole index with the journal."""

INDEX_PATIENCE = 10.0
"""Seconds before an index that couldn't be written is tried again."""

ERRANDS = 2.0
"""Seconds that read markers may wait to be written, and a removal to begin."""

ROUNDS = 24
"""How many rounds of deletion go into the time that things are kept."""


class Errands(Protocol):
    """What the service does behind, in slices."""

    @property
    def behind(self) -> bool:
        """Whether there is something to do."""
        ...

    def errand(self) -> bool:
        """Do some of it, within a turn; return whether there is more."""
        ...

    def sweep(self) -> bool:
        """Delete some of what nobody can reach any more; return whether there is more to see."""
        ...


class Chores:
    """The hub's own regular work."""

    def __init__(
        self,
        reactor: Reactor,
        turn: Turn,
        journal: Journal,
        config: Callable[[], Config],
        index: SearchIndex | None = None,
        errands: Errands | None = None,
    ) -> None:
        self._reactor = reactor
        self._turn = turn
        self._journal = journal
        self._store = journal.store
        self._config = config
        self._index = index
        self._errands = errands
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; `stop` ends it."""
        spawn = self._reactor.spawn
        self._tasks = [
            spawn(self._keep_log_short(), name="checkpoint", vital=True),
            spawn(self._forget_old(), name="retention", vital=True),
        ]
        if self._index is not None:
            self._tasks.append(spawn(self._fill_index(self._index), name="search index"))

        if self._errands is not None:
            self._tasks.append(spawn(self._run_errands(self._errands), name="errands", vital=True))

    async def stop(self) -> None:
        """End, between two slices."""
        await self._reactor.drain(self._tasks, timeout=0)

    async def _keep_log_short(self) -> None:
        copied = 0  # bytes of the log that are in the file
        turns = -1
        while True:
            idle, turns = turns == self._turn.turns, self._turn.turns
            await asyncio.sleep(LOOK_IDLE if idle else LOOK)
            try:
                size = self._store.log_size()
                if size < copied:
                    copied = 0  # it began anew
                if size > FORCED_WAL or (idle and size - copied > PASSIVE_WAL):
                    await self._copy_log()
                    copied = size
            except Unsettled as error:
                log.debug("the log can't be copied now: %s", error)
            except StorageBroken:
                self._turn.halted = True
                log.critical("the hub halts: the storage broke", exc_info=True)
                self._reactor.stop("the storage broke", status=70)
                return

    async def _copy_log(self) -> None:
        """Copy what is there on a thread; where it is much, finish here, so that it starts anew.

        A thread alone never ends beside a busy hub: while it copies, the log grows. What is left
        for the loop, and stops everything, is what came during the thread's copying. To copy
        more often costs more: a page that changes again is written again.
        """
        try:
            await asyncio.wait_for(self._reactor.in_thread(self._store.copier()), PATIENCE)
        except (TimeoutError, Busy):
            log.debug("no thread had time to copy the log")
        if self._store.log_size() > FORCED_WAL:
            self._store.copy_log()

    async def _forget_old(self) -> None:
        while True:
            try:
                await self.forget_once()
            except Unsettled as error:
                log.warning("what is old stays for now: %s", error)
            history = self._config().history
            kept = [RARELY * ROUNDS, history.retention, history.membership_retention]
            await asyncio.sleep(max(1.0, min(seconds for seconds in kept if seconds) / ROUNDS))

    async def forget_once(self) -> None:
        """Delete everything that is older than it may be."""
        history = self._config().history
        now = int(time.time() * 1000)
        talk = history.retention
        kept = {TALK: talk, CHANGE: talk, HAPPENING: history.membership_retention}
        own = own_limits(self._store, now)
        limits = {kind: now - int(1000 * seconds) for kind, seconds in kept.items() if seconds}
        if limits or any(own.values()):
            await self._empty_tail(max(*limits.values(), *own.values(), 0))
        for kind in kept:
            others = own if kind != HAPPENING else {}
            if kind in limits or any(others.values()):
                sweep = Sweep(self._journal, kind, limits.get(kind, 0), others)
                await self._slices(sweep.slice)
        oldest = min([limits.get(TALK, 0), *own.values()])
        await self._slices(lambda: forget_relayed(self._store, oldest))
        await self._slices(lambda: forget_tokens(self._store, now - TOKEN_SECONDS * 1000))
        if self._errands is not None:
            await self._slices(self._errands.sweep)

    async def _run_errands(self, errands: Errands) -> None:
        while True:
            await asyncio.sleep(ERRANDS)
            try:
                if errands.behind:
                    await self._slices(errands.errand)
            except Unsettled as error:
                log.warning("what the service does behind waits: %s", error)

    async def _empty_tail(self, before: int) -> None:
        """Move what is to be deleted to where it can be."""

        def move() -> bool:
            oldest = self._journal.oldest()
            return oldest is not None and oldest < before and bool(self._journal.move(SLICE_ROWS))

        await self._slices(move)

    async def _slices(self, one: Callable[[], bool]) -> None:
        """Run a slice after the other, each in a turn, until one says that there is no more."""
        more = True
        while more:
            more = await self._turn.call(one)
            await asyncio.sleep(PAUSE if more else 0)

    async def _fill_index(self, index: SearchIndex) -> None:
        """Keep the search index behind the journal, and let go of what is deleted there."""
        turns, seen, checked, last_check = -1, 0, 0, self._reactor.now()
        while True:
            await asyncio.sleep(INDEX_REST if turns == seen and not checked else INDEX_PAUSE)
            try:
                if self._store.free_space() <= 0:
                    continue
                if turns != self._turn.turns:
                    seen = self._turn.turns
                    if not await self._reactor.in_thread(index.step):
                        turns = seen
                if checked or self._reactor.now() - last_check > INDEX_CHECK:
                    checked = await self._reactor.in_thread(index.check, checked)
                    last_check = self._reactor.now()
            except Busy:
                log.debug("no thread has time for the search index")
            except sqlite3.Error as error:
                log.warning("the search index can't be written now: %s", error)
                await asyncio.sleep(INDEX_PATIENCE)
