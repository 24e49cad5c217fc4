"""SASL over AUTHENTICATE: chunks of base64 to messages and back; no I/O.

Source: IRCv3 sasl-3.1 and sasl-3.2; RFC 4616 (PLAIN); RFC 7677 (SCRAM-SHA-256).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

from words.passport.identity import Identity
from words.passport.scram import ScramServer

CHUNK = 400  # characters of base64 in one AUTHENTICATE; IRCv3 sasl-3.1
RESPONSE_MAX = 8192  # characters of one whole response; five times an 800-byte password's

MECHANISMS = ("SCRAM-SHA-256", "PLAIN")
EXTERNAL = "EXTERNAL"


class SaslError(Exception):
    """The response is no base64, or is too long (``too_long``)."""

    def __init__(self, reason: str, *, too_long: bool = False) -> None:
        super().__init__(reason)
        self.too_long = too_long


class Collector:
    """Puts the chunks of one response together."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, chunk: str) -> bytes | None:
        """Take a chunk; return the whole response when this was the last of it.

        Raises `SaslError`.
        """
        if len(chunk) > CHUNK:
            raise SaslError("chunk too long", too_long=True)
        self._held += "" if chunk == "+" else chunk
        if len(self._held) > RESPONSE_MAX:
            raise SaslError("response too long", too_long=True)
        if len(chunk) == CHUNK:
            return None
        held, self._held = self._held, ""
        try:
            return base64.b64decode(held, validate=True)
        except (binascii.Error, ValueError) as error:
            raise SaslError("not base64") from error


def chunks(data: bytes) -> Iterator[str]:
    """Yield what AUTHENTICATE sends for a challenge."""
    text = base64.b64encode(data).decode("ascii")
    for start in range(0, len(text), CHUNK):
        yield text[start : start + CHUNK]
    if len(text) % CHUNK == 0:
        yield "+"


class Plain(NamedTuple):
    """A PLAIN response: who, and the password."""

    name: str
    password: str


def plain(data: bytes) -> Plain:
    """Return what a PLAIN response says; raises `SaslError`.

    Acting for another identity isn't possible: the two names must be the same.
    """
    try:
        authorize, name, password = data.decode().split("\0")
    except (UnicodeDecodeError, ValueError) as error:
        raise SaslError("not a PLAIN response") from error
    if not name or (authorize and authorize.lower() != name.lower()):
        raise SaslError("not a PLAIN response")
    return Plain(name, password)


class Exchange:
    """A login under way."""

    __slots__ = ("challenged", "collector", "identity", "mechanism", "scram")

    def __init__(self, mechanism: str, scram: ScramServer | None) -> None:
        self.mechanism = mechanism
        self.collector = Collector()
        self.scram = scram
        self.challenged = False
        self.identity: Identity | None = None
