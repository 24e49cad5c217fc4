"""docs/bots.md: the program as printed answers people of three protocols; its test passes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import re
import subprocess
import sys
from pathlib import Path

from tests.bot.conftest import PASSWORD
from tests.client.following import said, until
from tests.support.bots import BotProcess
from tests.support.hub import ROOT, HubProcess
from tests.support.irc import Client as IrcClient
from tests.support.toc import TocClient
from words.client import Client, Login
from words.typed_toml import parse_seconds, parse_size

DOCS = ROOT / "docs" / "bots.md"
PROGRAM, TEST = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)


def test_the_limits_are_as_printed() -> None:
    rows = re.findall(r"^\|.*\| (\S+) \| `(words\.bot\.[\w.]+)` \|$", DOCS.read_text("utf-8"), re.M)
    assert len(rows) == 10
    for printed, place in rows:
        module, _, name = place.rpartition(".")
        found = getattr(importlib.import_module(module), name)
        assert found == _number(printed), place


def _number(text: str) -> float:
    for read in (float, parse_size, parse_seconds):
        with contextlib.suppress(ValueError):
            return read(text)
    raise ValueError(text)


def test_the_program_is_that_of_the_examples() -> None:
    example = (ROOT / "examples" / "bots" / "karma.py").read_text("utf-8")
    assert example.partition("\n\n")[2] == PROGRAM


def test_the_program_answers_irc_toc_and_pb(hub: HubProcess, folder: Path) -> None:
    bot = BotProcess(folder, PROGRAM, hub, "karma", groups=("lobby", "ops")).start()
    irc = IrcClient(hub.irc_port).register("ann", password=PASSWORD)
    irc.join("#lobby")
    irc.send("PRIVMSG #lobby :!karma bob 2")
    assert irc.expect("PRIVMSG", "#lobby", "bob now has 2").nick == "karma"
    assert "335" in {line.command for line in irc.ask("WHOIS karma")}  # a bot: IRCv3 bot-mode
    toc = TocClient(hub.toc_port).sign_on("ben", PASSWORD)
    room = toc.join("lobby")
    toc.ask("toc_chat_send", room, "karma: bob 3")
    _hears(toc, f"CHAT_IN:{room}:karma:F:bob now has 5")
    toc.send_im("karma", "karma bob")
    _hears(toc, "IM_IN:karma:F:bob now has 6")

    async def by_pb() -> None:
        async with Client(hub.pb_url, Login("cyd", PASSWORD)) as cyd:
            await cyd.chat.join("lobby")
            await until(cyd, said("hi cyd"))
            await cyd.chat.say("lobby", "!karma bob")
            await until(cyd, said("bob now has 7"))

    asyncio.run(by_pb())
    irc.close()
    toc.close()
    assert bot.stop() == 0


def _hears(toc: TocClient, message: str) -> None:
    while message not in toc.log:
        assert toc.read() is not None


def test_the_test_passes(folder: Path) -> None:
    folder.mkdir()
    (folder / "karma.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-c", TEST], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_typed(tmp_path: Path) -> None:
    (tmp_path / "printed.py").write_text(PROGRAM)
    examples = [ROOT / "examples" / "bots" / f"{name}.py" for name in ("feed", "reminder")]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            str(tmp_path / "printed.py"),
            *map(str, examples),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
