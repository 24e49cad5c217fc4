"""The reactor: no task is lost, threads are bounded, signals arrive, the end is orderly."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable

import pytest

from words import reactor as reactor_module
from words.errors import Busy, ConfigError
from words.reactor import LoopName, Reactor, run

Main = Callable[[Reactor], Awaitable[int]]


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> LoopName:
    monkeypatch.delenv("WORDS_LOOP", raising=False)
    name: LoopName = request.param
    return name


def test_runs_on_the_loop_that_was_asked_for(loop: LoopName) -> None:
    async def main(reactor: Reactor) -> int:
        assert type(reactor.loop).__module__.split(".")[0] == loop
        return 3

    assert run(main, loop=loop) == 3


def test_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORDS_LOOP", "asyncio")

    async def main(reactor: Reactor) -> int:
        assert type(reactor.loop).__module__.startswith("asyncio")
        return 0

    assert run(main, loop="uvloop") == 0


def test_auto_does_without_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORDS_LOOP", raising=False)
    monkeypatch.setitem(sys.modules, "uvloop", None)

    async def main(reactor: Reactor) -> int:
        return 0

    assert run(main) == 0
    with pytest.raises(ConfigError, match="uvloop is not installed"):
        run(main, loop="uvloop")


def test_unknown_loop_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORDS_LOOP", "trio")
    with pytest.raises(ConfigError, match="got trio"):
        reactor_module.loop_factory()


def test_a_failed_vital_task_stops_the_process(
    loop: LoopName, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks() -> None:
        raise ValueError("a bug")

    async def main(reactor: Reactor) -> int:
        reactor.spawn(breaks(), name="listener", vital=True)
        await reactor.stopping.wait()
        return 0

    assert run(main, loop=loop) == 1
    assert "task listener failed" in caplog.text
    assert "ValueError: a bug" in caplog.text


def test_other_tasks_fail_alone(loop: LoopName, caplog: pytest.LogCaptureFixture) -> None:
    async def breaks() -> None:
        raise ValueError("a bug")

    async def main(reactor: Reactor) -> int:
        task = reactor.spawn(breaks(), name="helper")
        await asyncio.wait([task])
        assert not reactor.stopping.is_set()
        return 0

    assert run(main, loop=loop) == 0
    assert "task helper failed" in caplog.text


def test_what_main_raises_comes_out(loop: LoopName) -> None:
    async def main(reactor: Reactor) -> int:
        raise ConfigError("no such file")

    with pytest.raises(ConfigError, match="no such file"):
        run(main, loop=loop)


def test_tasks_that_are_left_are_cancelled_and_cleaned_up(loop: LoopName) -> None:
    ended = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def main(reactor: Reactor) -> int:
        reactor.spawn(waits(), name="waits")
        await asyncio.sleep(0)
        return 0

    assert run(main, loop=loop) == 0
    assert ended == [True]


def test_signal_arrives_and_is_given_back(loop: LoopName) -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def main(reactor: Reactor) -> int:
        reactor.on_signal(signal.SIGTERM, lambda: reactor.stop("SIGTERM", status=7))
        os.kill(os.getpid(), signal.SIGTERM)
        await reactor.stopping.wait()
        return 0

    assert run(main, loop=loop) == 7
    assert signal.getsignal(signal.SIGTERM) == before


async def test_the_first_bad_status_stays(reactor: Reactor) -> None:
    reactor.stop("asked")
    reactor.stop("broken", status=2)
    reactor.stop("broken again", status=3)
    assert reactor.status == 2


async def test_an_exception_in_a_callback_is_logged(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks() -> None:
        raise ValueError("in a callback")

    done = asyncio.Event()
    reactor.call_later(0, breaks)
    reactor.call_later(0, done.set)
    await done.wait()
    assert "ValueError: in a callback" in caplog.text


async def test_threads_return_and_raise(reactor: Reactor) -> None:
    assert await reactor.in_thread(threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await reactor.in_thread(divmod, 1, 0)


async def test_a_full_queue_of_threads_says_busy(reactor: Reactor) -> None:
    gate = threading.Event()
    room = reactor_module.THREADS + reactor_module.WAITING
    calls = [reactor.spawn(reactor.in_thread(gate.wait), name="call") for _ in range(room)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await reactor.in_thread(gate.wait)
    gate.set()
    assert all(await asyncio.gather(*calls))
    assert await reactor.in_thread(gate.wait)


async def test_a_cancelled_call_leaves_the_queue(reactor: Reactor) -> None:
    gate = threading.Event()
    room = reactor_module.THREADS + reactor_module.WAITING
    calls = [reactor.spawn(reactor.in_thread(gate.wait), name="call") for _ in range(room)]
    await asyncio.sleep(0)
    calls[-1].cancel()
    await asyncio.wait([calls[-1]])
    last = reactor.spawn(reactor.in_thread(gate.wait), name="last")
    await asyncio.sleep(0)
    gate.set()
    assert await last


async def test_drain_waits_then_cancels(reactor: Reactor) -> None:
    gate = asyncio.Event()
    quick = reactor.spawn(gate.wait(), name="quick")
    stuck = reactor.spawn(asyncio.Event().wait(), name="stuck")
    gate.set()
    assert await reactor.drain([quick, stuck], timeout=0.05) == 1
    assert quick.result()
    assert stuck.cancelled()
    assert await reactor.drain([quick, stuck], timeout=0.05) == 0


async def test_drain_names_a_task_that_is_deaf(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reactor_module, "LAST_WAIT", 0.01)
    gate = asyncio.Event()

    async def deaf() -> None:
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    task = reactor.spawn(deaf(), name="deaf")
    await asyncio.sleep(0)
    with caplog.at_level(logging.ERROR):
        assert await reactor.drain([task], timeout=0) == 1
    assert "task deaf doesn't end" in caplog.text
    gate.set()
    await task


async def test_that_nothing_can_be_accepted_is_logged_once(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    error = OSError(errno.EMFILE, "Too many open files")
    for _ in range(1000):
        reactor.loop.call_exception_handler({"message": "accept() failed", "exception": error})
    reactor.loop.call_exception_handler({"message": "else", "exception": OSError("broken")})
    assert [record.getMessage() for record in caplog.records] == [
        "accept() failed: [Errno 24] Too many open files",
        "else (None)",
    ]
