"""All bots of the hub, as [[bots]] names them: started, followed at a reload, ended."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack

from gateways.base import Parts
from gateways.bots.resident import Resident
from words.bot.watch import watching
from words.config import Resident as Definition
from words.errors import WordsError

log = logging.getLogger(__name__)


class Bots:
    """The gateway to bots inside; see `gateways.base.Gateway`.

    A bot that can't be started keeps no other one, and not the hub, from it.
    """

    name = "bots"

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._residents: dict[Definition, Resident] = {}
        self._watching = ExitStack()
        self._following = asyncio.Lock()

    async def start(self) -> list[str]:
        """Start all; return a line for each."""
        folders = tuple({str(each.file.parent) for each in self._parts.config().bots})
        self._watching.enter_context(watching(folders))
        return await self._follow()

    async def reload(self) -> None:
        """Start those that are new, end those that are gone, load again what has changed."""
        await self._follow()

    async def stop(self, reason: str) -> None:
        """End all."""
        self._watching.close()
        await asyncio.gather(*(resident.stop() for resident in self._residents.values()))
        self._residents.clear()

    async def _follow(self) -> list[str]:
        lines = []
        async with self._following:
            wanted = self._parts.config().bots
            for definition, resident in list(self._residents.items()):
                if definition not in wanted or resident.gone:
                    await self._residents.pop(definition).stop()
                else:
                    await resident.reload()
            for definition in wanted:
                if definition not in self._residents:
                    line = await self._start(definition)
                    lines += [line] if line else []
        return lines

    async def _start(self, definition: Definition) -> str:
        resident = Resident(self._parts, definition)
        try:
            line = await resident.start()
        except WordsError as error:
            for problem in error.args:
                log.error("the bot in %s can't be started: %s", definition.file, problem)
            return ""
        except Exception:  # of the bot's own code, such as an upgrade
            log.exception("the bot in %s can't be started", definition.file)
            return ""
        self._residents[definition] = resident
        return line
