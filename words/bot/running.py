"""A bot as a process: its log, its signals, and another version of its file put in its place."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from words.bot.behaviour import Behaviour, loading
from words.bot.remote import Living
from words.bot.settings import settings
from words.bot.watch import watching
from words.errors import ConfigError, WordsError
from words.spread.errors import SpreadError

if TYPE_CHECKING:
    from words.bot.loading import Source

log = logging.getLogger(__name__)

LOOK = 0.5
"""Seconds between two looks at whether the file has changed."""


def run(
    bot: Behaviour,
    source: Source | None = None,
    *,
    follow: bool = False,
    file: Path | None = None,
) -> None:
    """Run a bot until SIGINT or SIGTERM, and exit. ``source`` is where it was loaded from, if it
    was; with ``follow`` another version that is put there takes over. ``file`` has settings.

    Nothing happens while the file is loaded by another program, which will run it.
    """
    if loading.get():
        return
    from words import reactor

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    program = Path(source.path if source else sys.argv[0]).resolve()
    beside = program.with_suffix(".toml")
    try:
        bot.check()
        found = settings(bot.given, file or (beside if beside.is_file() else None))
        if not found.password:
            raise ConfigError(
                f"{bot.name} has no password: give WORDS_BOT_PASSWORD, or password in {beside.name}"
            )
    except WordsError as error:
        sys.exit("\n".join(map(str, error.args)) or str(error))

    async def main(running: reactor.Reactor) -> int:
        for number in (2, 15):  # SIGINT, SIGTERM
            running.on_signal(number, lambda: running.stop("asked to end"))
        try:
            living = Living(bot, found)
            if source is not None and follow:
                running.spawn(_follow(living, source), name="reload")
            with watching(str(program.parent)):
                await living.run(running.stopping)
        except (WordsError, SpreadError) as error:
            log.error("can't go on: %s", error)
            return 1
        return 0

    sys.exit(reactor.run(main))


async def _follow(living: Living, source: Source) -> None:
    """Put another version in when the file changes; a broken one changes nothing."""
    while True:
        await asyncio.sleep(LOOK)
        if not source.changed():
            continue
        try:
            bot = source.load()
        except ConfigError as error:
            log.error("the old version stays: %s", "; ".join(map(str, error.args)))
            continue
        if bot.name != living.engine.bot.name:
            log.error("the old version stays: the new one has another name, %s", bot.name)
            continue
        living.engine.replace(bot)
        log.info("%s was loaded again", source.path.name)
