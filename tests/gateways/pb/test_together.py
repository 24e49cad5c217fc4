"""One group, three kinds of clients: all see the same talk in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.gateways.pb.stock import StockClient, app_password
from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from words.client import Client, Heard, Login
from words.events import Said

PASSWORD = "correct horse"
MESSAGES = 60
"""Of each."""


async def test_the_same_talk_in_the_same_order(new_hub: Callable[..., HubProcess]) -> None:
    hub = new_hub({"limits": {"flood": {"burst": 100000}}}).start()
    hub.add_user("alice", PASSWORD)
    hub.add_user("bob", PASSWORD)
    secret = await asyncio.to_thread(app_password, hub, "alice")
    async with (
        StockClient(hub.pb_ports[0], "alice/pb", secret) as stock,
        Client(hub.pb_url, Login("bob", PASSWORD)) as ours,
    ):
        stock.order("join lobby")
        await stock.until("in")
        await ours.chat.join("lobby")
        raw = await asyncio.to_thread(_irc, hub.irc_port)
        for number in range(MESSAGES):
            stock.order(f"send lobby stock {number}")
            raw.send(f"PRIVMSG #lobby :irc {number}")
            await ours.chat.say("lobby", f"ours {number}")
        stock.order("send lobby the end")
        by_ours = [text async for text in _until_end(ours)]
        await ours.chat.say("lobby", "over")
        by_irc = await asyncio.to_thread(_heard_by_irc, raw)
        await stock.until("heard", "lobby", "bob", "over")
        by_stock = [each[3] for each in stock.heard if each[0] == "heard"]
        raw.close()
    assert len(by_ours) == 3 * MESSAGES + 1
    assert by_irc == by_ours
    assert by_stock[:-1] == [
        text for text in by_ours if not text.startswith("stock") and text != "the end"
    ]


def _irc(port: int) -> RawClient:
    raw = RawClient(port, "carol")
    raw.send("CAP REQ :echo-message", "JOIN #lobby")
    raw.until(" 366 ")
    return raw


def _heard_by_irc(raw: RawClient) -> list[str]:
    raw.until("PRIVMSG #lobby :over")
    return [
        line.partition(" PRIVMSG #lobby :")[2] for line in raw.seen if " PRIVMSG #lobby :" in line
    ][:-1]


async def _until_end(client: Client):  # type: ignore[no-untyped-def]
    """Yield what is said; the stock client's last word may come before the others'."""
    count = 0
    async with asyncio.timeout(20):
        async for item in client:
            if isinstance(item, Heard) and isinstance(item.event, Said):
                yield item.event.text
                count += 1
                if count == 3 * MESSAGES + 1:
                    return
