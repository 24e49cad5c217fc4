"""SASL EXTERNAL by certificates that clients signed themselves; app passwords for old clients."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.certificates import Certificate, make_certificate
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ports import free_port

New = Callable[..., HubProcess]


class House(NamedTuple):
    """A hub that takes any certificate, and two certificates that clients have."""

    hub: HubProcess
    server: Certificate
    mine: Certificate
    other: Certificate

    def client(self, shown: Certificate | None, *, most: ssl.TLSVersion | None = None) -> Client:
        """Return a connection that shows a certificate, or none."""
        context = ssl.create_default_context(cafile=str(self.server.cert))
        if most:
            context.maximum_version = most
        if shown:
            context.load_cert_chain(shown.cert, shown.key)
        return Client(self.hub.irc_port, tls=context)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folders = [tmp_path_factory.mktemp(name) for name in ("hub", "mine", "other")]
    server, mine, other = (make_certificate(folder) for folder in folders)
    tls = {"cert": str(server.cert), "key": str(server.key)}
    listen = {"address": "127.0.0.1", "port": free_port(), "tls": tls}
    listen["client_certificates"] = True
    hub = HubProcess(folders[0], {"irc": {"listen": [listen]}}).start()
    hub.add_user("ann", "sesame")
    done = hub.words("user", "certificate", "add", "ann", str(mine.cert))
    assert done.returncode == 0, done.stderr
    yield House(hub, server, mine, other)
    hub.kill()


def _offered(client: Client) -> list[str]:
    listed = " ".join(line.text for line in client.ask("CAP LS 302")).split()
    return next(cap for cap in listed if cap.startswith("sasl="))[5:].split(",")


def _external(client: Client, wanted: bytes = b"") -> str:
    client.send("AUTHENTICATE EXTERNAL")
    client.expect("AUTHENTICATE", "+")
    client.authenticate(wanted)
    return client.sasl_end().command


@pytest.mark.parametrize("most", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("wanted", [b"", b"ann", b"ANN"])
def test_a_certificate_of_ones_own(house: House, most: ssl.TLSVersion, wanted: bytes) -> None:
    with house.client(house.mine, most=most) as ann:
        assert "EXTERNAL" in _offered(ann)
        ann.capabilities("sasl")
        assert _external(ann, wanted) == "903"
        ann.send("NICK ann", "USER ann 0 * :ann", "CAP END")
        ann.expect("001")
        assert ann.expect("221").words == ("221", "ann", "+Z")  # before the MOTD
        ann.expect("375")
        assert any(line.command == "330" for line in ann.ask("WHOIS ann"))


def test_a_certificate_of_nobody(house: House) -> None:
    with house.client(house.other) as client:
        client.capabilities("sasl")
        assert _external(client) == "904"
        assert client.sasl_plain("ann", "sesame").command == "903"


def test_a_certificate_that_only_openssl_takes(house: House, tmp_path: Path) -> None:
    """Nobody but OpenSSL reads what strangers show: here a version that there isn't."""
    der = ssl.PEM_cert_to_DER_cert(house.mine.cert.read_text())
    before, sixth = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"
    assert before in der
    odd = tmp_path / "odd.pem"
    odd.write_text(ssl.DER_cert_to_PEM_cert(der.replace(before, sixth, 1)))
    with house.client(house.mine._replace(cert=odd)) as client:
        client.capabilities("sasl")
        assert _external(client, b"ann") == "904"
    assert "Traceback" not in house.hub.log


def test_a_certificate_for_another_name(house: House) -> None:
    with house.client(house.mine) as client:
        client.capabilities("sasl")
        assert _external(client, b"ben") == "904"


def test_no_certificate(house: House) -> None:
    with house.client(None) as client:
        assert _offered(client) == ["SCRAM-SHA-256", "PLAIN"]
        client.capabilities("sasl")
        client.send("AUTHENTICATE EXTERNAL")
        assert client.expect("908").params[1] == "SCRAM-SHA-256,PLAIN"


def test_revoked(house: House) -> None:
    assert house.hub.words("user", "add", "cat", "--password-stdin", stdin="x\n").returncode == 0
    path = str(house.other.cert)
    assert house.hub.words("user", "certificate", "add", "cat", path).returncode == 0
    with house.client(house.other) as cat:
        cat.capabilities("sasl")
        assert _external(cat) == "903"
    taken = house.hub.words("user", "certificate", "add", "ann", path)
    assert taken.returncode == 1
    assert house.hub.words("user", "certificate", "remove", "cat", path).returncode == 0
    with house.client(house.other) as cat:
        cat.capabilities("sasl")
        assert _external(cat) == "904"


def test_a_long_conversation_through_the_shell(house: House) -> None:
    """Megabytes in both directions, in records that don't end where lines do."""
    with house.client(house.mine).register("long") as client:
        for _ in range(3):
            lines = client.ask(*(["HELP"] * 5), "PRIVMSG long :" + "x" * 400)
            assert any(line.text == "x" * 400 for line in lines)


def test_bytes_that_are_no_tls(house: House) -> None:
    with Client(house.hub.irc_port) as client:
        client.send("NICK ann", "USER ann 0 * :ann")
        assert client.socket.recv(100)[:1] in (b"\x15", b"")  # an alert, or the end
    house.client(None).register("ben").close()


@pytest.mark.parametrize("files", ["not a key", ""])
def test_files_that_cannot_be_used(new_hub: New, tmp_path: Path, files: str) -> None:
    good = make_certificate(tmp_path)
    good.key.write_text(files)
    tls = {"cert": str(good.cert), "key": str(good.key)}
    listen = {"address": "127.0.0.1", "port": 0, "tls": tls, "client_certificates": True}
    with pytest.raises(Exception, match=r"irc\.listen .*\.tls: .* can't be used"):
        new_hub({"irc": {"listen": [listen]}}).start()


def test_an_app_password_by_pass(hub: HubProcess) -> None:
    """``PASS name/client:password``, for clients from before SASL."""
    hub.add_user("ann", "sesame")
    made = hub.words("user", "app-password", "add", "ann", "phone", "--json")
    assert made.returncode == 0, made.stderr
    secret = next(word for word in made.stdout.replace('"', " ").split() if len(word) == 26)
    with Client(hub.irc_port) as ann:
        ann.send(f"PASS ann/phone:{secret}", "NICK ann", "USER ann 0 * :ann")
        ann.expect("001", "ann")
    for wrong in (f"ann/tablet:{secret}", "ann/phone:sesame", f"ann:{secret}"):
        with Client(hub.irc_port) as ann:
            ann.send(f"PASS {wrong}", "NICK ann", "USER ann 0 * :ann")
            ann.expect("464")
