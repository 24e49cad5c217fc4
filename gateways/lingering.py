"""The end of a connection whose goodbye shall be read.

A kernel that closes a socket with unread input answers by a reset (RFC 1122 section 4.2.2.13), and
a reset may overtake what was said before it. So only our side is shut, what still comes is thrown
away, and the socket is closed when the other side has closed, too, or has had its time.
"""

from __future__ import annotations

import asyncio

from gateways.admission import Admission
from gateways.layer import LayerTransport

LINGER_SECONDS = 5.0
"""How long somebody may take to read a goodbye, and to close."""

LINGER_BYTES = 1024 * 1024
"""Bytes that somebody may still send after our goodbye: several buffers of a kernel."""


class _Lingering(asyncio.Protocol):
    """Takes the place of a protocol that has said all; that one is told when it is over."""

    def __init__(
        self, transport: asyncio.Transport, before: asyncio.BaseProtocol, admission: Admission
    ) -> None:
        self._transport = transport
        self._before = before
        self._admission = admission
        admission.lingering += 1
        self._left = LINGER_BYTES
        self._deadline = asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self._admission.lingering -= 1
        self._before.connection_lost(exc)


def _may_linger(transport: asyncio.Transport, admission: Admission) -> bool:
    descriptor = transport.get_extra_info("socket").fileno()
    return transport.can_write_eof() and admission.may_linger(descriptor)


def linger(
    transport: asyncio.Transport, protocol: asyncio.BaseProtocol, admission: Admission
) -> None:
    """Send what waits, then the end, and close when the other side has ended; nothing more may be
    written. ``protocol`` gets ``connection_lost``.

    Who can't shut one side alone is closed at once; so is everybody while descriptors are scarce.
    Who then doesn't read what waits, or didn't before he was closed, is cut off in the same time.
    """
    if isinstance(transport, LayerTransport) and not transport.is_closing():
        transport.layer.shut()
        linger(transport.layer.below, transport.layer, admission)
        return
    if transport.is_closing() or not _may_linger(transport, admission):
        transport.close()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abort)
        return
    transport.set_protocol(_Lingering(transport, protocol, admission))
    try:
        transport.write_eof()
    except OSError:  # asyncio's: the other side has reset the connection, and reads nothing more
        transport.abort()
        return
    transport.resume_reading()
