"""The home of one bot in the hub: an attachment, and the turn in which all it does comes to pass.

A handler's changes, the note that it was called, and what it says are written in one turn, so
there is no outbox, and nothing to be sent again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from gateways.base import Parts
from gateways.pb import verbs
from gateways.pb.table import HANDLERS, Later
from words.bot.ledger import Ledger
from words.bot.run import Run
from words.chat.attachment import Attachment
from words.client.reading import Reader
from words.client.stream import Place, Stream
from words.config import Config
from words.errors import AlreadyMember, WordsError
from words.events import Actor, Event, Flags
from words.passport.identity import Identity
from words.remote.chat import LAST, Chat
from words.remote.happenings import Heard
from words.remote.table import to_wire
from words.remote.values import State

log = logging.getLogger(__name__)

verbs.load()

USER = "bot"
"""The user name in ``name!user@host``, as clients of IRC see bots of the hub."""

HOST = "hub"

BATCH = 0.005
"""Seconds that a turn may wait for more of what handlers do."""

MARGIN = 60_000
"""Milliseconds, as in `words.client.client`."""


class _Form:
    """Events as they are, with the group where they happened."""

    def encode(self, event: Event, where: str) -> list[Heard]:
        """Return the event."""
        return [Heard(where, event)]

    def join(self, pieces: Sequence[list[Heard]]) -> list[Heard]:
        """Return them one after another."""
        return [heard for several in pieces for heard in several]


FORM = _Form()


class _Gateway:
    """What handlers of verbs need of a perspective's gateway."""

    def __init__(self, parts: Parts) -> None:
        self.now = parts.reactor.now
        self._config = parts.config

    @property
    def config(self) -> Config:
        """The hub's configuration."""
        return self._config()


class Inside:
    """See `words.bot.run.Home`. It is also the caller of `chat`, and an outlet."""

    def __init__(self, parts: Parts, ledger: Ledger, groups: Sequence[str]) -> None:
        self.parts = parts
        self.service = parts.service
        self.gateway = _Gateway(parts)
        self._clock = parts.reactor.now
        self.stream: Stream
        self.me: Attachment
        self.closed = asyncio.Event()
        self._ledger = ledger
        self._groups = groups
        self._chat = Chat(self)
        self._reader: Reader
        self._credit = float(parts.config().limits.flood.burst)
        self._credited = parts.reactor.now()
        self._timer: asyncio.TimerHandle | None = None

    # Coming and going

    async def enter(self, identity: Identity, seen: Mapping[int, Place], since: int) -> State:
        """Attach; return where everything stands. Raises what keeps the bot out."""
        self.stream = Stream(seen, strangers=True)
        self._reader = Reader(self.stream, self._chat)
        self.stream.hold()
        state = await self.parts.turn.call(lambda: self._enter(identity, since))
        self.stream.me = state.id
        self.stream.settle(state.positions)
        self._reader.catch_up_all()
        return state

    def _enter(self, identity: Identity, since: int) -> State:
        flags = int(Flags.SECURE | Flags.BOT)
        actor = Actor(0, identity.name, USER, HOST, identity.name, flags)
        self.me = self.service.attach(identity.id, actor, identity.name, (FORM, FORM), self)
        self.me.echo = True
        self.me.active = self._clock()
        self.me.set_bot(True)
        state: State = self._act("state", {"since": max(0, min(since, LAST) - MARGIN)})
        return state

    async def leave(self) -> None:
        """Detach."""
        await self._reader.close()
        if not self.closed.is_set():
            self.closed.set()
            await self.parts.turn.call(lambda: self.service.detach(self.me, "The bot has ended"))
        self.stream.end()

    # An outlet

    def push(self, chunk: list[Heard]) -> None:
        """Hear events; see `Outlet`."""
        for heard in chunk:
            self.stream.hear(heard)

    def close(self, reason: str) -> None:
        """Be thrown out, by an administrator for example: until the next reload."""
        log.warning("the bot %s was put out: %s", self.me.participant.name, reason)
        self.closed.set()
        self.service.detach(self.me, reason)
        self.stream.end()

    # A perspective

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """Call a verb, and return when its turn has spoken."""
        result = await self.parts.turn.call(lambda: self._act(name, arguments))
        if isinstance(result, Later):
            result = await result.work
        return to_wire(result)

    def _act(self, name: str, arguments: Mapping[str, Any]) -> Any:
        return HANDLERS[name].run(self, **Chat.verbs[name].take((), arguments))

    # A home

    @property
    def chat(self) -> Chat:
        """The chat service."""
        return self._chat

    @property
    def ledger(self) -> Ledger:
        """The bot's part of the hub's storage."""
        return self._ledger

    def now(self) -> int:
        """Return the time; see `Home`."""
        return time.time_ns() // 1_000_000

    async def arrive(self, state: State) -> None:
        """Join the groups where the bot isn't yet."""
        inside = {at.name.lower() for at in state.positions if at.group}
        for group in self._groups:
            if group.lower() not in inside:
                try:
                    await self._chat.join(group, durable=True)
                except AlreadyMember:
                    continue
                except WordsError as error:
                    log.error("the bot %s can't join %s: %s", state.name, group, error)

    async def commit(self, run: Run) -> bool:
        """Write and say in one turn: the next, which comes soon; others may be in it, too."""
        turn = self.parts.turn
        if turn.held:
            return await turn.call(lambda: self._apply(run))
        applied = self._apply(run)
        if self._timer is None:
            self._timer = self.parts.reactor.call_later(BATCH, self.settle)
        return applied

    def _apply(self, run: Run) -> bool:
        self.parts.turn.require_space()
        if not run.apply(self._ledger):
            return False
        for saying in run.sayings:
            arguments = saying.arguments
            if Chat.verbs[saying.verb].token:
                arguments = {**arguments, "token": saying.token}
            try:
                self._act(saying.verb, arguments)
            except WordsError as error:
                log.warning("the bot %s can't %s: %s", self.me.participant.name, saying.verb, error)
            except Exception:  # a defect of the verb: the rest is in this turn all the same
                log.exception("%s of the bot %s failed", saying.verb, self.me.participant.name)
            self._credit -= 1.0
        if run.sayings:
            self.me.active = self._clock()
        return True

    def settle(self) -> None:
        """Have the turn run."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self.parts.turn.touch()

    async def room(self) -> None:
        """Wait as flood control has everybody wait."""
        flood = self.parts.config().limits.flood
        while True:
            now = self._clock()
            self._credit = min(flood.burst, self._credit + (now - self._credited) * flood.rate)
            self._credited = now
            if self._credit >= 1.0:
                return
            await asyncio.sleep((1.0 - self._credit) / flood.rate)
