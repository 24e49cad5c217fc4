"""Who may connect: counted when accepted, over all gateways, before TLS, while there is room."""

from __future__ import annotations

import os
import resource
import signal
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from gateways.admission import OFTEN
from tests.support.certificates import Certificate, make_certificate
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ports import free_port

New = Callable[..., HubProcess]
SECONDS = 10.0
FILES = 128
"""Descriptors that a small hub may have."""


@pytest.fixture(params=["asyncio", "uvloop"])
def env(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return what chooses the loop: each accepts in its own way."""
    return {"WORDS_LOOP": request.param}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Return what closes the test's connections."""
    with ExitStack() as stack:
        yield stack


def _connect(stack: ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS))


def _said(connection: socket.socket) -> bytes:
    """Return all that is said until the end."""
    said = b""
    try:
        while more := connection.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


def _sockets(hub: HubProcess) -> int:
    """Return how many sockets the hub has open."""
    files = []
    for link in Path(f"/proc/{hub.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            files.append(os.readlink(link))
    return sum(file.startswith("socket:") for file in files)


def _wait_for_sockets(hub: HubProcess, count: int) -> None:
    """Wait until the hub has at most so many open."""
    deadline = time.monotonic() + SECONDS
    while _sockets(hub) > count:
        assert time.monotonic() < deadline, f"{_sockets(hub)} are open"
        time.sleep(0.01)


def _tls(certificate: Certificate, **options: Any) -> dict[str, Any]:
    files = {"cert": str(certificate.cert), "key": str(certificate.key)}
    return {"address": "127.0.0.1", "port": free_port(), "tls": files, **options}


def test_all_gateways_together(new_hub: New, env: dict[str, str], stack: ExitStack) -> None:
    """An address has so many connections, whatever they speak; who goes makes room."""
    limits = {"connections_per_address": 3, "exempt": []}
    hub = new_hub({"limits": limits}, env=env).start()
    irc, pb, toc = (_connect(stack, p) for p in (hub.irc_port, hub.pb_ports[0], hub.toc_port))
    irc.sendall(b"PING :x\r\n")
    toc.sendall(b"FLAPON\r\n\r\n")
    assert all(each.recv(1000) for each in (irc, pb, toc))  # they are in
    assert _said(_connect(stack, hub.pb_ports[0])) == b""
    assert _said(_connect(stack, hub.toc_port)).endswith(b"ERROR:983")
    told = b"ERROR :Too many connections from your address\r\n"
    assert _said(_connect(stack, hub.irc_port)) == told
    toc.close()
    deadline = time.monotonic() + SECONDS
    while True:  # until the hub has seen that it is gone
        late = _connect(stack, hub.pb_ports[0])
        if late.recv(1):
            break
        assert time.monotonic() < deadline
    hub.configure({"limits": {**limits, "connections_per_address": 20, "connections": 3}})
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("configuration was read again")
    assert _said(_connect(stack, hub.irc_port)) == b"ERROR :Too many connections\r\n"
    assert _said(_connect(stack, hub.toc_port)).endswith(b"ERROR:981")
    irc.sendall(b"NICK ann\r\nUSER a 0 * :a\r\n")
    assert b" 001 ann " in irc.recv(65536)


def test_who_connects_again_and_again(new_hub: New, stack: ExitStack) -> None:
    """So often at once, then once a second; others don't notice."""
    limits = {"connections_per_address": 2, "exempt": ["127.0.0.2"]}
    hub = new_hub({"limits": limits}).start()
    answers: list[bytes] = []
    while not answers or b"Closing link" in answers[-1]:
        one = _connect(stack, hub.irc_port)
        one.shutdown(socket.SHUT_WR)
        answers.append(_said(one))
        assert len(answers) < 3 * OFTEN
    assert len(answers) > OFTEN
    assert answers[-1] == b"ERROR :You connect too often\r\n"
    where = ("127.0.0.1", hub.irc_port)
    other = stack.enter_context(socket.create_connection(where, SECONDS, ("127.0.0.2", 0)))
    other.sendall(b"NICK ben\r\nUSER b 0 * :b\r\nQUIT\r\n")
    assert b" 001 ben " in _said(other)


@pytest.mark.parametrize("shown", [False, True], ids=["ssl", "pyopenssl"])
def test_who_is_silent_in_the_handshake(
    new_hub: New, env: dict[str, str], tmp_path: Path, shown: bool, stack: ExitStack
) -> None:
    """Silence costs a place among the connections of an address, and ends like any other."""
    certificate = make_certificate(tmp_path)
    limits = {"connections_per_address": 3, "exempt": [], "unregistered_timeout": "1s"}
    listen = _tls(certificate, client_certificates=shown)
    hub = new_hub({"limits": limits, "irc": {"listen": [listen]}}, env=env).start()
    before = _sockets(hub)
    with Client(hub.irc_port, tls=certificate.context).register("ann") as ann:
        silent = [_connect(stack, hub.irc_port) for _ in range(50)]
        silent[40].sendall(b"NICK ben\r\n")  # no TLS; its place is taken already
        _wait_for_sockets(hub, before + 3)
        with pytest.raises((ssl.SSLError, OSError)):
            Client(hub.irc_port, tls=certificate.context)
        for each in silent:
            assert _said(each)[:1] in (b"", b"\x15")  # closed, with an alert or without
        _wait_for_sockets(hub, before + 1)
        with _let_in(hub, certificate).register("cat") as cat:
            cat.ask("PRIVMSG ann :here")
            assert [line.text for line in ann.sync()] == ["here"]
    assert "Traceback" not in hub.log


def _let_in(hub: HubProcess, certificate: Certificate) -> Client:
    """Return a client; a place is free as soon as the hub has noted that its socket is closed."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return Client(hub.irc_port, tls=certificate.context)
        except OSError:
            assert time.monotonic() < deadline


def test_handshakes_that_go_wrong(new_hub: New, tmp_path: Path, stack: ExitStack) -> None:
    """Each gives its place back: hung up on, broken off, no TLS at all."""
    certificate = make_certificate(tmp_path)
    limits = {"connections_per_address": 2, "exempt": []}
    listen = [_tls(certificate), _tls(certificate, client_certificates=True)]
    hub = new_hub({"limits": limits, "irc": {"listen": listen}}).start()
    before = _sockets(hub)
    for port in hub.irc_ports * 3:
        _connect(stack, port).close()
        _wait_for_sockets(hub, before)
        half = _connect(stack, port)
        half.sendall(b"\x16\x03\x01\x02\x00\x01")
        half.close()
        _wait_for_sockets(hub, before)
        wrong = _connect(stack, port)
        wrong.sendall(b"GET / HTTP/1.0\r\n\r\n")
        _said(wrong)
        wrong.close()
        _wait_for_sockets(hub, before)
        Client(port, tls=certificate.context).register("ann").quit()
    assert "Traceback" not in hub.log


def test_who_is_banned_gets_no_handshake(new_hub: New, tmp_path: Path, stack: ExitStack) -> None:
    certificate = make_certificate(tmp_path)
    plain = {"address": "127.0.0.1", "port": free_port()}
    hub = new_hub({"irc": {"listen": [plain, _tls(certificate)]}}).start()
    banned = hub.words("ban", "add", "127.0.0.0/8", "--why", "go away")
    assert banned.returncode == 0, banned.stderr
    first, second = (_connect(stack, port) for port in hub.irc_ports)
    assert _said(first) == b"ERROR :You are banned: go away\r\n"
    assert _said(second) == b""


def test_who_is_gone_when_he_is_let_in(new_hub: New, env: dict[str, str], stack: ExitStack) -> None:
    """What he has sent could still be read, but uvloop can't tell any more where he came from."""
    hub = new_hub(env=env).start()
    banned = hub.words("ban", "add", "127.0.0.9")
    assert banned.returncode == 0, banned.stderr
    ann = stack.enter_context(Client(hub.irc_port)).register("ann")
    ann.join("#g")
    hub.signal(signal.SIGSTOP)
    for number in range(10):
        with socket.create_connection(("127.0.0.1", hub.irc_port), 10, ("127.0.0.9", 0)) as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.sendall(b"NICK bob%d\r\nUSER b 0 * :b\r\nJOIN #g\r\n" % number)
    hub.signal(signal.SIGCONT)
    bea = stack.enter_context(Client(hub.irc_port)).register("bea")  # accepted after them
    bea.join("#g")
    ann.sync()
    assert not [line for line in ann.log if ":bob" in line]


def test_the_last_descriptors_are_kept(new_hub: New, env: dict[str, str], stack: ExitStack) -> None:
    """Where the process may open no more, people are told so; it can still be administered."""
    config = {"http": {"enabled": True, "listen": [{"address": "127.0.0.1", "port": free_port()}]}}
    hub = new_hub(config, env=env).start()
    resource.prlimit(hub.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("configuration was read again")
    ann = stack.enter_context(Client(hub.irc_port).register("ann"))
    crowd = [_connect(stack, hub.irc_port) for _ in range(3 * FILES)]
    told = b"ERROR :The server has no room for more connections\r\n"
    assert _said(crowd[-1]) == told
    assert hub.words("user", "add", "ben", "--password-stdin", stdin="sesame\n").returncode == 0
    assert hub.status()["connections"] == 1
    http = _connect(stack, config["http"]["listen"][0]["port"])  # type: ignore[index]
    http.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    refused = next(
        line for line in _said(http).splitlines() if line.startswith(b"words_refused_conn")
    )
    assert float(refused.split()[1]) > FILES
    assert ann.ask("PRIVMSG ann :still here")
    with ExitStack() as gone:
        for each in crowd:
            gone.enter_context(each)
    _wait_for_sockets(hub, FILES // 2)
    stack.enter_context(Client(hub.irc_port).register("cat"))
    assert "Traceback" not in hub.log
