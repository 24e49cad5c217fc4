"""What programs written with the ``irc`` package see: the same stories, told by its events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.library import LibraryClient

Make = Callable[..., LibraryClient]


@pytest.fixture
def make(crowd: Crowd) -> Iterator[Make]:
    """Return what makes clients that are in, called like the argument and a number."""
    made: list[LibraryClient] = []

    def make(name: str, **arguments: object) -> LibraryClient:
        made.append(LibraryClient(crowd.hub.irc_port, crowd.name(name), **arguments))
        return made[-1].welcome()

    yield make
    for client in made:
        client.close()


@pytest.fixture
def pair(make: Make, crowd: Crowd) -> tuple[LibraryClient, LibraryClient]:
    """Return two who are in the test's channel; the first is its operator."""
    ann, ben = make("ann"), make("ben")
    for client in (ann, ben):
        client.connection.join(crowd.channel)
        client.wait("endofnames")
    ann.wait("join")
    return ann, ben


Pair = tuple[LibraryClient, LibraryClient]


def test_features_are_understood(make: Make) -> None:
    features = make("ann").connection.features
    assert features.network == "Test"
    assert features.prefix == {"~": "q", "&": "a", "@": "o", "%": "h", "+": "v"}
    assert features.chantypes == "#"
    assert features.nicklen == 32
    assert features.casemapping == "ascii"


def test_join_and_names(make: Make, crowd: Crowd) -> None:
    ann, ben = make("ann"), make("ben")
    ann.connection.join(crowd.channel)
    joined = ann.wait("join")
    assert (joined.target, joined.source.nick) == (crowd.channel, ann.nick)
    assert ann.wait("namreply").arguments == ["=", crowd.channel, f"@{ann.nick}"]
    ben.connection.join(crowd.channel)
    assert set(ben.wait("namreply").arguments[2].split()) == {f"@{ann.nick}", ben.nick}
    assert ann.wait("join").source.nick == ben.nick


def test_talk(pair: Pair, crowd: Crowd) -> None:
    ann, ben = pair
    ann.connection.privmsg(crowd.channel, "hello all")
    ann.connection.privmsg(ben.nick, "hello you")
    ann.connection.notice(crowd.channel, "note all")
    ann.connection.notice(ben.nick, "note you")
    ann.connection.action(crowd.channel, "waves")
    ann.connection.ctcp("PING", ben.nick, "123")
    ann.sync()
    heard = [(event.type, event.target, event.arguments) for event in ben.sync()]
    assert heard == [
        ("pubmsg", crowd.channel, ["hello all"]),
        ("privmsg", ben.nick, ["hello you"]),
        ("pubnotice", crowd.channel, ["note all"]),
        ("privnotice", ben.nick, ["note you"]),
        ("ctcp", crowd.channel, ["ACTION", "waves"]),
        ("action", crowd.channel, ["waves"]),
        ("ctcp", ben.nick, ["PING", "123"]),
    ]


def test_topic(pair: Pair, crowd: Crowd) -> None:
    ann, ben = pair
    ann.connection.topic(crowd.channel, "a topic: with a colon")
    assert ben.wait("topic").arguments == ["a topic: with a colon"]
    ben.connection.topic(crowd.channel)
    assert ben.wait("currenttopic").arguments == [crowd.channel, "a topic: with a colon"]
    assert ben.wait("topicinfo").arguments[:2] == [crowd.channel, ann.nick]
    ben.connection.topic(crowd.channel, "mine")
    assert ben.wait("chanoprivsneeded").arguments[0] == crowd.channel


def test_modes_and_kick(pair: Pair, crowd: Crowd) -> None:
    ann, ben = pair
    ann.connection.mode(crowd.channel, f"+mv {ben.nick}")
    assert [ben.wait("mode").arguments for _ in range(2)] == [["+m"], ["+v", ben.nick]]
    ben.connection.mode(crowd.channel, "")
    assert ben.wait("channelmodeis").arguments == [crowd.channel, "+mnt"]
    ann.connection.kick(crowd.channel, ben.nick, "enough")
    assert ben.wait("kick").arguments == [ben.nick, "enough"]
    ben.connection.privmsg(crowd.channel, "hey")
    assert ben.wait("cannotsendtochan").arguments[0] == crowd.channel


def test_nick_and_quit(pair: Pair, crowd: Crowd) -> None:
    ann, ben = pair
    old, new = ben.nick, crowd.name("bob")
    ben.connection.nick(new)
    renamed = ann.wait("nick")
    assert (renamed.source.nick, renamed.target) == (old, new)
    ben.sync()
    assert ben.nick == new
    ben.connection.nick(ann.nick)
    assert ben.wait("nicknameinuse").arguments[0] == ann.nick
    ben.connection.quit("bye")
    gone = ann.wait("quit")
    assert (gone.source.nick, gone.arguments) == (new, ["Quit: bye"])


def test_people(pair: Pair, crowd: Crowd) -> None:
    ann, ben = pair
    ben.connection.send_items("AWAY", ":lunch")
    ben.wait("nowaway")
    ann.connection.whois([ben.nick])
    assert ann.wait("whoisuser").arguments[0] == ben.nick
    assert ann.wait("whoischannels").arguments == [ben.nick, crowd.channel]
    assert ann.wait("away").arguments == [ben.nick, "lunch"]
    assert ann.wait("endofwhois").arguments[0] == ben.nick
    ann.connection.ison([ben.nick, "nobody"])
    assert ann.wait("ison").arguments == [ben.nick]
    ann.connection.who(crowd.channel)
    assert ann.wait("whoreply").arguments[0] == crowd.channel
    ann.wait("endofwho")
    ann.connection.list([crowd.channel])
    assert ann.wait("list").arguments == [crowd.channel, "2", ""]
    ben.connection.quit("bye")
    ann.wait("quit")
    ann.connection.whowas(ben.nick)
    assert ann.wait("whowasuser").arguments[0] == ben.nick


def test_invite(make: Make, pair: Pair, crowd: Crowd) -> None:
    ann, _ = pair
    cat = make("cat")
    ann.connection.mode(crowd.channel, "+i")
    ann.wait("mode")
    cat.connection.join(crowd.channel)
    assert cat.wait("inviteonlychan").arguments[0] == crowd.channel
    ann.connection.invite(cat.nick, crowd.channel)
    assert cat.wait("invite").arguments == [crowd.channel]
    cat.connection.join(crowd.channel)
    cat.wait("endofnames")


def test_login(make: Make, crowd: Crowd) -> None:
    account = crowd.account("ann")
    ann = make("ann", sasl_login=account, password=PASSWORD)
    assert ann.nick == account
    ann.connection.whois([account])
    assert ann.wait("whoisaccount").arguments[:2] == [account, account]
