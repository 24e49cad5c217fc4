"""The goodbye is read: what a client still sends isn't answered by a reset (RFC 1122 4.2.2.13)."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateways.lingering import LINGER_BYTES
from tests.gateways.irc.conftest import Connect
from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from tests.support.ports import free_port
from tests.support.tls import half_a_key_update

MORE = b"PRIVMSG #nowhere :too late\r\n" * 4000
"""What a client sends that doesn't know yet that it is gone; more than the hub reads at once."""


class Doors:
    """A hub with all kinds of listeners that have something below IRC."""

    def __init__(self, folder: Path) -> None:
        made = make_certificate(folder)
        tls = {"cert": made.cert, "key": made.key}
        self.context = made.context
        self.path = folder / "irc.sock"
        self.ports = {kind: free_port() for kind in ("tcp", "tls", "shell")}
        listen = [
            {"address": "127.0.0.1", "port": self.ports["tcp"]},
            {"address": "127.0.0.1", "port": self.ports["tls"], "tls": tls},
            {
                "address": "127.0.0.1",
                "port": self.ports["shell"],
                "tls": tls,
                "client_certificates": True,
            },
            {"unix": self.path},
        ]
        irc = {"listen": listen, "webirc": [{"allow": ["127.0.0.1"], "password": "hunter2"}]}
        self.hub = HubProcess(folder, {"irc": irc, "limits": {"connections": 3}})

    def open(self, kind: str) -> socket.socket:
        """Return a connection of a kind."""
        if kind == "unix":
            opened = socket.socket(socket.AF_UNIX)
            opened.settimeout(10)
            opened.connect(str(self.path))
            return opened
        opened = socket.create_connection(("127.0.0.1", self.ports[kind]), timeout=10)
        if kind == "tcp":
            return opened
        return self.context.wrap_socket(opened, server_hostname="localhost")


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Return a hub's doors."""
    doors = Doors(tmp_path_factory.mktemp("goodbye"))
    doors.hub.start()
    yield doors
    doors.hub.kill()


def _to_the_end(opened: socket.socket) -> bytes:
    """Return all until the orderly end; a reset raises `ConnectionResetError`."""
    data = b""
    while more := opened.recv(65536):
        data += more
    return data


def test_who_sends_on_after_quit_reads_why_it_ended(doors: Doors) -> None:
    for kind in ("tcp", "unix", "shell"):
        with doors.open(kind) as opened:
            opened.sendall(b"NICK ann\r\nUSER u 0 * :r\r\nQUIT :bye\r\n" + MORE)
            last = _to_the_end(opened).splitlines()[-1]
            assert last.startswith(b"ERROR :Closing link: "), (kind, last)


def test_the_place_is_free_while_the_goodbye_is_read(doors: Doors, connect: Connect) -> None:
    """Who doesn't close his side counts for no limit, and is nobody's neighbour."""
    with doors.open("tcp") as opened:
        opened.sendall(b"NICK ann\r\nUSER u 0 * :r\r\nQUIT :bye\r\n")
        assert b"ERROR" in _to_the_end(opened)
        others = [connect(doors.ports["tcp"]) for _ in range(3)]
        assert others[0].register("ann").ask("WHOIS ann")[0].command == "311"
        assert "I have 1 clients" in others[0].ask("LUSERS")[4].text
    for other in others:
        other.quit()


def test_who_is_refused_reads_why(doors: Doors) -> None:
    held = [doors.open("tcp") for _ in range(3)]
    for opened in held:
        opened.sendall(b"PING :here\r\n")
        assert opened.recv(100)
    with doors.open("tcp") as opened:
        opened.sendall(b"CAP LS 302\r\nNICK ann\r\nUSER u 0 * :r\r\n" + MORE)
        assert _to_the_end(opened) == b"ERROR :Too many connections\r\n"
    for each in held:
        each.sendall(b"QUIT\r\n")
        _to_the_end(each)
        each.close()


def test_the_end_of_tls_from_a_web_gateway(doors: Doors) -> None:
    """Whether a side can end alone is the transport's matter, not the client's behind it."""
    with doors.open("tls") as opened:
        assert isinstance(opened, ssl.SSLSocket)
        opened.sendall(b"WEBIRC hunter2 gateway host 192.0.2.1\r\nPING :here\r\n")
        assert opened.recv(1000)
        with suppress(ssl.SSLEOFError):
            opened.unwrap()
    assert "eof_received" not in doors.hub.log


def test_who_never_stops_is_cut_off(doors: Doors) -> None:
    endless = MORE * (100 * LINGER_BYTES // len(MORE))
    with doors.open("tcp") as opened:
        opened.sendall(b"QUIT\r\n")
        with pytest.raises(ConnectionError):
            opened.sendall(endless)


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_who_is_gone_before_the_goodbye(doors: Doors, connect: Connect, how: str) -> None:
    """A client that doesn't wait for its goodbye, or is killed, ends nobody else."""
    client = connect(doors.ports["tcp"]).register("ann")
    for _ in range(100):
        opened = doors.open("tcp")
        if how == "reset":  # close() sends it if it may take no seconds
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        opened.sendall(b"QUIT\r\n")
        opened.close()
    client.sync()
    client.quit()
    assert "Traceback" not in doors.hub.log


def test_who_stops_in_the_middle_of_a_handshake_is_cut_off(doors: Doors, connect: Connect) -> None:
    """OpenSSL writes nothing then: that is the client's own matter, and nobody else's."""
    client = connect(doors.ports["tcp"]).register("ann")
    with socket.create_connection(("127.0.0.1", doors.ports["shell"]), timeout=10) as opened:
        folder = doors.hub.folder
        half_a_key_update(opened, folder / "cert.pem", folder / "keys", b"PING :x\r\n")
        with suppress(ConnectionResetError):
            _to_the_end(opened)
    client.sync()
    client.quit()
    assert "Traceback" not in doors.hub.log


def test_over_tls_the_goodbye_comes(doors: Doors) -> None:
    """Python's TLS can't end one side alone: it waits by itself for the client's end."""
    with doors.open("tls") as opened:
        opened.sendall(b"NICK ann\r\nUSER u 0 * :r\r\nQUIT :bye\r\nPING :x\r\n")
        try:
            assert b"ERROR :Closing link: " in _to_the_end(opened)
        except ssl.SSLEOFError:
            pytest.fail("the end came without a goodbye")
