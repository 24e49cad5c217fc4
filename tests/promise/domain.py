"""The chat domain without a gateway: a real loop, turn, journal and file, and ears to look into.

A command that runs in `Domain.turn` is committed and told like any other; several in one call
are one turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from tests.support.hub import ROOT
from words import events
from words.chat.attachment import Attachment
from words.chat.fanout import Fanout
from words.chat.service import ChatService
from words.chat.settings import chat_settings
from words.chat.turn import Turn
from words.config import load
from words.events import Actor, Event
from words.journal.journal import Journal
from words.reactor import Reactor
from words.storage.store import Store

T = TypeVar("T")


class Piece(NamedTuple):
    """What a client was told of one event: nothing in it differs between two runs."""

    form: str
    kind: str
    where: str
    who: str
    what: tuple[str, ...] = ()


class Ears(NamedTuple):
    """A form; a quiet one has no words for presence and profiles."""

    name: str
    quiet: bool = False

    def encode(self, event: Event, where: str) -> list[Piece] | None:
        """Return one piece, or None."""
        if self.quiet and isinstance(event, events.PresenceChanged | events.ProfileChanged):
            return None
        return [Piece(self.name, type(event).__name__, place(event, where), *content(event))]

    def join(self, pieces: Sequence[list[Piece]]) -> list[Piece]:
        """Return the pieces one after another."""
        return [piece for several in pieces for piece in several]


FORMS = (
    (Ears("a"), Ears("a1")),
    (Ears("a"), Ears("a2", quiet=True)),
    (Ears("b"), Ears("b1")),
)
"""Pairs as an attachment has them: for conversations, and for what is told aside."""


def place(event: Event, where: str) -> str:
    """Return the conversation: a group's name, two people's, or "" for none."""
    to = getattr(event, "to", "")
    return where or ("+".join(sorted((event.actor.name.lower(), to.lower()))) if to else "")


def content(event: Event) -> tuple[str, tuple[str, ...]]:
    """Return who did it, and what of it is the same in every run."""
    fields = msgspec.structs.asdict(event)
    for name in ("conversation", "id", "time", "actor", "presence", "groups"):
        fields.pop(name, None)
    shown = tuple(f"{name}={_shown(value)}" for name, value in fields.items())
    return event.actor.name, shown


def _shown(value: object) -> str:
    if isinstance(value, Actor):
        return value.name
    if isinstance(value, tuple):
        return " ".join(map(_shown, value))
    if isinstance(value, events.RoleChange):
        return f"{value.target.name}:{value.role}:{value.added}"
    return str(value)


class Ear:
    """An outlet that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[Piece] = []
        self.closed = ""

    def push(self, chunk: list[Piece]) -> None:
        """Take a chunk."""
        self.heard += chunk

    def close(self, reason: str) -> None:
        """Remember why."""
        self.closed = reason

    def kinds(self) -> list[str]:
        """Return what sort of thing was heard, in order."""
        return [piece.kind for piece in self.heard]

    def texts(self) -> list[str]:
        """Return what was heard being said."""
        return [piece.what[1].removeprefix("text=") for piece in self.heard if piece.kind == "Said"]


class Domain:
    """One hub's inside; ``halted`` is the reason and status with which it wanted to end."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.reactor = Reactor(self.loop)
        self.store = Store(folder / "words.db", durability="process")
        self.journal = Journal(self.store)
        self.fanout = Fanout(self.reactor.now)
        self.turns = Turn(self.reactor, self.journal, self.fanout)
        settings = chat_settings(load(ROOT / "config.toml").chat)
        self.service = ChatService(settings, self.turns, self.fanout, self.journal)
        self.ears: dict[Attachment, Ear] = {}

    def turn(self, fn: Callable[[], T]) -> T:
        """Run ``fn`` in a turn of its own and return when that has spoken."""
        return self.loop.run_until_complete(self.turns.call(fn))

    def arrive(self, name: str, identity: int = 0, form: int = 0) -> Attachment:
        """Let a guest, or one more connection of an identity, in; within a turn."""
        ear = Ear()
        actor = Actor(0, name, name, "host", name if identity else "")
        if identity:
            made = self.service.attach(identity, actor, name, FORMS[form], ear)
        else:
            made = self.service.enter(actor, name, FORMS[form], ear)
        self.ears[made] = ear
        return made

    def heard(self, attachment: Attachment) -> list[Piece]:
        """Return all that an attachment was ever told."""
        return self.ears[attachment].heard

    def reply(self, attachment: Attachment, *pieces: Piece) -> None:
        """Answer an attachment, as a gateway would: into its capture, or in its place."""
        if attachment.capture is not None:
            attachment.capture.append(list(pieces))
        else:
            self.fanout.note(attachment, list(pieces))

    def stored(self) -> dict[int, list[Any]]:
        """Return every conversation's events, as the history has them."""
        numbers = {row[0] for row in self.store.read("SELECT DISTINCT conversation FROM history")}
        select = self.service.history.select
        return {
            number: list(select(number, limit=100_000))
            for number in sorted(numbers | self.journal.tail.keys())
        }

    def close(self) -> None:
        """Let go of the file and the loop."""
        self.store.abandon()
        self.loop.run_until_complete(self.reactor.close())
        self.loop.close()
