"""docs/pb.md says what the table says, and its bot runs as printed."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from words.remote.reference import replaced

DOCS = Path(__file__).parents[2] / "docs" / "pb.md"


def test_the_reference_is_of_the_table() -> None:
    text = DOCS.read_text("utf-8")
    assert text == replaced(text), "run: python -m words.remote.reference docs/pb.md"


async def test_the_bot_runs_as_printed(new_hub: Callable[..., HubProcess]) -> None:
    section = DOCS.read_text("utf-8").partition("## The chat service")[2]
    program = re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]
    assert sum(map(bool, program.splitlines())) < 15
    hub = new_hub().start()
    raw = await asyncio.to_thread(RawClient, hub.irc_port, "ann")
    raw.send("JOIN #lobby")
    program = program.replace("pb://127.0.0.1:8787", hub.pb_url)
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    try:
        await asyncio.to_thread(raw.until, r":guest-\w+!\S+ JOIN #lobby")
        raw.send("PRIVMSG #lobby :ping")
        await asyncio.to_thread(raw.until, r":guest-\w+!\S+ PRIVMSG #lobby :pong")
    finally:
        bot.kill()
        await bot.wait()
        raw.close()
