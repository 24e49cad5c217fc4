"""Accounts that stay without a client, and what each client missed. Source: IRCv3
draft/persistence, as proposed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.hub import HubProcess
from tests.support.irc import Client, codes, words

CAP = "draft/persistence"


def _enter(crowd: Crowd, login: str, caps: str = "", user: str = "u") -> tuple[Client, list[str]]:
    """Return a client of an account, and the texts that it was shown when it came in."""
    client = crowd.raw()
    client.capabilities(f"{caps} sasl")
    client.sasl_plain(login, PASSWORD)
    client.nick = login.partition("@")[0]
    lines = client.ask(f"NICK {client.nick}", f"USER {user} 0 * :r", "CAP END")
    assert "001" in codes(lines)
    return client, [line.text for line in lines if line.command == "PRIVMSG"]


def _until_the_next_millisecond(client: Client) -> None:
    """Let it pass: what was said in the one in which somebody goes is shown to him again."""
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == now:
        client.sync()


def test_persistence(crowd: Crowd) -> None:
    """GET, SET, STATUS; between the last 005 and the end of MOTD."""
    account = crowd.account("ann")
    ann, _ = _enter(crowd, account, CAP)
    assert ann.one("PERSISTENCE GET").words == ("PERSISTENCE", "STATUS", "DEFAULT", "OFF")
    other, _ = _enter(crowd, account, CAP)
    assert ann.one("PERSISTENCE SET ON").words == ("PERSISTENCE", "STATUS", "ON", "ON")
    assert words(other.sync()) == [("PERSISTENCE", "STATUS", "ON", "ON")]
    assert ann.one("PERSISTENCE SET MAYBE").words[:3] == (
        "FAIL", "PERSISTENCE", "INVALID_PARAMETERS",
    )  # fmt: skip
    assert ann.ask("PERSISTENCE FLY") == []
    ann.join(crowd.channel)
    ben = crowd.client("ben")
    ben.join(crowd.channel)
    for client in (ann, other):
        client.quit()
    assert words(ben.sync(), "QUIT", "PART") == []
    assert account in " ".join(line.text for line in ben.ask(f"NAMES {crowd.channel}"))
    again = crowd.raw()
    again.capabilities(f"{CAP} sasl")
    again.sasl_plain(account, PASSWORD)
    lines = again.ask(f"NICK {account}", "USER u 0 * :r", "CAP END")
    place = codes(lines).index("PERSISTENCE")
    assert lines[place].words == ("PERSISTENCE", "STATUS", "ON", "ON")
    assert (
        codes(lines).index("005") < place < codes(lines).index("376") < codes(lines).index("JOIN")
    )
    again.ask("PERSISTENCE SET OFF")
    again.quit()
    assert words(ben.sync(), "QUIT") != []


def test_who_stays_keeps_his_spelling(crowd: Crowd) -> None:
    account = crowd.account("ann")
    ann, _ = _enter(crowd, account, CAP)
    ann.ask("PERSISTENCE SET ON", f"JOIN {crowd.channel}", f"NICK {account.upper()}")
    ben = crowd.client("ben")
    ben.join(crowd.channel)
    ann.quit()
    again, _ = _enter(crowd, account)
    assert again.ask("AWAY")[0].params[0] == account.upper()  # nobody was told of another nick
    assert "NICK" not in codes(ben.sync())
    again.ask(f"PART {crowd.channel}")
    assert ben.sync()[-1].nick == account.upper()


def test_guests_cannot_stay(crowd: Crowd) -> None:
    """ "Servers MUST NOT allow unauthenticated clients to become persistent"."""
    guest = crowd.client("guest", CAP)
    for request in ("GET", "SET ON"):
        line = guest.one(f"PERSISTENCE {request}")
        assert line.words[:3] == ("FAIL", "PERSISTENCE", "ACCOUNT_REQUIRED")


def test_what_was_missed_is_shown_to_each_client(crowd: Crowd) -> None:
    """By the id of the client, with its login or its user name; in channels and directly."""
    account = crowd.account("ann")
    phone, shown = _enter(crowd, f"{account}@phone")
    assert shown == []
    phone.ask("NS SET ALWAYS-ON ON")
    phone.join(crowd.channel)
    laptop, _ = _enter(crowd, account, user="u@laptop")
    ben = crowd.client("ben")
    ben.join(crowd.channel)
    phone.quit()
    ben.ask(f"PRIVMSG {crowd.channel} :one", f"PRIVMSG {account} :direct")
    assert "one" in [line.text for line in laptop.sync() if line.command == "PRIVMSG"]
    _until_the_next_millisecond(laptop)
    laptop.quit()
    ben.ask(f"PRIVMSG {crowd.channel} :two")
    _, shown = _enter(crowd, f"{account}@phone", "server-time")
    assert sorted(shown) == ["direct", "one", "two"]
    _, shown = _enter(crowd, account, "server-time", user="u@laptop")
    assert shown == ["two"]
    _, shown = _enter(crowd, account, "server-time", user="u@new")
    assert shown == []
    crowd.login(account, CAP).ask("PERSISTENCE SET OFF")


def test_clients_that_can_ask_are_shown_nothing(crowd: Crowd) -> None:
    account = crowd.account("ann")
    ben = crowd.member("ben")
    for caps in ("draft/chathistory batch", "znc.in/playback"):
        client, _ = _enter(crowd, f"{account}@{caps[:3]}", caps)
        client.quit()
        ben.ask(f"PRIVMSG {account} :missed")
        client, shown = _enter(crowd, f"{account}@{caps[:3]}", caps)
        assert shown == []


def test_own_words_are_shown_to_who_knows_them(crowd: Crowd) -> None:
    """znc.in/self-message: another client would take them for what the other one said."""
    account = crowd.account("ann")
    ben = crowd.member("ben")
    for caps, expected in (("server-time", []), ("server-time znc.in/self-message", ["mine"])):
        away, _ = _enter(crowd, f"{account}@{len(caps)}", caps)
        away.quit()
        other, _ = _enter(crowd, f"{account}@other")
        other.ask(f"PRIVMSG {ben.nick} :mine")
        _, shown = _enter(crowd, f"{account}@{len(caps)}", caps)
        assert shown == expected


def test_a_password_may_name_the_client(crowd: Crowd) -> None:
    """PASS account@client:password, and the label of an app password."""
    account = crowd.account("ann")
    ben = crowd.member("ben")
    for missed in ([], ["hi"]):
        client = crowd.raw()
        client.nick = account
        lines = client.ask(f"PASS :{account}@old:{PASSWORD}", f"NICK {account}", "USER u 0 * :r")
        assert "001" in codes(lines)
        shown = [line.text.partition("] ")[2] for line in lines if line.command == "PRIVMSG"]
        assert shown == missed
        client.quit()
        ben.ask(f"PRIVMSG {account} :hi")


@pytest.fixture
def small_hub(tmp_path: Path) -> Iterator[HubProcess]:
    """Return a hub where one account may choose to stay, and that restarts."""
    hub = HubProcess(tmp_path, {"irc": {"always_on_limit": 1}}).start()
    yield hub
    hub.kill()


def test_it_is_bounded_and_outlives_the_hub(small_hub: HubProcess) -> None:
    for name in ("ann", "ben"):
        small_hub.add_user(name, PASSWORD)
    ann = Client(small_hub.irc_port).register("ann", caps=CAP, password=PASSWORD)
    ben = Client(small_hub.irc_port).register("ben", caps=CAP, password=PASSWORD)
    ann.join("#room")
    assert ann.one("PERSISTENCE SET ON").params[1:] == ("ON", "ON")
    assert [line.words[:2] for line in ben.ask("PERSISTENCE SET ON")] == [
        ("WARN", "PERSISTENCE"), ("PERSISTENCE", "STATUS"),
    ]  # fmt: skip
    for client in (ann, ben):
        client.close()
    small_hub.restart()
    with Client(small_hub.irc_port).register("cat") as cat:
        assert "ann" in " ".join(line.text for line in cat.join("#room"))


def test_what_was_seen_is_not_shown_again_after_the_hub_stopped(small_hub: HubProcess) -> None:
    for name in ("ann", "ben"):
        small_hub.add_user(name, PASSWORD)
    ann = Client(small_hub.irc_port).register("ann", password=PASSWORD)
    ben = Client(small_hub.irc_port).register("ben", password=PASSWORD)
    ben.ask("PRIVMSG ann :seen")
    assert [line.text for line in ann.sync()] == ["seen"]
    small_hub.stop()
    for client in (ann, ben):
        client.rest()
        client.close()
    small_hub.start()
    with Client(small_hub.irc_port) as ann:
        ann.capabilities("sasl")
        ann.sasl_plain("ann", PASSWORD)
        assert "PRIVMSG" not in codes(ann.ask("NICK ann", "USER u 0 * :r", "CAP END"))
