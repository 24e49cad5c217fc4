"""What a gateway brings to the hub: a Form for its wire and an Outlet for each connection.

Nothing here knows IRC, TOC or PB; each of them adapts, none is privileged.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from words.events import Event

Column: TypeAlias = Literal["sequence", "id", "time"]
Point: TypeAlias = tuple[Column, int]
"""A place in a conversation's log: the first event whose column is at least this."""


class Form(Hashable, Protocol):
    """One wire form of events; connections with equal forms share encoded chunks.

    A gateway has a small closed set of forms. An in-process client's form may encode an event
    as itself.
    """

    def encode(self, event: Event, where: str) -> Any:
        """Return the piece that tells ``event``, or None where this form has no words for it.

        ``where`` is the group's name, empty for what happens in no group. Must depend on
        nothing else.
        """
        ...

    def join(self, pieces: Sequence[Any]) -> Any:
        """Return one chunk of these pieces, in order."""
        ...


class Outlet(Protocol):
    """Where an attachment's chunks go; bounded in bytes by the gateway."""

    def push(self, chunk: Any) -> None:
        """Take a chunk: queue it and wake the writer; never call into a client, never raise."""
        ...

    def close(self, reason: str) -> None:
        """End the connection, within a turn: detach its attachment and say why."""
        ...


class Source(Protocol):
    """Something with input for the turn: a connection, or a finished task."""

    queued: bool
    """Owned by the turn: whether this source stands in its queue."""

    def step(self) -> bool:
        """Handle one command; return whether there is another one ready."""
        ...
