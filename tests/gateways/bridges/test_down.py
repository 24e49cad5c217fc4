"""A side that is down: what waits is counted and told, what is too old or undecided is handled."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.request import urlopen

from tests.gateways.bridges.conftest import Stage, bridge_enters, irc_bridge, next_said, said
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ircds import Ngircd
from tests.support.ports import free_port
from tests.support.shell import shell


def status(hub: HubProcess) -> Any:
    """Return how the only bridge is."""
    (one,) = json.loads(shell(hub, "bridge", "status", "--json").stdout)
    return one


def notice(client: Client, start: str) -> str:
    """Return the next line of the bridge's own that begins so; messages are said until then."""
    while True:
        for line in client.ask("PRIVMSG #here :more"):
            if line.command == "NOTICE" and line.nick == "bridge/far" and start in line.text:
                return line.text


def test_what_waits_is_told_and_counted(stage: Stage) -> None:
    far = stage.server(Ngircd)
    zoe = stage.client(far.port, "zoe", "#there")
    http = free_port()
    listen = [{"address": "127.0.0.1", "port": http}]
    hub = stage.hub(irc_bridge("far", far.port), http={"enabled": True, "listen": listen})
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    assert [line.words[1:] for line in alice.ask("LINKS far")] == [
        ("alice", "*", "far", "1 irc, connected"),
        ("alice", "*", "End of /LINKS list"),
    ]
    alice.send("PRIVMSG #here :before")
    assert next_said(zoe) == "hub: <alice> before"
    while not status(hub)["delivered"]:  # the server's answer comes behind what zoe reads
        pass
    far.kill()
    assert "what is said here waits for it" in notice(alice, "#there can't be reached")
    assert alice.ask("LINKS far")[0].text in ("1 irc, waiting", "1 irc, connecting")
    waiting = status(hub)["rooms"][0]["waiting"]
    assert waiting > 0
    with urlopen(f"http://127.0.0.1:{http}/metrics") as answer:
        page = answer.read().decode()
    assert 'words_bridge_up{bridge="far"} 0.0' in page
    assert re.search(r'words_bridge_waiting\{bridge="far",room="#there"\} (\d+)', page)
    assert 'words_bridge_delivered_total{bridge="far"} 1.0' in page
    far.start()
    zoe = stage.client(far.port, "zoe", "#there")
    back = ""
    while "linked again" not in back:
        line = alice.read()
        assert line is not None
        back = line.text if line.command == "NOTICE" else ""
    found = re.search(r"(\d+) messages have waited", back)
    assert found
    assert int(found[1]) == waiting
    assert "is missing here" in back
    alice.send("PRIVMSG #here :after")
    heard = said(zoe, until=lambda heard: heard[-1:] == ["hub: <alice> after"])
    assert set(heard[:-1]) <= {"hub: <alice> more"}  # the bridge's own lines stay here


def test_what_a_room_does_not_take_is_told(stage: Stage) -> None:
    far = stage.server(Ngircd)
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("far", far.port))
    bridge_enters(zoe)
    zoe.ask("MODE #there +m")
    alice = stage.client(hub.irc_port, "alice", "#here")
    alice.send("PRIVMSG #here :am I heard")
    line = alice.expect("NOTICE", "#here")
    assert "#there doesn't take a message" in line.text
    zoe.ask("MODE #there -m", "KICK #there hub :out")
    assert "zoe removed us: out" in alice.expect("NOTICE", "#here").text
    assert status(hub)["refused"] == 1
    assert "out" in status(hub)["rooms"][0]["state"]


def test_undecided_lines_are_dropped_where_that_is_wanted(stage: Stage) -> None:
    """The hub dies with lines out that a server holds back: they aren't sent again."""
    far = stage.server(Ngircd, penalty="2")
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("far", far.port, irc={"unacknowledged": "drop"}))
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    alice.ask(*(f"PRIVMSG #here :{number}" for number in range(6)))
    next_said(zoe)
    hub.restart()
    alice = stage.client(hub.irc_port, "alice", "#here")
    alice.send("PRIVMSG #here :the end")
    heard = said(zoe, until=lambda heard: bool(heard) and heard[-1].endswith(" the end"))
    texts = [each.partition(": ")[2] for each in heard]  # the nick may be another one now
    assert len(texts) == len(set(texts))
    assert not any("[again]" in each for each in texts)


def test_what_is_too_old_expires(stage: Stage) -> None:
    far = stage.server(Ngircd)
    far.kill()
    hub = stage.hub(irc_bridge("far", far.port, expire="2s"))
    alice = stage.client(hub.irc_port, "alice", "#here")
    alice.ask("PRIVMSG #here :old")
    notice(alice, "#there can't be reached")
    far.start()
    zoe = stage.client(far.port, "zoe", "#there")
    bridge_enters(zoe)
    alice.send("PRIVMSG #here :new")
    heard = said(zoe, until=lambda heard: heard[-1:] == ["hub: <alice> new"])
    assert "hub: <alice> old" not in heard
    assert status(hub)["expired"] >= 1
