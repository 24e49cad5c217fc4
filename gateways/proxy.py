"""The PROXY protocol, versions 1 and 2: what a load balancer says of whom it stands for.

Source: haproxy.org, doc/proxy-protocol.txt. No sockets: `reading` says how many bytes it wants and
is sent them. It never wants one that isn't of the header: what follows may be TLS.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Generator
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
"""The first bytes of version 2."""

SHORTEST = 15
"""Bytes of the shortest header: ``PROXY UNKNOWN`` and its end of line."""

LINE_MAX = 107
"""Bytes of the longest line of version 1."""

REST_MAX = 4096
"""Bytes of version 2 after its fixed part: addresses take 216 at most, what is beside little."""

_LINE = re.compile(rb"PROXY TCP([46]) (\S+) \S+ \d{1,5} \d{1,5}\r\n")
_FIXED = struct.Struct("!12sBBH")
_TLV = struct.Struct("!BH")
_LOCAL, _PROXY = 0x20, 0x21  # version 2 and the command
_TCP4, _TCP6 = 0x11, 0x21  # address family and SOCK_STREAM
_UNSPECIFIED, _UNIX = 0x00, 0x31
_CRC32C, _SSL = 0x03, 0x20  # types of what is said beside
_CLIENT_SSL = 0x01


class ProxyError(Exception):
    """What came is no header of the PROXY protocol."""


class Relayed(NamedTuple):
    """Who is behind the proxy. ``address``: "" where the proxy speaks for itself, or doesn't know.

    ``secure``: the client came to the proxy by TLS.
    """

    address: str
    secure: bool = False


def reading() -> Generator[int, bytes, Relayed]:
    """Yield how many bytes are wanted; return what the header says. Raises `ProxyError`."""
    head = yield SHORTEST
    if head.startswith(SIGNATURE):
        head += yield _FIXED.size - SHORTEST
        _, command, family, length = _FIXED.unpack(head)
        if length > REST_MAX:
            raise ProxyError(f"a header of {length} bytes")
        return _second(command, family, head, (yield length) if length else b"")
    if not head.startswith(b"PROXY "):
        raise ProxyError("no PROXY header")
    while not head.endswith(b"\n"):
        if len(head) >= LINE_MAX:
            raise ProxyError("a line without an end")
        head += yield 1
    return _first(head)


def _first(line: bytes) -> Relayed:
    if line.startswith(b"PROXY UNKNOWN") and line.endswith(b"\r\n"):
        return Relayed("")
    found = _LINE.fullmatch(line)
    if found is None:
        raise ProxyError("a line that can't be read")
    kind = IPv4Address if found[1] == b"4" else IPv6Address
    try:
        return Relayed(str(kind(found[2].decode("ascii"))))
    except ValueError:
        raise ProxyError("an address that is none") from None


def _second(command: int, family: int, head: bytes, rest: bytes) -> Relayed:
    if command == _LOCAL:
        return Relayed("")
    sizes = {_TCP4: 12, _TCP6: 36, _UNSPECIFIED: 0, _UNIX: 216}
    if command != _PROXY or family not in sizes or len(rest) < sizes[family]:
        raise ProxyError("a command or an address that is unknown")
    beside = dict(_beside(rest[sizes[family] :]))
    checksum = beside.get(_CRC32C)
    if checksum is not None:
        blank = rest.replace(_TLV.pack(_CRC32C, 4) + checksum, _TLV.pack(_CRC32C, 4) + bytes(4), 1)
        if int.from_bytes(checksum, "big") != _crc32c(head + blank):
            raise ProxyError("a wrong checksum")
    secure = bool(beside.get(_SSL, b"\0")[:1][0] & _CLIENT_SSL) if beside.get(_SSL) else False
    if family == _TCP4:
        return Relayed(str(IPv4Address(rest[:4])), secure)
    if family == _TCP6:
        return Relayed(str(IPv6Address(rest[:16])), secure)
    return Relayed("", secure)


def _beside(data: bytes) -> Generator[tuple[int, bytes], None, None]:
    """Yield type and value of what is said beside the addresses."""
    at = 0
    while at < len(data):
        if len(data) - at < _TLV.size:
            raise ProxyError("a value that is cut")
        kind, length = _TLV.unpack_from(data, at)
        at += _TLV.size + length
        if at > len(data):
            raise ProxyError("a value that is cut")
        yield kind, data[at - length : at]


def _crc32c(data: bytes) -> int:
    """Return the checksum of RFC 3720, appendix B.4; over a hundred bytes or two, once."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF
