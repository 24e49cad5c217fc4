"""A stock twisted.words.service client in our hub: it logs in, joins, talks, knows who spoke."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateways.pb.stock import StockClient, app_password
from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from words.client import Client, Heard, Login
from words.events import Said

PASSWORD = "correct horse"


@pytest.fixture
def people(new_hub: Callable[..., HubProcess]) -> HubProcess:
    """Return a hub that runs and knows alice and bob; talk isn't slowed."""
    hub = new_hub({"limits": {"flood": {"burst": 100000}}}).start()
    hub.add_user("alice", PASSWORD)
    hub.add_user("bob", PASSWORD)
    return hub


async def _conversation(stock: StockClient, bob: Client) -> None:
    assert await stock.next() == ["ready", "AvatarReference"]
    stock.order("join lobby")
    assert await stock.until("in") == ["in", "lobby"]
    await bob.chat.join("lobby")
    assert await stock.next() == ["joined", "lobby", "bob"]
    await bob.chat.say("lobby", "hi alice")
    assert await stock.next() == ["heard", "lobby", "bob", "hi alice"]
    stock.order("send lobby hi bob")
    assert await stock.next() == ["sent"]  # and no echo: stock clients don't expect one
    await bob.chat.set_real_name("Bob")
    await bob.chat.say_to("alice", "psst")
    assert await stock.next() == ["heard", None, "bob", "psst"]
    stock.order("reply what?")
    assert await stock.next() == ["sent"]
    await bob.chat.leave("lobby", "enough")
    assert await stock.next() == ["left", "lobby", "bob", "enough"]
    stock.order("leave lobby")
    assert await stock.next() == ["out"]
    said = [
        (item.where, item.event.actor.name, item.event.text)
        async for item in _until_said(bob, "what?")
    ]
    assert said[-3:] == [("lobby", "alice", "hi bob"), ("", "bob", "psst"), ("", "alice", "what?")]


async def _until_said(client: Client, text: str):  # type: ignore[no-untyped-def]
    async with asyncio.timeout(15):
        async for item in client:
            if isinstance(item, Heard) and isinstance(item.event, Said):
                yield item
                if item.event.text == text:
                    return


async def test_over_tcp(people: HubProcess) -> None:
    secret = await asyncio.to_thread(app_password, people, "alice")
    async with (
        Client(people.pb_url, Login("bob", PASSWORD)) as bob,
        StockClient(people.pb_ports[0], "alice/pb", secret) as stock,
    ):
        await _conversation(stock, bob)


async def test_over_tls(new_hub: Callable[..., HubProcess], tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    tls = {"cert": str(certificate.cert), "key": str(certificate.key)}
    listen = [
        {"address": "127.0.0.1", "port": 0, "tls": tls},
        {"address": "127.0.0.1", "port": 0},
    ]
    hub = new_hub({"pb": {"listen": listen}}).start()
    hub.add_user("alice", PASSWORD)
    hub.add_user("bob", PASSWORD)
    secret = await asyncio.to_thread(app_password, hub, "alice")
    url = f"pbs://localhost:{hub.pb_ports[0]}"
    async with (
        Client(url, Login("bob", PASSWORD), tls=certificate.context) as bob,
        StockClient(hub.pb_ports[0], "alice/pb", secret, certificate.cert) as stock,
    ):
        await _conversation(stock, bob)


@pytest.mark.parametrize("login", ["alice/pb", "alice", "nobody/pb"])
async def test_only_an_app_password_made_for_it_will_do(people: HubProcess, login: str) -> None:
    secret = await asyncio.to_thread(app_password, people, "alice", md5=False)
    password = PASSWORD if login == "alice" else secret
    async with StockClient(people.pb_ports[0], login, password) as stock:
        failed = await stock.next()
        assert failed[0] == "failed"
        assert "UnauthorizedLogin" in failed[1]


async def test_who_comes_by_irc_is_named_too(people: HubProcess) -> None:
    secret = await asyncio.to_thread(app_password, people, "alice")
    async with StockClient(people.pb_ports[0], "alice/pb", secret) as stock:
        stock.order("join lobby")
        await stock.until("in")
        carol = await asyncio.to_thread(RawClient, people.irc_port, "carol")
        carol.send("JOIN #lobby", "PRIVMSG #lobby :hi", "NICK caro", "QUIT :off")
        assert await stock.next() == ["joined", "lobby", "carol"]
        assert await stock.next() == ["heard", "lobby", "carol", "hi"]
        assert (await stock.next())[:3] == ["left", "lobby", "carol"]
        assert await stock.next() == ["joined", "lobby", "caro"]
        assert (await stock.next())[:3] == ["left", "lobby", "caro"]
        carol.close()


async def test_one_who_is_kicked_is_told(people: HubProcess) -> None:
    secret = await asyncio.to_thread(app_password, people, "alice")
    async with (
        Client(people.pb_url, Login("bob", PASSWORD)) as bob,
        StockClient(people.pb_ports[0], "alice/pb", secret) as stock,
    ):
        await bob.chat.join("lobby")
        await bob.chat.set_topic("lobby", "peace")
        stock.order("join lobby")
        await stock.until("in")
        await bob.chat.set_topic("lobby", "quiet")
        assert await stock.next() == ["meta", "lobby", "quiet", "bob"]
        await bob.chat.kick("lobby", "alice", "noise")
        assert await stock.next() == ["left", "lobby", "alice", "noise"]
        stock.order("send lobby still here?")
        assert (await stock.next())[:2] == ["refused", "words.CannotSpeak"]
