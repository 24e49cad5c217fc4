"""RELAYMSG: people of other networks. Source: as proposed (ircv3-specifications #417)."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import codes, words
from words.admin.client import ask


def test_relaying(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben", caps="draft/relaymsg message-tags echo-message")
    ann.sync()
    (echo,) = ann.ask(f"RELAYMSG {crowd.channel} smt/discord :hi there")
    (told,) = ben.sync()
    for line in (echo, told):
        assert line.words == ("PRIVMSG", crowd.channel, "hi there")
        assert line.nick == "smt/discord"
        assert line.tags["draft/relaymsg"] == ann.nick
        assert "account" not in line.tags
    assert (
        "draft/relaymsg=/" in " ".join(line.text for line in crowd.raw().ask("CAP LS 302")).split()
    )
    assert codes(ben.ask("PRIVMSG smt/discord :hi")) == ["401"]


@pytest.mark.parametrize("name", ["nobody", "/x", "x/", "a!b/c", "a b/c", "a@b/c", "x" * 70 + "/y"])
def test_names_that_may_be_taken_for_others(crowd: Crowd, name: str) -> None:
    """The separator: "a disjoint namespace"."""
    ann, ben = crowd.inside("ann", "ben")
    ann.sync()
    shown = name.partition(" ")[0]
    line = ann.one(f"RELAYMSG {crowd.channel} {shown} :x")
    assert line.words[:3] == ("FAIL", "RELAYMSG", "INVALID_NICK")
    assert words(ben.sync(), "PRIVMSG") == []


def test_who_may_not(crowd: Crowd) -> None:
    _, ben = crowd.inside("ann", "ben")
    out = crowd.client("out")
    request = f"RELAYMSG {crowd.channel} smt/discord :x"
    for client in (ben, out):
        assert client.one(request).words[:3] == ("FAIL", "RELAYMSG", "PRIVS_NEEDED")
    assert codes(out.ask("RELAYMSG #nowhere a/b :x", "RELAYMSG #nowhere")) == ["403", "461"]


def test_a_relay_of_the_whole_hub(crowd: Crowd) -> None:
    """Its account has the right "relay": it needs no role in a channel that it is in."""
    ann = crowd.client("ann")
    ann.join(crowd.channel)
    name = crowd.account("bridge")
    ask(crowd.hub.data / "admin.sock", "user-rights", {"name": name, "add": ["relay"]})
    made = ask(crowd.hub.data / "admin.sock", "app-password-add", {"name": name, "label": "pc"})
    bridge = crowd.login(name)
    request = f"RELAYMSG {crowd.channel} smt/discord :x"
    assert codes(bridge.ask(request)) == ["404"]
    bridge.join(crowd.channel)
    ann.sync()
    bridge.ask(request)
    assert words(ann.sync()) == [("PRIVMSG", crowd.channel, "x")]
    limited = crowd.raw().register(crowd.name("pc"), password=f"{name}/pc:{made['password']}")
    limited.join(crowd.channel)
    assert limited.one(request).words[:3] == ("FAIL", "RELAYMSG", "PRIVS_NEEDED")
