"""A domain whose clients hear the events themselves, with identities, and that can start again.

    world = World(tmp_path)
    ann = world.login("ann"); ben = world.guest("ben")
    world.do(ann.say_to, ben.participant, Body("hi"))
    world.heard(ben)  # [Said(...)], and from then on what is new

Each `do` is one turn: committed and told when it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tests.promise.domain import Domain
from words.chat.attachment import Attachment
from words.events import Actor, Event
from words.passport.identity import PassportSettings
from words.passport.register import Register
from words.passport.scram import make_verifier

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=Event)


class Plain:
    """A form that is the events themselves."""

    def encode(self, event: Event, where: str) -> list[tuple[Event, str]]:
        """Return the event and where it happened."""
        return [(event, where)]

    def join(self, pieces: Sequence[list[Any]]) -> list[Any]:
        """Return the pieces one after another."""
        return [piece for several in pieces for piece in several]


PLAIN = Plain()


class Memory:
    """An outlet that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Event, str]] = []
        self.closed = ""

    def push(self, chunk: list[tuple[Event, str]]) -> None:
        """Take a chunk."""
        self.told += chunk

    def close(self, reason: str) -> None:
        """Remember why."""
        self.closed = reason


class World(Domain):
    """A domain of people with names."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.register = Register(self.journal, PassportSettings(iterations=1))
        self.memories: dict[Attachment, Memory] = {}

    def do(self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a verb in a turn of its own."""
        return self.turn(lambda: verb(*args, **kwargs))

    def identity(self, name: str) -> int:
        """Return the number of the identity of this name, made where there is none."""
        known = self.register.get(name)
        if known is None:
            known = self.do(self.register.add, name, make_verifier("secret", 4096))
        return known.id

    def login(self, name: str) -> Attachment:
        """Let one more connection of an identity in."""
        number = self.identity(name)
        memory = Memory()
        actor = Actor(0, name, name, "host", name)
        made = self.do(self.service.attach, number, actor, f"{name} itself", (PLAIN, PLAIN), memory)
        return self._known(made, memory)

    def guest(self, name: str, account: str = "") -> Attachment:
        """Let a guest in, or one more name of an account."""
        memory = Memory()
        actor = Actor(0, name, name, "host", account)
        made = self.do(self.service.enter, actor, f"{name} itself", (PLAIN, PLAIN), memory)
        return self._known(made, memory)

    def _known(self, made: Attachment, memory: Memory) -> Attachment:
        self.memories[made] = memory
        return made

    def leave(self, attachment: Attachment) -> None:
        """End a connection."""
        self.do(self.service.detach, attachment, "gone")

    def told(self, attachment: Attachment) -> list[Event]:
        """Return what a client was told since the last time."""
        memory = self.memories[attachment]
        told, memory.told = memory.told, []
        return [event for event, _ in told]

    def told_of(self, attachment: Attachment, kind: type[E]) -> list[E]:
        """Return the events of one kind that a client was told since the last time."""
        return [event for event in self.told(attachment) if isinstance(event, kind)]

    def hush(self) -> None:
        """Forget what everybody was told until now."""
        for memory in self.memories.values():
            memory.told = []

    def again(self) -> World:
        """Return what a new process makes of the same file, after this one was killed."""
        self.close()
        return World(self.folder)
