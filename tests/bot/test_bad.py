"""Bad handlers, hostile text, a file that is broken: the bot and the hub go on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.bot.conftest import PASSWORD
from tests.client.following import said, until
from tests.support.bots import BotProcess
from tests.support.hub import ROOT, HubProcess
from words.client import Client, Heard, Login
from words.events import Said

BAD = '''
import asyncio
import time
from words.bot import Bot, Message, Rest

bot = Bot("bad")

@bot.command
async def ping(message: Message, text: Rest = "") -> None:
    """Answer."""
    await message.reply(f"pong {text}")

@bot.command
async def fail(message: Message) -> None:
    await bot.store.put("failed", True)
    await message.reply("never said")
    raise KeyError("a\\nb")

@bot.command
async def loop(message: Message) -> None:
    while True:
        await bot.store.get("x")

@bot.command
async def flood(message: Message) -> None:
    while True:
        await message.reply("again")

@bot.command
async def huge(message: Message) -> None:
    await message.reply("x" * (1 << 20))

@bot.command
async def block(message: Message) -> None:
    time.sleep(1.0)
    await message.reply("slept")

@bot.command
async def control(message: Message) -> None:
    await message.reply("a\\x00b")

@bot.command
async def surrogate(message: Message) -> None:
    await bot.store.put("surrogate", "\\ud800")

@bot.command
async def stray(message: Message) -> None:
    async def later() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        try:
            await message.reply("never said")
        except RuntimeError as error:
            print(error, flush=True)
    bot.task = asyncio.create_task(later())

bot.run()
'''

HOSTILE = [
    "!ping \u202etxet",
    "!ping " + '"' * 3000,
    '!ping "',
    "!ping \\",
    "!" * 5000,
    "bad:" * 3000,
    "!ping \u0130\u0131 \U0001f600",
    "!\u0130 x",
    "!huge " + "9" * 10000,
    "!help\thelp",
]


def test_the_bot_goes_on(hub: HubProcess, folder: Path) -> None:
    bot = BotProcess(folder, BAD, hub, "bad", groups=("pit", "other"), owners=("cyd",)).start()

    async def story() -> None:
        async with (
            Client(hub.pb_url, Login("ann", PASSWORD)) as ann,
            Client(hub.pb_url, Login("cyd", PASSWORD)) as cyd,
        ):
            await ann.chat.join("pit")
            await ann.chat.join("other")
            for command in ("fail", "flood", "huge", "surrogate"):
                await ann.chat.say("pit", f"!{command}")
                await until(ann, said("Something went wrong; my owner can find out what."))
            told = [(await until(cyd, _direct))[-1] for _ in range(4)]
            texts = [str(each.event.text) for each in told if isinstance(each, Heard)]  # type: ignore[attr-defined]
            at = f"bad.py:{_line('raise KeyError')}"
            assert f"{at}: KeyError: 'a\\nb', said by ann in pit" in texts[0]
            assert "TooMany" in texts[1]
            assert "TooLong" in texts[2]
            assert "BadInput" in texts[3]
            for number, text in enumerate(HOSTILE):
                await ann.chat.say("other", text)
                await ann.chat.say("other", f"!ping {number}")
                await until(ann, said(f"pong {number}"))
            await ann.chat.say("pit", "!loop")
            await ann.chat.say("other", "!block")
            await until(ann, said("slept"))
            await ann.chat.say("other", "!control")
            await ann.chat.say("other", "!stray")
            await ann.chat.say("other", "!ping end")
            await until(ann, said("pong end"))
            found = await ann.chat.search("never")
            assert found == []

    asyncio.run(story())
    bot.wait_for_log("can't say or keep anything")
    at = f"{bot.path}:{_line('time.sleep')}"
    assert f"blocked: nothing else goes on while {at} is at work" in bot.log
    assert "it went on after" in bot.log
    assert "say in other was refused" in bot.log
    bot.kill()


def _line(text: str) -> int:
    """Return the first line of the program with a text."""
    return next(number for number, line in enumerate(BAD.splitlines(), 1) if text in line)


def _direct(item: object) -> bool:
    return isinstance(item, Heard) and isinstance(item.event, Said) and item.event.to == "cyd"


def test_a_changed_file_takes_over_and_a_broken_one_does_not(hub: HubProcess, folder: Path) -> None:
    program = BAD.replace('Bot("bad")', 'Bot("fickle")')
    bot = BotProcess(folder, program, hub, "fickle", groups=("desk",))
    (folder / "helper.py").write_text("WORD = 'one'\n")
    program = "import helper\n" + program.replace("pong {text}", "{helper.WORD} {text}")
    bot.path.write_text(program)
    bot.start("-m", "words", "bot", "run", "--reload")

    async def story() -> None:
        async with Client(hub.pb_url, Login("ann", PASSWORD)) as ann:
            await ann.chat.join("desk")

            async def answers(word: str) -> None:
                await ann.chat.say("desk", "!ping me")
                await until(ann, said(f"{word} me"))

            await answers("one")
            bot.path.write_text(program.replace("text: Rest", "text: dict"))
            await asyncio.to_thread(bot.wait_for_log, "can't be read as dict")
            await answers("one")
            bot.path.write_text("def")
            await asyncio.to_thread(bot.wait_for_log, "SyntaxError")
            await answers("one")
            bot.path.write_text(program)
            await asyncio.to_thread(bot.wait_for_log, "was loaded again")
            (folder / "helper.py").write_text("WORD = 'another'\n")
            await asyncio.to_thread(bot.wait_for_log, "was loaded again", times=2)
            await answers("another")

    asyncio.run(story())
    assert bot.stop() == 0


def test_it_says_why_it_cannot_start(hub: HubProcess, folder: Path) -> None:
    bot = BotProcess(folder, BAD.replace("text: Rest", "text: set"), hub, "unready")
    bot.launch()
    assert bot.wait() == 1
    at = f"unready.py:{_line('async def ping') - 1}"
    assert f'{at}: command "ping": "text" can\'t be read as set' in bot.log
    bot.path.write_text(BAD.replace('Bot("bad")', 'Bot("unready")'))
    bot.env["WORDS_BOT_PASSWORD"] = "wrong"
    bot.launch()
    assert bot.wait() == 1
    assert "can't go on" in bot.log
    del bot.env["WORDS_BOT_PASSWORD"]
    bot.launch()
    assert bot.wait() == 1
    assert "has no password" in bot.log


def test_a_new_bot_passes_its_test(tmp_path: Path) -> None:
    folder = tmp_path / "bots"
    done = _run(tmp_path, "words", "bot", "new", "counter", "--in", "bots")
    assert done.returncode == 0, done.stderr
    names = ("counter.py", "counter_test.py", "counter.toml", "counter.service")
    assert {path.name for path in folder.iterdir()} == set(names)
    tested = _run(folder, "pytest", "-q", "-p", "no:cacheprovider", "counter_test.py")
    assert "2 passed" in tested.stdout, tested.stdout + tested.stderr
    again = _run(tmp_path, "words", "bot", "new", "counter", "--in", "bots")
    assert again.returncode == 1
    assert "is there already" in again.stderr


def _run(folder: Path, *module: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *module],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
