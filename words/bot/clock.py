"""Ticks and timers: what is due is put into a lane, and its next time is part of its run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from words.bot.engine import Engine
from words.bot.handlers import Tick

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at what is due."""

AT_ONCE = 100
"""Timers that are looked at together."""


class Clock:
    """Looks for what is due, for one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._home = engine.home
        self._began = engine.home.now()
        self._busy: set[str] = set()

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Have everything that is due done, in lanes of its own."""
        now = self._home.now()
        self._engine.give_up(now)
        for tick in list(self._engine.bot.ticks.values()):
            await self._tick(tick, now)
        for name, text in self._home.ledger.kept("timer/", AT_ONCE + len(self._busy)):
            if int(name.split("/")[1]) > now:
                break
            self._once(name, partial(self._timer, name, text))

    def next(self) -> int | None:
        """Return when the next is due, in milliseconds since 1970 UTC; None for never."""
        ledger, engine = self._home.ledger, self._engine
        timers = [name for name, _ in ledger.kept("timer/", 1 + len(self._busy))]
        dues = [int(name.split("/")[1]) for name in timers if name not in self._busy]
        dues += engine.silences
        kept = [ledger.value(f"every/{name}") for name in engine.bot.ticks]
        dues += [msgspec.json.decode(text)[0] for text in kept if text]
        return min(dues, default=None)

    def _once(self, name: str, call: Callable[[], Awaitable[None]]) -> None:
        if name not in self._busy:
            self._busy.add(name)
            self._engine.lanes.put(name, call)

    async def _tick(self, tick: Tick, now: int) -> None:
        name, period = f"every/{tick.name}", tick.period
        text = self._home.ledger.value(name)
        due, before = msgspec.json.decode(text) if text else (0, 0)
        if before != period:  # new, or the program has changed it
            await self._engine.write({name: _packed(now + period, period)})
        elif due <= now:
            missed = due < self._began and tick.missed == "skip"
            following = due + period * ((now - due) // period + 1)
            changes = {name: _packed(following, period)}
            if missed:
                await self._engine.write(changes)
            else:
                self._once(name, partial(self._ring, tick, name, due, changes))

    async def _ring(self, tick: Tick, name: str, due: int, changes: dict[str, str]) -> None:
        cause = f"{self._engine.bot.name}/{name}/{due}"
        await self._engine.perform(cause, changes, [(tick, tick.function)], None)
        self._busy.discard(name)

    async def _timer(self, name: str, text: str) -> None:
        wanted, args, kw = msgspec.json.decode(text)
        timer = self._engine.bot.timers.get(wanted)
        if timer is None:  # stays busy, and is kept for a version that knows it
            log.error('there is no timer "%s" for what was put off', wanted)
            return
        cause = f"{self._engine.bot.name}/{name}"
        try:
            call = timer.read(args, kw)
        except (msgspec.ValidationError, KeyError) as error:
            log.error('what was put off can\'t be read by the timer "%s": %s', wanted, error)
            return
        await self._engine.perform(cause, {name: ""}, [(timer, call)], None)
        self._busy.discard(name)


def _packed(due: int, period: int) -> str:
    return msgspec.json.encode([due, period]).decode()
