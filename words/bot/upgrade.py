"""What a bot keeps has a version; an older one is brought up to date, a newer one is refused."""

from __future__ import annotations

import asyncio
from functools import partial

from words.bot.engine import HANDLER_SECONDS, Engine
from words.bot.run import Run, enter
from words.errors import ConfigError

VERSION = "version"


async def upgrade(engine: Engine) -> None:
    """Run the bot's upgrades where they are due, as one transaction; raises what they raise.

    Raises `ConfigError` where what is kept is newer than the program, or where they don't end.
    """
    bot, home = engine.bot, engine.home
    kept = int(home.ledger.value(VERSION) or 0)
    if kept > bot.version:
        raise ConfigError(f"what {bot.name} keeps is of version {kept}, newer than the program")
    if kept == bot.version:
        return
    run = Run(home, set(), f"{bot.name}/upgrade/{bot.version}", {VERSION: str(bot.version)})
    enter(run)
    try:
        async with asyncio.timeout(HANDLER_SECONDS) as clock:
            for each in map(partial, bot.upgrades) if kept else ():
                await each(kept)
    except TimeoutError:
        if not clock.expired():
            raise
        raise ConfigError(f"an upgrade of {bot.name} takes over {HANDLER_SECONDS:g} s") from None
    await home.commit(run)
    home.settle()
    run.ended = True
