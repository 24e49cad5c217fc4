"""What tests of bridges share: far servers, hubs linked with them, people on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ircds import Server
from tests.support.synapse import Synapse

T = TypeVar("T")

QUICK = {"limits": {"flood": {"burst": 100000, "rate": 100000}, "connections_per_address": 100}}
"""For people who say much at once."""


def irc_bridge(name: str, port: int, room: str = "#there", group: str = "here", **more: Any) -> Any:
    """Return one of [[bridges]] to an IRC server on this machine; ``irc`` may have more in it."""
    irc = {"servers": [f"127.0.0.1:{port}"], "nick": "hub", "tls": False, **more.pop("irc", {})}
    return {"name": name, "irc": irc, "links": [{"room": room, "group": group}], **more}


def hub_config(*bridges: Any, **more: Any) -> dict[str, Any]:
    """Return the configuration of a hub with these bridges."""
    return {**QUICK, "bridges": list(bridges), **more}


class Stage:
    """Servers, hubs and clients of one test, closed at its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._hubs = 0

    def server(self, kind: type[Server], name: str = "far", **options: str) -> Server:
        """Start a server."""
        folder = self.folder / name
        folder.mkdir()
        return self._stack.enter_context(kind(folder, **options))

    def keep(self, started: AbstractContextManager[T]) -> T:
        """Start something else that ends with the stage."""
        return self._stack.enter_context(started)

    def hub(self, *bridges: Any, **more: Any) -> HubProcess:
        """Start a hub with these bridges."""
        self._hubs += 1
        folder = self.folder / f"hub{self._hubs}"
        folder.mkdir()
        hub = HubProcess(folder, hub_config(*bridges, **more))
        self._stack.callback(hub.kill)
        return hub.start()

    def client(self, port: int, nick: str, room: str = "", **login: str) -> Client:
        """Let somebody come in, and into a room."""
        client = self._stack.enter_context(Client(port)).register(nick, **login)
        if room:
            client.join(room)
        return client

    def close(self) -> None:
        """End everything."""
        self._stack.close()


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """Return a homeserver that all tests share: it needs seconds to start."""
    with Synapse(tmp_path_factory.mktemp("matrix")) as server:
        yield server


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return a stage for one test."""
    made = Stage(tmp_path)
    yield made
    made.close()


def said(client: Client, *, until: Callable[[list[str]], bool], room: str = "") -> list[str]:
    """Return ``nick: text`` of what a client hears said, until that is enough."""
    heard: list[str] = []
    while not until(heard):
        line = client.read()
        assert line is not None, client.log[-10:]
        if line.command == "PRIVMSG" and (not room or line.params[0] == room):
            heard.append(f"{line.nick}: {line.text}")
    return heard


def next_said(client: Client) -> str:
    """Return the next message that a client hears, as ``nick: text``."""
    return said(client, until=lambda heard: len(heard) == 1)[0]


def bridge_enters(client: Client, *nicks: str) -> None:
    """Wait until the bridges' accounts are in the client's room, in any order; "hub" by default."""
    missing = set(nicks or ("hub",))
    while (line := client.read()) is not None:
        if line.command == "JOIN":
            missing.discard(line.nick)
            if not missing:
                return
    raise EOFError(client.log[-10:])
