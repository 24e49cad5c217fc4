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
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from OpenSSL import SSL, crypto

from gateways.admission import Arrival
from gateways.layer import Layer

if TYPE_CHECKING:
    from gateways.door import Host

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
        return Shell(SSL.Connection(self._context, None), loop, host, arrival)


class Shell(Layer):
    """The protocol above is made after the handshake."""

    def __init__(
        self,
        tls: SSL.Connection,
        loop: asyncio.AbstractEventLoop,
        host: Host,
        arrival: Arrival,
    ) -> None:
        super().__init__(loop, host, host.made, arrival)
        self._tls = tls
        tls.set_accept_state()

    def data_received(self, data: bytes) -> None:
        try:
            self._tls.bio_write(data)
            if self.above is None:
                self._tls.do_handshake()
                self._shown()
            self._read()
        except SSL.WantReadError:
            self._flush()
        except SSL.Error as error:
            log.debug("TLS failed: %s", _text(error))
            self._flush()  # the alert
            self.below.close()

    def _shown(self) -> None:
        self._flush()
        shown = self._tls.get_peer_certificate()  # cryptography's refuses what OpenSSL has taken
        if shown is not None:
            der = crypto.dump_certificate(crypto.FILETYPE_ASN1, shown)
            self.arrival.certificate = hashlib.sha256(der).hexdigest()
        self.begin()

    def _read(self) -> None:
        assert self.above is not None
        while not self.below.is_closing():
            try:
                data = self._tls.recv(PIECE)
            except SSL.ZeroReturnError:
                self.above.eof_received()
                self.below.close()
                return
            self.above.data_received(data)

    def write(self, data: bytes) -> None:
        """Encrypt and send. OpenSSL can't while the client is in the middle of a handshake message
        (a KeyUpdate, RFC 8446 section 4.6.3): who stops there is cut off."""
        try:
            self._tls.sendall(data)
        except SSL.Error as error:
            log.debug("TLS can't be written: %s", _text(error))
            self.below.abort()
        else:
            self._flush()

    def shut(self) -> None:
        """Say the end of TLS, where it can be said; see `write`."""
        with suppress(SSL.Error):
            self._tls.shutdown()
        self._flush()

    def _flush(self) -> None:
        """Send what OpenSSL has made."""
        try:
            while True:
                self.below.write(self._tls.bio_read(PIECE))
        except SSL.WantReadError:
            pass


def _text(error: SSL.Error) -> str:
    return "; ".join(str(part[-1]) for part in error.args[0]) if error.args else "closed"
