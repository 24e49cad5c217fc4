"""What all of TLS has in common, whoever does it: the loop, or gateways/tls_shell.py."""

from __future__ import annotations

import asyncio
import hashlib

HANDSHAKE_SECONDS = 20.0
"""How long a TLS handshake may take."""

SHUTDOWN_SECONDS = 1.0
"""How long a client may take to answer the end of TLS; it has been told all by then."""


CERTIFICATE = "words.certificate"
"""The extra info of a transport that has the fingerprint of the client's certificate."""


def fingerprint(transport: asyncio.BaseTransport) -> str:
    """Return the SHA-256 of the certificate that the client has proved to have, or ""."""
    told: str = transport.get_extra_info(CERTIFICATE, "")
    shown = transport.get_extra_info("ssl_object")
    der = shown.getpeercert(True) if shown is not None and not told else None
    return hashlib.sha256(der).hexdigest() if der else told
