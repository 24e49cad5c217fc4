"""What listeners serve TLS with, and what clients have shown by it."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from typing import TYPE_CHECKING, TypeAlias

from words.config import Listen
from words.errors import ConfigError

if TYPE_CHECKING:
    from gateways.tls_shell import ShellMaker

HANDSHAKE_SECONDS = 20.0
"""How long a TLS handshake may take, where `limits.unregistered_timeout` isn't shorter."""

SHUTDOWN_SECONDS = 1.0
"""How long a client may take to answer the end of TLS; it has been told all by then."""

Secret: TypeAlias = "ssl.SSLContext | ShellMaker"
"""A context for the loop's own TLS, or shells of ours where clients show any certificate."""


def secured(listen: Listen, place: str) -> Secret | None:
    """Return what the listener's certificate is served with, read now; raises `ConfigError`."""
    files = listen.tls
    if files is None:
        return None
    try:
        if listen.client_certificates:
            return _shells(listen, place)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.cert, files.key)
        if files.clients:
            context.load_verify_locations(files.clients)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (ssl.SSLError, OSError) as error:
        names = " and ".join(str(each) for each in (files.cert, files.key, files.clients) if each)
        raise ConfigError(f"{place}.tls: {names} can't be used: {error}") from error
    return context


def _shells(listen: Listen, place: str) -> ShellMaker:
    assert listen.tls is not None
    try:
        from gateways.tls_shell import ShellMaker  # 0.1 s: only where it is asked for
    except ImportError:
        raise ConfigError(
            f"{place}: client_certificates needs pyOpenSSL: install words-chat[certificates]"
        ) from None
    return ShellMaker(listen.tls.cert, listen.tls.key)


def fingerprint(transport: asyncio.BaseTransport) -> str:
    """Return the SHA-256 of the certificate that the client has proved to have, or ""."""
    shown = transport.get_extra_info("ssl_object")
    der = shown.getpeercert(True) if shown is not None else None
    return hashlib.sha256(der).hexdigest() if der else ""
