"""The PROXY protocol: what is read of it, and whose word is believed."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.proxy import REST_MAX, SIGNATURE, ProxyError, Relayed, reading
from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ports import free_port

New = Callable[..., HubProcess]
SECONDS = 10.0


def _read(data: bytes) -> tuple[Relayed, bytes]:
    """Return what a header says, and what of the bytes isn't of it."""
    header = reading()
    wanted = next(header)
    at = 0
    try:
        while True:
            if at + wanted > len(data):
                raise EOFError
            at += wanted
            wanted = header.send(data[at - wanted : at])
    except StopIteration as stop:
        return stop.value, data[at:]


def _second(command: int, family: int, rest: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(rest)) + rest


def _tcp4(address: str, *beside: bytes) -> bytes:
    hosts = IPv4Address(address).packed + IPv4Address("192.0.2.1").packed
    return _second(0x21, 0x11, hosts + struct.pack("!HH", 4000, 6667) + b"".join(beside))


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


@given(st.ip_addresses(), st.binary(max_size=200))
def test_both_versions_say_the_same(address: IPv4Address | IPv6Address, more: bytes) -> None:
    """And not one byte of what follows is taken."""
    family = "TCP4" if address.version == 4 else "TCP6"
    line = f"PROXY {family} {address} {address} 65535 1\r\n".encode()
    assert _read(line + more) == (Relayed(str(address)), more)
    hosts = address.packed * 2 + b"\0\1\0\2"
    header = _second(0x21, 0x11 if address.version == 4 else 0x21, hosts)
    assert _read(header + more) == (Relayed(str(address)), more)


@given(st.binary(max_size=300) | st.builds(lambda rest: SIGNATURE + rest, st.binary(max_size=300)))
def test_anything_else_is_refused_or_waited_for(data: bytes) -> None:
    try:
        _read(data)
    except (ProxyError, EOFError):
        return
    assert data.startswith((b"PROXY ", SIGNATURE))


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
        _second(0x20, 0, b""),
        _second(0x20, 0x11, bytes(12)),
        _second(0x21, 0, b""),
        _second(0x21, 0x31, bytes(216)),
    ],
    ids=["unknown", "unknown with addresses", "local", "local with one", "unspecified", "unix"],
)
def test_who_is_nobody_in_particular(header: bytes) -> None:
    assert _read(header + b"NICK") == (Relayed(""), b"NICK")


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
        b"PROXY TCP4 ::1 ::1 1 1\r\nmore",
        b"PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1 1\nmore",
        b"PROXY UDP4 1.2.3.4 5.6.7.8 1 1\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        _second(0x21, 0x11, bytes(11)),
        _second(0x22, 0x11, bytes(12)),
        _second(0x11, 0x11, bytes(12)),
        _second(0x21, 0x12, bytes(12)),
        _tcp4("1.2.3.4", b"\x01\x00"),
        _tcp4("1.2.3.4", b"\x01\x00\x05abcd"),
        _tcp4("1.2.3.4", _tlv(3, b"\0\0\0\1")),
        SIGNATURE + struct.pack("!BBH", 0x21, 0x11, REST_MAX + 1),
    ],
    ids=[
        *("no port", "4 is 6", "6 is 4", "no return", "udp", "endless", "http"),
        *("short", "command", "version", "datagrams", "cut", "cut value", "checksum", "long"),
    ],
)
def test_what_cannot_be_believed(header: bytes) -> None:
    with pytest.raises(ProxyError):
        _read(header)


def test_what_is_said_beside() -> None:
    """TLS in front; a checksum, made here another way than there."""
    assert _read(_tcp4("1.2.3.4", _tlv(0x20, b"\x01\0\0\0\0")))[0] == Relayed("1.2.3.4", True)
    assert _read(_tcp4("1.2.3.4", _tlv(0x20, b"\x00\0\0\0\0")))[0] == Relayed("1.2.3.4", False)
    assert _read(_tcp4("1.2.3.4", _tlv(0x20, b""), _tlv(1, b"h2")))[0] == Relayed("1.2.3.4", False)
    blank = _tcp4("1.2.3.4", _tlv(3, bytes(4)), _tlv(2, b"irc.example.org"))
    right = blank.replace(_tlv(3, bytes(4)), _tlv(3, _crc32c(blank).to_bytes(4, "big")))
    assert _read(right)[0] == Relayed("1.2.3.4")


def _crc32c(data: bytes) -> int:
    """Return the remainder of a polynomial division, bit for bit as RFC 3720 defines it."""
    bits = int.from_bytes(bytes(int(f"{byte:08b}"[::-1], 2) for byte in data), "big")
    size = len(data) * 8
    value = (bits ^ (0xFFFFFFFF << size - 32)) << 32
    for at in range(size + 31, 31, -1):
        if value >> at & 1:
            value ^= 0x11EDC6F41 << at - 32
    return int(f"{value:032b}"[::-1], 2) ^ 0xFFFFFFFF


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Return what closes the test's connections."""
    with ExitStack() as stack:
        yield stack


def _connect(stack: ExitStack, port: int, data: bytes = b"") -> socket.socket:
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS))
    connection.sendall(data)
    return connection


def _said(connection: socket.socket) -> bytes:
    said = b""
    try:
        while more := connection.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


def _until(connection: socket.socket, text: bytes) -> bytes:
    said = b""
    while text not in said:
        more = connection.recv(65536)
        assert more, said
        said += more
    return said


def _register(connection: socket.socket, nick: str) -> None:
    connection.sendall(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode())
    _until(connection, f" 001 {nick} ".encode())


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_load_balancers(new_hub: New, tmp_path: Path, loop: str, stack: ExitStack) -> None:
    """Before TLS or alone; each address has its own limit, and the balancer none."""
    certificate = make_certificate(tmp_path)
    tls = {"cert": str(certificate.cert), "key": str(certificate.key)}
    proxy = ["127.0.0.1/32"]
    listen: list[dict[str, Any]] = [
        {"address": "127.0.0.1", "port": free_port(), "proxy": proxy},
        {"address": "127.0.0.1", "port": free_port(), "proxy": proxy, "tls": tls},
    ]
    listen.append({**listen[1], "port": free_port(), "client_certificates": True})
    limits = {"connections_per_address": 2, "exempt": []}
    config = {"limits": limits, "irc": {"listen": listen, "cloak": {"enabled": False}}}
    hub = new_hub(config, env={"WORDS_LOOP": loop}).start()
    plain, *ports = hub.irc_ports

    ann = _connect(stack, plain, b"PROXY TCP4 192.0.2.7 192.0.2.1 4000 6667\r\n")
    _register(ann, "ann")
    ben = _connect(stack, plain, _tcp4("192.0.2.7"))
    _register(ben, "ben")
    told = b"ERROR :Too many connections from your address\r\n"
    assert _said(_connect(stack, plain, _tcp4("192.0.2.7") + b"NICK cat\r\n")) == told
    for port, nick in zip(ports, ("dan", "eve"), strict=True):
        raw = _connect(stack, port, _tcp4("198.51.100.9"))
        client = stack.enter_context(
            certificate.context.wrap_socket(raw, server_hostname="localhost")
        )
        _register(client, nick)
    alive = _connect(stack, plain, _second(0x20, 0, b""))  # the balancer looks whether we live
    _register(alive, "eye")
    raw = _connect(stack, ports[0], _tcp4("198.51.100.9"))
    with pytest.raises((OSError, ssl.SSLError)):
        certificate.context.wrap_socket(raw, server_hostname="localhost")

    ann.sendall(b"WHOIS ben\r\nWHOIS dan\r\n")
    said = _until(ann, b" 318 ann dan ")
    assert b" 311 ann ben ~ben 192.0.2.7 " in said
    assert b" 311 ann dan ~dan 198.51.100.9 " in said
    assert said.count(b" 671 ") == 1  # only who came by TLS is secure
    assert "Traceback" not in hub.log


def test_what_is_no_header(new_hub: New, stack: ExitStack) -> None:
    """It costs its sender the connection, in time; who is silent is hung up on."""
    listen = {"address": "127.0.0.1", "port": free_port(), "proxy": ["127.0.0.0/8"]}
    limits = {"unregistered_timeout": "1s"}
    hub = new_hub({"limits": limits, "irc": {"listen": [listen]}}).start()
    silent = _connect(stack, hub.irc_port)
    half = _connect(stack, hub.irc_port, SIGNATURE + b"\x21\x11\x00\x0c1234")
    for data in (b"NICK ann\r\nUSER a 0 * :a\r\n", b"PROXY TCP4 300.1.1.1 1.1.1.1 1 1\r\n"):
        assert _said(_connect(stack, hub.irc_port, data)) == b""
    assert _said(silent) == _said(half) == b""
    _register(_connect(stack, hub.irc_port, b"PROXY UNKNOWN\r\n"), "ann")
    assert "Traceback" not in hub.log


def test_a_header_of_a_stranger(new_hub: New, stack: ExitStack) -> None:
    """Nobody else is believed: to him it is a line like any other, and it moves him nowhere."""
    listen = {"address": "127.0.0.1", "port": free_port(), "proxy": ["192.0.2.0/24"]}
    irc = {"listen": [listen], "cloak": {"enabled": False}}
    hub = new_hub({"irc": irc}).start()
    liar = _connect(stack, hub.irc_port, b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n")
    _until(liar, b" 451 ")
    _register(liar, "liar")
    liar.sendall(b"WHOIS liar\r\n")
    assert b" 127.0.0.1 " in _until(liar, b" 318 ")
    # Version 2 is made so that a server which doesn't know it ends: its fifth word is QUIT.
    assert b"Closing link" in _said(_connect(stack, hub.irc_port, _tcp4("10.0.0.1")))


def test_a_network_of_the_sixth_version(new_hub: New, stack: ExitStack) -> None:
    """Whoever has one address of 64 bits' network has all of them: they are counted together."""
    listen = {"address": "127.0.0.1", "port": free_port(), "proxy": ["127.0.0.1/32"]}
    limits = {"connections_per_address": 2}
    hub = new_hub({"limits": limits, "irc": {"listen": [listen]}}).start()

    def come(address: str) -> socket.socket:
        header = f"PROXY TCP6 {address} 2001:db8:f::1 4000 6667\r\n".encode()
        return _connect(stack, hub.irc_port, header)

    for number, nick in ((1, "ann"), (2, "ben")):
        _register(come(f"2001:db8:0:1::{number}"), nick)
    told = b"ERROR :Too many connections from your address\r\n"
    assert _said(come("2001:db8:0:1:ffff::9")) == told
    _register(come("2001:db8:0:2::1"), "cat")


def test_over_a_unix_socket(new_hub: New, tmp_path: Path) -> None:
    """Its mode says who may bring others; a ban counts for those that are brought."""
    path = tmp_path / "irc.sock"
    listen = [{"unix": str(path), "proxy": ["127.0.0.1/32"]}]
    hub = new_hub({"irc": {"listen": listen, "cloak": {"enabled": False}}}).start()
    banned = hub.words("ban", "add", "192.0.2.0/24", "--why", "go away")
    assert banned.returncode == 0, banned.stderr
    for address, end in (("192.0.2.7", b"ERROR :You are banned: go away"), ("10.0.0.7", b" 001 ")):
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(SECONDS)
            one.connect(str(path))
            one.sendall(_tcp4(address) + b"NICK ann\r\nUSER a 0 * :a\r\n")
            _until(one, end)


def test_other_gateways(new_hub: New, stack: ExitStack) -> None:
    """PB and TOC take the same header."""
    listen = {"address": "127.0.0.1", "proxy": ["127.0.0.1/32"]}
    config = {kind: {"listen": [{**listen, "port": free_port()}]} for kind in ("pb", "toc")}
    hub = new_hub(config).start()
    pb = _connect(stack, hub.pb_ports[0], _tcp4("192.0.2.7"))
    assert pb.recv(100).startswith(b"\x02\x80")
    toc = _connect(stack, hub.toc_port, _tcp4("192.0.2.7") + b"FLAPON\r\n\r\n")
    assert toc.recv(100)[:1] == b"*"
    with Client(hub.irc_port).register("ann") as ann:
        assert ann.ask("PRIVMSG ann :all well")
