"""How a client logs in: each kind is a conversation with the root, without I/O of its own.

`steps(mind, service)` is a generator that yields calls as (target or None for the root, method,
args, kw), is sent their answers, and returns the perspective. A shell drives it: see client.py for
asyncio, blocking.py for a blocking socket.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Protocol

from words.spread.errors import Unauthorized
from words.spread.login import md5_response
from words.spread.references import RemoteReference
from words.spread.scram import Cached, Client

Step = tuple[RemoteReference | None, str, tuple[Any, ...], dict[str, Any]]
Steps = Generator[Step, Any, Any]


class Credentials(Protocol):
    """One way to log in."""

    def steps(self, mind: Any, service: str) -> Steps:
        """The conversation; see the module. Raises Unauthorized if the server is not to be had."""


class Password:
    """A name and password, by SCRAM-SHA-256: the password does not cross, and the server proves
    that it knows it too.

    `cached`, kept from an earlier login of the same name, spares the slow derivation; then the
    password may be empty.
    """

    def __init__(self, name: str, password: str = "", cached: Cached | None = None) -> None:
        self.name = name
        self.cached = cached
        self._password = password

    def steps(self, mind: Any, service: str) -> Steps:
        """Two round trips."""
        client = Client(self.name, self._password, self.cached)
        challenge, referee = yield None, "loginScram", (client.first(),), _for(service)
        final = client.final(challenge)
        server_final, perspective = yield referee, "prove", (final, mind), {}
        client.check(server_final)
        self.cached = client.cached
        return perspective


class AppPassword:
    """A name and app password, by the md5 challenge that stock Twisted peers speak.

    The only way into a stock server. It proves nothing about the server.
    """

    def __init__(self, name: str, password: str) -> None:
        self.name = name
        self._password = password

    def steps(self, mind: Any, service: str) -> Steps:
        """Two round trips. Stock servers know their users by bytes, so that is what is sent."""
        challenge, referee = yield None, "login", (self.name.encode(),), _for(service)
        if not isinstance(challenge, bytes):
            raise Unauthorized("a challenge that is none")
        response = md5_response(self._password, challenge)
        return (yield referee, "respond", (response, mind), {})


class Anonymous:
    """Without a name."""

    def steps(self, mind: Any, service: str) -> Steps:
        """One round trip."""
        return (yield None, "loginAnonymous", (mind,), _for(service))


class Certificate:
    """By the TLS client certificate of the connection."""

    def steps(self, mind: Any, service: str) -> Steps:
        """One round trip."""
        return (yield None, "loginCertificate", (mind,), _for(service))


def _for(service: str) -> dict[str, Any]:
    return {"service": service} if service else {}
