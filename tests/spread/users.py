"""A small set of users for tests, and the perspective they get."""

from __future__ import annotations

import secrets
from typing import Any

from words.spread import login, pb
from words.spread.scram import Keys, keys_of

KEYS = {"alice": keys_of("secret", 4096), "bob": keys_of("hunter2", 4096)}
FALSE = keys_of("nobody", 4096)


class Avatar(pb.Perspective):
    """What everybody gets."""

    def __init__(self, users: Users, proven: login.Proven) -> None:
        self.users = users
        self.proven = proven
        self.name = proven.name or proven.mechanism
        self.mind = proven.mind

    def perspective_whoami(self) -> list[str]:
        return [self.name, self.proven.service]

    def perspective_echo(self, value: Any) -> Any:
        return value

    def perspective_push(self, text: str) -> list[Any]:
        return pb.broadcast([a.mind for a in self.users.inside if a.mind], "said", self.name, text)

    async def perspective_ask(self, question: str) -> Any:
        return await self.mind.answer(question)

    def unreferenced(self, broker: object) -> None:
        self.users.inside.remove(self)
        self.mind = None
        self.users.changed()


class Users:
    """The Authenticator; `inside` are those who are in."""

    def __init__(self) -> None:
        self.inside: list[Avatar] = []
        self.failures: list[tuple[str, str]] = []
        self.listeners: list[Any] = []

    def changed(self) -> None:
        for listener in self.listeners:
            listener()

    async def scram_keys(self, name: str, broker: Any) -> Keys:
        return KEYS.get(name, FALSE)

    async def md5_digest(self, name: str, broker: Any) -> bytes:
        known = {"alice/app": "app-secret", "alice": "secret"}
        return login.md5_digest(known[name]) if name in known else secrets.token_bytes(16)

    async def log_in(self, proven: login.Proven) -> Avatar:
        if proven.service == "admin" and proven.name != "alice":
            raise pb.Unauthorized
        avatar = Avatar(self, proven)
        self.inside.append(avatar)
        self.changed()
        return avatar

    def failed(self, mechanism: str, name: str, broker: Any) -> None:
        self.failures.append((mechanism, name))


ALL = (login.SCRAM, login.MD5, login.ANONYMOUS, login.CERTIFICATE)
