"""Our client against stock Twisted, run as a program of its own, over TCP and TLS."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import decimal
import gc
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.spread.certificates import make_certificate
from words.spread import pb


class Person(pb.RemoteCopy):
    name: str
    age: int


class Board(pb.RemoteCache):
    data: dict[str, Any]

    def observe_set(self, key: str, value: Any) -> bool:
        self.data[key] = value
        return True


class Mind(pb.Referenceable):
    def __init__(self) -> None:
        self.gone = asyncio.Event()

    def remote_ping(self, value: Any) -> list[Any]:
        return ["pong", value]

    async def remote_later(self, value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    def remote_fail(self) -> None:
        raise pb.Error("mind says no")

    def remote_bug(self) -> None:
        raise ValueError("/etc/passwd")

    def remote_big(self) -> bytes:
        return b"x" * (640 * 1024 + 1)

    def unreferenced(self, broker: object) -> None:
        self.gone.set()


def registry() -> pb.Registry:
    made = pb.Registry()
    made.remote_copy("interop.Person", Person)
    made.remote_cache("interop.Board", Board)
    return made


@contextlib.asynccontextmanager
async def stock_server(*tls: str) -> AsyncIterator[int]:
    """The port of a stock server."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.spread.stock_server", *tls, stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


@contextlib.asynccontextmanager
async def alice(mind: Any = None, **options: Any) -> AsyncIterator[Any]:
    who = pb.AppPassword("alice", "secret")
    async with (
        stock_server() as port,
        pb.connect(
            f"pb://127.0.0.1:{port}", credentials=who, client=mind, registry=registry(), **options
        ) as me,
    ):
        yield me


VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**447, 0.0, 1.5,
    -1.5e300, b"bytes", "unicöde", "", b"", "login", b"message", [], (), {},
    [1, [2, [3]]], (1, (2,)),
    {"a": {"b": 1}, b"c": 2, 3: 4}, {1, 2, 3}, frozenset({4}), decimal.Decimal("3.1400"),
    datetime.datetime(2026, 1, 2, 3, 4, 5, 6), datetime.date(2026, 1, 2), datetime.time(3, 4, 5, 6),
    datetime.timedelta(-1, 2, 3), ["x" * 5000] * 20,
]  # fmt: skip


async def test_values_copies_views_and_errors() -> None:
    async with alice() as me:
        assert await me.echo(VALUES) == VALUES
        assert await me.echo(key="v", other=b"w") == {"key": "v", "other": b"w"}
        shared: list[Any] = ["x"]
        twice = await me.echo([shared, shared])
        assert twice[0] is twice[1]
        loop: list[Any] = []
        loop.append(loop)
        loop = await me.echo(loop)
        assert loop[0] is loop
        person = await me.getPerson()
        assert (person.name, person.age) == ("Bob", 42)
        door = await me.getDoor()
        assert await door.knock("loud") == ["alice", "loud"]
        assert await me.later([1]) == [1]
        for kind, name in (("known", "Known"), ("async", "Known"), ("bug", "ValueError")):
            with pytest.raises(pb.RemoteError) as caught:
                await me.fail(kind)
            assert caught.value.type.endswith(name)
            assert caught.value.is_a("builtins.Exception")
        with pytest.raises(pb.RemoteError) as caught:
            await me.nosuch()
        assert caught.value.is_a("builtins.AttributeError")


async def test_references_go_there_and_back() -> None:
    async with alice(Mind()) as me:
        counter = await me.getCounter()
        assert await counter.inc(5) == 5
        assert await me.isCounter(counter) is True
        assert await me.getCounter() is counter
        exported = await me.exported()
        del counter
        await me.echo(1)
        assert await me.exported() == exported - 1
        mine = Mind()
        await me.hold(mine)
        assert await me.callHeld("ping", 7) == ["pong", 7]
        assert await me.callHeld("later", 8) == 8
        assert not mine.gone.is_set()
        await me.drop()
        await mine.gone.wait()
        with pytest.raises(pb.RemoteError, match="mind says no"):
            await me.mind("fail")
        with pytest.raises(pb.RemoteError) as caught:
            await me.mind("bug")
        assert caught.value.text == "internal error"
        with pytest.raises(pb.RemoteError, match="No such method: remote_nosuch"):
            await me.mind("nosuch")


async def test_our_object_comes_back_from_a_stock_peer() -> None:
    """Stock defect: the decref overtakes the answer there."""
    async with alice() as me:
        mine = Mind()
        for _ in range(3):
            assert await me.echo(mine) is mine
            assert await me.later(mine) is mine


async def test_unknown_types_and_large_answers_fail_one_call() -> None:
    """Stock defect: where we are the better side."""
    async with alice(Mind()) as me:
        with pytest.raises(pb.InsecureJelly):
            await me.unknown()
        with pytest.raises(pb.TooLarge):
            await me.echo(b"x" * (640 * 1024 + 1))
        with pytest.raises(pb.RemoteError, match="655361"):
            await me.mind("big")
        assert len(await me.echo(b"x" * 640 * 1024)) == 640 * 1024


async def test_a_cache_is_kept_up_and_given_back() -> None:
    async with alice() as me:
        board = await me.getBoard()
        assert board.data == {"topic": "hello"}
        assert await me.setBoard("topic", "news") == [True]
        assert board.data == {"topic": "news"}
        assert await me.isBoard(board) is True
        assert await me.getBoard() is board
        assert await me.watchers() == 1
        del board
        gc.collect()
        await me.echo(1)
        assert await me.watchers() == 0
        assert (await me.getBoard()).data == {"topic": "news"}


async def test_pages() -> None:
    async with alice() as me:
        assert b"".join(await pb.get_all_pages(me, "page", 300_000)) == b"p" * 300_000


async def test_logins() -> None:
    async with stock_server() as port:
        url = f"pb://127.0.0.1:{port}"
        with pytest.raises(pb.RemoteError) as caught:
            async with pb.connect(url, credentials=pb.AppPassword("alice", "wrong")):
                pass
        assert caught.value.is_a("twisted.cred.error.UnauthorizedLogin")
        with pytest.raises(pb.RemoteError):
            async with pb.connect(url, credentials=pb.Password("alice", "secret")):
                pass
        async with pb.connect(url, credentials=pb.Anonymous()) as guest:
            assert await guest.whoami() == "anonymous"
            second = await pb.log_in(guest.broker.caller, pb.AppPassword("alice", "secret"))
            assert await second.inside() == ["alice", "anonymous"]
            del second
            assert await guest.inside() == ["anonymous"]


async def test_reconnecting_and_a_keepalive_that_a_stock_peer_survives() -> None:
    who = pb.AppPassword("alice", "secret")
    async with stock_server() as port:
        times = 0
        options: Any = {"credentials": who, "client": Mind(), "keepalive": 0.02}
        async for me in pb.connect(f"pb://127.0.0.1:{port}", **options):
            times += 1
            if times == 3:
                await asyncio.sleep(0.1)  # several signs of life
                assert await me.whoami() == "alice"
                break
            me.tell("lose")
            with pytest.raises(pb.ConnectionLost):
                await me.later(1)
        assert times == 3


async def test_tls(tmp_path: Path) -> None:
    key, cert = make_certificate(tmp_path)
    context = ssl.create_default_context(cafile=str(cert))
    async with stock_server(str(key), str(cert)) as port:
        url = f"pbs://127.0.0.1:{port}"
        async with pb.connect(url, credentials=pb.Anonymous(), ssl=context) as me:
            assert await me.echo(VALUES) == VALUES
