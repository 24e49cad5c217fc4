"""Who doesn't admit somebody is for him as one who isn't here; guests who are gone; removals.

Source: docs/architecture.md; Modern IRC for the numerics.
"""

from __future__ import annotations

import socket

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import codes, words
from tests.support.toc import TocClient
from words.admin.client import ask
from words.spread.blocking import BlockingConnection
from words.spread.credentials import Anonymous
from words.spread.errors import RemoteError


def deny(crowd: Crowd, account: str, other: str, what: str = "toc2_add_deny") -> None:
    """Let somebody not be reached by another, from a client that can say so."""
    with TocClient(crowd.hub.toc_port).sign_on(account, PASSWORD, "toc2_login") as client:
        client.ask(what, other)


def test_a_denied_guest_cant_tell(crowd: Crowd) -> None:
    """WHOIS, WHO, ISON, USERHOST, MONITOR, PRIVMSG, INVITE, KICK, MODE: as of nobody at all."""
    mia, out = crowd.member("mia"), crowd.client("out", "extended-monitor away-notify")
    out.join(crowd.channel)
    nobody = crowd.name("nobody")
    out.ask(f"MONITOR + {mia.nick}")
    deny(crowd, mia.nick, out.nick)
    assert words(out.sync()) == [("731", out.nick, mia.nick)]
    for asked in (
        "WHOIS {}", "WHO {}", "WHO {}*", "WHO {} %na", "ISON {}", "USERHOST {}", "USERIP {}",
        "MONITOR + {}", "PRIVMSG {} :x", "PRIVMSG {} :\x01PING\x01", "INVITE {} #x",
        f"KICK {crowd.channel} {{}}", f"MODE {crowd.channel} +o {{}}",
    ):  # fmt: skip
        told = [line.raw.replace(mia.nick, nobody) for line in out.ask(asked.format(mia.nick))]
        assert told == [line.raw for line in out.ask(asked.format(nobody))], asked
    with BlockingConnection(socket.create_connection(("127.0.0.1", crowd.hub.pb_ports[0]))) as pb:
        guest = pb.log_in(Anonymous(), service="chat")
        deny(crowd, mia.nick, guest.call("state")["name"])
        with pytest.raises(RemoteError, match=r"words\.NoSuchParticipant"):
            guest.call("whois", person=mia.nick)
    mia.ask("AWAY :x")
    assert out.sync() == []
    mia.quit()
    assert codes(out.ask(f"WHOWAS {mia.nick}")) == ["406", "369"]
    mia = crowd.login(mia.nick)
    assert out.sync() == []
    deny(crowd, mia.nick, out.nick, "toc2_remove_deny")
    assert codes(out.sync())[0] == "730"
    assert codes(out.ask(f"WHOIS {mia.nick}"))[0] == "311"


def test_in_a_shared_channel_presence_isnt_told(crowd: Crowd) -> None:
    mia, out = crowd.member("mia"), crowd.client("out")
    for client in (mia, out):
        client.join(crowd.channel)
    deny(crowd, mia.nick, out.nick)
    rows = {line.params[5]: line.params[6] for line in out.ask(f"WHO {crowd.channel}")[:-1]}
    assert rows[mia.nick] == "G@"
    with BlockingConnection(socket.create_connection(("127.0.0.1", crowd.hub.pb_ports[0]))) as pb:
        guest = pb.log_in(Anonymous(), service="chat")
        deny(crowd, mia.nick, guest.call("state")["name"])
        (shown, _) = guest.call("members", group=crowd.channel[1:])["members"]
        assert (shown["name"], shown["away"]) == (mia.nick, "offline")


def test_a_guest_who_is_gone_is_still_read(crowd: Crowd) -> None:
    """ "A direct conversation with a guest stays readable for the identity in it."""
    mia = crowd.login(crowd.account("mia"), "batch draft/chathistory server-time")
    guest = crowd.client("guest")
    guest.ask(f"PRIVMSG {mia.nick} :hello")
    guest.quit()
    mia.sync()
    asked = f"CHATHISTORY LATEST {guest.nick.upper()} * 5"
    assert words(mia.ask(asked), "PRIVMSG") == [("PRIVMSG", mia.nick, "hello")]
    span = "timestamp=2020-01-01T00:00:00.000Z timestamp=2099-01-01T00:00:00.000Z"
    targets = words(mia.ask(f"CHATHISTORY TARGETS {span} 10"), "CHATHISTORY")
    assert [each[2] for each in targets] == [guest.nick]
    again = crowd.client("guest")
    assert words(mia.ask(asked), "PRIVMSG") == []
    again.ask(f"PRIVMSG {mia.nick} :me now")
    mia.sync()
    assert words(mia.ask(asked), "PRIVMSG") == [("PRIVMSG", mia.nick, "me now")]


def test_a_removed_identity_leaves_without_being_away(crowd: Crowd) -> None:
    ann = crowd.client("ann", "away-notify")
    mia = crowd.member("mia")
    for client in (ann, mia):
        client.join(crowd.channel)
    ann.sync()
    ask(crowd.hub.data / "admin.sock", "user-remove", {"name": mia.nick})
    mia.rest()
    assert codes(ann.sync()) == ["PART"]
