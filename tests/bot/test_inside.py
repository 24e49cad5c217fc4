"""Bots that live in the hub: the same program, and the hub's own transaction."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

from tests.bot.conftest import FAST, PASSWORD
from tests.client.following import said, texts, until
from tests.support.hub import HubProcess
from words.client import Client, Heard, Login
from words.events import Flags, Said

PROGRAM = """
from words.bot import Bot, Message

bot = Bot("counter")

@bot.command
async def count(message: Message, number: int) -> None:
    "Count."
    total = await bot.store.increment("total")
    await message.reply(f"{number}: {total}")

@bot.command
async def both(message: Message) -> None:
    await bot.store.put("both", True)
    sent = await message.reply("one")
    await sent.edit("two")
    await bot.group("elsewhere").say("refused: I am not there")

@bot.command
async def kept(message: Message) -> None:
    await message.reply(str(await bot.store.get("both")))

@bot.command
async def idle(message: Message, who: str) -> None:
    found = await bot.chat.whois(who)
    await message.reply(f"{found.name} has done nothing for {found.idle} s")

bot.run()
"""


BROKEN = {
    "upgrade.py": "from words.bot import Bot\nbot = Bot('upgraded')\n",
    "base.py": "class Odd(BaseException): ...\nraise Odd('of no kind')\n",
    "shy.py": """
class Shy:
    @property
    def __class__(self): raise ValueError("not told")
shy = Shy()
""",
}
"""Files that keep no other bot, and not the hub, from starting; the first one's time will come."""

UPGRADE = """
from words.bot import Bot
bot = Bot("upgraded", version=2)
@bot.upgrade
async def fail(old: int) -> None:
    raise ValueError("no idea how")
"""


def _hub(new_hub: Callable[..., HubProcess], folder: Path) -> tuple[HubProcess, Path]:
    folder.mkdir()
    program = folder / "counter.py"
    program.write_text(PROGRAM)
    for name, text in BROKEN.items():
        (folder / name).write_text(text)
    bots = [
        {"file": str(program), "groups": ["lobby"]},
        {"file": str(folder / "nothing.py")},
        *({"file": str(folder / name)} for name in BROKEN),
    ]
    hub = new_hub({**FAST, "bots": bots}).start()
    hub.add_user("ann", PASSWORD)
    return hub, program


def test_it_answers_and_is_replaced(new_hub: Callable[..., HubProcess], folder: Path) -> None:
    hub, program = _hub(new_hub, folder)
    assert "Bot counter (counter.py)" in hub.lines
    for broken in ("nothing.py", "base.py", "shy.py"):
        assert f"{broken} can't be started" in hub.log

    async def story() -> None:
        async with Client(hub.pb_url, Login("ann", PASSWORD)) as ann:
            await ann.chat.join("lobby")
            await ann.chat.say("lobby", "!count 1")
            await until(ann, said("1: 1"))
            await ann.chat.say_to("counter", "both")
            await until(ann, said("one"))
            await ann.chat.say_to("counter", "kept")
            await until(ann, said("True"))
            found = await ann.chat.history_with("counter", happenings=False)
            assert texts([*found]) == ["both", "two", "kept", "True"]
            assert (await ann.chat.whois("counter")).flags & Flags.BOT
            await ann.chat.say("lobby", "!idle ann")
            await until(ann, said("ann has done nothing for 0 s"))
            program.write_text("this is no Python")
            hub.signal(signal.SIGHUP)
            await asyncio.to_thread(hub.wait_for_log, "the old version stays")
            await ann.chat.say("lobby", "!count 2")
            await until(ann, said("2: 2"))
            program.write_text(PROGRAM.replace("{number}: {total}", "{total} of {number}"))
            hub.signal(signal.SIGHUP)
            await asyncio.to_thread(hub.wait_for_log, "was loaded again")
            await ann.chat.say("lobby", "!count 3")
            await until(ann, said("3 of 3"))

    asyncio.run(story())
    assert "can't say" in hub.log
    (folder / "upgrade.py").write_text(UPGRADE)
    hub.restart()
    assert "no idea how" in hub.log
    assert "Bot counter (counter.py)" in hub.lines
    assert hub.stop() == 0


def test_kills(new_hub: Callable[..., HubProcess], folder: Path) -> None:
    hub, _ = _hub(new_hub, folder)

    async def story() -> None:
        count = 0
        async with Client(hub.pb_url, Login("ann", PASSWORD)) as ann:
            await ann.chat.join("lobby", durable=True)
            for _ in range(3):
                asking = [
                    asyncio.create_task(ann.chat.say("lobby", f"!count {count + number}"))
                    for number in range(50)
                ]
                count += len(asking)
                await asking[random.randrange(len(asking))]
                await asyncio.to_thread(hub.restart)
                await asyncio.gather(*asking)
            await ann.chat.say("lobby", "!count 1000")
            await until(ann, said(f"1000: {count + 1}"))
            found: list[Heard] = []
            last = 0
            while page := await ann.chat.history("lobby", after=last, limit=500, newest=False):
                found += page
                last = page[-1].event.sequence
            answers = [
                each.event.text.split(": ")
                for each in found
                if isinstance(each.event, Said) and each.event.actor.name == "counter"
            ]
            assert [int(total) for _, total in answers] == list(range(1, count + 2))
            assert sorted(int(number) for number, _ in answers) == [*range(count), 1000]

    asyncio.run(story())
