"""WEBIRC: web gateways say whom they stand for; nobody else may. STS: where TLS is."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.certificates import Certificate, make_certificate
from tests.support.hub import HubProcess
from tests.support.irc import Client, codes
from tests.support.ports import free_port

PASSWORD = "hunter2"
FIRST = "WEBIRC has to be the first command"


class House(NamedTuple):
    """A hub that knows web gateways, by password and by certificate."""

    hub: HubProcess
    certificate: Certificate
    plain: int
    secure: int
    elsewhere: Path
    """A socket from which nobody may say whom he stands for: its gateway is of another network."""

    def come(self, *lines: str, tls: bool = False, gateway: bool = False) -> Client:
        """Return a connection that has said these lines."""
        context = None
        if tls or gateway:
            context = ssl.create_default_context(cafile=str(self.certificate.cert))
            if gateway:
                context.load_cert_chain(self.certificate.cert, self.certificate.key)
        client = Client(self.secure if context else self.plain, tls=context)
        client.send(*lines)
        return client


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return a hub for all tests here."""
    folder = tmp_path_factory.mktemp("webirc")
    certificate = make_certificate(folder)
    der = ssl.PEM_cert_to_DER_cert(certificate.cert.read_text())
    plain, secure, path = free_port(), free_port(), folder / "irc.sock"
    tls = {"cert": str(certificate.cert), "key": str(certificate.key)}
    at = {"address": "127.0.0.1"}
    irc = {
        "listen": [
            {**at, "port": plain},
            {**at, "port": secure, "tls": tls, "client_certificates": True},
        ],
        "cloak": {"enabled": False},
        "webirc": [
            {"allow": ["127.0.0.1/32"], "password": PASSWORD},
            {"allow": ["127.0.0.0/8"], "fingerprint": hashlib.sha256(der).hexdigest()},
            {"allow": ["192.0.2.0/24"], "password": "of another"},
        ],
        "sts": {"port": secure, "duration": "30d", "preload": True},
    }
    limits = {"connections_per_address": 2, "exempt": []}
    hub = HubProcess(folder, {"irc": irc, "limits": limits}).start()
    yield House(hub, certificate, plain, secure, path)
    hub.kill()


def _in(client: Client, nick: str) -> list[str]:
    """Register; return the hosts that WHOIS shows, and whether it says secure."""
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    client.expect("001", nick)
    lines = client.ask(f"WHOIS {nick}")
    hosts = [line.params[3] for line in lines if line.command == "311"]
    return hosts + ["secure"] * ("671" in codes(lines))


def test_a_gateway_brings_people(house: House) -> None:
    """Each counts for his own address; the gateway's has no limit."""
    people = []
    for number in range(4):
        webirc = f"WEBIRC {PASSWORD} kiwi host{number}.example.org 198.51.100.{number}"
        people.append(house.come(webirc))
        assert _in(people[-1], f"guest{number}") == [f"198.51.100.{number}"]
    same = f"WEBIRC {PASSWORD} kiwi h 198.51.100.1"
    people.append(house.come(same))
    assert _in(people[-1], "second") == ["198.51.100.1"]
    with house.come(same) as third:
        assert third.rest()[-1].text == ("Closing link: Too many connections from your address")
    for each in people:
        each.quit()


def test_operators_see_the_gateway(house: House) -> None:
    """And the address, which nobody else is told."""
    house.hub.add_user("boss", "sesame")
    given = house.hub.words("user", "rights", "boss", "--add", "bans")
    assert given.returncode == 0, given.stderr
    with (
        house.come(f"WEBIRC {PASSWORD} kiwi h 198.51.100.7") as guest,
        house.come(f"WEBIRC {PASSWORD} lounge h 198.51.100.8 secure", tls=True) as boss,
    ):
        _in(guest, "guest")
        _in(boss, "boss-eye")
        assert "320" not in codes(boss.ask("WHOIS guest"))
        boss.send("OPER boss sesame")
        boss.expect("381")
        lines = boss.ask("WHOIS guest")
        assert [line.text for line in lines if line.command == "320"] == [
            "came by the web gateway kiwi"
        ]


def test_an_address_of_the_sixth_version(house: House) -> None:
    with house.come(f"WEBIRC {PASSWORD} kiwi h 0::ffff:192.0.2.9") as client:
        assert _in(client, "six") == ["192.0.2.9"]
    with house.come(f"WEBIRC {PASSWORD} kiwi h 2001:db8::7") as client:
        assert _in(client, "six") == ["2001:db8::7"]


def test_secure_only_all_the_way(house: House) -> None:
    """TLS from the client to the gateway, and from the gateway to the hub."""
    said = f"WEBIRC {PASSWORD} kiwi h 203.0.113.1"
    for number, (options, tls, more) in enumerate(
        [
            ("", False, []),
            (" secure", False, []),
            ("", True, []),
            (" :local-port=6697 secure=yes remote-port=21726", True, ["secure"]),
        ]
    ):
        with house.come(said + options, tls=tls) as client:
            assert _in(client, f"tls{number}") == ["203.0.113.1", *more]


def test_known_by_its_certificate(house: House) -> None:
    with house.come("WEBIRC whatever kiwi h 203.0.113.5 :secure", gateway=True) as client:
        assert _in(client, "shown") == ["203.0.113.5", "secure"]
        house.hub.add_user("gina", "sesame")
        made = house.hub.words("user", "certificate", "add", "gina", str(house.certificate.cert))
        assert made.returncode == 0, made.stderr
    with house.come("WEBIRC x kiwi h 203.0.113.5", gateway=True) as client:
        client.capabilities("sasl")  # whose certificate that is, the people it brings are not
        client.send("AUTHENTICATE EXTERNAL")
        client.expect("904")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["WEBIRC wrong kiwi h 10.0.0.1"], "Invalid WebIRC password"),
        (["WEBIRC hunter2x kiwi h 10.0.0.1"], "Invalid WebIRC password"),
        (["WEBIRC :of another", "x"], ""),
        (["WEBIRC :of another kiwi h 10.0.0.1"], ""),
        ([f"WEBIRC {PASSWORD} kiwi h 10.0.0.999"], "WEBIRC without a valid address"),
        ([f"WEBIRC {PASSWORD} kiwi h localhost"], "WEBIRC without a valid address"),
        (
            ["CAP LS 302", f"WEBIRC {PASSWORD} kiwi h 10.0.0.1"],
            "WEBIRC has to be the first command",
        ),
        (["NICK x", f"WEBIRC {PASSWORD} kiwi h 10.0.0.1"], "WEBIRC has to be the first command"),
        (
            [f"WEBIRC {PASSWORD} kiwi h 127.0.0.1", f"WEBIRC {PASSWORD} kiwi h 10.0.0.1"],
            "WEBIRC has to be the first command",
        ),
    ],
)
def test_who_may_not(house: House, lines: list[str], why: str) -> None:
    with house.come(*lines) as client:
        if why:
            assert client.rest()[-1].text == f"Closing link: {why}"
        else:
            assert "461" in codes(client.sync())


def test_once_one_is_in(house: House) -> None:
    with house.come(f"WEBIRC {PASSWORD} kiwi h 203.0.113.77") as client:
        assert _in(client, "late") == ["203.0.113.77"]
        assert codes(client.ask(f"WEBIRC {PASSWORD} kiwi h 10.0.0.1")) == ["462"]
        assert client.ask("WHOIS late")[0].params[3] == "203.0.113.77"


def _sts(client: Client, version: str = " 302") -> list[str]:
    client.send(f"CAP LS{version}")
    line = client.expect("CAP")
    names = line.text.split()
    while line.params[2] == "*":  # more follow
        line = client.expect("CAP")
        names += line.text.split()
    return [name for name in names if name.partition("=")[0] == "sts"]


def test_strict_transport_security(house: House) -> None:
    with house.come() as plain:
        assert _sts(plain) == [f"sts=port={house.secure}"]
        plain.send("CAP REQ sts")
        assert plain.expect("CAP").params[1] == "NAK"
    with house.come(tls=True) as secure:
        assert _sts(secure) == [f"sts=duration={30 * 86400},preload"]
        secure.send("CAP LIST")
        assert "sts" not in secure.expect("CAP").text
    with house.come() as old:
        assert _sts(old, "") == []  # without values it would say nothing
    with house.come(f"WEBIRC {PASSWORD} kiwi h 203.0.113.9") as web:
        assert _sts(web) == []


def test_no_policy_without_a_port(new_hub: Callable[..., HubProcess]) -> None:
    hub = new_hub().start()
    with Client(hub.irc_port) as plain:
        assert _sts(plain) == []
