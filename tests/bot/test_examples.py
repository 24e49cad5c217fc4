"""The bots in examples/bots do what they are for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web

from tests.bot.conftest import PASSWORD
from tests.client.following import said, until
from tests.support.hub import ROOT, HubProcess
from words.bot import Bot
from words.bot.loading import Source
from words.client import Client, Login

FOLDER = ROOT / "examples" / "bots"

RSS = """<rss><channel><title>News</title>
<item><guid>2</guid><title>Second
 thing</title><link>http://a/2</link></item>
<item><guid>1</guid><title>First</title><link>http://a/1</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom">
<entry><id>x</id><title>Atom &lt;b&gt;</title><link href="http://a/x"/></entry></feed>"""


def _bot(name: str) -> Bot:
    return Source(FOLDER / f"{name}.py").load()


@pytest.mark.parametrize("name", ["karma", "reminder", "feed"])
async def test_examples_of_the_examples(name: str) -> None:
    await _bot(name).try_examples()


async def test_reminders_outlive_the_bot() -> None:
    async with _bot("reminder").fake() as hub:
        assert await hub.say("!remind 20m tea is ready") == "I will, in 0:20:00."
        assert await hub.say("remind 2h call home", direct=True) == "I will, in 2:00:00."
        assert await hub.restart(away="30m") == "ann: tea is ready"
        assert (hub.said[-1].verb, hub.said[-1].arguments["group"]) == ("say", "lobby")
        assert await hub.wait("2h") == "call home"
        assert (hub.said[-1].verb, hub.said[-1].arguments["person"]) == ("say_to", "ann")
        assert await hub.say("!remind_at 00:30 sleep") is not None
        assert await hub.say("!forget") == "Really all 1? (yes or no)"
        assert await hub.say("yes") == "Forgotten."
        assert await hub.say("!forget") == "There is nothing."
        assert await hub.wait("2d") is None


async def test_a_feed_is_told_once() -> None:
    pages = {"/rss": RSS, "/atom": ATOM, "/bad": "<rss"}
    app = web.Application()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=pages[request.path], content_type="application/xml")

    app.router.add_get("/{name}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with _bot("feed").fake(owners=("ann",)) as hub:
            assert await hub.say(f"!add {base}/rss", who="ben") == "Only my owners may do that."
            assert await hub.say(f"!add {base}/rss") == "I follow it; 2 entries are old."
            assert await hub.say(f"!add {base}/atom") == "I follow it; 1 entries are old."
            assert str(await hub.say(f"!add {base}/bad")).startswith("That can't be read")
            assert await hub.wait("5m") is None
            new = "<item><guid>3</guid><title>Third</title><link>http://a/3</link></item>"
            pages["/rss"] = RSS.replace("<item>", f"{new}<item>", 1)
            assert await hub.restart(away="1h") == "Third http://a/3"
            assert await hub.wait("10m") is None
            pages["/atom"] = "not there"
            assert await hub.wait("10m") is None
            assert await hub.say("!feeds") == f"{base}/atom\n{base}/rss"
            assert await hub.say(f"!remove {base}/rss") == "I follow it no more."
    finally:
        await runner.cleanup()


@contextmanager
def _twisted(hub: HubProcess, name: str, group: str) -> Iterator[None]:
    hub.add_user(name, PASSWORD)
    made = hub.words("user", "app-password", "add", name, "pb", "--md5").stdout
    password = made.split("password ")[1].split()[0]
    port = str(hub.pb_ports[0])
    program = str(FOLDER / "echo_2002.py")
    arguments = ["127.0.0.1", port, f"{name}/pb", password, group]
    process = subprocess.Popen([sys.executable, program, *arguments])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_a_bot_of_2002(hub: HubProcess) -> None:
    async def story() -> None:
        async with Client(hub.pb_url, Login("ann", PASSWORD)) as ann:
            await ann.chat.join("garden")
            with _twisted(hub, "echo", "garden"):
                await until(ann, lambda item: "echo" in str(item) and "Joined" in str(item))
                await ann.chat.say("garden", "echo hello 2002")
                await until(ann, said("hello 2002"))

    asyncio.run(story())
