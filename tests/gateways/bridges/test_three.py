"""One group linked three ways, with ngIRCd, Prosody and Synapse: all see all; and through kills."""

from __future__ import annotations

import asyncio
import itertools
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import pytest

from tests.gateways.bridges.conftest import Stage, bridge_enters, irc_bridge, next_said
from tests.gateways.bridges.test_kills import history
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ircds import Ngircd
from tests.support.prosody import COMPONENT, ROOMS, SECRET, Prosody
from tests.support.prosody import Person as Jabberer
from tests.support.synapse import AS_TOKEN, Person, Synapse
from tests.support.toc import TocClient
from words.client import Client as PbClient
from words.client import Heard, Login
from words.events import Said

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])  # of the people: the hub has its own

PASSWORD = "correct horse"
TAGS = "message-tags echo-message draft/message-redaction"
ROOM, ALIAS, GROUP = f"there@{ROOMS}", "#there:localhost", "here"
SECONDS = 30.0


class Town:
    """A hub and three servers, a room of each linked with one group; mia is on Synapse."""

    def __init__(self, stage: Stage, synapse: Synapse) -> None:
        self.stage = stage
        self.irc = self.stage.server(Ngircd)
        self.prosody = stage.keep(Prosody(stage.folder))
        self.synapse = synapse
        self.prosody.register("bob")
        self.mia: Person = self.synapse.person("mia")
        self.room = self.mia.make_room("there")
        zoe = self.stage.client(self.irc.port, "zoe", "#there")
        self.zoe = zoe
        self.hub: HubProcess = self.stage.hub(
            irc_bridge("irc", self.irc.port),
            self._bridge(
                "xm",
                SECRET,
                ROOM,
                xmpp={
                    "jid": COMPONENT,
                    "server": f"127.0.0.1:{self.prosody.component_port}",
                    "component": True,
                },
            ),
            self._bridge(
                "mx",
                AS_TOKEN,
                ALIAS,
                matrix={
                    "server": self.synapse.url,
                    "user": "@words_hub:localhost",
                    "ghosts": "words_",
                },
            ),
            chat={"max_body": "64KiB"},
        )
        for name in ("sean", "moshe", "lara"):
            self.hub.add_user(name, PASSWORD)
        bridge_enters(zoe)
        self.mia.expect("m.room.member", membership="join")

    def _bridge(self, name: str, password: str, room: str, **network: Any) -> dict[str, Any]:
        file = self.stage.folder / f"{name}.password"
        file.write_text(password)
        links = [{"room": room, "group": GROUP}]
        return {"name": name, "links": links, "password_file": str(file), **network}

    async def bob(self) -> Jabberer:
        """Let bob be in the room of Prosody."""
        bob = await self.prosody.person("bob")
        await bob.join(ROOM, "bob")
        return bob


@pytest.fixture(scope="module")
def town(synapse: Synapse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    stage = Stage(tmp_path_factory.mktemp("three"))
    try:
        yield Town(stage, synapse)
    finally:
        stage.close()


@asynccontextmanager
async def everybody(town: Town) -> AsyncIterator[tuple[Client, Jabberer]]:
    """Let alice and bob come in, until each network's people are seen here."""
    bob = await town.bob()
    alice = Client(town.hub.irc_port).register("alice", caps=TAGS)
    try:
        alice.join(f"#{GROUP}")
        for name in ("zoe/irc", "bob/xm", "mia/mx"):
            while name not in str(await asyncio.to_thread(alice.ask, f"NAMES #{GROUP}")):
                await asyncio.to_thread(alice.expect, "JOIN")
        yield alice, bob
    finally:
        alice.close()
        await bob.disconnect(wait=2.0)


async def _heard(pb: PbClient, count: int) -> list[str]:
    found: list[str] = []
    async with asyncio.timeout(SECONDS):
        async for item in pb:
            if isinstance(item, Heard) and isinstance(item.event, Said):
                found.append(f"{item.event.actor.name}: {item.event.text}")
                if len(found) == count:
                    break
    return found


async def test_all_see_all_once_in_order_with_their_names(town: Town) -> None:
    zoe, mia = town.zoe, town.mia
    async with (
        everybody(town) as (alice, bob),
        PbClient(town.hub.pb_url, Login("moshe", PASSWORD)) as moshe,
    ):
        sean = TocClient(town.hub.toc_port).sign_on("sean", PASSWORD)
        number = sean.join(GROUP)
        await moshe.chat.join(GROUP)
        speakers = {
            "alice": lambda text: alice.send(f"PRIVMSG #{GROUP} :{text}"),
            "sean": lambda text: sean.send("toc_chat_send", number, text),
            "zoe/irc": lambda text: zoe.send(f"PRIVMSG #there :{text}"),
            "bob/xm": lambda text: bob.say(ROOM, text),
            "mia/mx": lambda text: mia.say(town.room, text),
        }
        wanted = []
        for name, say in speakers.items():
            await asyncio.to_thread(say, f"I am {name}")
            assert await asyncio.to_thread(next_said, alice) == f"{name}: I am {name}"
            wanted.append(f"{name}: I am {name}")
        await moshe.chat.say(GROUP, "I am moshe")
        assert await asyncio.to_thread(next_said, alice) == "moshe: I am moshe"
        wanted.append("moshe: I am moshe")
        assert await _heard(moshe, 6) == wanted
        sean.sync()
        said = [each.split(":", 4) for each in sean.log if each.startswith("CHAT_IN:")]
        assert [f"{name}: {text}" for _, _, name, _, text in said] == wanted

        def others(own: str) -> list[str]:
            return [each for each in wanted if not each.startswith(f"{own}:")]

        heard = [await asyncio.to_thread(next_said, zoe) for _ in range(5)]
        assert heard == ["hub: <{}> {}".format(*each.split(": ", 1)) for each in others("zoe/irc")]
        assert [await bob.next_said() for _ in range(5)] == others("bob/xm")
        assert [await asyncio.to_thread(mia.next_said) for _ in range(5)] == [
            f"words_{each}" for each in others("mia/mx")
        ]
        sean.close()


async def test_edits_reactions_and_redactions_cross_all(town: Town) -> None:
    mia, zoe = town.mia, town.zoe

    async def there(kind: str = "m.room.message") -> dict[str, Any]:
        return await asyncio.to_thread(mia.expect, kind)

    async with everybody(town) as (alice, bob):
        # What bob corrects is corrected on Matrix; plain IRC, which has no edits, is told.
        bob.say(ROOM, "helo", id="one")
        said = await there()
        bob.say(ROOM, "hello", ET.Element("{urn:xmpp:message-correct:0}replace", id="one"))
        edited = (await there())["content"]
        assert edited["m.relates_to"] == {"rel_type": "m.replace", "event_id": said["event_id"]}
        assert edited["m.new_content"]["body"] == "hello"
        assert next_said(zoe) == "hub: <bob/xm> helo"
        assert await asyncio.to_thread(next_said, zoe) == "hub: <bob/xm> * hello"
        # What mia takes back is taken back on XMPP and here.
        oops = await asyncio.to_thread(mia.say, town.room, "oops")
        line = await _line(alice, "PRIVMSG", "oops")
        message = await _until_said(bob, "oops")
        path = ("rooms", town.room, "redact", oops, "tx")
        await asyncio.to_thread(partial(mia.call, "PUT", *path, body={"reason": "typo"}))
        redacted = await asyncio.to_thread(alice.expect, "REDACT")
        assert (redacted.nick, redacted.params[1]) == ("mia/mx", line.tags["msgid"])
        assert _id_in(await bob.expect("retract"), "retract") == _id_in(message, "stanza-id")
        # What alice reacts to, and takes back, is so on both.
        alice.send(f"PRIVMSG #{GROUP} :mine")
        mine, native = await _line(alice, "PRIVMSG", "mine"), await there()
        message = await _until_said(bob, "mine")
        alice.send(
            f"@+draft/react=:);+draft/reply={mine.tags['msgid']} TAGMSG #{GROUP}",
            f"REDACT #{GROUP} {mine.tags['msgid']}",
        )
        relation = {"rel_type": "m.annotation", "event_id": native["event_id"], "key": ":)"}
        assert (await there("m.reaction"))["content"]["m.relates_to"] == relation
        taken = await there("m.room.redaction")
        assert native["event_id"] in (taken.get("redacts"), taken["content"].get("redacts"))
        assert _id_in(await bob.expect("reactions"), "reactions") == _id_in(message, "stanza-id")
        assert _id_in(await bob.expect("retract"), "retract") == _id_in(message, "stanza-id")
        assert await asyncio.to_thread(next_said, zoe) == "hub: <mia/mx> oops"
        assert await asyncio.to_thread(next_said, zoe) == "hub: <alice> mine"


async def _line(client: Client, command: str, text: str) -> Any:
    while (line := await asyncio.to_thread(client.expect, command)).text != text:
        pass
    return line


async def _until_said(bob: Jabberer, text: str) -> ET.Element:
    while (message := await bob.expect()).findtext("{jabber:client}body") != text:
        pass
    return message


def _id_in(message: ET.Element, part: str) -> str:
    return next(each.get("id", "") for each in message if each.tag.endswith("}" + part))


async def test_a_frozen_homeserver_delays_no_other_network(town: Town) -> None:
    async with everybody(town) as (alice, bob):
        town.synapse.signal(signal.SIGSTOP)
        try:
            for number in range(20):
                bob.say(ROOM, f"cold {number}")
                assert await asyncio.to_thread(next_said, alice) == f"bob/xm: cold {number}"
                assert await asyncio.to_thread(next_said, town.zoe) == (
                    f"hub: <bob/xm> cold {number}"
                )
        finally:
            town.synapse.signal(signal.SIGCONT)
        heard = [await asyncio.to_thread(town.mia.next_said) for _ in range(20)]
        assert heard == [f"words_bob/xm: cold {number}" for number in range(20)]


LONG = "'&\"<]]>" * 5000 + "\n" + "a\u0301\u202e\U0001f469\u200d\U0001f467 \u2028\ufdd0  " * 1000
"""In UTF-8 a little less than 64 KiB; as XML with everything escaped, more than servers take."""


async def test_a_long_text_of_any_characters_crosses_all(town: Town) -> None:
    text = LONG.encode()[: 64 * 1024].decode(errors="ignore").strip()
    mia = town.mia
    async with (
        everybody(town) as (_, bob),
        PbClient(town.hub.pb_url, Login("lara", PASSWORD)) as lara,
    ):
        await lara.chat.join(GROUP)
        await lara.chat.say(GROUP, text)
        assert await bob.next_said() == f"lara: {text}"
        assert await _said_in_parts(mia, len(text)) == text
        bob.say(ROOM, text)
        assert await _heard(lara, 2) == [f"lara: {text}", f"bob/xm: {text}"]
        assert await _said_in_parts(mia, len(text)) == text


async def _said_in_parts(mia: Person, length: int) -> str:
    """Return what is said on Matrix, where an event has less than 64 KiB."""
    found = ""
    while len(found) < length:
        found += (await asyncio.to_thread(mia.expect))["content"]["body"]
    return found


NUMBER = re.compile(r"(alice|bob|mia)-(\d+)$")


class Talk:
    """Three people who count aloud, each on a side of his own, while sides are killed."""

    said: ClassVar = dict.fromkeys(("alice", "bob", "mia"), 0)
    """How far each has counted, in all tests."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.alice: Client | None = None
        self.bob: Jabberer | None = None

    def _next(self, name: str) -> str:
        self.said[name] += 1
        return f"{name}-{self.said[name]}"

    async def come(self) -> None:
        """Be there where one isn't."""
        if self.alice is None:
            self.alice = Client(self.town.hub.irc_port).register("alice", caps=TAGS)
            self.alice.join(f"#{GROUP}")
        if self.bob is None:
            self.bob = await self.town.bob()

    def leave(self) -> None:
        """Be gone."""
        if self.alice is not None:
            self.alice.close()
        if self.bob is not None:
            self.bob.abort()
        self.alice = self.bob = None

    async def round(self, times: int, dead: str = "") -> None:
        """Let everybody whose side lives say something; each side has taken it."""
        for _ in range(times):
            if self.alice is not None and dead != "hub":
                text = f"PRIVMSG #{GROUP} :{self._next('alice')}"
                await asyncio.to_thread(self.alice.ask, text)
            if dead != "synapse":
                await asyncio.to_thread(self.town.mia.say, self.town.room, self._next("mia"))
            if self.bob is not None and dead != "prosody":
                self.bob.say(ROOM, self._next("bob"))
        if self.bob is not None and dead != "prosody":
            ping: Any = self.bob.make_iq_get(queryxmlns="http://jabber.org/protocol/disco#info")
            await ping.send(timeout=SECONDS)  # in order: what was said before is taken

    async def kill(self, victim: str) -> None:
        """Talk, kill one side amid it, talk, start it again."""
        town = self.town
        await self.come()
        await self.round(2)
        server: Any = {"hub": town.hub, "prosody": town.prosody, "synapse": town.synapse}[victim]
        server.kill()
        if victim == "hub" and self.alice is not None:
            self.alice.close()
            self.alice = None
        if victim == "prosody" and self.bob is not None:
            self.bob.abort()
            self.bob = None
        await self.round(3, dead=victim)
        await asyncio.to_thread(server.start)


def counted(texts: list[tuple[str, str]]) -> dict[str, list[int]]:
    """Return which numbers each has said, in order; the speaker's name must be the right one."""
    found: dict[str, list[int]] = {"alice": [], "bob": [], "mia": []}
    for speaker, text in texts:
        if match := NUMBER.search(text):
            assert match[1] in speaker, (speaker, text)
            found[match[1]].append(int(match[2]))
    return found


async def on_prosody(bob: Jabberer) -> list[tuple[str, str]]:
    """Return what the room's archive there has."""
    archive: Any = bob.plugin["xep_0313"]
    found = []
    async for each in archive.iterate(jid=ROOM, rsm={"max": "200"}):
        message = each["mam_result"]["forwarded"]["stanza"]
        found.append((str(message["from"]).partition("/")[2], message["body"]))
    return found


def on_synapse(mia: Person, room: str) -> list[tuple[str, str]]:
    """Return what the room's history there has."""
    found: list[tuple[str, str]] = []
    token: dict[str, str] = {}
    while True:
        page = mia.call("GET", "rooms", room, "messages", dir="f", limit="500", **token)
        found += [
            (event["sender"], event["content"].get("body", ""))
            for event in page["chunk"]
            if event["type"] == "m.room.message"
        ]
        if not page.get("end") or not page["chunk"]:
            return found
        token = {"from": page["end"]}


async def nothing_is_lost(town: Town, kills: int) -> None:
    """Kill by turns; then look at what each archive has."""
    talk = Talk(town)
    try:
        for victim in itertools.islice(itertools.cycle(("hub", "prosody", "synapse")), kills):
            await talk.kill(victim)
        await talk.come()
        await talk.round(1)
        wanted = {name: list(range(1, last + 1)) for name, last in talk.said.items()}
        for name, there in (("alice", "alice"), ("bob", "bob/xm"), ("mia", "mia/mx")):
            last = talk.said[name]
            numbers = await asyncio.to_thread(
                history, town.hub.irc_port, f"#{GROUP}", there, last, f"{name}-"
            )
            assert numbers == wanted[name], f"{name}, here"
        assert talk.bob is not None
        talk.bob.register_plugin("xep_0313")
        async with asyncio.timeout(2 * SECONDS):
            while not _all_are_in(wanted, native := counted(await on_prosody(talk.bob))):
                await talk.bob.expect()
        assert native == wanted
        read = partial(on_synapse, town.mia, town.room)
        while not _all_are_in(wanted, native := counted(await asyncio.to_thread(read))):
            await asyncio.to_thread(town.mia.expect)
        assert native == wanted
    finally:
        talk.leave()


def _all_are_in(wanted: dict[str, list[int]], found: dict[str, list[int]]) -> bool:
    return all(numbers[-1] in found[name] for name, numbers in wanted.items())


async def test_kills_lose_double_and_reorder_nothing(town: Town) -> None:
    await nothing_is_lost(town, 3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_hundred_kills_by_turns(town: Town) -> None:
    await nothing_is_lost(town, 100)
