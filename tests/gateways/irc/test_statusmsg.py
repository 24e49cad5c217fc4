"""STATUSMSG and client tags that aren't passed on.

Source: Modern IRC, STATUSMSG parameter; IRCv3 message-tags, CLIENTTAGDENY.
"""

from __future__ import annotations

from pathlib import Path

from tests.gateways.irc.conftest import Connect, Crowd
from tests.support.hub import HubProcess
from tests.support.irc import codes, words


def test_only_members_of_that_rank_are_told(crowd: Crowd) -> None:
    ann, ben, cat = crowd.inside(
        "ann", "ben", "cat", caps="message-tags echo-message batch draft/chathistory"
    )
    channel = crowd.channel
    ann.ask(f"MODE {channel} +v {ben.nick}")
    cat.sync()
    ben.sync()
    echo = cat.one(f"PRIVMSG @{channel} :help")
    assert echo.params == (f"@{channel}", "help")
    assert words(ann.sync()) == [("PRIVMSG", f"@{channel}", "help")]
    assert ben.sync() == []
    ann.ask(f"NOTICE +{channel} :voices")
    assert words(ben.sync()) == [("NOTICE", f"+{channel}", "voices")]
    assert cat.sync() == []
    cat.ask(f"@+x=y TAGMSG @{channel}", f"PRIVMSG @{channel} :\x01VERSION\x01")
    assert codes(ann.sync()) == ["TAGMSG", "PRIVMSG"]
    assert ben.sync() == []
    seen = [line.text for line in ben.ask(f"CHATHISTORY LATEST {channel} * 10")]
    assert "voices" in seen
    assert "help" not in seen


def test_what_is_no_status(crowd: Crowd) -> None:
    ann = crowd.inside("ann")[0]
    assert ann.one(f"PRIVMSG !{crowd.channel} :no such sign").command == "401"
    assert ann.one("PRIVMSG @#nowhere :x").command == "403"
    assert ann.one("PRIVMSG @ :x").command == "401"
    assert ann.ask(f"PRIVMSG @+{crowd.channel} :the lowest counts") == []
    assert " STATUSMSG=~&@%+ " in " ".join(line.raw for line in ann.ask("VERSION"))


def test_tagmsg_without_client_tags_is_passed_on(crowd: Crowd) -> None:
    """'The server removes the tag before relaying the message.'"""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags")
    ann.ask(f"@unknown-tag TAGMSG {crowd.channel}")
    (line,) = ben.sync()
    assert line.words == ("TAGMSG", crowd.channel)
    assert line.tags.keys() == {"msgid"}


def test_denied_client_tags(tmp_path: Path, connect: Connect) -> None:
    """CLIENTTAGDENY=*,-reply: others are dropped; a TAGMSG of nothing else isn't told."""
    hub = HubProcess(tmp_path, {"irc": {"client_tags_denied": ["*", "-reply"]}}).start()
    try:
        ann, ben = (
            connect(hub.irc_port).register(nick, caps="message-tags") for nick in ("a", "b")
        )
        assert " CLIENTTAGDENY=*,-reply " in " ".join(line.raw for line in ann.ask("VERSION"))
        ann.ask("@+typing=active TAGMSG b", "@+reply=x;+typing=active PRIVMSG b :hi")
        (line,) = ben.sync()
        assert line.words == ("PRIVMSG", "b", "hi")
        assert line.tags.keys() == {"msgid", "+reply"}
    finally:
        hub.kill()
