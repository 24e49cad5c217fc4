"""One hub for all tests of the TOC gateway that don't need one of their own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.toc import Sign, TocClient
from words.admin.client import ask

PASSWORD = "sesame street"
CONFIG = {"limits": {"flood": {"burst": 1000000}}}

_numbers = itertools.count(1)


class People:
    """Clients of one hub, with names of their own; they are gone after the test."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        self.number = next(_numbers)
        self.room = f"Room {self.number}"
        self.group = f"Room_{self.number}"
        self._clients: list[TocClient | Client] = []

    def name(self, name: str) -> str:
        """Return a name that is nobody else's."""
        return f"{name}{self.number}"

    def account(self, name: str) -> str:
        """Return the name of a new account; its password is PASSWORD."""
        name = self.name(name)
        ask(self.hub.data / "admin.sock", "user-add", {"name": name, "password": PASSWORD})
        return name

    def raw(self) -> TocClient:
        """Return a connection that has said nothing yet."""
        client = TocClient(self.hub.toc_port)
        self._clients.append(client)
        return client

    def toc(self, name: str, how: Sign = "toc_signon", *, done: bool = True) -> TocClient:
        """Return a client of a new account."""
        return self.again(self.account(name), how, done=done)

    def again(self, account: str, how: Sign = "toc_signon", *, done: bool = True) -> TocClient:
        """Return a client of an account that there is."""
        return self.raw().sign_on(account, PASSWORD, how, done=done)

    def irc(self, name: str, *, account: bool = False, caps: str = "") -> Client:
        """Return an IRC client, a guest or one with an account."""
        client = Client(self.hub.irc_port)
        self._clients.append(client)
        if account:
            name = self.account(name)
            return client.register(name, password=PASSWORD, caps=caps)
        return client.register(self.name(name), caps=caps)

    def close(self) -> None:
        """Let all go."""
        for client in self._clients:
            client.close()


@pytest.fixture(scope="session")
def toc_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return the hub that all share."""
    hub = HubProcess(tmp_path_factory.mktemp("toc"), CONFIG).start()
    yield hub
    hub.kill()
    assert "Traceback" not in hub.log


@pytest.fixture
def people(toc_hub: HubProcess) -> Iterator[People]:
    """Return the test's own people on the hub that all share."""
    people = People(toc_hub)
    yield people
    people.close()


@pytest.fixture
def users(people: People) -> Callable[..., TocClient]:
    """Return what makes clients of new accounts."""
    return people.toc
