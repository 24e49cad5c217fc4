"""docs/pb.md says what the table says, and its bot runs as printed."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from words.remote.reference import replaced

DOCS = Path(__file__).parents[2] / "docs" / "pb.md"


def test_the_reference_is_of_the_table() -> None:
    text = DOCS.read_text("utf-8")
    assert text == replaced(text), "run: python -m words.remote.reference docs/pb.md"


@pytest.mark.parametrize(("number", "lines"), [(0, 15), (1, 20)], ids=["ours", "stock"])
async def test_the_bots_run_as_printed(
    new_hub: Callable[..., HubProcess], number: int, lines: int
) -> None:
    section = DOCS.read_text("utf-8").partition("## The chat service")[2]
    program = re.findall(r"```python\n(.*?)```", section, re.DOTALL)[number]
    assert sum(map(bool, program.splitlines())) < lines
    hub = new_hub().start()
    raw = await asyncio.to_thread(RawClient, hub.irc_port, "ann")
    raw.send("JOIN #lobby")
    program = program.replace("8787", str(hub.pb_ports[0]))
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    try:
        await asyncio.to_thread(raw.until, r":guest-\w+!\S+ JOIN #lobby")
        raw.send("PRIVMSG #lobby :ping")
        await asyncio.to_thread(raw.until, r":guest-\w+!\S+ PRIVMSG #lobby :pong")
    finally:
        bot.kill()
        await bot.wait()
        raw.close()
