"""One hub for all tests of the IRC gateway that don't need one of their own.

Isolation is by names: `Crowd` gives every test nicks and channels that no other test has.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client
from words.admin.client import ask

PASSWORD = "sesame street"
CONFIG = {
    "limits": {"flood": {"burst": 1000000}},
    "hub": {"name": "irc.test", "network": "Test", "motd": "Be kind."},
}
Connect: TypeAlias = Callable[..., Client]

_numbers = itertools.count(1)


class Crowd:
    """Clients of one hub, with names of their own; they are gone after the test."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        self.number = next(_numbers)
        self.channel = f"#room{self.number}"
        self._clients: list[Client] = []

    def name(self, name: str) -> str:
        """Return a nick that is nobody else's."""
        return f"{name}{self.number}"

    def raw(self, nick: str = "") -> Client:
        """Return a connection that has said nothing yet."""
        client = Client(self.hub.irc_port)
        client.nick = nick
        self._clients.append(client)
        return client

    def client(self, name: str, caps: str = "", *, real_name: str = "") -> Client:
        """Return a guest called ``name`` and a number."""
        return self.raw().register(self.name(name), caps=caps, real_name=real_name)

    def account(self, name: str) -> str:
        """Return the name of a new account; its password is PASSWORD."""
        name = self.name(name)
        ask(self.hub.data / "admin.sock", "user-add", {"name": name, "password": PASSWORD})
        return name

    def member(self, name: str, caps: str = "") -> Client:
        """Return a client of a new account, called like it."""
        return self.login(self.account(name), caps)

    def login(self, account: str, caps: str = "") -> Client:
        """Return a client that is logged in and called like its account."""
        return self.raw().register(account, caps=caps, password=PASSWORD)

    def inside(self, *names: str, caps: str = "") -> list[Client]:
        """Return guests who are in the test's channel; the first is its operator."""
        clients = [self.client(name, caps) for name in names]
        for client in clients:
            client.join(self.channel)
        for client in clients:
            client.sync()
        return clients

    def close(self) -> None:
        """Let all leave, so that what they held is free again."""
        for client in self._clients:
            if not client.ended and client.socket.fileno() >= 0:
                client.send_bytes(b"QUIT\r\n")
            client.close()


@pytest.fixture(scope="session")
def irc_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return the hub that all share."""
    hub = HubProcess(tmp_path_factory.mktemp("irc"), CONFIG).start()
    yield hub
    hub.kill()
    assert "Traceback" not in hub.log


@pytest.fixture
def crowd(irc_hub: HubProcess) -> Iterator[Crowd]:
    """Return the test's own people on the hub that all share."""
    crowd = Crowd(irc_hub)
    yield crowd
    crowd.close()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Return what makes clients, with `Client`'s arguments; they are closed after the test."""
    made: list[Client] = []

    def make(*args: Any, **kwargs: Any) -> Client:
        made.append(Client(*args, **kwargs))
        return made[-1]

    yield make
    for client in made:
        client.close()
