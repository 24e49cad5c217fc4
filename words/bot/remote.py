"""A bot beside the hub: its own file, a client, and what has to be done all the time."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from words.bot.behaviour import Behaviour
from words.bot.clock import Clock
from words.bot.engine import Engine
from words.bot.ledger import File, Ledger
from words.bot.outbox import Outbox
from words.bot.run import Run
from words.bot.settings import Settings
from words.bot.upgrade import upgrade
from words.client import Client, Login
from words.errors import AlreadyMember, ConfigError, WordsError
from words.names import group_key
from words.remote.chat import Chat
from words.remote.values import State

log = logging.getLogger(__name__)

BATCH = 0.005
"""Seconds that a commit may wait for others, while more is being handled."""

SAVE = 2.0
"""Seconds between two notes of how far was read what concerns no handler."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds before a hub that isn't there is tried again, doubled each time."""

GOODBYE = 5.0
"""Seconds at the end for what is being handled and said."""


class Remote:
    """The `Home` of a bot that is a program of its own."""

    def __init__(self, file: File, groups: Sequence[str]) -> None:
        self._file = file
        self._groups = groups
        self.outbox = Outbox(file)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._client: Client | None = None

    @property
    def chat(self) -> Chat:
        """The chat service."""
        assert self._client is not None
        return self._client.chat

    @property
    def ledger(self) -> Ledger:
        """The file."""
        return self._file

    def use(self, client: Client) -> None:
        """Take a client."""
        self._client = client

    def now(self) -> int:
        """Return the time; see `Home`."""
        return time.time_ns() // 1_000_000

    async def commit(self, run: Run) -> bool:
        """Write into the open transaction; others may come into it, too."""
        if not run.apply(self._file):
            return False
        try:
            for saying in run.sayings:
                self.outbox.add(saying)
        except Exception as error:  # half of it is written: the file has what was before
            self._fail(error)
            raise
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH, self.settle)
        return True

    def settle(self) -> None:
        """Commit to the disk, and send. What fails here ends the bot: it begins there again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.failed.done():  # what stands in the open transaction may be half of something
            return
        try:
            self._file.commit()
        except sqlite3.Error as error:
            self._fail(error)
            return
        self.outbox.committed()

    def _fail(self, error: Exception) -> None:
        if not self.failed.done():
            self.failed.set_exception(error)

    async def room(self) -> None:
        """Wait until less is waiting to be said."""
        await self.outbox.room()

    async def arrive(self, state: State) -> None:
        """Be marked as a bot, and join its groups."""
        if not state.identity:
            raise ConfigError("a bot needs an identity: guests' words can't be said exactly once")
        await self.chat.set_bot()
        inside = {group_key(at.name) for at in state.positions if at.group}
        for group in self._groups:
            if group_key(group) not in inside:
                try:
                    await self.chat.join(group, durable=True)
                except AlreadyMember:
                    continue
                except WordsError as error:
                    log.error("can't join %s: %s", group, error)
        log.info("online as %s", state.name)


class Living:
    """One bot on its way: `run` is its life, ``engine`` where another version may be put in."""

    def __init__(self, bot: Behaviour, settings: Settings) -> None:
        bot.settings = settings
        self._settings = settings
        self._file = File(settings.data or f"{bot.name}.db")
        self._file.belong(bot.name)
        self._home = Remote(self._file, settings.groups)
        self.engine = Engine(bot, self._home)

    async def run(self, stopping: asyncio.Event) -> None:
        """Live until told to stop; raises what makes it impossible."""
        try:
            await upgrade(self.engine)
            async with AsyncExitStack() as stack:
                client = await self._sign_on(stack, stopping)
                if client is not None:
                    await self._live(client, stopping)
        finally:
            self._file.close()

    async def _sign_on(self, stack: AsyncExitStack, stopping: asyncio.Event) -> Client | None:
        """Return a client that is there; None if the bot is to end before there is a hub."""
        delay = FIRST_WAIT
        while not stopping.is_set():
            settings, progress = self._settings, self.engine.progress
            login = Login(settings.login or self.engine.bot.name, settings.password)
            client = Client(settings.hub, login, seen=progress.seen, since=progress.since)
            self._home.use(client)
            try:
                return await stack.enter_async_context(client)
            except OSError as error:
                log.warning("no hub at %s (%s)", settings.hub, error or type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), delay)
            delay = min(2 * delay, LONGEST_WAIT)
        return None

    async def _live(self, client: Client, stopping: asyncio.Event) -> None:
        home, engine = self._home, self.engine
        vital: list[asyncio.Future[None]] = [
            asyncio.create_task(self._read(client), name="read"),
            asyncio.create_task(home.outbox.send(client), name="send"),
            asyncio.create_task(Clock(engine).run(), name="clock"),
            asyncio.create_task(self._save(client), name="save"),
        ]
        vital.append(home.failed)
        end = asyncio.create_task(stopping.wait())
        everything: list[asyncio.Future[Any]] = [*vital, end]
        try:
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            for each in vital:
                if each.done():
                    each.result()
            vital[0].cancel()
            await self._say_goodbye(client)
        finally:
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)

    async def _say_goodbye(self, client: Client) -> None:
        try:
            async with asyncio.timeout(GOODBYE):
                await self.engine.lanes.empty.wait()
                self._home.settle()
                await self._home.outbox.empty.wait()
        except TimeoutError:
            log.warning("something is left for the next time")
        await self.engine.lanes.stop()
        await self.engine.write(self.engine.progress.unwritten(None))
        self._home.settle()

    async def _read(self, client: Client) -> None:
        async for item in client:
            await self.engine.take(item)

    async def _save(self, client: Client) -> None:
        while True:
            await asyncio.sleep(SAVE)
            stream = client.stream
            waiting = None if stream.behind else stream.waiting
            await self.engine.write(self.engine.progress.unwritten(waiting))
            self._home.settle()
