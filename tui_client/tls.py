"""Whom TLS connections trust: what the system trusts, or one certificate that the user has seen."""

from __future__ import annotations

import asyncio
import hashlib
import ssl

from tui_client.trouble import NotTrusted
from words.spread.address import parse
from words.spread.transport import Connection

LOOKING = 10.0
"""Seconds for looking at a certificate that wasn't trusted."""


class Trust:
    """``fingerprint``: SHA-256 of the one certificate that is trusted; "" for the system's way."""

    def __init__(self, fingerprint: str = "") -> None:
        self.fingerprint = fingerprint

    def context(self) -> ssl.SSLContext | None:
        """Return what to connect with; None is the usual."""
        if not self.fingerprint:
            return None
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # `check` does it, before anything is said
        return context

    def check(self, connection: Connection) -> str:
        """Return how a connection is protected, "" where it isn't; raises `NotTrusted`."""
        secured = connection.extra("ssl_object")
        if secured is None:
            return ""
        found = fingerprint_of(secured)
        if self.fingerprint and found != self.fingerprint:
            raise NotTrusted(found)
        return secured.version() or "TLS"

    async def ask(self, error: Exception, url: str) -> str:
        """Return the fingerprint of a certificate that wasn't trusted, "" where that isn't why."""
        if isinstance(error, NotTrusted):
            return error.fingerprint
        if not isinstance(error, ssl.SSLCertVerificationError):
            return ""
        _, host, port = parse(url)
        looking = Trust("anything").context()
        try:
            async with asyncio.timeout(LOOKING):
                _, writer = await asyncio.open_connection(host, port, ssl=looking)
        except OSError:
            return ""
        secured = writer.get_extra_info("ssl_object")
        writer.close()
        return fingerprint_of(secured) if secured is not None else ""


def fingerprint_of(secured: ssl.SSLObject) -> str:
    """Return the SHA-256 of the peer's certificate, as people compare it."""
    certificate = secured.getpeercert(binary_form=True) or b""
    return hashlib.sha256(certificate).hexdigest()
