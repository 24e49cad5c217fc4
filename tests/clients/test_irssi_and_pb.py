"""irssi, a stock Twisted client and our library in one group, on a hub that is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.client.following import said, texts, until
from tests.clients.programs import CHANNEL, Login, irssi
from tests.clients.terminal import Terminal
from tests.gateways.pb.stock import StockClient, app_password
from tests.support.hub import HubProcess
from tests.support.programs import need
from words.client import Client
from words.client import Login as ByName

PASSWORD = "correct horse"
LINES = 8
"""Of each: all of it stands on one screen."""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal; nothing in it outlives the test."""
    need("tmux", "irssi")
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


async def test_all_see_the_same_and_the_library_comes_back(
    terminal: Terminal, tmp_path: Path, new_hub: Callable[..., HubProcess]
) -> None:
    flood = {"limits": {"flood": {"burst": 100000}}}
    hub = new_hub({**flood, "irc": {"replay_on_join": 100}}).start()
    group = CHANNEL.removeprefix("#")
    for name in ("alice", "bob"):
        hub.add_user(name, PASSWORD)
    secret = await asyncio.to_thread(app_password, hub, "alice")
    ann = await asyncio.to_thread(irssi, terminal, tmp_path, Login(hub.irc_port, "ann"))
    async with (
        Client(hub.pb_url, ByName("bob", PASSWORD)) as bob,
        StockClient(hub.pb_ports[0], "alice/pb", secret) as stock,
    ):
        await bob.chat.join(group, durable=True)
        stock.order(f"join {group}")
        await stock.until("in")
        for number in range(LINES):
            await asyncio.to_thread(ann.type, f"irssi {number}")
            stock.order(f"send {group} stock {number}")
            await bob.chat.say(group, f"ours {number}")
        heard = await until(bob, said(f"irssi {LINES - 1}"))
        while len(texts(heard)) < 3 * LINES:
            heard += [item] if (item := await bob.stream.next()) is not None else []
        await bob.chat.say(group, "that was before")
        heard += await until(bob, said("that was before"))
        await stock.until("heard", group, "bob", "that was before")
        by_stock = [each[3] for each in stock.heard if each[0] == "heard"]
        await asyncio.to_thread(ann.wait, "bob> that was before")
        by_irssi = [text for nick, text in ann.messages() if nick != "ann"]
        assert by_stock == [text for text in texts(heard) if not text.startswith("stock")]
        assert by_irssi == [text for text in texts(heard) if not text.startswith("irssi")]

        await asyncio.to_thread(ann.type, "/clear")
        await asyncio.to_thread(hub.restart)
        await bob.chat.say(group, "that was after")
        heard += await until(bob, said("that was after"))
        await asyncio.to_thread(ann.wait, rf"ann \[.*\] has joined {CHANNEL}")
        await bob.chat.say(group, "all here")
        heard += await until(bob, said("all here"))
        await asyncio.to_thread(ann.wait, "bob> all here")
        assert [text for _, text in ann.since_last_join()] == texts(heard)
