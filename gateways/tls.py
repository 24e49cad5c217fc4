"""What a listener with TLS serves its connections with."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from typing import Protocol, TypeAlias

from words.config import Listen
from words.errors import ConfigError

HANDSHAKE_SECONDS = 20.0
"""How long a TLS handshake may take."""

SHUTDOWN_SECONDS = 1.0
"""How long a client may take to answer the end of TLS; it has been told all by then."""


CERTIFICATE = "words.certificate"
"""The extra info of a transport that has the fingerprint of the client's certificate."""


class Shells(Protocol):
    """Makes what stands between a plain transport and a connection's own protocol."""

    def shell(
        self, loop: asyncio.AbstractEventLoop, made: Callable[[], asyncio.Protocol]
    ) -> asyncio.Protocol: ...


Secret: TypeAlias = ssl.SSLContext | Shells
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


def _shells(listen: Listen, place: str) -> Shells:
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
    told: str = transport.get_extra_info(CERTIFICATE, "")
    shown = transport.get_extra_info("ssl_object")
    der = shown.getpeercert(True) if shown is not None and not told else None
    return hashlib.sha256(der).hexdigest() if der else told
