"""*playback. Source: wiki.znc.in/Playback."""

from __future__ import annotations

import pytest

from gateways.irc.times import milliseconds
from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, Line

CAPS = "znc.in/playback znc.in/self-message server-time batch message-tags echo-message"


def _at(line: Line) -> float:
    return (milliseconds(line.tags["time"]) or 0) / 1000


def _texts(client: Client, request: str) -> list[str]:
    return [line.text for line in client.ask(request) if line.command == "PRIVMSG"]


@pytest.mark.parametrize("way", ["PRIVMSG *playback :", "ZNC *playback "])
def test_play(crowd: Crowd, way: str) -> None:
    """PLAY buffers, from, to: seconds, with wildcards in the names of buffers."""
    ann, ben = crowd.member("ann", CAPS), crowd.member("ben", CAPS)
    for client in (ann, ben):
        client.join(crowd.channel)
    ann.sync()
    said = [ann.one(f"PRIVMSG {crowd.channel} :{number}") for number in range(3)]
    while ann.one(f"PRIVMSG {crowd.channel} :later").tags["time"] == said[-1].tags["time"]:
        pass
    ben.ask(f"PRIVMSG {ann.nick} :direct")
    ann.sync()
    channel = crowd.channel
    assert _texts(ann, f"{way}play {channel} 0")[:3] == list("012")
    assert "direct" in _texts(ann, f"{way}PLAY * 0")
    assert "direct" not in _texts(ann, f"{way}PLAY #* 0")
    assert "later" in _texts(ann, f"{way}PLAY {channel} {_at(said[2]):.3f}")
    assert "2" not in _texts(ann, f"{way}PLAY {channel} {_at(said[2]):.3f}")
    assert _texts(ann, f"{way}PLAY {channel} 0 1") == []
    assert _texts(ann, f"{way}PLAY #elsewhere 0") == []
    assert _texts(ann, f"{way}PLAY {ben.nick} 0") == ["direct"]


@pytest.mark.parametrize(
    "request_", ["PLAY * now", "PLAY * -1", "PLAY * nan", "PLAY * 1e999", "", "FLY"]
)
def test_what_it_does_not_understand(crowd: Crowd, request_: str) -> None:
    ann = crowd.client("ann", CAPS)
    (line,) = ann.ask(f"ZNC *playback {request_}")
    assert line.nick == "*playback"


def test_list_and_clear(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann", caps=CAPS)
    said = ann.ask(f"PRIVMSG {crowd.channel} :x")[-1]
    assert ann.one("ZNC *playback LIST").text == f"{crowd.channel} {_at(said):.3f}"
    assert len(ann.ask("ZNC *playback CLEAR")) == 1


def test_self_messages_reach_the_other_clients(crowd: Crowd) -> None:
    """znc.in/self-message: what one's other client says, with oneself as source."""
    account = crowd.account("ann")
    one, other = crowd.login(account, CAPS), crowd.login(account, CAPS)
    ben = crowd.client("ben")
    one.ask(f"PRIVMSG {ben.nick} :hi")
    (line,) = other.sync()
    assert (line.nick, line.words) == (account, ("PRIVMSG", ben.nick, "hi"))


def test_many_buffers_come_one_by_one(crowd: Crowd) -> None:
    """All of them in order, whatever else is asked meanwhile."""
    ann = crowd.member("ann", CAPS)
    channels = [f"{crowd.channel}-{number}" for number in range(12)]
    for channel in channels:
        ann.ask(f"JOIN {channel}", f"PRIVMSG {channel} :x")
    assert _texts(ann, "ZNC *playback PLAY * 0") == ["x"] * len(channels)
