"""Logging in: the root object of a server, and what it asks of whoever knows the users. Sans-IO.

Methods of the root, beside the stock ones (login, loginAnonymous; both take a service too):

    loginScram(first, service="")       -> (challenge, referee)
    referee.prove(final, mind)          -> (the server's proof, perspective)
    loginCertificate(mind, service="")  -> perspective
    logout()                            nothing to call: dropping the perspective is the logout

`service` names what the perspective is of, such as "chat" or "admin"; one connection may hold
several. The stock md5 challenge needs a secret that is as good as the password, so it is for app
passwords only; SCRAM is for people, and proves the server to the client too.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Collection
from typing import Any, Final, NamedTuple, Protocol

from words.spread.errors import NoSuchMethod, Unauthorized
from words.spread.flavors import Perspective, Referenceable, Root
from words.spread.scram import LONGEST, Keys, Server

SCRAM: Final = "scram"
MD5: Final = "md5"
ANONYMOUS: Final = "anonymous"
CERTIFICATE: Final = "certificate"

REFEREES: Final = 8
"""Logins begun and not finished on one connection. Ours; more are refused."""


class Proven(NamedTuple):
    """A login whose proof was good, and what it is for.

    `mechanism` is one of the constants above; `name` is empty for anonymous and certificate
    logins. `broker` is the connection, whose `peer` says what its driver knows of it. `mind` is
    the client's side: mostly a RemoteReference, but it may be anything, None included. `keys` are
    those that a SCRAM proof was good for: they may have changed since the challenge.
    """

    mechanism: str
    name: str
    service: str
    mind: Any
    broker: Any
    keys: Keys | None = None


class Authenticator(Protocol):
    """Who knows the users. May be told names in any form; raises Unauthorized or returns."""

    def scram_keys(self, name: str, broker: Any) -> Awaitable[Keys]:
        """The keys of a name; for an unknown one, keys with a stable false salt."""

    def md5_digest(self, name: str, broker: Any) -> Awaitable[bytes]:
        """md5 of the app password of a login name; random bytes for an unknown one."""

    def log_in(self, proven: Proven) -> Awaitable[Perspective]:
        """The perspective. Its `unreferenced` is the logout.

        Called for anonymous and certificate logins too, where the proof is what the driver put
        into `broker.peer`: raise Unauthorized where that is not enough.
        """

    def failed(self, mechanism: str, name: str, broker: Any) -> None:
        """A proof was wrong; for limits on guessing."""


class LoginRoot(Root):
    """The root of a server where one logs in; offers the `mechanisms` and no others."""

    def __init__(self, authenticator: Authenticator, mechanisms: Collection[str]) -> None:
        self._authenticator = authenticator
        self._mechanisms = frozenset(mechanisms)

    def root_for(self, broker: Any) -> Referenceable:
        """A root for one connection."""
        return _Entrance(self._authenticator, self._mechanisms, broker)


class _Entrance(Referenceable):
    def __init__(self, authenticator: Authenticator, mechanisms: Any, broker: Any) -> None:
        self.authenticator = authenticator
        self.broker = broker
        self.referees = 0
        self._mechanisms = mechanisms

    def _offered(self, mechanism: str, method: str) -> None:
        if mechanism not in self._mechanisms:
            raise NoSuchMethod(f"No such method: remote_{method}")
        if self.referees >= REFEREES:
            raise Unauthorized("too many logins begun")

    async def remote_login(self, username: object, service: str = "") -> object:
        self._offered(MD5, "login")
        referee = _Md5Referee(self, _name(username), service)
        return referee.challenge, referee

    async def remote_loginAnonymous(self, mind: object, service: str = "") -> Perspective:
        self._offered(ANONYMOUS, "loginAnonymous")
        return await self.finish(ANONYMOUS, "", service, mind)

    async def remote_loginCertificate(self, mind: object, service: str = "") -> Perspective:
        self._offered(CERTIFICATE, "loginCertificate")
        if not self.broker.peer.get("certificate"):
            raise Unauthorized
        return await self.finish(CERTIFICATE, "", service, mind)

    async def remote_loginScram(self, first: bytes, service: str = "") -> object:
        self._offered(SCRAM, "loginScram")
        if not isinstance(first, bytes) or len(first) > LONGEST:
            raise Unauthorized
        server = Server(first)
        keys = await self.authenticator.scram_keys(server.name, self.broker)
        return server.challenge(keys), _ScramReferee(self, server, keys, service)

    async def finish(
        self, mechanism: str, name: str, service: object, mind: Any, keys: Keys | None = None
    ) -> Perspective:
        if not isinstance(service, str):
            raise Unauthorized
        proven = Proven(mechanism, name, service, mind, self.broker, keys)
        return await self.authenticator.log_in(proven)


class _Referee(Referenceable):
    """Judges one answer to one challenge."""

    def __init__(self, entrance: _Entrance) -> None:
        self._entrance = entrance
        self._open = True
        entrance.referees += 1

    def unreferenced(self, broker: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the login, whatever came of it. Raises Unauthorized if it has ended before."""
        if not self._open:
            return
        self._open = False
        self._entrance.referees -= 1

    def claim(self) -> None:
        if not self._open:
            raise Unauthorized
        self.close()


class _ScramReferee(_Referee):
    def __init__(self, entrance: _Entrance, server: Server, keys: Keys, service: str) -> None:
        super().__init__(entrance)
        self._server = server
        self._keys = keys
        self._service = service

    def remote_prove(self, final: bytes, mind: object) -> Awaitable[object]:
        self.claim()  # at once: the decref that follows would end the login
        return self._judge(final, mind)

    async def _judge(self, final: bytes, mind: object) -> object:
        entrance = self._entrance
        try:
            proof = self._server.verify(final)
        except Unauthorized:
            entrance.authenticator.failed(SCRAM, self._server.name, entrance.broker)
            raise
        name = self._server.name
        return proof, await entrance.finish(SCRAM, name, self._service, mind, self._keys)


class _Md5Referee(_Referee):
    def __init__(self, entrance: _Entrance, name: str, service: str) -> None:
        super().__init__(entrance)
        self._name = name
        self._service = service
        self.challenge = secrets.token_bytes(16)

    def remote_respond(self, response: bytes, mind: object) -> Awaitable[Perspective]:
        self.claim()  # at once, as above
        return self._judge(response, mind)

    async def _judge(self, response: bytes, mind: object) -> Perspective:
        entrance = self._entrance
        digest = await entrance.authenticator.md5_digest(self._name, entrance.broker)
        right = _md5(digest + self.challenge)
        if not isinstance(response, bytes) or not hmac.compare_digest(right, response):
            entrance.authenticator.failed(MD5, self._name, entrance.broker)
            raise Unauthorized
        return await entrance.finish(MD5, self._name, self._service, mind)


def md5_digest(password: str) -> bytes:
    """What a server must keep to check the stock challenge: as good as the password itself."""
    return _md5(password.encode())


def md5_response(password: str, challenge: bytes) -> bytes:
    """The answer to the stock challenge."""
    return _md5(_md5(password.encode()) + challenge)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _name(username: object) -> str:
    """Stock clients send bytes or text."""
    if isinstance(username, bytes):
        username = username.decode("utf-8", "replace")
    if not isinstance(username, str) or len(username) > LONGEST:
        raise Unauthorized
    return username
