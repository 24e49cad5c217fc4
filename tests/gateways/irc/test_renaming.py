"""Channels with another name. Source: IRCv3 draft/channel-rename."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import codes, words

CAPS = "draft/channel-rename server-time"


def test_renaming(crowd: Crowd) -> None:
    """Messages: who knows RENAME is told so, with a third parameter always. Fallback: PART and
    JOIN, and what follows a JOIN."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    old = crowd.client("old")
    old.join(crowd.channel)
    ann.ask(f"TOPIC {crowd.channel} :kept")
    for client in (ann, ben, old):
        client.sync()
    new = f"#renamed{crowd.number}"
    (line,) = ann.ask(f"RENAME {crowd.channel} {new} :Typo fix")
    assert line.words == ("RENAME", crowd.channel, new, "Typo fix")
    assert line.nick == ann.nick
    assert "time" in line.tags
    assert words(ben.sync()) == [line.words]
    lines = old.sync()
    assert codes(lines) == ["PART", "JOIN", "332", "333", "353", "366"]
    assert words(lines)[:3] == [
        ("PART", crowd.channel, "Typo fix"), ("JOIN", new), ("332", old.nick, new, "kept"),
    ]  # fmt: skip
    assert {line.nick for line in lines[:2]} == {old.nick}
    assert sorted(lines[4].text.split()) == sorted([f"@{ann.nick}", ben.nick, old.nick])
    ben.ask(f"PRIVMSG {new} :here")
    assert words(old.sync()) == [("PRIVMSG", new, "here")]
    assert codes(ann.ask(f"PRIVMSG {crowd.channel} :x")) == ["PRIVMSG", "403"]
    (line,) = ann.ask(f"RENAME {new} {crowd.channel}")
    assert line.words == ("RENAME", new, crowd.channel, "")


def test_only_the_casing(crowd: Crowd) -> None:
    """ "Implementations MUST allow channels to be renamed while only changing the casing"; the
    fallback SHOULD NOT be used then."""
    (ann,) = crowd.inside("ann", caps=CAPS)
    old = crowd.client("old")
    old.join(crowd.channel)
    ann.sync()
    new = crowd.channel.upper()
    assert ann.ask(f"RENAME {crowd.channel} {new}")[0].command == "RENAME"
    assert old.sync() == []
    assert ann.one(f"TOPIC {crowd.channel}").params[1] == new


def test_who_asks_without_the_capability(crowd: Crowd) -> None:
    """ "the server SHOULD rename the channel, but use the fallback"."""
    (ann,) = crowd.inside("ann")
    new = f"#renamed{crowd.number}"
    assert codes(ann.ask(f"RENAME {crowd.channel} {new}"))[:2] == ["PART", "JOIN"]


def test_errors(crowd: Crowd) -> None:
    """Errors: FAIL codes, and numerics where these fit."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    taken = f"#taken{crowd.number}"
    ben.join(taken)
    channel, new = crowd.channel, f"#renamed{crowd.number}"
    assert ann.one(f"RENAME {channel} {taken}").words[:5] == (
        "FAIL", "RENAME", "CHANNEL_NAME_IN_USE", channel, taken,
    )  # fmt: skip
    for bad in ("%local", "#", f"#{'x' * 70}", channel):
        assert ann.one(f"RENAME {channel} {bad}").words[:5] == (
            "FAIL", "RENAME", "CANNOT_RENAME", channel, bad,
        )  # fmt: skip
    assert ben.one(f"RENAME {channel} {new}").command == "482"
    out = crowd.client("out", CAPS)
    assert out.one(f"RENAME {channel} {new}").command == "442"
    assert out.one(f"RENAME #none{crowd.number} {new}").command == "403"
    assert out.one(f"RENAME {channel}").command == "461"


@pytest.mark.parametrize("registered", [False, True])
def test_a_name_that_was_left_can_be_taken(crowd: Crowd, registered: bool) -> None:
    """An emptied channel gives way, and its history isn't that of the renamed one."""
    (ben,) = crowd.inside("ben", caps="draft/chathistory batch")
    old = f"#old{crowd.number}"
    ben.join(old)
    ben.ask(f"PRIVMSG {old} :long ago", f"PART {old}", f"PRIVMSG {crowd.channel} :before")
    ben.ask(f"RENAME {crowd.channel} {old}")
    lines = ben.ask(f"CHATHISTORY LATEST {old} * 10")
    assert [line.text for line in lines[1:-1]] == ["before"]
    ben.join(crowd.channel)
    lines = ben.ask(f"CHATHISTORY LATEST {crowd.channel} * 10")
    assert [line.text for line in lines[1:-1]] == []
