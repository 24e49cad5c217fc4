"""NickServ and ChanServ, for clients of any age."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.irc.services import SERVICES, Service
from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.hub import HubProcess
from tests.support.irc import Client, codes, words

FLOOD = {"limits": {"flood": {"burst": 1000000}}}


@pytest.fixture(scope="module")
def open_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return a hub where people make accounts by themselves, under any name."""
    config = {**FLOOD, "passport": {"registration": "before-connect", "custom_names": True,
                                    "iterations": 4096}}  # fmt: skip
    hub = HubProcess(tmp_path_factory.mktemp("services"), config).start()
    yield hub
    hub.kill()
    assert "Traceback" not in hub.log


@pytest.fixture
def newcomers(open_hub: HubProcess) -> Iterator[Crowd]:
    """Return people of that hub."""
    crowd = Crowd(open_hub)
    yield crowd
    crowd.close()


def _told(client: Client, request: str, service: str = "NickServ") -> list[str]:
    """Return what a service answers."""
    lines = client.ask(f"PRIVMSG {service} :{request}")
    return [line.text for line in lines if line.command == "NOTICE" and line.nick == service]


def test_what_is_written_to_a_service_is_echoed(crowd: Crowd) -> None:
    """IRCv3 echo-message: PRIVMSG comes back, and is part of the labelled answer."""
    ann = crowd.client("ann", "echo-message labeled-response batch message-tags")
    first, said, *answer, _ = ann.ask("@label=h;+a=b PRIVMSG nickserv :help ghost")
    assert first.tags == {"label": "h"}
    assert said.words == ("PRIVMSG", "nickserv", "help ghost")
    assert (said.nick, said.tags["+a"]) == (ann.nick, "b")
    assert {line.command for line in answer} == {"NOTICE"}
    assert "PRIVMSG" not in codes(crowd.client("ben").ask("PRIVMSG nickserv :help"))


def test_help_is_made_from_the_tables(crowd: Crowd) -> None:
    ann = crowd.client("ann")
    for name in ("NickServ", "ChanServ"):
        service = SERVICES.get(name.lower())  # type: ignore[call-overload]
        shown = " ".join(_told(ann, "HELP", name)).split()
        if isinstance(service, Service):
            assert set(service.rows) <= set(shown)
        for command in ("REGISTER", "INFO", "SET"):
            usage, *text = _told(ann, f"help {command.lower()}", name)
            assert usage.startswith(command)
            assert text
    assert len(_told(ann, "FLY")) == 1
    for alias in ("NS", "NICKSERV", "CS", "CHANSERV"):
        assert {line.command for line in ann.ask(f"{alias} HELP")} == {"NOTICE"}


def test_identify(newcomers: Crowd) -> None:
    """900 as after SASL; a wrong password tells nothing more."""
    ann = newcomers.client("ann")
    ann.ask("NS REGISTER sesame")
    client = newcomers.client("guest", "account-notify")
    (line,) = client.ask(f"NICKSERV IDENTIFY {ann.nick} wrong")
    assert line.command == "NOTICE"
    (other,) = client.ask(f"NICKSERV IDENTIFY {newcomers.name('nobody')} wrong")
    assert other.text == line.text
    (told,) = words(client.ask(f"PRIVMSG NickServ :identify {ann.nick} sesame"), "900")
    assert told[3] == ann.nick
    assert words(client.ask(f"WHOIS {client.nick}"), "330")[0][3] == ann.nick
    assert _told(client, "INFO")[0].startswith(f"Account {ann.nick},")


def test_registering_an_account(newcomers: Crowd) -> None:
    """The nick becomes the account's own, and a password opens it."""
    client = newcomers.client("ann")
    assert "900" in codes(client.ask("PRIVMSG NickServ :REGISTER sesame"))
    assert _told(client, "REGISTER sesame") == ["You are logged in already"]
    assert words(client.ask(f"WHOIS {client.nick}"), "330")[0][3] == client.nick
    client.quit()
    again = newcomers.raw()
    again.capabilities("sasl")
    assert again.sasl_plain(client.nick, "sesame").command == "903"
    taken = newcomers.client("other")
    assert taken.ask(f"NICK {client.nick}")[0].command == "433"


def test_another_account_name(newcomers: Crowd) -> None:
    """draft/account-registration: "custom-account-name"."""
    client = newcomers.raw()
    listed = " ".join(line.text for line in client.ask("CAP LS 302")).split()
    assert "draft/account-registration=before-connect,custom-account-name" in listed
    name, nick = newcomers.name("account"), newcomers.name("nick")
    client.send(
        "CAP REQ :draft/account-registration", f"NICK {nick}", f"REGISTER {name} * pass-word"
    )
    assert client.expect("REGISTER").words[:3] == ("REGISTER", "SUCCESS", name)
    assert "001" in codes(client.ask("USER u 0 * :r", "CAP END"))
    client.nick = nick
    assert words(client.ask(f"WHOIS {nick}"), "330") == [
        ("330", nick, nick, name, "is logged in as")
    ]
    again = newcomers.client("again", "draft/account-registration")
    line = again.one("REGISTER NickServ * pass-word")
    assert line.words[:4] == ("FAIL", "REGISTER", "BAD_ACCOUNT_NAME", "NickServ")


def test_passwords(newcomers: Crowd) -> None:
    client = newcomers.client("ann")
    client.ask("NICKSERV REGISTER first")
    assert _told(client, "PASSWD wrong second") != ["You have another password now"]
    assert _told(client, "PASSWD first second") == ["You have another password now"]
    other = newcomers.client("ben")
    assert "900" not in codes(other.ask(f"NS IDENTIFY {client.nick} first"))
    assert "900" in codes(other.ask(f"NS IDENTIFY {client.nick} second"))
    assert "901" in codes(other.ask("NS LOGOUT"))
    assert len(_told(other, "PASSWD second third")) == 1
    assert len(_told(client, "UNREGISTER first")) == 1
    client.send("NS UNREGISTER second")
    client.rest()
    assert "900" not in codes(other.ask(f"NS IDENTIFY {client.nick} second"))


def test_sessions_ghost_and_regain(crowd: Crowd) -> None:
    account = crowd.account("ann")
    one = crowd.login(account)
    stale = crowd.raw()
    stale.capabilities("sasl")
    stale.sasl_plain(account, PASSWORD)
    nick = crowd.name("stale")
    stale.ask(f"NICK {nick}", "USER u@phone 0 * :r", "CAP END")
    listed = _told(one, "SESSIONS")
    mine = listed[0].partition(":")[0]
    assert listed[0].endswith("(this one)")
    assert listed[1].partition(":")[2].startswith(f" phone {nick} from")
    stranger = crowd.client("stranger")
    assert len(_told(stranger, f"GHOST {nick}")) == 1
    assert stale.sync() == []
    assert _told(one, f"GHOST {nick}") == [f"1 client(s) of {nick} ended"]
    assert stale.rest()[-1].command == "ERROR"
    assert len(_told(one, f"GHOST {nick}")) == 1
    second = crowd.login(account)
    number = _told(one, "SESSIONS")[1].partition(":")[0]
    assert _told(one, f"SESSIONS END {number}") == ["It was ended"]
    second.rest()
    for none in (mine, "0", ""):
        assert _told(one, f"SESSIONS END {none}") != ["It was ended"]
    crowd.login(account)


def test_certificates(crowd: Crowd) -> None:
    ann = crowd.member("ann")
    digest = f"{crowd.number:064x}"
    assert _told(ann, "CERT LIST") == ["There is no certificate"]
    assert _told(ann, f"CERT ADD {digest}") == ["The certificate was added"]
    assert _told(ann, "CERT LIST") == [digest]
    assert len(_told(ann, "CERT ADD 1234")) == 1
    assert _told(ann, f"CERT DEL {digest}") == ["The certificate was removed"]
    assert _told(ann, "CERT LIST") == ["There is no certificate"]


def test_app_passwords(crowd: Crowd) -> None:
    """For one program each; its label is the id of the client."""
    ann = crowd.member("ann")
    assert _told(ann, "APPPASS LIST") == ["There is none"]
    (text,) = _told(ann, "APPPASS ADD phone")
    login, secret = text.removeprefix("Login ").split(", password ")
    assert login == f"{ann.nick}/phone"
    phone = crowd.raw()
    phone.capabilities("sasl")
    assert phone.sasl_plain(login, secret).command == "903"
    phone.ask(f"NICK {ann.nick}", "USER u 0 * :r", "CAP END")
    assert f" phone {ann.nick} from" in _told(ann, "SESSIONS")[1]
    assert _told(ann, "APPPASS LIST") == ["phone"]
    assert len(_told(ann, "APPPASS ADD phone")) == len(_told(ann, "APPPASS ADD a/b")) == 1
    assert _told(ann, "APPPASS DEL phone") == [f"{login} can't log in any more"]
    assert phone.rest()[-1].command == "ERROR"
    other = crowd.raw()
    other.capabilities("sasl")
    assert other.sasl_plain(login, secret).command == "904"


@pytest.mark.parametrize("name", ["NickServ", "nickserv", "H0stServ", "ChanServ", "HostServ"])
def test_nobody_can_be_called_so(crowd: Crowd, name: str) -> None:
    """Also names that look like it."""
    ann = crowd.client("ann")
    assert ann.ask(f"NICK {name}")[0].command == "433"
    assert codes(crowd.raw().ask(f"NICK {name}")) == ["433"]


def test_channels(crowd: Crowd) -> None:
    """REGISTER, INFO, ACCESS, AMODE, FLAGS, TRANSFER, SUCCESSOR, DROP."""
    ann, ben, eve = crowd.member("ann"), crowd.member("ben"), crowd.member("eve")
    channel = crowd.channel
    for client in (ann, ben):
        client.join(channel)
    assert len(_told(ben, f"REGISTER {channel}", "ChanServ")) == 1
    assert _told(ann, f"REGISTER {channel}", "ChanServ")[-1].endswith("you are its founder")
    assert f"Founder: {ann.nick}" in _told(eve, f"INFO {channel}", "ChanServ")
    assert "operator" in _told(ann, f"ACCESS {channel} ADD {ben.nick} operator", "ChanServ")[0]
    assert len(_told(eve, f"ACCESS {channel} ADD {eve.nick} operator", "ChanServ")) == 1
    _told(ann, f"AMODE {channel} +v {eve.nick}", "ChanServ")
    assert _told(ann, f"AMODE {channel}", "ChanServ") == [f"{ben.nick} +o", f"{eve.nick} +v"]
    _told(ann, f"FLAGS {channel} {eve.nick} -v", "ChanServ")
    assert _told(ann, f"ACCESS {channel}", "ChanServ") == [f"{ben.nick} operator"]
    ben.ask(f"PART {channel}")
    assert f"@{ben.nick}" in " ".join(line.text for line in ben.join(channel))
    assert _told(ann, f"SUCCESSOR {channel} {ben.nick}", "ChanServ")[0].endswith(ben.nick)
    assert _told(ann, f"TRANSFER {channel} {ben.nick}", "ChanServ")[0].endswith(f"{ben.nick} now")
    assert len(_told(ann, f"DROP {channel}", "ChanServ")) == 1
    assert "isn't registered any more" in _told(ben, f"DROP {channel}", "ChanServ")[0]
    assert "It isn't registered" in _told(eve, f"INFO {channel}", "ChanServ")


def test_roles_by_chanserv(crowd: Crowd) -> None:
    """Who has a role from joining on gets it back; others need somebody who may give it."""
    ann, ben = crowd.member("ann"), crowd.member("ben")
    channel = crowd.channel
    for client in (ann, ben):
        client.join(channel)
    ann.ask(f"CS REGISTER {channel}", f"CS ACCESS {channel} ADD {ben.nick} operator",
            f"MODE {channel} -o {ben.nick}")  # fmt: skip
    ann.sync(), ben.sync()
    assert ("MODE", channel, "+o", ben.nick) in words(ben.ask(f"CS OP {channel}"))
    ann.ask(f"CS DEOP {channel} {ben.nick}", f"CS VOICE {channel} {ben.nick}")
    assert ("MODE", channel, "+v", ben.nick) in words(ben.sync())
    eve = crowd.client("eve")
    eve.join(channel)
    assert words(eve.ask(f"CS OP {channel}"), "MODE") == []
    ann.ask(f"MODE {channel} +b x!*@*")
    assert _told(ann, f"CLEAR {channel} bans", "ChanServ") == ["1 entries were removed"]
    assert len(_told(ann, f"SET {channel} HISTORY joined", "ChanServ")) == 1


def test_what_a_hub_may_announce_and_leave_out(tmp_path: Path) -> None:
    """No services; a network's picture (draft/ICON); accounts only (draft/ACCOUNTREQUIRED)."""
    icon = "https://example.com/icon.png?size={size}"
    config = {"irc": {"services": False}, "hub": {"icon": icon}, "chat": {"guests": False}}
    hub = HubProcess(tmp_path, config).start()
    try:
        hub.add_user("ann", PASSWORD)
        with Client(hub.irc_port).register("ann", password=PASSWORD) as ann:
            assert codes(ann.ask("PRIVMSG NickServ :HELP")) == ["401"]
            assert codes(ann.ask("NS HELP", "CHANSERV HELP")) == ["421", "421"]
            tokens = [token for line in ann.ask("ISUPPORT") for token in line.params]
            assert f"draft/ICON={icon.replace('=', chr(92) + 'x3D')}" in tokens
            assert "draft/ACCOUNTREQUIRED" in tokens
    finally:
        hub.kill()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("CS OP {0} {1}", 'In {0} that needs the right "roles"'),
        ("CS OP {0} nobody", "Nobody is called nobody"),
        ("CS OP {0}none {1}", "There is no channel {0}none"),
        ("CS INVITE nowhere", "There is no channel #nowhere"),
        ("NS INFO nobody", "There is no nobody"),
    ],
)
def test_refusals_are_sentences(crowd: Crowd, command: str, answer: str) -> None:
    _, ben = crowd.inside("ann", "ben")
    names = crowd.channel, ben.nick
    assert [line.text for line in ben.ask(command.format(*names))] == [answer.format(*names)]
