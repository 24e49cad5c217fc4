"""What is written to names that are programs of the server: NickServ, ChanServ, *playback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateways.irc.session import Session
from gateways.irc.table import Later
from words.names import ParticipantKey, participant_key

Service: TypeAlias = Callable[[Session, str], Later | None]

SERVICES: dict[ParticipantKey, Service] = {}
"""By the key of the name that is written to."""


def service(name: str) -> Callable[[Service], Service]:
    """Let a function have what is written to a name."""

    def put(function: Service) -> Service:
        SERVICES[participant_key(name)] = function
        return function

    return put
