"""Rooms of Prosody linked with groups, by an account and by a component."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from tests.gateways.bridges.conftest import Stage, next_said
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.prosody import COMPONENT, PASSWORD, ROOMS, SECRET, Person, Prosody
from tests.support.shell import shell

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])  # of the people: the hub has its own

TAGS = "message-tags echo-message"
PLAIN, GHOSTLY = f"plain@{ROOMS}", f"ghostly@{ROOMS}"
NATIVE = {"#here": PLAIN, "#there": GHOSTLY}


class Town(NamedTuple):
    """One hub and one server; two rooms of it are linked with two groups."""

    hub: HubProcess
    server: Prosody


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    stage = Stage(tmp_path_factory.mktemp("town"))
    try:
        with Prosody(tmp_path_factory.mktemp("xmpp")) as server:
            for name in ("hub", "bob"):
                server.register(name)
            for name, password in (("xm", PASSWORD), ("co", SECRET)):
                (stage.folder / f"{name}.password").write_text(password)
            account = {"jid": "hub@localhost", "server": f"127.0.0.1:{server.port}", "tls": False}
            component = {
                "jid": COMPONENT,
                "server": f"127.0.0.1:{server.component_port}",
                "component": True,
            }
            hub = stage.hub(
                _bridge(stage, "xm", PLAIN, "here", account),
                _bridge(stage, "co", GHOSTLY, "there", component),
            )
            yield Town(hub, server)
            stage.close()
    finally:
        stage.close()


def _bridge(stage: Stage, name: str, room: str, group: str, xmpp: dict[str, Any]) -> Any:
    return {
        "name": name,
        "xmpp": xmpp,
        "links": [{"room": room, "group": group}],
        "password_file": str(stage.folder / f"{name}.password"),
        "tell": ["topics"],
    }


@asynccontextmanager
async def bob_in(town: Town, alice: Client) -> AsyncIterator[Person]:
    """Let bob be in both rooms, and wait until the hub knows."""
    bob = await town.server.person("bob")
    try:
        for group, room in NATIVE.items():
            await bob.join(room, "bob")
            while "bob/" not in str(await asyncio.to_thread(alice.ask, f"NAMES {group}")):
                await asyncio.to_thread(alice.expect, "JOIN")
        yield bob
    finally:
        await bob.disconnect(wait=2.0)


@pytest.fixture
def alice(town: Town, stage: Stage) -> Client:
    return stage.client(town.hub.irc_port, "alice", "#here,#there", caps=TAGS)


async def test_an_account_speaks_for_everybody(town: Town, alice: Client) -> None:
    async with bob_in(town, alice) as bob:
        alice.send("PRIVMSG #here :hello \x02there\x02")
        message = await bob.expect()
        assert message.get("from") == f"{PLAIN}/words"
        texts = ["".join(each.itertext()) for each in message.iter() if each.tag.endswith("}body")]
        assert texts == ["<alice> hello there"] * 2
        assert next(message.iter("{http://www.w3.org/1999/xhtml}strong")).text == "there"
        bob.say(PLAIN, "hello yourself")
        assert next_said(alice) == "alice: hello \x02there\x02"
        assert await asyncio.to_thread(next_said, alice) == "bob/xm: hello yourself"


async def test_a_component_has_an_address_for_everybody(town: Town, alice: Client) -> None:
    async with bob_in(town, alice) as bob:
        alice.send("PRIVMSG #there :\x01ACTION waves\x01")
        assert await bob.next_said() == "alice: /me waves"
        bob.say(GHOSTLY, "/me waves back")
        alice.expect("PRIVMSG", "#there")
        said = await asyncio.to_thread(next_said, alice)
        assert said == "bob/co: \x01ACTION waves back\x01"
        alice.ask("NICK bob")  # the name of somebody there
        alice.send("PRIVMSG #there :not that bob")
        assert await bob.next_said() == "bob_: not that bob"
        alice.ask("NICK alice")


@pytest.mark.parametrize("group", ["#here", "#there"])
async def test_edits_replies_reactions_redactions(town: Town, alice: Client, group: str) -> None:
    room = NATIVE[group]

    async def expect(command: str) -> Any:
        return await asyncio.to_thread(alice.expect, command, group)

    async with bob_in(town, alice) as bob:
        bob.say(room, "helo", id="one")
        line = await expect("PRIVMSG")
        assert line.text == "helo"
        alice.send(f"@+draft/reply={line.tags['msgid']} PRIVMSG {group} :what?")
        message = await bob.expect("reply")
        mine = (await expect("PRIVMSG")).tags["msgid"]
        original = next(each.get("id", "") for each in message if each.tag.endswith("}reply"))
        number = next(each.get("id", "") for each in message if each.tag.endswith("stanza-id"))
        correction = ET.Element("{urn:xmpp:message-correct:0}replace", id="one")
        bob.say(room, "hello", correction, id="two")
        edited = await expect("PRIVMSG")
        assert "hello" in edited.text
        alice.send(f"@+draft/react=:);+draft/reply={line.tags['msgid']} TAGMSG {group}")
        message = await bob.expect("reactions")
        reactions = next(each for each in message if each.tag.endswith("}reactions"))
        assert (reactions.get("id"), [each.text for each in reactions]) == (original, [":)"])
        await expect("TAGMSG")
        given = ET.Element("{urn:xmpp:reactions:0}reactions", id=number)
        ET.SubElement(given, "{urn:xmpp:reactions:0}reaction").text = "x"
        bob.say(room, "", given, id="three")
        reacted = await expect("TAGMSG")
        assert (reacted.nick[:4], reacted.tags["+draft/reply"]) == ("bob/", mine)


async def test_any_text_comes_back_as_it_was(town: Town, alice: Client) -> None:
    text = "a  b <i>&amp; \u202e\u0301 \U0001f469\u200d\U0001f467 *c* _d_ > e"
    async with bob_in(town, alice) as bob:
        bob.say(PLAIN, text)
        assert await asyncio.to_thread(next_said, alice) == f"bob/xm: {text}"
        alice.send(f"PRIVMSG #there :{text}")
        assert await bob.next_said() == f"alice: {text}"


async def test_direct_conversations(town: Town, alice: Client) -> None:
    async with bob_in(town, alice) as bob:
        alice.send("PRIVMSG bob/xm :psst")
        message = await bob.expect()
        assert message.findtext("{jabber:client}body") == "<alice> psst"
        bob.say(message.get("from", ""), "what is it?", type="chat")
        line = await asyncio.to_thread(alice.expect, "PRIVMSG", "alice")
        assert (line.nick, line.text) == ("bob/xm", "what is it?")
        alice.send("PRIVMSG bob/co :and here?")
        while (message := await bob.expect()).get("type") != "chat":
            pass
        assert message.get("from") == f"alice@{COMPONENT}/words"
        assert message.findtext("{jabber:client}body") == "and here?"
        bob.say(f"alice@{COMPONENT}", "yes", type="chat")
        line = await asyncio.to_thread(alice.expect, "PRIVMSG", "alice")
        assert (line.nick, line.text) == ("bob/co", "yes")


async def test_topics(town: Town, alice: Client) -> None:
    async with bob_in(town, alice) as bob:
        message = ET.Element("{jabber:client}message", {"to": PLAIN, "type": "groupchat"})
        ET.SubElement(message, "{jabber:client}subject").text = "new"
        bob.send_xml(message)
        line = await asyncio.to_thread(alice.expect, "TOPIC")
        assert line.words == ("TOPIC", "#here", "new")


async def test_what_was_said_while_the_hub_was_dead_is_told(town: Town) -> None:
    hub = town.hub
    watcher = Client(hub.irc_port).register("watcher", caps=TAGS)
    watcher.join("#here,#there")
    async with bob_in(town, watcher) as bob:
        bob.say(PLAIN, "before")
        assert await asyncio.to_thread(next_said, watcher) == "bob/xm: before"
        hub.kill()
        watcher.close()
        for number in range(130):  # more than one page
            bob.say(PLAIN, f"meanwhile {number}")
        await asyncio.to_thread(hub.start)
        watcher = Client(hub.irc_port)
        watcher.register("watcher", caps=f"{TAGS} batch draft/chathistory server-time")
        watcher.join("#here")
        bob.say(PLAIN, "after")
        heard: list[str] = []
        while heard[-1:] != ["after"]:
            heard.append((await asyncio.to_thread(watcher.expect, "PRIVMSG", "#here")).text)
    lines = watcher.ask("CHATHISTORY LATEST #here * 200")
    watcher.close()
    told = [line.text for line in lines if line.command == "PRIVMSG"]
    wanted = ["before", *(f"meanwhile {number}" for number in range(130)), "after"]
    assert [text for text in told if text in wanted] == wanted


async def test_what_a_room_puts_off_goes_again_in_order(town: Town, alice: Client) -> None:
    async with bob_in(town, alice) as bob:
        texts = ["one", "busy two", "busy three", "four"]
        alice.send(*(f"PRIVMSG #there :{text}" for text in texts))
        heard = [await bob.next_said() for _ in texts]
        assert sorted(heard) == sorted(f"alice: {text}" for text in texts)
        assert heard.index("alice: busy two") < heard.index("alice: busy three")
        alice.send("PRIVMSG #there :five")
        assert await bob.next_said() == "alice: five"


async def test_nobody_waits_for_who_is_not_let_in(town: Town, alice: Client, stage: Stage) -> None:
    slow = [
        stage.client(town.hub.irc_port, f"slow{number}", "#there", caps=TAGS) for number in range(4)
    ]
    async with bob_in(town, alice) as bob:
        for each in slow:
            each.ask("PRIVMSG #there :at last")
        alice.send("PRIVMSG #there :here I am")
        heard = [await bob.next_said() for _ in range(5)]
        assert heard[:4] == [f"words: <slow{number}> at last" for number in range(4)]
        assert heard[4] in ("alice: here I am", "words: <alice> here I am")
        while not (await _again(bob, alice)).startswith("alice: "):
            pass  # she is on her way


async def _again(bob: Person, alice: Client) -> str:
    alice.send("PRIVMSG #there :and now")
    return await bob.next_said()


async def test_a_bridge_that_cannot_say_goodbye_is_removed_all_the_same(town: Town) -> None:
    settings = ("jid=hub@localhost", f"server=127.0.0.1:{town.server.port}", "tls=false")
    assert shell(town.hub, "bridge", "add", "gone", "xmpp", *settings).returncode == 0
    shell(town.hub, "bridge", "password", "gone", "--password-stdin", stdin=f"{PASSWORD}\n")
    shell(town.hub, "bridge", "link", "gone", "Not A Room", "elsewhere")
    while "isn't the address of a room" not in shell(town.hub, "bridge", "status").stdout:
        pass
    town.server.signal(signal.SIGSTOP)
    try:
        removed = shell(town.hub, "bridge", "remove", "gone")
    finally:
        town.server.signal(signal.SIGCONT)
    assert removed.stdout == "removed gone\n"
