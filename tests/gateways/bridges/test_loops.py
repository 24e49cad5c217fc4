"""N messages in, N out: however hubs, networks and bridges are linked in a ring."""

from __future__ import annotations

from gateways.bridges.loops import Loops
from tests.gateways.bridges.conftest import Stage, bridge_enters, irc_bridge, next_said
from tests.support.irc import Client
from tests.support.ircds import Inspircd, Ngircd


def only(client: Client, expected: str) -> None:
    """Check that a client hears this, and nothing more before the marks that follow."""
    assert next_said(client) == expected


def test_two_hubs_that_share_a_room(stage: Stage) -> None:
    far = stage.server(Ngircd)
    zoe = stage.client(far.port, "zoe", "#there")
    one = stage.hub(irc_bridge("far", far.port, irc={"nick": "one"}))
    two = stage.hub(irc_bridge("far", far.port, irc={"nick": "two"}))
    bridge_enters(zoe, "one", "two")
    ann = stage.client(one.irc_port, "ann", "#here")
    ben = stage.client(two.irc_port, "ben", "#here")
    for number in range(5):
        ann.send(f"PRIVMSG #here :a{number}")
        assert next_said(zoe) == f"one: <ann> a{number}"
        assert next_said(ben) == f"one/far: <ann> a{number}"
        ben.send(f"PRIVMSG #here :b{number}")
        assert next_said(zoe) == f"two: <ben> b{number}"
        assert next_said(ann) == f"two/far: <ben> b{number}"
        zoe.send(f"PRIVMSG #there :z{number}")
        assert next_said(ann) == next_said(ben) == f"zoe/far: z{number}"


def test_two_hubs_that_share_two_networks(stage: Stage) -> None:
    """A ring: each message could go round for ever. With message tags, and without."""
    left = stage.server(Ngircd, "left")
    right = stage.server(Inspircd, "right")
    zoe = stage.client(left.port, "zoe", "#there")
    yan = stage.client(right.port, "yan", "#there")
    hubs = [
        stage.hub(
            irc_bridge("left", left.port, irc={"nick": nick}),
            irc_bridge("right", right.port, irc={"nick": nick}),
        )
        for nick in ("one", "two")
    ]
    for client in (zoe, yan):
        bridge_enters(client, "one", "two")
    ann = stage.client(hubs[0].irc_port, "ann", "#here")
    ben = stage.client(hubs[1].irc_port, "ben", "#here")
    for text in ("first", "second"):
        ann.send(f"PRIVMSG #here :{text}")
        # Ben's hub hears it from both networks, and passes each on to the other one.
        heard = {next_said(ben), next_said(ben)}
        assert heard == {f"one/left: <ann> {text}", f"one/right: <ann> {text}"}
        assert {next_said(zoe), next_said(zoe)} == {
            f"one: <ann> {text}",
            f"two: <one/right> <ann> {text}",
        }
        assert {next_said(yan), next_said(yan)} == {
            f"one: <ann> {text}",
            f"two: <one/left> <ann> {text}",
        }
    ben.send("PRIVMSG #here :over")
    assert {next_said(ann), next_said(ann)} == {"two/left: <ben> over", "two/right: <ben> over"}


def test_two_bridges_on_one_room(stage: Stage) -> None:
    far = stage.server(Ngircd)
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(
        irc_bridge("one", far.port, irc={"nick": "bot1"}),
        irc_bridge("two", far.port, irc={"nick": "bot2"}),
    )
    bridge_enters(zoe, "bot1", "bot2")
    alice = stage.client(hub.irc_port, "alice", "#here")
    for number in range(3):
        alice.send(f"PRIVMSG #here :{number}")
        assert {next_said(zoe), next_said(zoe)} == {
            f"bot1: <alice> {number}",
            f"bot2: <alice> {number}",
        }
    zoe.send("PRIVMSG #there :hi")
    assert {next_said(alice), next_said(alice)} == {"zoe/one: hi", "zoe/two: hi"}


def test_a_bot_that_is_renamed_amid_its_words(stage: Stage) -> None:
    far = stage.server(Ngircd)
    squatter = stage.client(far.port, "hub", "#there")
    hub = stage.hub(irc_bridge("far", far.port))
    bridge_enters(squatter, "hub_")
    alice = stage.client(hub.irc_port, "alice", "#here")
    alice.send("PRIVMSG #here :one")
    assert next_said(squatter) == "hub_: <alice> one"
    squatter.send("PRIVMSG #there :<alice> one")  # somebody who is called as a bot, and quotes
    assert next_said(alice) == "hub/far: <alice> one"


def test_names_and_words_must_both_be_ours() -> None:
    loops = Loops()
    loops.called("Bot")
    loops.called("Bot_")
    loops.said("hello there")
    assert loops.ours("bot", "<ann> hello there")
    assert loops.ours("other", "<Bot/libera> <ann> hello")
    assert loops.ours("x", "<y/z> <bot_> <ann>… there")
    assert not loops.ours("other", "<ann> hello there")
    assert not loops.ours("bot", "something else")
    assert not loops.ours("other", "<Bot/libera> something else")
