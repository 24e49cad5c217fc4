"""Killed hubs, killed and frozen servers: what was said arrives all the same, once, in order."""

from __future__ import annotations

import re
import signal

import pytest

from tests.gateways.bridges.conftest import Stage, bridge_enters, irc_bridge, said
from tests.support.irc import Client
from tests.support.ircds import Inspircd, Ngircd, Server


def numbered(client: Client, name: str, first: int, last: int) -> list[int]:
    """Return the numbers that a client hears somebody say, up to the last; others are left out."""
    pattern = re.compile(rf"(?:hub_?: <)?{re.escape(name)}[>:] (\d+)$")

    def numbers(heard: list[str]) -> list[int]:
        return [int(found[1]) for each in heard if (found := pattern.match(each))]

    heard = said(client, until=lambda heard: last in numbers(heard))
    return [each for each in numbers(heard) if each >= first]


def test_a_killed_server_loses_nothing_of_what_is_said_here(stage: Stage) -> None:
    far = stage.server(Ngircd)
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("far", far.port))
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    said_last = 0
    for _ in range(3):
        alice.ask(*(f"PRIVMSG #here :{said_last + number}" for number in range(1, 4)))
        assert numbered(zoe, "alice", said_last + 1, said_last + 3)
        said_last += 3
        far.kill()
        zoe.close()
        alice.ask(*(f"PRIVMSG #here :{said_last + number}" for number in range(1, 11)))
        far.start()
        zoe = stage.client(far.port, "zoe", "#there")
        alice.send(f"PRIVMSG #here :{said_last + 11}")
        heard = numbered(zoe, "alice", 1, said_last + 11)
        assert heard[-1] == said_last + 11
        assert heard == list(range(heard[0], said_last + 12))
        said_last += 11


def test_a_killed_hub_between_archives(stage: Stage) -> None:
    """Two hubs: one is the other's IRC network, with an archive. Nothing is lost or doubled."""
    network = stage.hub()
    zoe = stage.client(network.irc_port, "zoe", "#there", caps="message-tags")
    hub = stage.hub(irc_bridge("far", network.irc_port))
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    mine = theirs = 0
    for missed in (5, 250, 5):  # 100 are read at once
        for _ in range(8):
            mine += 1
            theirs += 1
            alice.send(f"PRIVMSG #here :{mine}")
            zoe.send(f"PRIVMSG #there :{theirs}")
        alice.sync()
        hub.kill()
        alice.close()
        for _ in range(missed):
            theirs += 1
            zoe.send(f"PRIVMSG #there :{theirs}")
        hub.start()
        alice = stage.client(hub.irc_port, "alice", "#here")
    mine += 1
    theirs += 1
    alice.send(f"PRIVMSG #here :{mine}")
    zoe.send(f"PRIVMSG #there :{theirs}")
    assert numbered(zoe, "alice", 1, mine) == list(range(1, mine + 1))
    assert history(hub.irc_port, "#here", "zoe/far", theirs) == list(range(1, theirs + 1))


def history(port: int, room: str, name: str, last: int, head: str = "") -> list[int]:
    """Return the numbers that somebody has said in a room (behind ``head``), up to the last.

    They are read from the room's log.
    """
    reader = Client(port).register("reader", caps="batch draft/chathistory message-tags")
    reader.join(room)
    numbers: list[int] = []
    place = "timestamp=1970-01-01T00:00:00.000Z"
    try:
        while last not in numbers:
            for line in reader.ask(f"CHATHISTORY AFTER {room} {place} 500"):
                # Of a long text only the first line has an id.
                if line.command == "PRIVMSG" and {"batch", "msgid"} <= line.tags.keys():
                    place = f"msgid={line.tags['msgid']}"
                    text = line.text.removeprefix(f"<{name}> ")
                    # The bridge may relay under the name, where it is an operator by chance.
                    by = (line.nick, line.nick.removesuffix("/hub"), line.text[1 : len(name) + 1])
                    number = text.removeprefix(head)
                    if name in by and text.startswith(head) and number.isdigit():
                        numbers.append(int(number))
    finally:
        reader.close()
    return numbers


@pytest.mark.parametrize("kind", [Ngircd, Inspircd])
def test_a_killed_hub_owes_a_plain_server_nothing(stage: Stage, kind: type[Server]) -> None:
    """Nothing is lost; what may have arrived is sent again with a mark."""
    far = stage.server(kind)
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("far", far.port))
    bridge_enters(zoe)
    last = 0
    for _ in range(2):
        alice = stage.client(hub.irc_port, "alice", "#here")
        alice.send(*(f"PRIVMSG #here :{last + number}" for number in range(1, 21)))
        alice.sync()
        last += 20
        hub.restart()
        alice.close()
    heard = said(zoe, until=lambda heard: bool(heard) and heard[-1].endswith(f" {last}"))
    texts = [each.partition("> ")[2] for each in heard if "<alice>" in each]
    unmarked = [int(text) for text in texts if text.isdigit()]
    numbers = {int(text.rpartition(" ")[2]) for text in texts}
    assert numbers == set(range(1, last + 1))
    assert unmarked == sorted(set(unmarked))


def test_a_frozen_network_delays_no_other(stage: Stage) -> None:
    frozen = stage.server(Ngircd, "frozen")
    lively = stage.server(Ngircd, "lively")
    yan = stage.client(frozen.port, "yan", "#there")
    zoe = stage.client(lively.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("frozen", frozen.port), irc_bridge("lively", lively.port))
    bridge_enters(yan)
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    frozen.signal(signal.SIGSTOP)
    try:
        for number in range(1, 101):
            alice.send(f"PRIVMSG #here :{number}")
            zoe.send(f"PRIVMSG #there :{number}")
        assert numbered(zoe, "alice", 1, 100) == list(range(1, 101))
        assert numbered(alice, "zoe/lively", 1, 100) == list(range(1, 101))
    finally:
        frozen.signal(signal.SIGCONT)
    heard = said(yan, until=lambda heard: len(heard) == 200)
    assert [each for each in heard if "<alice>" in each] == [
        f"hub: <alice> {number}" for number in range(1, 101)
    ]


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_kills(stage: Stage) -> None:
    """Of the hub and of its network by turns, both with archives: 0 lost, 0 doubled, in order."""
    network = stage.hub()
    hub = stage.hub(irc_bridge("far", network.irc_port))
    mine = theirs = 0
    for kill in range(100):
        zoe = stage.client(network.irc_port, "zoe", "#there")
        alice = stage.client(hub.irc_port, "alice", "#here")
        for _ in range(5):
            mine += 1
            theirs += 1
            alice.ask(f"PRIVMSG #here :{mine}")
            zoe.ask(f"PRIVMSG #there :{theirs}")
        (hub if kill % 2 else network).restart()
        alice.close()
        zoe.close()
    assert history(hub.irc_port, "#here", "zoe/far", theirs) == list(range(1, theirs + 1))
    assert history(network.irc_port, "#there", "alice", mine) == list(range(1, mine + 1))
