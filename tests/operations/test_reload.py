"""SIGHUP: certificates, listeners, gateways and the log file follow; connections stay."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import Certificate, make_certificate
from tests.support.hub import HubFailed, HubProcess
from tests.support.irc import Client, words
from tests.support.ports import free_port

New = Callable[..., HubProcess]
CONNECTIONS = 1000
DONE = "the configuration was read again"


def _reload(hub: HubProcess, config: dict[str, Any]) -> None:
    hub.configure(config)
    done = hub.log.count(DONE)
    hub.signal(signal.SIGHUP)
    hub.wait_for_log(DONE, times=done + 1)


def _shown(port: int) -> bytes:
    """Return the certificate that new connections get."""
    text = ssl.get_server_certificate(("127.0.0.1", port))
    return ssl.PEM_cert_to_DER_cert(text)


def _der(certificate: Certificate) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.cert.read_text())


@pytest.mark.parametrize("shown", [False, True], ids=["ssl", "pyopenssl"])
def test_a_certificate_is_renewed(new_hub: New, tmp_path: Path, shown: bool) -> None:
    """New connections get the new one, old ones stay; the files may be the same or others."""
    old = make_certificate(tmp_path)
    tls = {"cert": str(old.cert), "key": str(old.key)}
    listen = {"address": "127.0.0.1", "port": free_port(), "tls": tls}
    hub = new_hub({"irc": {"listen": [{**listen, "client_certificates": shown}]}}).start()
    ann = Client(hub.irc_port, tls=old.context).register("ann")
    first = _der(old)
    assert _shown(hub.irc_port) == first

    second = _der(make_certificate(tmp_path))  # over the same files
    config = {"irc": {"listen": [{**listen, "client_certificates": shown}]}}
    _reload(hub, config)
    assert _shown(hub.irc_port) == second != first

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    third = make_certificate(elsewhere)
    listen["tls"] = {"cert": str(third.cert), "key": str(third.key)}
    _reload(hub, {"irc": {"listen": [{**listen, "client_certificates": not shown}]}})
    assert _shown(hub.irc_port) == _der(third)
    with Client(hub.irc_port, tls=third.context).register("ben") as ben:
        ann.ask("PRIVMSG ben :still here")
        assert words(ben.sync(), "PRIVMSG") == [("PRIVMSG", "ben", "still here")]
    ann.close()


def test_a_certificate_that_cannot_be_used(new_hub: New, tmp_path: Path) -> None:
    good = make_certificate(tmp_path)
    tls = {"cert": str(good.cert), "key": str(good.key)}
    listen = {"address": "127.0.0.1", "port": free_port(), "tls": tls}
    hub = new_hub({"irc": {"listen": [listen]}}).start()
    good.key.write_text("not a key")
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration stays as it was: irc.listen 127.0.0.1")
    assert _shown(hub.irc_port) == _der(good)


def test_a_thousand_connections_stay(new_hub: New) -> None:
    """Listeners come and go; nobody is dropped, by a listener that is gone neither."""
    ports = [free_port(), free_port(), free_port()]
    listen = [{"address": "127.0.0.1", "port": port} for port in ports]
    hub = new_hub({"irc": {"listen": listen[:2]}}).start()
    clients = [Client(ports[number % 2]) for number in range(CONNECTIONS)]
    for number, client in enumerate(clients):
        client.send(f"NICK c{number}", f"USER c{number} 0 * :c")
    for client in clients:
        client.sync()
    _reload(hub, {"irc": {"listen": listen[1:]}})
    with pytest.raises(ConnectionRefusedError):
        Client(ports[0])
    Client(ports[2]).register("late").close()
    assert hub.status()["connections"] >= CONNECTIONS
    for client in clients:
        client.sync()
        client.close()


def test_a_listener_that_becomes_tls(new_hub: New, tmp_path: Path) -> None:
    """The same port, served otherwise: its socket is never closed."""
    port = free_port()
    listen: dict[str, Any] = {"address": "127.0.0.1", "port": port}
    hub = new_hub({"irc": {"listen": [listen]}}).start()
    certificate = make_certificate(tmp_path)
    with Client(port).register("ann") as ann:
        listen["tls"] = {"cert": str(certificate.cert), "key": str(certificate.key)}
        _reload(hub, {"irc": {"listen": [listen]}})
        with Client(port, tls=certificate.context).register("ben") as ben:
            ben.ask("PRIVMSG ann :over TLS")
            assert words(ann.sync(), "PRIVMSG") == [("PRIVMSG", "ann", "over TLS")]


def test_a_unix_socket_goes_with_its_listener(new_hub: New, tmp_path: Path) -> None:
    path = tmp_path / "irc.sock"
    hub = new_hub({"irc": {"listen": [{"unix": str(path), "mode": "0600"}]}})
    hub.start()
    client = Client(path).register("ann")
    assert path.stat().st_mode & 0o777 == 0o600
    _reload(hub, {"irc": {"listen": [{"unix": str(path), "mode": "0660"}]}})
    assert path.stat().st_mode & 0o777 == 0o660
    path.unlink()  # by somebody who tidied up: the reload is done all the same
    _reload(hub, {"irc": {"listen": [{"unix": str(path), "mode": "0600"}]}})
    _reload(hub, {})
    assert not path.exists()
    client.sync()
    client.close()


def test_a_gateway_comes_and_goes(new_hub: New) -> None:
    """One that is taken out of the configuration says goodbye to its clients."""
    hub = new_hub({"pb": {"enabled": False}, "toc": {"enabled": False}}).start()
    client = Client(hub.irc_port).register("ann")
    assert hub.status()["gateways"] == ["irc"]
    _reload(hub, {"irc": {"enabled": False}, "toc": {"enabled": False}})
    goodbye = client.rest()[-1]
    assert goodbye.command == "ERROR"
    client.close()
    assert hub.status()["gateways"] == ["pb"]
    with pytest.raises(ConnectionRefusedError):
        Client(hub.irc_port)


def test_the_log_file_is_opened_again(new_hub: New, tmp_path: Path) -> None:
    path = tmp_path / "words.log"
    hub = new_hub({"hub": {"log": {"file": str(path), "format": "json"}}})
    hub.start()
    hub.log_path = path
    hub.wait_for_log('"message": "ready"')
    assert path.stat().st_mode & 0o007 == 0
    path.rename(tmp_path / "words.log.1")
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration was read again")
    path.rename(tmp_path / "words.log.2")
    hub.configure("[hub\n")
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration stays as it was")


def test_two_listeners_at_one_place(new_hub: New) -> None:
    port = free_port()
    listen = [{"address": "127.0.0.1", "port": port}]
    hub = new_hub({"irc": {"listen": listen}, "pb": {"listen": listen}})
    with pytest.raises(HubFailed, match=r"pb\.listen\[0\]: listens where irc\.listen\[0\] does"):
        hub.start()


def test_files_that_cannot_be_made(new_hub: New, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere" / "file")
    for key, config in (
        ("hub.log.file", {"log": {"file": nowhere}}),
        ("hub.pid_file", {"pid_file": nowhere}),
    ):
        with pytest.raises(HubFailed, match=rf"{key}: .*No such file"):
            new_hub({"hub": config}).start()


def test_the_pid_file(new_hub: New, tmp_path: Path) -> None:
    path = tmp_path / "words.pid"
    hub = new_hub({"hub": {"pid_file": str(path)}}).start()
    assert path.read_text() == f"{hub.pid}\n"
    hub.stop()
    assert not path.exists()


def test_an_address_that_a_removed_listener_had(new_hub: New) -> None:
    """A port moves from one gateway to another within a reload."""
    first, second = free_port(), free_port()

    def config(irc: int, http: int) -> dict[str, Any]:
        def at(port: int) -> list[dict[str, Any]]:
            return [{"address": "127.0.0.1", "port": port}]

        return {"irc": {"listen": at(irc)}, "http": {"enabled": True, "listen": at(http)}}

    hub = new_hub(config(first, second)).start()
    _reload(hub, config(second, first))
    Client(second).register("ann").close()
    with socket.create_connection(("127.0.0.1", first)) as page:
        page.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert b" 200 " in page.recv(100)
