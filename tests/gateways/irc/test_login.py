"""AUTHENTICATE. Source: IRCv3 sasl-3.1, sasl-3.2; RFC 4616 (PLAIN), RFC 7677 (SCRAM-SHA-256)."""

from __future__ import annotations

import base64

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import Client, codes, words
from words.admin.client import ask


def _ready(crowd: Crowd) -> Client:
    """Return a connection in the middle of its registration, with SASL."""
    client = crowd.raw()
    client.capabilities("sasl")
    client.ask(f"NICK {crowd.name('zoe')}", "USER zoe 0 * :r")
    return client


def _plain(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("form", ["\0{0}\0{1}", "{0}\0{0}\0{1}"])
def test_plain(crowd: Crowd, form: str) -> None:
    """900 with nick!user@host and account, 903; logged in when registration ends."""
    account = crowd.account("ann")
    client = _ready(crowd)
    assert words(client.ask("AUTHENTICATE PLAIN")) == [("AUTHENTICATE", "+")]
    logged, success = client.ask(f"AUTHENTICATE {_plain(form.format(account, PASSWORD))}")
    nick = crowd.name("zoe")
    assert logged.words[:2] == ("900", nick)
    assert logged.params[1].startswith(f"{nick}!")
    assert logged.params[2:] == (account, f"You are now logged in as {account}")
    assert success.words[:2] == ("903", nick)
    client.ask("CAP END")
    assert words(client.ask(f"WHOIS {nick}"), "330")[0][3] == account


def test_scram(crowd: Crowd) -> None:
    account = crowd.account("ann")
    client = _ready(crowd)
    assert client.sasl_scram(account, PASSWORD).command == "903"
    client.ask("CAP END")
    assert words(client.ask(f"WHOIS {crowd.name('zoe')}"), "330")[0][3] == account


def test_wrong_passwords(crowd: Crowd) -> None:
    """904, and one may try again, or come in without."""
    account = crowd.account("ann")
    client = _ready(crowd)
    assert client.sasl_plain(account, "wrong").command == "904"
    assert client.sasl_scram(account, "wrong").command == "904"
    assert client.sasl_plain(crowd.name("nobody"), "x").command == "904"
    assert client.sasl_scram(crowd.name("nobody"), "x").command == "904"
    assert client.sasl_plain(account, PASSWORD).command == "903"


def test_coming_in_without(crowd: Crowd) -> None:
    client = _ready(crowd)
    assert client.sasl_plain(crowd.account("ann"), "wrong").command == "904"
    assert "001" in codes(client.ask("CAP END"))


def test_mechanisms(crowd: Crowd) -> None:
    """RPL_SASLMECHS (908) and 904 for one that isn't offered; names in any case."""
    client = _ready(crowd)
    assert words(client.ask("AUTHENTICATE FOO")) == [
        ("908", crowd.name("zoe"), "SCRAM-SHA-256,PLAIN", "are available SASL mechanisms"),
        ("904", crowd.name("zoe"), "SASL authentication failed"),
    ]
    assert words(client.ask("AUTHENTICATE plain")) == [("AUTHENTICATE", "+")]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_abort(crowd: Crowd, mechanism: str) -> None:
    """AUTHENTICATE * is answered with 906."""
    client = _ready(crowd)
    client.ask(f"AUTHENTICATE {mechanism}")
    assert client.one("AUTHENTICATE *").words[:2] == ("906", crowd.name("zoe"))
    assert client.sasl_plain(crowd.account("ann"), PASSWORD).command == "903"


@pytest.mark.parametrize("text", ["\0a", "a\0b\0c\0d", "other\0{0}\0{1}", "\0\0x", "", "\0{0}\0"])
def test_responses_that_are_none(crowd: Crowd, text: str) -> None:
    account = crowd.account("ann")
    client = _ready(crowd)
    client.ask("AUTHENTICATE PLAIN")
    response = _plain(text.format(account, PASSWORD)) or "+"
    assert client.one(f"AUTHENTICATE {response}").command == "904"


@pytest.mark.parametrize("response", ["!!!", "a", "\u00e9", "x" * 401])
def test_responses_that_are_no_base64(crowd: Crowd, response: str) -> None:
    """904, and 905 for a chunk over 400 bytes."""
    client = _ready(crowd)
    client.ask("AUTHENTICATE PLAIN")
    expected = "905" if len(response) > 400 else "904"
    assert client.one(f"AUTHENTICATE {response}").command == expected


@pytest.mark.parametrize("size", [150, 298, 297, 500, 700])
def test_long_passwords_come_in_chunks(crowd: Crowd, size: int) -> None:
    """Chunks of 400 bytes, "+" after the last one if it has 400; RFC 4616 allows 255 octets."""
    name = crowd.name("ann")
    password = "p" * (size - len(name) - 2)
    ask(crowd.hub.data / "admin.sock", "user-add", {"name": name, "password": password})
    client = _ready(crowd)
    assert client.sasl_plain(name, password).command == "903"


def test_a_password_of_800_bytes(crowd: Crowd) -> None:
    name, password = crowd.name("ann"), "é" * 400
    ask(crowd.hub.data / "admin.sock", "user-add", {"name": name, "password": password})
    assert _ready(crowd).sasl_plain(name, password).command == "903"
    assert _ready(crowd).sasl_plain(name, password + "x").command == "904"


def test_responses_without_end(crowd: Crowd) -> None:
    """905 when all chunks together are too long."""
    client = _ready(crowd)
    client.ask("AUTHENTICATE PLAIN")
    client.send(*("AUTHENTICATE " + "x" * 400 for _ in range(30)))
    assert "905" in codes(client.sync())


def test_registering_in_the_middle_aborts(crowd: Crowd) -> None:
    """sasl-3.1: the server SHOULD abort with 906 and register the client without."""
    client = _ready(crowd)
    client.ask("AUTHENTICATE PLAIN")
    lines = client.ask("CAP END")
    assert codes(lines)[:2] == ["906", "001"]


def test_logging_in_again(crowd: Crowd) -> None:
    """sasl-3.2, Reauthentication: "Servers SHOULD allow a client, authenticated or otherwise, to
    reauthenticate by sending a new AUTHENTICATE message at any time"."""
    client = _ready(crowd)
    one, other = crowd.account("ann"), crowd.account("other")
    assert client.sasl_plain(one, PASSWORD).command == "903"
    assert client.sasl_plain(other, PASSWORD).command == "903"
    client.ask("CAP END")
    ben = crowd.client("ben", "account-notify")
    for each in (client, ben):
        each.join(crowd.channel)
    client.sync()
    assert client.sasl_plain(other, PASSWORD).command == "903"
    assert ben.sync() == []
    assert client.sasl_plain(one, PASSWORD).command == "903"
    (told,) = ben.sync()
    assert told.words == ("ACCOUNT", one)
    assert client.sasl_plain(one, "wrong").command == "904"
    assert words(ben.ask(f"WHOIS {told.nick}"), "330")[0][3] == one


def test_who_goes_by_the_name_of_an_account_stays_in_it(crowd: Crowd) -> None:
    mia, other = crowd.member("mia"), crowd.account("other")
    mia.capabilities("sasl")
    assert mia.sasl_plain(mia.nick, PASSWORD).command == "903"
    assert mia.sasl_plain(other, PASSWORD).command == "907"


def test_without_the_capability(crowd: Crowd) -> None:
    client = crowd.client("ann")
    assert client.one("AUTHENTICATE PLAIN").words[:3] == ("421", client.nick, "AUTHENTICATE")


def test_without_parameters(crowd: Crowd) -> None:
    assert _ready(crowd).one("AUTHENTICATE").command == "461"


def test_after_registration(crowd: Crowd) -> None:
    """sasl-3.2: one may log in at any time; the nick stays."""
    account = crowd.account("ann")
    client = crowd.client("guest", "sasl account-tag echo-message")
    assert client.sasl_scram(account, PASSWORD).command == "903"
    (line,) = client.ask(f"PRIVMSG {client.nick} :x")[:1]
    assert line.tags == {"account": account}


def test_the_nick_is_waited_for(crowd: Crowd) -> None:
    """An account's own nick may be asked for before the login."""
    account = crowd.account("ann")
    client = crowd.raw()
    client.capabilities("sasl")
    assert client.ask(f"NICK {account}", "USER u 0 * :r") == []
    client.sasl_plain(account, PASSWORD)
    assert client.ask("CAP END")[0].words[:2] == ("001", account)


def test_the_end_of_a_connection_in_the_middle(crowd: Crowd) -> None:
    """An attempt dies with its connection, and nobody else notices."""
    account = crowd.account("ann")
    for _ in range(5):
        client = _ready(crowd)
        client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {_plain(f'{account}{PASSWORD}')}")
        client.close()
    assert crowd.login(account).nick == account


def test_whose_name_a_guest_has(crowd: Crowd) -> None:
    """A guest who was there before the account has to make way when its owner comes."""
    guest, ben = crowd.inside("ann", "ben")
    account = crowd.account("ann")
    client = crowd.raw()
    client.capabilities("sasl")
    assert client.ask(f"NICK {account}") == []
    assert client.sasl_plain(account, PASSWORD).command == "903"
    client.send("USER ann 0 * :r", "CAP END")
    assert client.expect("001").params[0] == account
    (renamed,) = guest.sync()
    assert (renamed.command, renamed.nick) == ("NICK", account)
    assert renamed.text.startswith("guest-")
    assert words(ben.sync()) == [renamed.words]
    ben.ask(f"PRIVMSG {account} :hi")
    assert [line.text for line in client.sync() if line.command == "PRIVMSG"] == ["hi"]
    assert words(guest.ask(f"PRIVMSG {crowd.channel} :still here")) == []
