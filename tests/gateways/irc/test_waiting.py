"""For who isn't here: direct messages and invitations wait, and others learn the new host.

Source: Modern IRC, RPL_AWAY, INVITE message; IRCv3 chathistory, chghost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateways.irc.conftest import CONFIG, PASSWORD, Connect, Crowd
from tests.support.hub import HubProcess
from tests.support.irc import codes, words

CAPS = "server-time message-tags batch draft/chathistory"


def test_direct_messages_wait(crowd: Crowd) -> None:
    """Kept without an error, and RPL_AWAY (301) says why nobody answers."""
    ann, name = crowd.member("ann", CAPS), crowd.account("ben")
    assert words(ann.ask(f"PRIVMSG {name} :are you there?", f"NOTICE {name} :hello?")) == [
        ("301", ann.nick, name, "offline")
    ]
    ben = crowd.login(name, CAPS)
    lines = ben.ask(f"CHATHISTORY LATEST {ann.nick} * 10")[1:-1]
    assert words(lines) == [("PRIVMSG", name, "are you there?"), ("NOTICE", name, "hello?")]
    (target,) = ben.ask("CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z"
                        " timestamp=2199-01-01T00:00:00.000Z 10")[1:-1]  # fmt: skip
    assert target.params[1] == ann.nick


def test_guests_reach_only_who_is_here(crowd: Crowd) -> None:
    """A stranger can't fill somebody's history while he is away: 401."""
    assert crowd.client("ann").one(f"PRIVMSG {crowd.account('ben')} :x").command == "401"


def test_invitations_wait(crowd: Crowd) -> None:
    """Each is told as an INVITE at login, and listed by INVITE, until it is used."""
    ann, name = crowd.member("ann"), crowd.account("ben")
    ann.join(crowd.channel)
    ann.ask(f"MODE {crowd.channel} +i")
    assert codes(ann.ask(f"INVITE {name} {crowd.channel}")) == ["341", "301"]
    for _ in range(2):
        ben = crowd.raw()
        ben.capabilities("server-time sasl")
        ben.sasl_plain(name, PASSWORD)
        ben.send(f"NICK {name}", "USER x 0 * :x", "CAP END")
        told = ben.expect("INVITE")
        assert (told.source, told.words) == (ann.nick, ("INVITE", name, crowd.channel))
        assert "time" in told.tags
        assert words(ben.ask("INVITE"), "336") == [("336", name, crowd.channel)]
    ben.join(crowd.channel)
    assert words(ben.ask("INVITE"), "336") == []
    again = crowd.raw().register(name, password=PASSWORD)
    assert not any(" INVITE " in line for line in again.log)


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[HubProcess]:
    """Return a hub where people with an account stay in their groups."""
    hub = HubProcess(tmp_path, {**CONFIG, "irc": {"durable_membership": True}}).start()
    yield hub
    hub.kill()


def test_the_host_of_who_comes_back(durable: HubProcess, connect: Connect) -> None:
    """chghost: who was shown as offline is told with his host, once he is here; to who doesn't know
    it, as if he came anew."""
    for name in ("ann", "ben"):
        durable.add_user(name, PASSWORD)
        connect(durable.irc_port).register(name, password=PASSWORD).join("#room")
    durable.restart()
    ben = connect(durable.irc_port).register("ben", caps="chghost", password=PASSWORD)
    plain = connect(durable.irc_port).register("plain")
    plain.join("#room")
    assert words(ben.ask("WHO ann"), "352")[0][4] == "offline"
    ann = connect(durable.irc_port).register("ann", caps="", password=PASSWORD)
    (told,) = [line for line in ben.sync() if line.command == "CHGHOST"]
    assert told.source == "ann!ann@offline"
    user, host = told.params
    assert words(ben.ask("WHO ann"), "352")[0][3:5] == (user, host)
    assert [(line.source, *line.words) for line in plain.sync() if line.nick != "ben"] == [
        ("ann!ann@offline", "QUIT", "Changing host"),  # Fallback
        (f"ann!{user}@{host}", "JOIN", "#room"),
        ("irc.test", "MODE", "#room", "+o", "ann"),
    ]
    ann.quit()
    connect(durable.irc_port).register("ann", password=PASSWORD)
    assert "CHGHOST" not in codes(ben.sync())
