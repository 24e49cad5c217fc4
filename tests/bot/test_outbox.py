"""The outbox: whatever is lost on the way, the hub does all of it once, and in order."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from words.bot.ledger import File
from words.bot.outbox import PREFIX, Outbox
from words.bot.run import Saying
from words.client import Client, Disconnected
from words.errors import StorageFull
from words.remote.table import Caller


def _now() -> int:
    return time.time_ns() // 1_000_000


class Hub:
    """Does calls in order, each token once. After some calls the connection is lost: of these it
    has done the first ones, whether it answered or not.
    """

    def __init__(self, losses: list[tuple[int, int]]) -> None:
        self.done: dict[str, None] = {}
        self._losses = iter(losses)

    async def connection(self) -> Caller:
        """Return a connection that will be lost."""
        return Connection(self, *next(self._losses, (10**9, 10**9)))


class Connection:
    """One connection: of ``calls`` calls ``done`` are done, and half of these answered."""

    def __init__(self, hub: Hub, calls: int, done: int) -> None:
        self._hub = hub
        self._calls = calls
        self._done = done
        self._lost = asyncio.Event()
        self._count = 0

    async def call(self, name: str, /, *args: Any, **kw: Any) -> None:
        """Do it, or not, or do it and not answer."""
        self._count += 1
        count = self._count
        if count >= self._calls:
            self._lost.set()
        if count <= self._done and not (self._lost.is_set() and count > self._calls):
            self._hub.done[kw["token"]] = None
            if count % 2 or count <= self._done // 2:
                await asyncio.sleep(0)
                return
        with suppress(TimeoutError):  # no more calls are coming: it is lost all the same
            await asyncio.wait_for(self._lost.wait(), 0.001)
        self._lost.set()
        raise Disconnected("lost")


@given(
    st.integers(1, 120),
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), max_size=8),
    st.integers(0, 120),
)
@settings(deadline=None, max_examples=30)
def test_all_of_it_once_in_order(
    count: int, losses: list[tuple[int, int]], killed_after: int
) -> None:
    hub = Hub(losses)

    async def story() -> None:
        file = File(":memory:")
        outbox = Outbox(file)
        sending = asyncio.create_task(outbox.send(cast(Client, hub)))
        for number in range(count):
            arguments = {"group": "lobby", "text": str(number)}
            outbox.add(Saying("say", arguments, f"token {number}", _now()))
            file.commit()
            outbox.committed()
            if number == killed_after:  # another process goes on with the file
                await asyncio.sleep(0)
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                outbox = Outbox(file)
                sending = asyncio.create_task(outbox.send(cast(Client, hub)))
        async with asyncio.timeout(10):
            await outbox.empty.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert file.kept(PREFIX) == []
        file.close()

    asyncio.run(story())
    assert list(hub.done) == [f"token {number}" for number in range(count)]


async def test_a_full_hub_is_asked_again_and_what_is_old_is_dropped() -> None:
    file = File(":memory:")
    first = Outbox(file)
    first.add(Saying("say", {"group": "lobby", "text": "old"}, "old", 0))
    file.commit()
    asked: list[str] = []

    class Full:
        async def connection(self) -> Caller:
            return self

        async def call(self, name: str, /, *args: Any, **kw: Any) -> None:
            asked.append(kw["token"])
            if len(asked) == 1:
                raise StorageFull

    outbox = Outbox(file)
    assert outbox.empty.is_set()
    outbox.add(Saying("say", {"group": "lobby", "text": "new"}, "new", _now()))
    file.commit()
    outbox.committed()
    sending = asyncio.create_task(outbox.send(cast(Client, Full())))
    async with asyncio.timeout(10):
        await outbox.empty.wait()
    assert asked == ["new", "new"]
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    file.close()
