"""What happens while the bot is away is handled once, in order, or left alone."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.bot.conftest import PASSWORD
from tests.client.following import said, until
from tests.support.bots import BotProcess
from tests.support.hub import HubProcess
from words.client import Client, Login
from words.events import Said

PROGRAM = """
import asyncio
from words.bot import Bot, Message, needs

bot = Bot("away")

@bot.command
async def note(message: Message, number: int) -> None:
    await message.reply(f"{number}: {await bot.store.increment('notes')}")

@bot.command(missed="skip")
async def fresh(message: Message, number: int) -> None:
    await message.reply(f"fresh {number}")

@bot.command
@needs(right="kick")
async def slow(message: Message) -> None:
    await asyncio.sleep(0.2)
    await message.reply("slow is done")

bot.run()
"""


async def _answers(client: Client, name: str = "", group: str = "") -> list[str]:
    found = await (
        client.chat.history(group, happenings=False)
        if group
        else client.chat.history_with(name, happenings=False)
    )
    return [
        h.event.text for h in found if isinstance(h.event, Said) and h.event.actor.name == "away"
    ]


def test_it_catches_up(hub: HubProcess, folder: Path) -> None:
    bot = BotProcess(folder, PROGRAM, hub, "away", groups=("shore",))

    async def story() -> None:
        async with (
            Client(hub.pb_url, Login("ann", PASSWORD)) as ann,
            Client(hub.pb_url, Login("ben", PASSWORD)) as ben,
            Client(hub.pb_url, Login("cyd", PASSWORD)) as cyd,
        ):
            await ann.chat.say_to("away", "note 0")  # before it ever was there: not for it
            await asyncio.to_thread(bot.start)
            await ann.chat.join("shore")
            await ann.chat.say("shore", "!note 1")
            await until(ann, said("1: 1"))
            await asyncio.to_thread(bot.kill)
            for number in range(2, 6):
                await ann.chat.say("shore", f"!note {number}")
                await ann.chat.say("shore", f"!fresh {number}")
            await ben.chat.say_to("away", "note 6")
            await cyd.chat.say_to("away", "note 7")
            await cyd.chat.say_to("away", "note 8")
            await asyncio.to_thread(bot.start)
            await ann.chat.say("shore", "!fresh 9")
            await until(ann, said("fresh 9"))
            await until(ben, lambda item: "6: " in str(item))
            await until(cyd, lambda item: "8: " in str(item))
            shore = await _answers(ann, group="shore")
            assert [text.partition(":")[0] for text in shore] == [
                "1",
                "2",
                "3",
                "4",
                "5",
                "fresh 9",
            ]
            assert await _answers(ann, "away") == []
            direct = [*await _answers(ben, "away"), *await _answers(cyd, "away")]
            assert [text.partition(":")[0] for text in direct] == ["6", "7", "8"]
            totals = [int(text.partition(": ")[2]) for text in (*shore[:-1], *direct)]
            assert sorted(totals) == list(range(1, 9))
            # A right that the hub knows of: ann made the group, or the bot did.
            await ann.chat.say("shore", "!slow")
            await until(ann, said('That needs the right "kick".'))

    asyncio.run(story())
    assert bot.stop() == 0
    with sqlite3.connect(bot.data) as db:
        assert db.execute("SELECT count(*) FROM ledger WHERE name LIKE 'outbox/%'").fetchone() == (
            0,
        )


def test_one_file_is_for_one_process(hub: HubProcess, folder: Path) -> None:
    program = PROGRAM.replace('"away"', '"twin"')
    bot = BotProcess(folder, program, hub, "twin", groups=("shore",)).start()
    done = subprocess.run(
        [sys.executable, str(bot.path)],
        cwd=folder,
        env=bot.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "the bot runs already" in done.stderr
    assert bot.stop() == 0


def test_files_that_are_none_of_its_own(hub: HubProcess, folder: Path) -> None:
    bot = BotProcess(folder, PROGRAM.replace('"away"', '"owner"'), hub, "owner", groups=("shore",))
    bot.start().stop()
    bot.path.write_text(PROGRAM.replace('"away"', '"heir"'))
    bot.launch()
    assert bot.wait() == 1
    assert "belongs to the bot owner" in bot.log
    for name in (f"{bot.data}-wal", f"{bot.data}-shm"):
        Path(name).unlink(missing_ok=True)
    bot.data.write_bytes(b"torn" * 3000)
    bot.launch()
    assert bot.wait() == 1
    assert "owner.db can't be used: file is not a database" in bot.log
    assert "Traceback" not in bot.log
