"""Stock Twisted, run as a program of its own, against our server, over TCP and TLS."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.spread.certificates import make_certificate
from tests.spread.users import ALL, Avatar, Users
from words.spread import login, pb


class Counter(pb.Referenceable):
    value = gone = 0

    def remote_inc(self, by: int = 1) -> int:
        self.value += by
        return self.value

    def unreferenced(self, broker: object) -> None:
        self.gone += 1


class Person(pb.Copyable):
    def get_type_to_copy_for(self, perspective: object) -> str:
        return "interop.Person"

    def get_state_to_copy_for(self, perspective: object) -> object:
        return {"name": "Bob"}


class Door(pb.Viewable):
    def view_knock(self, perspective: Any, how: str) -> list[str]:
        return [perspective.name, how]


class Board(pb.Cacheable):
    def __init__(self) -> None:
        self.data: dict[str, str] = {"topic": "hello"}
        self.observers: list[pb.Observer] = []

    def get_type_to_copy_for(self, perspective: object) -> str:
        return "interop.Board"

    def get_state_to_cache_and_observe_for(
        self, perspective: object, observer: pb.Observer
    ) -> object:
        self.observers.append(observer)
        return {"data": dict(self.data)}

    def stopped_observing(self, perspective: object, observer: pb.Observer) -> None:
        self.observers.remove(observer)


@dataclasses.dataclass
class Point:
    x: int


class Known(pb.Error):
    wire_type = "words.Known"


class House(Users):
    def __init__(self) -> None:
        super().__init__()
        self.counter, self.board = Counter(), Board()

        self.watching = 0
        self.all_watch = asyncio.Event()

    async def log_in(self, proven: login.Proven) -> Avatar:
        avatar = Resident(self, proven)
        self.inside.append(avatar)
        return avatar


class Resident(Avatar):
    users: House

    def perspective_keywords(self, *args: Any, **kw: Any) -> Any:
        return [list(args), kw]

    async def perspective_later(self, value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    def perspective_point(self, point: Any) -> int:
        assert isinstance(point, Point)
        return point.x

    def perspective_getPerson(self) -> Person:
        return Person()

    def perspective_getDoor(self) -> Door:
        return Door()

    def perspective_getCounter(self) -> Counter:
        return self.users.counter

    def perspective_isCounter(self, counter: Any) -> bool:
        return counter is self.users.counter

    def perspective_counterGone(self) -> int:
        return self.users.counter.gone

    def perspective_getBoard(self) -> Board:
        return self.users.board

    async def perspective_setBoard(self, key: str, value: str) -> None:
        self.users.board.data[key] = value
        for observer in self.users.board.observers:
            await observer.call("set", key, value)

    def perspective_watching(self) -> None:
        self.users.watching += 1
        if self.users.watching == 2:
            self.users.all_watch.set()

    def perspective_watchers(self) -> int:
        return len(self.users.board.observers)

    async def perspective_page(self, collector: Any, size: int) -> None:
        await pb.send_pages(collector, b"p" * size)

    async def perspective_failMind(self) -> None:
        try:
            await self.mind.fail()
        except pb.RemoteError as exc:
            raise Known(exc.text) from exc

    def perspective_known(self) -> None:
        raise Known("known problem")

    def perspective_bug(self) -> None:
        raise ValueError("/etc/passwd")

    def perspective_arguments(self, needed: int) -> None: ...

    def perspective_big(self) -> bytes:
        return b"x" * (640 * 1024 + 1)

    def perspective_inside(self) -> list[str]:
        return [avatar.name for avatar in self.users.inside]


async def run(scenario: str, *options: str, **server_options: Any) -> tuple[House, dict[str, Any]]:
    """Runs the stock client: the house afterwards, and what the client saw."""
    house, registry = House(), pb.Registry()
    registry.copyable("geo.Point", Point)
    url = "pbs://127.0.0.1:0" if server_options else "pb://127.0.0.1:0"
    root = pb.LoginRoot(house, ALL)
    async with pb.serve(url, root, registry=registry, **server_options) as server:
        command = ("-m", "tests.spread.stock_client", str(server.port), scenario, *options)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        for connection in list(server.connections):
            await connection.closed
    seen: dict[str, Any] = json.loads(output)
    assert "failed" not in seen, seen["failed"]
    return house, seen


EXPECTED: dict[str, Any] = {
    "whoami": ["alice", ""],
    "echo": True,
    "keywords": [[1], {"key": "v"}],
    "later": "x",
    "point": 5,
    "person": ["Person", "Bob"],
    "door": ["alice", "loud"],
    "inc": 5,
    "is": True,
    "mine": True,
    "gone": 1,
    "board": {"topic": "news"},
    "watchers": [1, 0],
    "pages": 100000,
    "ask": "why? 42",
    "mind fails": ["words.Known", "mind says no"],
    "said": [["alice", "hi"]],
    "known": ["words.Known", "known problem"],
    "bug": ["twisted.spread.pb.Error", "internal error"],
    "nosuch": ["twisted.spread.flavors.NoSuchMethod", "No such method: perspective_nosuch"],
    "arguments": ["builtins.TypeError", "wrong arguments for arguments"],
    "still there": 1,
    "inside": ["anonymous"],
}


@pytest.mark.parametrize("over", ["tcp", "tls"])
async def test_everything(over: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    if over == "tls":
        key, cert = make_certificate(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        house, seen = await run("everything", str(cert), ssl=context)
    else:
        house, seen = await run("everything")
    for name, value in EXPECTED.items():
        assert seen[name] == value, name
    assert "655361" in seen["big"][1]
    assert seen["unknown argument"][0] == "twisted.spread.jelly.InsecureJelly"
    assert house.inside == []
    assert house.board.observers == []
    assert caplog.text.count("Traceback") == 1


async def test_wrong_passwords_then_a_guest() -> None:
    house, seen = await run("wrong")
    assert seen["refused"] == ["twisted.cred.error.UnauthorizedLogin"] * 2
    assert seen["whoami"] == ["anonymous", ""]
    assert house.failures == [("md5", "alice"), ("md5", "nobody")]


async def test_two_stock_clients_observe_one_object_and_their_minds_make_a_set() -> None:
    """Stock defect: comparing what belongs to two connections raises TypeError."""
    house = House()
    async with pb.serve("pb://127.0.0.1:0", pb.LoginRoot(house, ALL)) as server:
        command = ("-m", "tests.spread.stock_client", str(server.port), "watch")
        pipe = asyncio.subprocess.PIPE
        clients = [
            await asyncio.create_subprocess_exec(sys.executable, *command, stdout=pipe)
            for _ in range(2)
        ]
        await house.all_watch.wait()
        minds = {avatar.mind for avatar in house.inside}
        assert len(minds) == len(house.board.observers) == 2
        for observer in house.board.observers:
            observer.tell("set", "topic", "over")
        assert pb.broadcast(minds, "said", "it is over") == []
        for client in clients:
            output, _ = await client.communicate()
            assert json.loads(output) == {"board": {"topic": "over"}, "said": [["it is over"]]}
        del minds
        for connection in list(server.connections):
            await connection.closed
    assert house.board.observers == []
    assert house.inside == []
