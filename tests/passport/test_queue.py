"""The queue of checks: fair by source, bounded, and left by whoever is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from words.errors import Busy
from words.passport.queue import RUNNING, FairQueue


class Checks:
    """Checks that end when they are told to; `order` is that in which they began."""

    def __init__(self, bound: int = 1000) -> None:
        self.suspects: set[str] = set()
        self.queue: FairQueue[str] = FairQueue(self.suspects.__contains__, bound)
        self.order: list[str] = []
        self.running = 0
        self.most = 0
        self._may_end: dict[str, asyncio.Event] = {}

    def begin(self, name: str) -> Callable[[], Awaitable[str]]:
        async def check() -> str:
            self.order.append(name)
            self.running += 1
            self.most = max(self.most, self.running)
            await self._may_end[name].wait()
            self.running -= 1
            if name.endswith("!"):
                raise ValueError(name)
            return name

        return check

    def run(self, name: str) -> asyncio.Task[str]:
        """Queue a check; the part of its name before the hyphen is its source."""
        self._may_end[name] = asyncio.Event()
        source = name.partition("-")[0]
        return asyncio.ensure_future(self.queue.run(source, self.begin(name)))

    async def end(self, name: str) -> None:
        self._may_end[name].set()
        await settle()

    async def end_all(self) -> None:
        for event in self._may_end.values():
            event.set()
        await settle()


async def settle() -> None:
    """Let everything that is ready run, and what that makes ready."""
    for _ in range(100):
        await asyncio.sleep(0)


async def test_sources_take_turns() -> None:
    checks = Checks()
    tasks = [checks.run(f"a-{number}") for number in range(6)]
    tasks += [checks.run("b-0"), checks.run("b-1"), checks.run("c-0")]
    await settle()
    assert checks.order == ["a-0", "a-1"]
    await checks.end_all()
    assert checks.order[2:] == ["a-2", "b-0", "c-0", "a-3", "b-1", "a-4", "a-5"]
    names = "a-0 a-1 a-2 a-3 a-4 a-5 b-0 b-1 c-0"
    assert [task.result() for task in tasks] == names.split()
    assert checks.most == RUNNING
    assert checks.queue.waiting == 0


async def test_late_comer_waits_for_one_of_each() -> None:
    checks = Checks()
    tasks = [checks.run(f"{source}-{n}") for source in range(50) for n in range(2)]
    await settle()
    tasks.append(checks.run("me-0"))
    await checks.end_all()
    assert len(await asyncio.gather(*tasks)) == 101
    assert checks.order.index("me-0") <= 50 + RUNNING


async def test_cancelled_leaves_the_queue() -> None:
    checks = Checks()
    tasks = [checks.run(name) for name in ("a-0", "a-1", "a-2", "a-3")]
    await settle()
    tasks[2].cancel()
    await settle()
    assert checks.queue.waiting == 1
    await checks.end_all()
    assert checks.order == ["a-0", "a-1", "a-3"]


async def test_cancelled_keeps_its_place_while_it_runs() -> None:
    checks = Checks()
    tasks = [checks.run(name) for name in ("a-0", "a-1", "a-2")]
    await settle()
    tasks[0].cancel()
    await settle()
    assert checks.order == ["a-0", "a-1"]
    await checks.end("a-0")
    assert checks.order == ["a-0", "a-1", "a-2"]
    await checks.end_all()
    assert tasks[2].result() == "a-2"


async def test_failure_is_the_callers() -> None:
    checks = Checks()
    tasks = [checks.run(name) for name in ("a-0!", "a-1", "a-2")]
    await settle()
    await checks.end_all()
    with pytest.raises(ValueError, match="a-0!"):
        tasks[0].result()
    assert tasks[2].result() == "a-2"


async def test_full_queue_refuses_who_has_most_in_it() -> None:
    checks = Checks(bound=4)
    running = [checks.run(name) for name in ("a-0", "a-1")]
    waiting = [checks.run(f"a-{number}") for number in range(2, 6)]
    await settle()
    refused = checks.run("a-6")
    await settle()
    assert isinstance(refused.exception(), Busy)
    others = [checks.run("b-0"), checks.run("c-0")]
    await settle()
    assert [task.done() for task in waiting] == [False, False, True, True]
    assert isinstance(waiting[3].exception(), Busy)
    assert isinstance(waiting[2].exception(), Busy)
    too_much = checks.run("b-1")
    await settle()
    assert isinstance(too_much.exception(), Busy)
    await checks.end_all()
    results = [task.result() for task in (*running, *waiting[:2], *others)]
    assert results == ["a-0", "a-1", "a-2", "a-3", "b-0", "c-0"]


async def test_full_queue_of_equals_refuses_the_last() -> None:
    checks = Checks(bound=2)
    tasks = [checks.run(name) for name in ("a-0", "b-0", "c-0", "d-0", "e-0")]
    await settle()
    assert [task.done() for task in tasks] == [False, False, False, False, True]
    await checks.end_all()
    assert checks.order == ["a-0", "b-0", "c-0", "d-0"]


async def test_suspect_sources_come_last() -> None:
    checks = Checks()
    tasks = [checks.run(name) for name in ("a-0", "a-1", "bad-0", "bad-1", "worse-0", "b-0")]
    checks.suspects |= {"bad", "worse"}
    await settle()
    await checks.end("a-0")
    tasks.append(checks.run("c-0"))
    tasks.append(checks.run("bad-2"))
    await checks.end_all()
    assert len(await asyncio.gather(*tasks)) == 8
    assert checks.order == ["a-0", "a-1", "b-0", "c-0", "bad-0", "worse-0", "bad-1", "bad-2"]


async def test_suspect_sources_are_refused_first() -> None:
    checks = Checks(bound=4)
    tasks = [checks.run(name) for name in ("a-0", "a-1", "bad-0", "a-2", "a-3", "a-4")]
    checks.suspects.add("bad")
    await settle()
    await checks.end("a-0")  # the line of the bad one was looked at
    assert checks.order == ["a-0", "a-1", "a-2"]
    tasks += [checks.run("a-5"), checks.run("a-6")]
    await settle()
    assert isinstance(tasks[2].exception(), Busy)
    await checks.end_all()
    assert [task.result() for task in (*tasks[:2], *tasks[3:])] == [f"a-{n}" for n in range(7)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.booleans())))
def test_whoever_comes_and_goes_nothing_is_left(steps: list[tuple[str, bool, bool]]) -> None:
    """Any mixture of arrivals, cancellations and suspicion ends with an empty queue."""

    async def play() -> None:
        checks = Checks(bound=5)
        tasks: list[asyncio.Task[str]] = []
        for number, (source, cancel, suspect) in enumerate(steps):
            tasks.append(checks.run(f"{source}-{number}"))
            await asyncio.sleep(0)
            if suspect:
                checks.suspects ^= {source}
            if cancel and checks.order:
                tasks[number // 2].cancel()
                await checks.end(checks.order[-1])
        await checks.end_all()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert checks.queue.waiting == 0
        assert checks.most <= RUNNING

    asyncio.run(play())
