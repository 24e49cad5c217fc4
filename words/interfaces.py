"""What a gateway brings to the hub: a Form for its wire and an Outlet for each connection.

Nothing here knows IRC, TOC or PB; each of them adapts, none is privileged.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

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


class Relayed(NamedTuple):
    """What a message of ours is called elsewhere.

    ``message`` is our id; ``part`` counts from 0 where it had to be cut. ``way``: it came "in",
    went "out", or "expired" here undelivered. ``note`` is the owner's: hops, or why it expired.
    """

    message: int
    part: int
    way: str
    foreign_id: str = ""
    note: str = ""


class Ledger(Protocol):
    """What a bridge or an in-hub bot keeps under a name of its own, its ``owner``.

    Writing is for within a turn and is part of its transaction, with what was said in it: so what
    was taken from elsewhere is taken once, however often the process is killed.
    """

    def value(self, owner: str, name: str) -> str:
        """Return what is kept, a cursor for example; "" for nothing."""
        ...

    def keep(self, owner: str, name: str, value: str) -> None:
        """Keep a text, "" for nothing any more."""
        ...

    def kept(self, owner: str, prefix: str, limit: int = -1) -> list[tuple[str, str]]:
        """Return the names that begin so, with what is kept there, in their order."""
        ...

    def note(self, owner: str, relayed: Relayed) -> None:
        """Note what a message of ours, or a part of it, is called elsewhere."""
        ...

    def by_foreign_id(self, owner: str, foreign_id: str) -> Relayed | None:
        """Return what was noted of a message by what it is called elsewhere."""
        ...

    def of_message(self, message: int) -> list[tuple[str, Relayed]]:
        """Return (owner, what he noted) of a message of ours, in the order of its parts."""
        ...
