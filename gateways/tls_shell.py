"""TLS by pyOpenSSL in memory, for listeners where clients may show any certificate.

Python's own ssl takes only certificates that an authority signed which the server knows, and
people sign their own: whose one is, the hub knows by its fingerprint. OpenSSL checks that the
client has the private key; the callback here says yes to whoever signed it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from gateways.admission import Arrival

if TYPE_CHECKING:
    from gateways.door import Host, Lead

log = logging.getLogger(__name__)

PIECE = 256 * 1024
"""Bytes taken out of OpenSSL at once; a record has at most 16 KiB."""


class ShellMaker:
    """One certificate of the server; raises OSError and ssl.SSLError for what can't be used."""

    def __init__(self, cert: Path, key: Path) -> None:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        # A resumed session would bring an old certificate with it: each handshake proves anew.
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        try:
            context.use_certificate_chain_file(str(cert))
            context.use_privatekey_file(str(key))
            context.check_privatekey()
        except SSL.Error as error:
            raise ssl.SSLError(_text(error)) from error
        self._context = context

    def shell(self, loop: asyncio.AbstractEventLoop, host: Host, arrival: Arrival) -> Shell:
        """Return the protocol of a plain connection; see `gateways.door.Lead`."""
        tls = SSL.Connection(self._context, None)
        return Shell(loop, tls, arrival, host.made, host.handshake_seconds)


class Shell(asyncio.Protocol):
    """Between the plain transport below and a protocol above that is made after the handshake."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        tls: SSL.Connection,
        arrival: Arrival,
        lead: Lead,
        seconds: float,
    ) -> None:
        self._tls = tls
        self._arrival = arrival
        self._lead = lead
        self._above: asyncio.Protocol | None = None
        self._deadline = loop.call_later(seconds, self._late)
        tls.set_accept_state()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.below = cast(asyncio.Transport, transport)  # uvloop's isn't a subclass

    def data_received(self, data: bytes) -> None:
        try:
            self._tls.bio_write(data)
            if self._above is None:
                self._tls.do_handshake()
                self._begin()
            self._read()
        except SSL.WantReadError:
            self.flush()
        except SSL.Error as error:
            log.debug("TLS failed: %s", _text(error))
            self.flush()  # the alert
            self.below.close()

    def eof_received(self) -> bool:
        if self._above is not None:
            self._above.eof_received()
        return False  # without close_notify from the other side there is no half-closing

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        if self._above is not None:
            self._above.connection_lost(exc)
        else:
            self._arrival.leave()

    def pause_writing(self) -> None:
        if self._above is not None:
            self._above.pause_writing()

    def resume_writing(self) -> None:
        if self._above is not None:
            self._above.resume_writing()

    def _late(self) -> None:
        if self._above is None:
            self.below.abort()

    def _begin(self) -> None:
        self._deadline.cancel()
        self.flush()
        shown = self._tls.get_peer_certificate(as_cryptography=True)
        if shown is not None:
            self._arrival.certificate = hashlib.sha256(shown.public_bytes(Encoding.DER)).hexdigest()
        self._above = self._lead(self._arrival)
        self._above.connection_made(ShellTransport(self))

    def _read(self) -> None:
        assert self._above is not None
        while not self.below.is_closing():
            try:
                data = self._tls.recv(PIECE)
            except SSL.ZeroReturnError:
                self._above.eof_received()
                self.below.close()
                return
            self._above.data_received(data)

    def write(self, data: bytes) -> None:
        """Encrypt and send."""
        if data and not self.below.is_closing():
            self._tls.sendall(data)
            self.flush()

    def shut(self) -> None:
        """Say the end of TLS, and close when all is sent."""
        if not self.below.is_closing():
            self._tls.shutdown()
            self.flush()
            self.below.close()

    def flush(self) -> None:
        """Send what OpenSSL has made."""
        try:
            while True:
                self.below.write(self._tls.bio_read(PIECE))
        except SSL.WantReadError:
            pass


class ShellTransport(asyncio.Transport):
    """What the protocol above sees."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._below = shell.below

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._below.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._shell.write(bytes(data))

    def close(self) -> None:
        self._shell.shut()

    def abort(self) -> None:
        self._below.abort()

    def is_closing(self) -> bool:
        return self._below.is_closing()

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._below.get_write_buffer_size()


def _text(error: SSL.Error) -> str:
    return "; ".join(str(part[-1]) for part in error.args[0]) if error.args else "closed"
