"""The ``irc`` package's client, driven step by step: what programs written with it see."""

from __future__ import annotations

import itertools
import time
from typing import Any, Self

from irc.client import Event, Reactor, ServerConnection

SECONDS = 10.0
"""The longest wait for an event."""

_barriers = itertools.count(1)


class LibraryClient:
    """One connection of the package with a reactor of its own; ``events`` is all it was told."""

    def __init__(self, port: int, nick: str, **arguments: Any) -> None:
        self.reactor = Reactor()
        self.events: list[Event] = []
        self.reactor.add_global_handler("all_events", self._hear)
        self.connection: ServerConnection = self.reactor.server()
        self.connection.connect("127.0.0.1", port, nick, **arguments)
        self.connection.buffer.errors = "strict"

    def _hear(self, _: ServerConnection, event: Event) -> None:
        if event.type not in ("all_raw_messages", "ping"):
            self.events.append(event)

    @property
    def nick(self) -> str:
        """The nick, as the package knows it."""
        return str(self.connection.get_nickname())

    def wait(self, kind: str) -> Event:
        """Return the next event of this type, after dropping those before it."""
        deadline = time.monotonic() + SECONDS
        while True:
            while self.events:
                event = self.events.pop(0)
                if event.type == kind:
                    return event
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {kind}")
            self.reactor.process_once(0.2)

    def welcome(self) -> Self:
        """Wait until the client is in; return it."""
        self.wait("welcome")
        self.sync()
        return self

    def sync(self) -> list[Event]:
        """Return every event until the server has done all that was asked before."""
        token = f"barrier-{next(_barriers)}"
        self.connection.ping(token)
        deadline = time.monotonic() + SECONDS
        while not any(e.type == "pong" and e.arguments[-1] == token for e in self.events):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer; {self.events}")
            self.reactor.process_once(0.2)
        events, self.events = self.events, []
        return [event for event in events if event.type != "pong"]

    def close(self) -> None:
        """Leave."""
        if self.connection.is_connected():
            self.connection.disconnect("done")
