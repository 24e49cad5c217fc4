"""REGISTER, VERIFY. Source: IRCv3 draft/account-registration, cap-notify."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateways.irc.conftest import CONFIG, Connect, Crowd
from tests.support.hub import HubProcess
from tests.support.irc import Client, codes, words

NAME = "draft/account-registration"
CAPS = f"{NAME} account-notify extended-join"


@pytest.fixture(scope="module")
def open_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return a hub where people make their accounts by themselves, at any time."""
    passport = {"registration": "before-connect"}
    folder = tmp_path_factory.mktemp("open")
    hub = HubProcess(folder, {**CONFIG, "passport": passport}).start()
    yield hub
    hub.kill()
    assert "Traceback" not in hub.log


@pytest.fixture
def people(open_hub: HubProcess) -> Iterator[Crowd]:
    """Return the test's own people on that hub."""
    crowd = Crowd(open_hub)
    yield crowd
    crowd.close()


def _value(client: Client) -> str | None:
    """Return what CAP LS says of the capability."""
    listed: dict[str, str] = {}
    for line in client.ask("CAP LS 302"):
        listed |= {name: value for name, _, value in (x.partition("=") for x in line.text.split())}
    return listed.get(NAME)


def test_after_coming_in(people: Crowd) -> None:
    """SUCCESS; "the client is assumed to be authenticated to the account as if it used SASL"."""
    ann, ben = people.inside("ann", "ben", caps=CAPS)
    lines = ann.ask("REGISTER * * :correct horse")
    assert words(lines, "REGISTER") == [("REGISTER", "SUCCESS", ann.nick, "The account was made")]
    assert words(lines, "900")[0][3] == ann.nick
    assert words(ben.sync(), "ACCOUNT") == [("ACCOUNT", ann.nick)]
    assert words(ben.ask(f"WHOIS {ann.nick}"), "330")[0][3] == ann.nick
    ann.quit()
    again = people.raw().register(ann.nick, password="correct horse")
    assert words(again.ask(f"WHOIS {ann.nick}"), "330")[0][3] == ann.nick


def test_who_registers_becomes_the_account(people: Crowd) -> None:
    """Other clients of the account are the same person: one nick, the groups, the talk."""
    ann, ben = people.inside("ann", "ben", caps=CAPS)
    ben.ask(f"PRIVMSG {ann.nick} :before")
    ann.ask("REGISTER * * secret1")
    ben.sync()
    caps = "batch draft/chathistory"
    other = people.raw().register(ann.nick, password="secret1", caps=caps)
    assert ben.sync() == []
    assert ann.ask(f"PRIVMSG {people.channel} :x") == []
    said = words(other.sync(), "PRIVMSG")
    assert said == [("PRIVMSG", people.channel, "x")]
    lines = other.ask(f"CHATHISTORY LATEST {ben.nick} * 5")
    assert words(lines, "PRIVMSG") == [("PRIVMSG", ann.nick, "before")]
    assert other.one("NICK another").command == "400"


def test_before_coming_in(people: Crowd) -> None:
    """before-connect: all that is needed is a nick."""
    name = people.name("ann")
    client = people.raw(name)
    assert _value(client) == "before-connect"
    for name in "*", "somebody":
        answer = client.one(f"REGISTER {name} * sesame").words
        assert answer[:4] == ("FAIL", "REGISTER", "NEED_NICK", "*")
    lines = client.ask(f"NICK {name}", f"REGISTER {name} ann@example.com sesame")
    assert codes(lines) == ["REGISTER", "900"]
    assert "001" in codes(client.ask("USER x 0 * :x", "CAP END"))
    assert words(client.ask(f"WHOIS {name}"), "330")[0][3] == name
    assert people.raw().register(name, password="sesame").nick == name


def test_names_that_are_taken(people: Crowd) -> None:
    """ACCOUNT_EXISTS: an account's, what looks like it, what somebody else is called just now."""
    ann = people.client("ann", CAPS)
    holder = people.client("holder", CAPS)
    ann.ask("REGISTER * * secret1")
    for nick in (ann.nick, holder.nick):
        client = people.raw()
        client.ask("CAP LS 302")
        client.ask(f"NICK {nick}")
        line = client.ask("REGISTER * * secret2")[-1]
        assert line.words[1:3] in (("REGISTER", "ACCOUNT_EXISTS"), ("REGISTER", "NEED_NICK"))
    looks = people.raw()
    looks.ask("CAP LS 302", f"NICK {ann.nick.replace('a', chr(0x430), 1)}")
    assert looks.one("REGISTER * * secret2").words[:3] == ("FAIL", "REGISTER", "ACCOUNT_EXISTS")
    assert "REGISTER" in codes(holder.ask("REGISTER * * secret3"))


def test_refused(people: Crowd) -> None:
    """ACCOUNT_NAME_MUST_BE_NICK, WEAK_PASSWORD, UNACCEPTABLE_PASSWORD, ALREADY_AUTHENTICATED."""
    ann = people.client("ann", CAPS)
    for line, code in (
        ("REGISTER other * secret", "ACCOUNT_NAME_MUST_BE_NICK"),
        (f"REGISTER * * {ann.nick.upper()}", "WEAK_PASSWORD"),
        ("REGISTER * * :", "UNACCEPTABLE_PASSWORD"),
        (f"REGISTER {ann.nick} * \N{ZERO WIDTH SPACE}", "UNACCEPTABLE_PASSWORD"),
    ):
        assert ann.one(line).words[:3] == ("FAIL", "REGISTER", code)
    assert ann.one("REGISTER * *").command == "461"
    assert ann.one(f"VERIFY {ann.nick} 123").words[:4] == (
        "FAIL", "VERIFY", "INVALID_CODE", ann.nick,
    )  # fmt: skip
    ann.ask("REGISTER * * secret")
    assert ann.one("REGISTER * * secret").words[2] == "ALREADY_AUTHENTICATED"
    assert ann.one(f"VERIFY {ann.nick} 123").words[2] == "ALREADY_AUTHENTICATED"


def test_off_by_default(crowd: Crowd) -> None:
    """It isn't announced, and REGISTER says so."""
    assert _value(crowd.raw()) is None
    ann = crowd.client("ann")
    assert ann.one("REGISTER * * secret").words[:4] == (
        "FAIL", "REGISTER", "TEMPORARILY_UNAVAILABLE", "*",
    )  # fmt: skip


def _reload(hub: HubProcess, number: int, **passport: str) -> None:
    hub.configure({**CONFIG, "passport": passport})
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration was read again", times=number)


def test_a_reload_is_told(tmp_path: Path, connect: Connect) -> None:
    """cap-notify: NEW and DEL, to who has it; COMPLETE_CONNECTION_REQUIRED where it is "on"."""
    hub = HubProcess(tmp_path, CONFIG).start()
    try:
        ann = connect(hub.irc_port).register("ann", caps="cap-notify")
        old = connect(hub.irc_port).register("old")
        _reload(hub, 1, registration="on")
        assert ann.expect("CAP").words == ("CAP", "ann", "NEW", NAME)
        ann.capabilities(NAME)
        early = connect(hub.irc_port)
        early.ask("CAP LS 302", "NICK early")
        assert early.one("REGISTER * * x").words == (
            "FAIL", "REGISTER", "COMPLETE_CONNECTION_REQUIRED", "Complete the connection first",
        )  # fmt: skip
        _reload(hub, 2, registration="off")
        assert ann.expect("CAP", "ann", "DEL").text == NAME
        assert NAME not in ann.one("CAP LIST").text
        assert old.sync() == []
    finally:
        hub.kill()


def test_enough_is_enough(tmp_path: Path, connect: Connect) -> None:
    """TEMPORARILY_UNAVAILABLE after five from one address."""
    hub = HubProcess(
        tmp_path,
        {**CONFIG, "passport": {"registration": "on"}, "limits": {"exempt": []}},
    ).start()
    try:
        answers = [
            connect(hub.irc_port).register(f"ann{number}", caps=NAME).ask("REGISTER * * secret")[0]
            for number in range(6)
        ]
        assert [line.params[0] for line in answers[:5]] == ["SUCCESS"] * 5
        assert answers[5].words[:3] == ("FAIL", "REGISTER", "TEMPORARILY_UNAVAILABLE")
    finally:
        hub.kill()
