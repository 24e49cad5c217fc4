"""A bot is slowed like everybody and loses nothing of what it says; bots are deaf to bots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.bot.conftest import PASSWORD
from tests.client.following import said, texts, until
from tests.support.bots import BotProcess
from tests.support.hub import HubProcess
from words.client import Client, Login

PROGRAM = """
from words.bot import Bot, Message

bot = Bot("{name}")

@bot.command
async def pour(message: Message) -> None:
    first = await message.reply("poured 0")
    for number in range(1, 60):
        await message.reply(f"poured {{number}}")
    await first.edit("poured nothing")

@bot.match("poured")
async def hear(message: Message) -> None:
    await message.reply("{name} has heard")

bot.run()
"""


def test_slowed_and_deaf_to_each_other(new_hub: Callable[..., HubProcess], folder: Path) -> None:
    hub = new_hub({"limits": {"flood": {"burst": 10, "rate": 100.0}}}).start()
    hub.add_user("ann", PASSWORD)
    bots = [
        BotProcess(folder / name, PROGRAM.format(name=name), hub, name).start()
        for name in ("one", "two")
    ]

    async def story() -> None:
        async with Client(hub.pb_url, Login("ann", PASSWORD)) as ann:
            await ann.chat.join("lobby")
            await ann.chat.say("lobby", "one: pour")
            heard = texts(await until(ann, said("poured 59")))
            assert heard == ["one: pour", *(f"poured {number}" for number in range(60))]
            await ann.chat.say("lobby", "I poured")
            await until(ann, said("one has heard"))  # behind all that it poured
            found = texts([*await ann.chat.history("lobby", happenings=False)])
            assert "poured nothing" in found
            assert "poured 0" not in found
            assert len([text for text in found if text.endswith("has heard")]) <= 2

    asyncio.run(story())
    for bot in bots:
        assert bot.stop() == 0
        assert "refused" not in bot.log
