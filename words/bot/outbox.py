"""What a bot says, from its file to the hub: in order, again after any loss, each once.

A row is there from the commit of the handling on until the hub has answered. What was in flight
when a connection was lost is sent again; the hub knows tokens, and does nothing twice. It does
so for seven days: what is older, and may have been sent, is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque

import msgspec

from words.bot.ledger import Ledger
from words.bot.run import Saying
from words.client import Client, Disconnected
from words.errors import AlreadyMember, Busy, NotMember, StorageFull, WordsError
from words.remote.chat import Chat
from words.remote.table import Caller

log = logging.getLogger(__name__)

PREFIX = "outbox/"

WINDOW = 64
"""Calls that may be on their way: questions of handlers come after them."""

FULL = 1000
"""Sayings that wait; then no handler is begun."""

OLDEST = 6 * 86_400_000
"""Milliseconds: a day less than the hub knows tokens."""

PATIENCE = 1.0
"""Seconds before a hub that is full or busy is asked again."""


class Outbox:
    """The rows of one file, and the way out."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._young: list[tuple[str, Saying]] = []
        self._ready: deque[tuple[str, Saying]] = deque()
        self._flying: dict[str, Saying] = {}
        self._back: list[tuple[str, Saying]] = []
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self.empty = asyncio.Event()
        self._window = asyncio.Semaphore(WINDOW)
        self._number = 0
        oldest = time.time() * 1000 - OLDEST
        for name, text in ledger.kept(PREFIX):
            saying = msgspec.json.decode(text, type=Saying)
            self._number = int(name.removeprefix(PREFIX))
            if saying.made < oldest:
                log.error("dropped, since it may have been said a week ago: %s", saying)
                ledger.keep(name, "")
            else:
                self._ready.append((name, saying))
        self._count()

    def add(self, saying: Saying) -> None:
        """Take something in the open transaction of the ledger."""
        self._number += 1
        name = f"{PREFIX}{self._number:016d}"
        self._ledger.keep(name, msgspec.json.encode(saying).decode())
        self._young.append((name, saying))
        self._count()

    def committed(self) -> None:
        """Send what was added: it is on disk."""
        self._ready += self._young
        self._young.clear()
        self._count()

    async def room(self) -> None:
        """Wait until less is waiting."""
        await self._room.wait()

    async def send(self, client: Client) -> None:
        """Send for ever."""
        while True:
            await self._more.wait()
            await self._through(await client.connection())

    async def _through(self, connection: Caller) -> None:
        """Send through one connection until it is lost."""
        tasks: set[asyncio.Task[None]] = set()
        while not self._back:
            await self._more.wait()
            await self._window.acquire()
            if self._back or not self._ready:
                self._window.release()
                continue
            name, saying = self._ready.popleft()
            self._flying[name] = saying
            self._count()
            task = asyncio.create_task(self._deliver(connection, name, saying))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if tasks:
            await asyncio.wait(tasks)
        self._ready.extendleft(sorted(self._back, reverse=True, key=lambda row: row[0]))
        self._back.clear()
        self._count()

    async def _deliver(self, connection: Caller, name: str, saying: Saying) -> None:
        try:
            await call(connection, saying)
        except (Disconnected, Busy, StorageFull) as error:
            self._back.append((name, saying))  # no other is begun now
            self._more.set()
            if not isinstance(error, Disconnected):
                await asyncio.sleep(PATIENCE)
        except Exception:  # it can't be sent, now or later: a defect
            log.exception("dropped: %s", saying)
            self._ledger.keep(name, "")
        else:
            self._ledger.keep(name, "")
        finally:
            self._flying.pop(name, None)
            self._window.release()
            self._count()

    def _count(self) -> None:
        waiting = sum(map(len, (self._young, self._ready, self._flying, self._back)))
        _set(self._room, waiting < FULL)
        _set(self.empty, not waiting)
        _set(self._more, bool(self._ready or self._back))


async def call(connection: Caller, saying: Saying) -> None:
    """Call the verb; what the hub refuses is logged. Raises what should be tried again."""
    arguments = saying.arguments
    if Chat.verbs[saying.verb].token:
        arguments = {**arguments, "token": saying.token}
    try:
        await connection.call(saying.verb, **arguments)
    except (Disconnected, Busy, StorageFull):
        raise
    except (AlreadyMember, NotMember) as error:
        if saying.verb not in ("join", "leave"):
            _refused(saying, error)
    except WordsError as error:
        _refused(saying, error)


def _refused(saying: Saying, error: WordsError) -> None:
    where = saying.arguments.get("group") or saying.arguments.get("person")
    log.warning("%s in %s was refused: %s (%s)", saying.verb, where, error, error.code)


def _set(event: asyncio.Event, on: bool) -> None:
    if on:
        event.set()
    else:
        event.clear()
