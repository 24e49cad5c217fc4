"""ngIRCd and InspIRCd linked with one group, people by IRC, TOC and PB in it: all see all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.gateways.bridges.conftest import (
    Stage,
    bridge_enters,
    irc_bridge,
    next_said,
    said,
)
from tests.support.hub import HubProcess
from tests.support.irc import Client, codes, words
from tests.support.ircds import Inspircd, Ngircd
from tests.support.shell import shell
from tests.support.toc import TocClient
from words.client import Client as PbClient
from words.client import Heard, Login
from words.events import Edited, Said

PASSWORD = "correct horse"
TAGS = "message-tags echo-message"


class Town(NamedTuple):
    """One hub and two networks."""

    hub: HubProcess
    zoe: Client
    """On ngIRCd, without any capability."""
    yan: Client
    """On InspIRCd, with message tags."""
    alice: Client


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    stage = Stage(tmp_path_factory.mktemp("town"))
    try:
        ng = stage.server(Ngircd, "ng")
        insp = stage.server(Inspircd, "insp")
        zoe = stage.client(ng.port, "zoe", "#there")
        yan = stage.client(insp.port, "yan", "#over", caps="message-tags")
        hub = stage.hub(
            irc_bridge("ng", ng.port),
            irc_bridge("insp", insp.port, "#over", tell=["topics"]),
        )
        bridge_enters(zoe)
        bridge_enters(yan)
        for name in ("sean", "moshe"):
            hub.add_user(name, PASSWORD)
        alice = stage.client(hub.irc_port, "alice", "#here", caps=TAGS)
        while not {"zoe/ng", "yan/insp"} <= set(names(alice)):
            alice.expect("JOIN")
        yield Town(hub, zoe, yan, alice)
    finally:
        stage.close()


def names(client: Client) -> list[str]:
    lines = client.ask("NAMES #here")
    return [
        name.lstrip("@") for line in lines if line.command == "353" for name in line.text.split()
    ]


async def test_one_talk_over_three_protocols_and_two_networks(town: Town) -> None:
    hub, zoe, yan, alice = town
    sean = TocClient(hub.toc_port).sign_on("sean", PASSWORD)
    number = sean.join("here")
    async with PbClient(hub.pb_url, Login("moshe", PASSWORD)) as moshe:
        await moshe.chat.join("here")
        alice.sync()
        alice.send("PRIVMSG #here :one")
        assert next_said(zoe) == next_said(yan) == "hub: <alice> one"
        sean.ask("toc_chat_send", number, "two <B>2</B>")
        assert next_said(zoe) == next_said(yan) == "hub: <sean> two \x022\x02"
        await moshe.chat.say("here", "three")
        assert next_said(zoe) == next_said(yan) == "hub: <moshe> three"
        zoe.send("PRIVMSG #there :four \x1dzoe\x1d")
        assert next_said(yan) == "hub: <zoe/ng> four \x1dzoe\x1d"
        yan.send("PRIVMSG #over :\x01ACTION waves\x01")
        assert next_said(zoe) == "hub: * yan/insp waves"
        texts = ["one", "two 2", "three", "four zoe", "waves"]
        speakers = ["alice", "sean", "moshe", "zoe/ng", "yan/insp"]
        heard = [event async for event in _said(moshe, len(texts))]
        assert [event.text for event in heard] == texts
        assert [event.actor.name for event in heard] == speakers
        assert [event.actor.origin for event in heard] == ["", "", "", "ng", "insp"]
    sean.sync()
    told = [line.split(":")[2] for line in sean.log if line.startswith("CHAT_IN:")]
    assert told == speakers
    sean.close()
    alice_heard = said(alice, until=lambda heard: len(heard) == 5)
    assert [each.partition(":")[0] for each in alice_heard] == speakers


async def _said(client: PbClient, count: int):  # type: ignore[no-untyped-def]
    async with asyncio.timeout(10):
        async for item in client:
            if isinstance(item, Heard) and isinstance(item.event, Said):
                yield item.event
                count -= 1
                if not count:
                    return


def test_nobody_here_can_pass_for_somebody_there(town: Town) -> None:
    alice = town.alice
    assert codes(alice.ask("NICK zoe/ng"))[-1] == "432"
    assert codes(alice.ask("NICK zoe\u30ceng"))[-1] in ("432", "433")  # a Japanese letter like "/"
    shown = words(alice.ask("WHOIS zoe/ng"), "311")
    assert shown[0][2:5] == ("zoe/ng", "zoe", "ng")


def test_direct_conversations_across_networks(town: Town) -> None:
    _, zoe, yan, alice = town
    alice.send("PRIVMSG zoe/ng :psst")
    line = zoe.expect("PRIVMSG")
    assert line.words == ("PRIVMSG", "zoe", "<alice> psst")
    zoe.send("PRIVMSG hub :what is it?")
    line = alice.expect("PRIVMSG", "alice")
    assert (line.nick, line.text) == ("zoe/ng", "what is it?")
    yan.send("PRIVMSG hub :hello?")
    assert "name: text" in yan.expect("NOTICE", "yan").text
    yan.send("PRIVMSG hub :alice: hello")
    line = alice.expect("PRIVMSG", "alice")
    assert (line.nick, line.text) == ("yan/insp", "hello")
    yan.send("PRIVMSG hub :zoe/ng: hello you")
    line = zoe.expect("PRIVMSG")
    assert line.words == ("PRIVMSG", "zoe", "<yan/insp> hello you")
    zoe.send("PRIVMSG hub :yes?")
    line = yan.expect("PRIVMSG", "yan")
    assert line.text == "<zoe/ng> yes?"


async def test_edits_replies_reactions(town: Town) -> None:
    hub, zoe, yan, alice = town
    alice.sync()
    async with PbClient(hub.pb_url, Login("moshe", PASSWORD)) as moshe:
        await moshe.chat.join("here")
        await moshe.chat.say("here", "helo")
        assert next_said(zoe) == "hub: <moshe> helo"
        line = yan.expect("PRIVMSG")
        original = line.tags["msgid"]
        (event,) = [each async for each in _said(moshe, 1)]
        await moshe.chat.edit(event.id, "hello", group="here")
        assert next_said(zoe) == "hub: <moshe> * hello"
        yan.expect("PRIVMSG")
        yan.send(f"@+draft/reply={original} PRIVMSG #over :hello yourself")
        async for item in moshe:
            if isinstance(item, Heard) and isinstance(item.event, Said):
                assert item.event.reply_to == event.id
                break
            assert not isinstance(item, Heard) or isinstance(item.event, Edited)
        said(zoe, until=lambda heard: len(heard) == 1)
        yan.send(f"@+draft/react=:);+draft/reply={original} TAGMSG #over")
        line = alice.expect("TAGMSG", "#here")
        assert (line.nick, line.tags["+draft/react"]) == ("yan/insp", ":)")
        await moshe.chat.react(event.id, "+1", group="here")
        line = yan.expect("TAGMSG", "#over")
        assert line.tags["+draft/react"] == "+1"
        assert line.tags["+draft/reply"] == original


def test_what_people_there_do(town: Town) -> None:
    _, zoe, yan, alice = town
    alice.sync()
    zoe.send("NICK zora")
    assert alice.expect("NICK").words == ("NICK", "zora/ng")
    zoe.send("PRIVMSG #there :still me")
    assert next_said(alice) == "zora/ng: still me"
    late = Client(zoe.socket.getpeername()[1]).register("zoe")  # the name that is free now
    late.join("#there")
    alice.expect("JOIN")
    late.send("PRIVMSG #there :another zoe")
    assert next_said(alice) == "zoe/ng: another zoe"
    late.quit()
    assert alice.expect("QUIT").nick == "zoe/ng"
    zoe.sync()
    zoe.send("PART #there :for a while")
    line = alice.expect("QUIT")
    assert (line.nick, line.text) == ("zora/ng", "for a while")
    zoe.ask("JOIN #there", "NICK zoe")
    alice.expect("JOIN")
    alice.expect("NICK", "zoe/ng")
    yan.send("TOPIC #over :a new topic")
    assert alice.expect("TOPIC").words == ("TOPIC", "#here", "a new topic")
    alice.send("PRIVMSG #here :several")
    said(yan, until=lambda heard: heard[-1:] == ["hub: <alice> several"])
    said(zoe, until=lambda heard: heard[-1:] == ["hub: <alice> several"])


def test_a_ban_here_holds_for_people_there(town: Town) -> None:
    _, zoe, yan, alice = town
    alice.ask("MODE #here +b zoe/*!*@*")
    zoe.ask("PRIVMSG #there :can you hear me")
    yan.ask("PRIVMSG #over :I can be heard")
    assert next_said(alice) == "yan/insp: I can be heard"
    assert next_said(zoe) == "hub: <yan/insp> I can be heard"
    alice.ask("MODE #here -b zoe/*!*@*")
    zoe.send("PRIVMSG #there :and now")
    assert next_said(alice) == "zoe/ng: and now"
    yan.expect("PRIVMSG")


def test_live_administration(town: Town, stage: Stage) -> None:
    hub, zoe, _, alice = town
    third = stage.server(Ngircd, "third")
    xie = stage.client(third.port, "xie", "#elsewhere")

    def bridge(*arguments: str) -> str:
        done = shell(hub, "bridge", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    bridge("add", "third", "irc", f"servers=127.0.0.1:{third.port}", "nick=hub", "tls=false")
    bridge("link", "third", "#elsewhere", "here")
    bridge_enters(xie)
    xie.send("PRIVMSG #elsewhere :here too")
    assert next_said(alice) == "xie/third: here too"
    assert next_said(zoe) == "hub: <xie/third> here too"
    rooms = {
        one["name"]: [(room["room"], room["state"]) for room in one["rooms"]]
        for one in json.loads(bridge("status", "--json"))
    }
    assert rooms == {
        "insp": [("#over", "linked")],
        "ng": [("#there", "linked")],
        "third": [("#elsewhere", "linked")],
    }
    bridge("pause", "third")
    xie.expect("QUIT")
    alice.send("PRIVMSG #here :while you were away")
    zoe.expect("PRIVMSG")
    bridge("resume", "third")
    assert next_said(xie) == "hub: <alice> while you were away"
    bridge("unlink", "third", "#elsewhere")
    assert xie.expect("PART").nick == "hub"
    bridge("remove", "third")
    assert shell(hub, "bridge", "remove", "ng").returncode == 1
    town.yan.sync()
    zoe.sync()


def test_a_room_is_told_who_comes_elsewhere_and_not_who_comes_there(stage: Stage) -> None:
    far, other = stage.server(Ngircd), stage.server(Ngircd, "other")
    zoe = stage.client(far.port, "zoe", "#there")
    bridges = [irc_bridge(name, each.port) for name, each in (("far", far), ("other", other))]
    hub = stage.hub({**bridges[0], "tell": ["joins"]}, bridges[1])
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    stage.client(far.port, "yan", "#there")
    stage.client(other.port, "xan", "#there")
    while not all(each in str(alice.ask("NAMES #here")) for each in ("yan/far", "xan/other")):
        pass
    alice.send("NICK lissy", "PRIVMSG #here :that is all")
    assert said(zoe, until=lambda heard: "that is all" in str(heard)) == [
        "hub: * alice has joined",
        "hub: * xan/other has joined",
        "hub: * alice is now called lissy",
        "hub: <lissy> that is all",
    ]
