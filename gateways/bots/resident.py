"""One bot that lives in the hub: started, put in again when its file has changed, ended."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from gateways.base import Parts
from gateways.bots.inside import Inside
from words.bot.behaviour import Behaviour
from words.bot.clock import Clock
from words.bot.engine import Engine
from words.bot.loading import Source
from words.bot.settings import Settings
from words.bot.upgrade import upgrade
from words.chat.ledger import Ledger
from words.client.notices import Online
from words.config import Resident as Definition
from words.errors import WordsError
from words.passport.app_passwords import make_secret
from words.passport.identity import Identity, Suspended

log = logging.getLogger(__name__)

SAVE = 2.0
"""Seconds between two notes of how far was read what concerns no handler."""

GOODBYE = 1.0
"""Seconds at the end for what is being handled."""


class Owned:
    """What one owner keeps in the hub's ledger, as `words.bot.ledger.Ledger`."""

    def __init__(self, ledger: Ledger, owner: str) -> None:
        self._ledger = ledger
        self._owner = owner

    def value(self, name: str) -> str:
        """Return what is kept."""
        return self._ledger.value(self._owner, name)

    def keep(self, name: str, value: str) -> None:
        """Keep a text, within a turn."""
        self._ledger.keep(self._owner, name, value)

    def kept(self, prefix: str, limit: int = -1) -> list[tuple[str, str]]:
        """Return what is kept under names that begin so."""
        return self._ledger.kept(self._owner, prefix, limit)


class Resident:
    """One of [[bots]]. ``definition`` is what it was started with."""

    def __init__(self, parts: Parts, definition: Definition) -> None:
        self.definition = definition
        self.source = Source(definition.file)
        self._parts = parts
        self._engine: Engine | None = None
        self._inside: Inside | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> str:
        """Load the file and let the bot in; return a line about it. Raises `ConfigError`."""
        bot = self.source.load()
        bot.settings = settings = self._settings(bot)
        ledger = Owned(Ledger(self._parts.service.journal.store), f"bot {bot.name}")
        self._inside = inside = Inside(self._parts, ledger, settings.groups)
        self._engine = engine = Engine(bot, inside)
        await upgrade(engine)
        identity = await self._identity(settings.login or bot.name)
        if identity.suspended:
            raise Suspended(f"the identity {identity.name} is suspended")
        progress = engine.progress
        state = await inside.enter(identity, progress.seen, progress.since)
        spawn = self._parts.reactor.spawn
        self._tasks = [
            spawn(self._read(engine, inside, Online(state)), name=f"bot {bot.name}"),
            spawn(Clock(engine).run(), name=f"clock of bot {bot.name}"),
            spawn(self._save(engine, inside), name=f"cursors of bot {bot.name}"),
        ]
        return f"Bot {identity.name} ({self.definition.file.name})"

    def _settings(self, bot: Behaviour) -> Settings:
        given = self.definition
        return msgspec.structs.replace(
            bot.settings,
            login=given.name or bot.settings.login,
            groups=tuple(given.groups) or bot.settings.groups,
            owners=tuple(given.owners) or bot.settings.owners,
            prefix=given.prefix or bot.settings.prefix,
        )

    async def _identity(self, login: str) -> Identity:
        """Return the bot's identity, made now where there is none; nobody knows its password."""
        name = login.partition("/")[0]
        authorizer = self._parts.authorizer

        def find() -> Identity:
            return authorizer.get(name) or authorizer.add(name, make_secret()[1])

        return await self._parts.turn.call(find)

    async def reload(self) -> None:
        """Put another version in, if there is one; a broken one changes nothing."""
        if self._engine is None or not self.source.changed():
            return
        try:
            bot = self.source.load()
        except WordsError as error:
            log.error("the old version stays: %s", "; ".join(map(str, error.args)))
            return
        if bot.name != self._engine.bot.name:
            log.error("the old version of %s stays: the new one has another name", bot.name)
            return
        self._engine.replace(bot)
        log.info("%s was loaded again", self.definition.file)

    @property
    def gone(self) -> bool:
        """Whether it was put out."""
        return self._inside is not None and self._inside.closed.is_set()

    async def stop(self) -> None:
        """End, after what is being handled."""
        engine, inside = self._engine, self._inside
        if engine is None or inside is None:
            return
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.wait_for(engine.lanes.empty.wait(), GOODBYE)
        except TimeoutError:
            log.warning("the bot %s hasn't finished something", engine.bot.name)
        await engine.lanes.stop()
        await engine.write(engine.progress.unwritten(None))
        await inside.leave()

    @staticmethod
    async def _read(engine: Engine, inside: Inside, first: Online) -> None:
        await engine.take(first)
        while (item := await inside.stream.next()) is not None:
            await engine.take(item)

    @staticmethod
    async def _save(engine: Engine, inside: Inside) -> None:
        while True:
            await asyncio.sleep(SAVE)
            stream = inside.stream
            waiting = None if stream.behind else stream.waiting
            await engine.write(engine.progress.unwritten(waiting))
