"""One handling of one thing that happened: what it changes and says, until that is committed.

Nothing that a handler keeps or says leaves it at once. It is collected here and becomes one
transaction together with the note that the thing was handled. Where two handlings run beside
each other and one has read what the other commits first, it is done again from the beginning:
as if they had come one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

import msgspec

from words.bot.ledger import Ledger
from words.errors import BadInput, TooLong, TooMany
from words.remote.chat import Chat
from words.remote.values import State

MOST_SAYINGS = 100
"""Of one handling: who says more is in a loop."""

MOST_TEXT = 16 * 1024
"""Bytes of one text: the hub's own limit (`chat.max_body`), unless configured otherwise there."""

MOST_CAUSE = 100
"""Characters: tokens may have 128 (`words.chat.verbs.base.MAX_TOKEN`). Longer ones are hashed."""

STEPS = 32
"""Calls between two moments at which others may go on: a loop of awaits stops nobody."""


class Saying(msgspec.Struct, frozen=True):
    """A verb to be called for the bot, once: the token sees to that. ``made``: milliseconds."""

    verb: str
    arguments: dict[str, Any]
    token: str
    made: int


class Home(Protocol):
    """Where a bot lives: beside a hub, in one, or in a test."""

    @property
    def chat(self) -> Chat:
        """The chat service."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Where everything is kept."""
        ...

    async def arrive(self, state: State) -> None:
        """Be where the bot should be: it has just signed on."""
        ...

    def now(self) -> int:
        """Return the time in milliseconds since 1970 UTC."""
        ...

    async def commit(self, run: Run) -> bool:
        """Have ``run.apply`` called and what it says said; return what it returned."""
        ...

    def settle(self) -> None:
        """Make all that was committed durable: there is nothing else to do."""
        ...

    async def room(self) -> None:
        """Wait until less is waiting to be said."""
        ...


class Mark(NamedTuple):
    """A place in a run to which it can go back."""

    part: int
    changes: dict[str, str]
    sayings: int


class Run:
    """One handling. ``cause`` is the same whenever the same thing is handled, by whichever process:
    tokens are made of it. ``changes`` are written with the rest: that it was handled.
    """

    def __init__(
        self, home: Home, others: set[Run], cause: str, changes: Mapping[str, str]
    ) -> None:
        self.home = home
        self.rest = asyncio.Event()
        self.clock: asyncio.Timeout | None = None
        self.ended = False
        self.worker: asyncio.Task[None] | None = None
        self.part = -1
        self._others = others
        self._steps = 0
        self.begin(cause, changes)

    def begin(self, cause: str, changes: Mapping[str, str]) -> None:
        """Begin a transaction: the first, or the next after a question."""
        self.part += 1
        self.cause = cause if len(cause) <= MOST_CAUSE else blake2b(cause.encode()).hexdigest()[:32]
        self._first = dict(changes)
        self.changes = dict(changes)
        self.sayings: list[Saying] = []
        self._numbered = 0
        self.forget()
        self._others.add(self)

    def forget(self) -> None:
        """Forget what was read."""
        self._read: set[str] = set()
        self._looked: list[str] = []
        self.stale = False

    # What handlers do

    async def step(self) -> None:
        """Let others go on now and then."""
        if self.ended:
            raise RuntimeError("the handler has ended; what it began can't say or keep anything")
        self._steps += 1
        if not self._steps % STEPS:
            await asyncio.sleep(0)

    def value(self, name: str) -> str:
        """Return what is kept, as this run sees it."""
        self._read.add(name)
        found = self.changes.get(name)
        return self.home.ledger.value(name) if found is None else found

    def kept(self, prefix: str) -> dict[str, str]:
        """Return all that is kept under such names, as this run sees it."""
        self._looked.append(prefix)
        found = dict(self.home.ledger.kept(prefix))
        found |= {name: text for name, text in self.changes.items() if name.startswith(prefix)}
        return {name: found[name] for name in sorted(found) if found[name]}

    def keep(self, name: str, value: str) -> None:
        """Change what is kept."""
        self.changes[name] = value

    def say(self, verb: str, **arguments: Any) -> str:
        """Collect a verb; return its token. Raises `TooMany`, `TooLong`, `BadInput`."""
        if len(self.sayings) >= MOST_SAYINGS:
            raise TooMany("sayings of one handler", MOST_SAYINGS)
        text = arguments.get("text", "")
        if len(text) * 4 > MOST_TEXT and len(text.encode("utf-8", "replace")) > MOST_TEXT:
            raise TooLong("text", MOST_TEXT)
        try:
            msgspec.json.encode(arguments)
        except (UnicodeEncodeError, TypeError) as error:  # a lone surrogate, or no plain value
            raise BadInput(verb, str(error)) from None
        token = self.number()
        self.sayings.append(Saying(verb, arguments, token, self.home.now()))
        return token

    def number(self) -> str:
        """Return a name that nothing else has, and that is the same when this is done again."""
        self._numbered += 1
        return f"{self.cause}/{self._numbered}"

    # How it ends

    def mark(self) -> Mark:
        """Return a place to which `back` can go."""
        return Mark(self.part, dict(self.changes), len(self.sayings))

    def back(self, mark: Mark) -> None:
        """Drop what was collected since, or since the last question."""
        if mark.part != self.part:
            mark = Mark(self.part, dict(self._first), 0)
        self.changes = mark.changes
        del self.sayings[mark.sayings :]

    def apply(self, ledger: Ledger) -> bool:
        """Write the changes; return False, and write nothing, if something read isn't so any more.

        Called by the home, within its transaction.
        """
        if self.stale:
            return False
        for name, value in self.changes.items():
            ledger.keep(name, value)
        for other in self._others:
            if other is not self and other.saw(self.changes):
                other.stale = True
        return True

    def saw(self, changes: Mapping[str, str]) -> bool:
        """Return whether this run has read any of what was changed."""
        return not self._read.isdisjoint(changes) or any(
            name.startswith(prefix) for prefix in self._looked for name in changes
        )

    def pause(self) -> None:
        """Let the lane go on: this run has ended, or waits for an answer."""
        self._others.discard(self)
        self.rest.set()


_current: ContextVar[Run] = ContextVar("run")


def current() -> Run:
    """Return the run of the handler that is at work; raises RuntimeError outside of one."""
    try:
        return _current.get()
    except LookupError:
        raise RuntimeError("this can be done in a handler only") from None


def enter(run: Run) -> None:
    """Let what this task does belong to a run."""
    _current.set(run)
