"""The hub's own chores: the log stays short under load, what is old is forgotten."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from words import chores as chores_module
from words.chat.fanout import Fanout
from words.chat.turn import Turn
from words.chores import Chores
from words.config import Config, load
from words.errors import Busy
from words.events import Actor, Said
from words.journal.history import History
from words.journal.journal import Journal
from words.reactor import Reactor
from words.storage import store as store_module
from words.storage.store import Store

ANN = Actor(1, "ann", "ann", "host")
DAY = 86_400_000


class Parts:
    """What the chores work on, and a configuration that can be changed."""

    def __init__(self, reactor: Reactor, path: Path) -> None:
        self.store = Store(path, durability="process")
        self.journal = Journal(self.store)
        self.turn = Turn(reactor, self.journal, Fanout(reactor.now))
        self.config: Config = load(None, {}, {})
        self.chores = Chores(reactor, self.turn, self.journal, lambda: self.config)
        self.sequence = 0

    def configure(self, **history: str) -> None:
        self.config = load(None, {f"history.{key}": value for key, value in history.items()}, {})

    def say(self, when: int, text: str = "x") -> None:
        self.sequence += 1
        number = self.journal.ids.next()
        self.journal.append(Said(7, self.sequence, number, when, ANN, text))

    def left(self) -> int:
        return len(History(self.journal).select(7, limit=10**6))


class Behind:
    """Something to do in three slices, and then again where it is said."""

    def __init__(self) -> None:
        self.left = 3
        self.done = asyncio.Event()

    @property
    def behind(self) -> bool:
        return self.left > 0

    def errand(self) -> bool:
        self.left -= 1
        if not self.left:
            self.done.set()
        return self.left > 0

    def sweep(self) -> bool:
        return False


async def test_errands_are_run_in_slices_while_there_are_any(
    parts: Parts, reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores_module, "ERRANDS", 0.001)
    behind = Behind()
    chores = Chores(reactor, parts.turn, parts.journal, lambda: parts.config, errands=behind)
    chores.start()
    for left in (3, 1):
        behind.left = left
        behind.done.clear()
        await behind.done.wait()
    await chores.stop()
    assert behind.left == 0


@pytest.fixture
async def parts(
    reactor: Reactor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Parts]:
    monkeypatch.setattr(chores_module, "PAUSE", 0)
    monkeypatch.setattr(chores_module, "LOOK", 0.001)
    monkeypatch.setattr(chores_module, "LOOK_IDLE", 0.001)
    parts = Parts(reactor, tmp_path / "words.db")
    yield parts
    await parts.chores.stop()
    parts.store.close()


async def test_what_is_old_is_forgotten_even_in_the_tail(parts: Parts) -> None:
    now = int(time.time() * 1000)
    for age in (10, 3, 1):
        await parts.turn.call(lambda age=age: parts.say(now - age * DAY))  # type: ignore[misc]
    await parts.chores.forget_once()
    assert parts.left() == 3
    parts.configure(membership_retention="1h")
    await parts.chores.forget_once()
    assert parts.left() == 3
    parts.configure(retention="2d")
    await parts.chores.forget_once()
    assert parts.left() == 1


async def test_the_log_stays_short(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores_module, "PASSIVE_WAL", 256 * 1024)
    monkeypatch.setattr(chores_module, "FORCED_WAL", 1024 * 1024)
    parts.chores.start()
    begun_anew = most = size = 0
    while begun_anew < 3:  # unless it does, the test's time is over at last
        await parts.turn.call(lambda: parts.say(int(time.time() * 1000), "x" * 16000))
        before, size = size, parts.store.log_size()
        begun_anew += size < before
        most = max(most, size)
    assert most > 256 * 1024


async def _begins_anew(parts: Parts) -> None:
    """Say things until the log begins anew; unless it does, the test's time is over at last."""
    before, size = -1, 0
    while size > before:
        await parts.turn.call(lambda: parts.say(1, "x" * 16000))
        before, size = size, parts.store.log_size()


@pytest.mark.parametrize("busy", [True, False])
async def test_the_log_begins_anew_though_no_thread_is_free(
    parts: Parts, reactor: Reactor, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    async def no_thread(*_: object) -> None:
        if busy:
            raise Busy("threads")
        await asyncio.Event().wait()

    monkeypatch.setattr(chores_module, "FORCED_WAL", 1024 * 1024)
    monkeypatch.setattr(chores_module, "PATIENCE", 0.001)
    monkeypatch.setattr(reactor, "in_thread", no_thread)
    parts.chores.start()
    await _begins_anew(parts)


async def test_a_quiet_hub_copies_its_log_once(
    parts: Parts, reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies: asyncio.Queue[None] = asyncio.Queue()
    in_thread = reactor.in_thread

    async def counted(fn: Callable[[], object]) -> None:
        await in_thread(fn)
        copies.put_nowait(None)

    monkeypatch.setattr(chores_module, "LOOK_IDLE", 0.001)
    monkeypatch.setattr(chores_module, "PASSIVE_WAL", 10_000)
    monkeypatch.setattr(reactor, "in_thread", counted)
    await parts.turn.call(lambda: parts.say(1, "x" * 16000))
    parts.chores.start()
    await copies.get()
    size = parts.store.log_size()
    for _ in range(100):
        await asyncio.sleep(0)
    assert copies.empty()
    assert parts.store.log_size() == size


async def test_the_size_of_the_log_is_what_is_in_use(parts: Parts) -> None:
    sizes = [parts.store.log_size()]
    for _ in range(20):
        await parts.turn.call(lambda: parts.say(1, "x" * 9000))
        sizes.append(parts.store.log_size())
    wal = parts.store.path.with_name("words.db-wal")
    assert sizes == sorted(sizes)
    assert sizes[-1] == wal.stat().st_size
    assert parts.store.copy_log()
    await parts.turn.call(lambda: parts.say(1))
    assert wal.stat().st_size == sizes[-1]
    assert store_module.LOG_HEADER < parts.store.log_size() < sizes[-1] // 4


async def test_a_storage_that_breaks_halts_the_hub(
    parts: Parts, reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> bool:
        raise store_module.StorageBroken("SQLITE_IOERR: disk I/O error")

    monkeypatch.setattr(chores_module, "PASSIVE_WAL", -1)
    monkeypatch.setattr(chores_module, "FORCED_WAL", -1)
    monkeypatch.setattr(parts.store, "copy_log", breaks)
    parts.chores.start()
    await asyncio.wait_for(reactor.stopping.wait(), 5)
    assert reactor.status == 70
    assert parts.turn.halted


async def test_a_full_disk_halts_nothing(
    parts: Parts, reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: asyncio.Queue[str] = asyncio.Queue()

    def full(name: str) -> Callable[..., object]:
        def fails(*_: object) -> None:
            tries.put_nowait(name)
            raise store_module.Unsettled("SQLITE_FULL: database or disk is full")

        return fails

    monkeypatch.setattr(chores_module, "PASSIVE_WAL", -1)
    monkeypatch.setattr(chores_module, "FORCED_WAL", -1)
    monkeypatch.setattr(parts.store, "copy_log", full("copy"))
    monkeypatch.setattr(chores_module, "forget_tokens", full("forget"))
    parts.chores.start()
    assert {await tries.get() for _ in range(5)} == {"copy", "forget"}
    assert not reactor.stopping.is_set()
