"""What every gateway gets of the hub, and what the hub wants of every gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from gateways.admission import Admission
from words.admin.base import Caller
from words.chat.service import ChatService
from words.chat.turn import Turn
from words.config import Config
from words.passport.authorizer import Authorizer
from words.reactor import Reactor
from words.sockets import Sockets


class Linked(NamedTuple):
    """Another network that there is a bridge to, as anybody may know it."""

    name: str
    kind: str
    """The protocol, as config calls it."""
    state: str
    """A word: "connected", "connecting", "waiting"."""


class Parts(msgspec.Struct, frozen=True):
    """The hub's parts. ``config`` is asked each time: a reload replaces it."""

    config: Callable[[], Config]
    reactor: Reactor
    turn: Turn
    service: ChatService
    authorizer: Authorizer
    sockets: Sockets
    admission: Admission
    """Counts the connections of all gateways together."""
    administer: Callable[[str, Mapping[str, Any], Caller], Awaitable[Any]]
    """Does a verb of the admin service for somebody; raises what it refuses."""
    networks: Callable[[], Sequence[Linked]]
    started: float
    """When the hub began, in seconds since 1970 UTC."""


class Gateway(Protocol):
    """A listener that speaks one protocol. Made as ``Factory(parts)``.

    It may have ``connections``, something sized, and the number of those that were ``refused``:
    both are shown as metrics. One that listens on sockets has much of what it needs in
    `gateways.serving.SocketGateway`.
    """

    name: str

    async def start(self) -> list[str]:
        """Open the listeners; return a line for each that says where and how to join.

        Raises `ConfigError` with the key where an address or a certificate can't be used.
        """
        ...

    async def reload(self) -> None:
        """Follow the new configuration without dropping a connection; raises `ConfigError`.

        Nothing changes when it raises.
        """
        ...

    async def stop(self, reason: str) -> None:
        """Close the listeners, tell everybody goodbye, and return when their output is out.

        The caller bounds the time.
        """
        ...
