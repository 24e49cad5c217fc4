"""SIGKILL of bot and hub at random moments: each command is handled exactly once."""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.conftest import FAST, PASSWORD
from tests.support.bots import BotProcess
from tests.support.hub import HubProcess
from words.client import Client, Login
from words.events import Said
from words.remote.happenings import Heard

log = logging.getLogger(__name__)

COUNTER = """
from words.bot import Bot, Message, every

bot = Bot("counter")

@bot.command
async def count(message: Message, number: int) -> None:
    total = await bot.store.increment("total")
    await message.reply(f"{number}: {total}")
    await message.react(f"r{number}")

@every("1s")
async def tick() -> None:
    await bot.group("clock").say(f"tick {await bot.store.increment('ticks')}")

bot.run()
"""

RATE = 20.0
"""Commands a second."""


async def _ask(ann: Client, numbers: range) -> None:
    """Say commands at the rate, in the group and directly in turn, whatever is killed meanwhile."""
    loop = asyncio.get_running_loop()
    start, tasks = loop.time(), []
    for place, number in enumerate(numbers):
        await asyncio.sleep(start + place / RATE - loop.time())
        verb = ann.chat.say if number % 4 else ann.chat.say_to
        tasks.append(asyncio.create_task(verb("lobby" if number % 4 else "counter", _said(number))))
    await asyncio.gather(*tasks)


def _said(number: int) -> str:
    return f"!count {number}"


async def _everything(ann: Client) -> list[Heard]:
    """Return what is in both conversations."""
    found: list[Heard] = []
    for verb, name in ((ann.chat.history, "lobby"), (ann.chat.history_with, "counter")):
        last = 0
        while page := await verb(name, after=last, limit=500, newest=False):
            found += page
            last = page[-1].event.sequence
    return found


def _answers(found: list[Heard]) -> dict[int, list[int]]:
    """Return the totals that each command was answered with."""
    answers: dict[int, list[int]] = {}
    for heard in found:
        event = heard.event
        if isinstance(event, Said) and event.actor.name == "counter":
            number, _, total = event.text.partition(": ")
            answers.setdefault(int(number), []).append(int(total))
    return answers


async def _until_all(ann: Client, count: int) -> list[Heard]:
    """Return everything when there are as many answers as commands, or after a while."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 30
    while True:
        found = await _everything(ann)
        reactions = sum(type(heard.event).__name__ == "Reacted" for heard in found)
        if (len(_answers(found)) == count and reactions >= count) or loop.time() > deadline:
            return found
        await asyncio.sleep(0.1)


async def _story(hub: HubProcess, bot: BotProcess, kills: int, chance: random.Random) -> int:
    """Kill one or the other so often amid commands; return how many commands there were."""
    count = 0
    async with Client(hub.pb_url, Login("ann", PASSWORD)) as ann:
        await ann.chat.join("lobby", durable=True)
        for _ in range(kills):
            more = range(count, count := count + chance.randint(5, 20))
            asking = asyncio.create_task(_ask(ann, more))
            await asyncio.sleep(chance.uniform(0, len(more) / RATE))
            if chance.random() < 0.5:
                bot.kill()
                bot.launch()
            else:
                await asyncio.to_thread(hub.restart)
            await asking
        found = await _until_all(ann, count)
        answers = _answers(found)
        assert sorted(answers) == list(range(count))
        assert {number: len(totals) for number, totals in answers.items() if len(totals) > 1} == {}
        assert sorted(total for (total,) in answers.values()) == list(range(1, count + 1))
        said = {h.event.id: h.event.text for h in found if isinstance(h.event, Said)}
        reacted = [
            (said[h.event.message], h.event.reaction)  # type: ignore[attr-defined]
            for h in found
            if type(h.event).__name__ == "Reacted"
        ]
        assert sorted(reacted) == sorted((_said(n), f"r{n}") for n in range(count))
        ticks = [
            h.event.text
            for h in await ann.chat.history("clock", limit=500)
            if isinstance(h.event, Said)
        ]
        assert ticks == [f"tick {number + 1}" for number in range(len(ticks))]
    return count


def _is_tick(heard: Heard) -> bool:
    return isinstance(heard.event, Said)


def _kept(path: Path, key: str) -> int:
    with sqlite3.connect(path) as db:
        ((value,),) = db.execute("SELECT value FROM ledger WHERE name = ?", (f"store/{key}",))
    return int(value)


def _killed(new_hub: Callable[..., HubProcess], folder: Path, kills: int) -> None:
    seed = random.randrange(1 << 32)
    log.info("seed %d", seed)
    hub = new_hub(FAST).start()
    hub.add_user("ann", PASSWORD)
    bot = BotProcess(folder, COUNTER, hub, "counter", groups=("lobby", "clock")).start()

    async def story() -> int:
        async with Client(hub.pb_url, Login("ann", PASSWORD)) as watcher:
            await watcher.chat.join("clock", durable=True)
        return await _story(hub, bot, kills, random.Random(seed))

    try:
        count = asyncio.run(story())
        bot.stop()
    finally:
        bot.kill()
    assert _kept(bot.data, "total") == count
    log.info("%d commands, %d ticks", count, _kept(bot.data, "ticks"))


def test_six_kills(new_hub: Callable[..., HubProcess], folder: Path) -> None:
    _killed(new_hub, folder, 6)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_kills(new_hub: Callable[..., HubProcess], folder: Path) -> None:
    _killed(new_hub, folder, 100)
