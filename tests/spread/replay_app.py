"""The server program of the recorded sessions, done again with our flavours."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from tests.spread.users import Users
from words.spread import login
from words.spread.errors import Error
from words.spread.flavors import (
    Cacheable,
    Copyable,
    Perspective,
    Referenceable,
    Viewable,
)
from words.spread.limits import LARGEST_INT


class DeliberateError(Error):
    wire_type = "pb_server.DeliberateError"


class Person(Copyable):
    def get_type_to_copy_for(self, perspective: object) -> str:
        return "interop.Person"

    def get_state_to_copy_for(self, perspective: object) -> object:
        seen = {"name": "Bob", "age": 42}
        alice = isinstance(perspective, Echo) and perspective.name == b"alice"
        return {**seen, "secret": "s3cret"} if alice else seen


class Board(Cacheable):
    def __init__(self) -> None:
        self.data: dict[str, Any] = {"topic": "hello", "n": 0}
        self.observers: list[Any] = []

    def get_type_to_copy_for(self, perspective: object) -> str:
        return "interop.Board"

    def get_state_to_cache_and_observe_for(self, perspective: Any, observer: Any) -> object:
        self.observers.append(observer)
        return {"data": self.data, "viewer": perspective.name}

    def stopped_observing(self, perspective: object, observer: Any) -> None:
        self.observers.remove(observer)


class Counter(Referenceable):
    value = 0

    def remote_inc(self, by: int = 1) -> int:
        self.value += by
        return self.value


class Door(Viewable):
    def view_knock(self, perspective: Any, how: str) -> list[Any]:
        return [perspective.name, how]


class Later:
    """An answer that waits for a call of ours: see test_replay."""

    def __init__(self, target: Any, method: str, *args: Any, wrap: bool = False) -> None:
        self.target, self.method, self.args, self.wrap = target, method, args, wrap


class Echo(Perspective):
    def __init__(self, name: bytes, mind: Any) -> None:
        self.name, self.mind = name, mind
        self.board, self.counter = Board(), Counter()
        self.held: Any = None

    def perspective_whoami(self) -> bytes:
        return self.name

    def perspective_getDict(self) -> dict[str, Any]:
        flags = [True, None, 1.5]
        return {"id": 7, "from": "alice", "to": "#lobby", "text": "hé ✓", "flags": flags}

    def perspective_getPerson(self) -> Person:
        return Person()

    def perspective_getBoard(self) -> Board:
        return self.board

    def perspective_setBoard(self, key: str, value: str) -> Later:
        self.board.data[key] = value
        return Later(self.board.observers[0], "set", key, value, wrap=True)

    def perspective_getCounter(self) -> Counter:
        return self.counter

    def perspective_raiseError(self) -> None:
        raise DeliberateError("known problem")

    def perspective_raisePlainError(self) -> None:
        raise Error("plain")

    def perspective_raiseValueError(self) -> None:
        raise ValueError("unexpected problem")

    def perspective_pushMind(self, method: str, count: int, text: str) -> None:
        for i in range(count):
            self.mind.broker.call(self.mind, method, (i, text), answer=False)

    def perspective_oneway(self, value: int) -> None: ...

    def perspective_types(self) -> list[Any]:
        moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 6)
        return [
            None, True, False, 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, LARGEST_INT,
            0.0, 1.5, -1.5e300, b"bytes", "unic\xf8de", "", b"", [], (), {},
            [1, [2, [3]]], (1, (2,)), {"a": {"b": 1}}, {1, 2, 3}, frozenset({4}),
            decimal.Decimal("3.1400"), decimal.Decimal("-1E+5"), moment, moment.date(),
            moment.time(), datetime.timedelta(-1, 2, 3),
        ]  # fmt: skip

    def perspective_echo(self, *args: Any, **kw: Any) -> Any:
        return {"args": list(args), "kw": kw} if kw else args[0]

    def perspective_shared(self) -> list[Any]:
        one = ["shared"]
        return [one, one]

    def perspective_circular(self) -> list[Any]:
        loop: list[Any] = ["loop"]
        loop.append(loop)
        return loop

    def perspective_isShared(self, value: Any) -> bool:
        return value[0] is value[1]

    def perspective_isCircular(self, value: Any) -> bool:
        return value[1] is value

    def perspective_isCounter(self, value: Any) -> bool:
        return value is self.counter

    def perspective_isBoard(self, value: Any) -> bool:
        return value is self.board

    def perspective_hold(self, value: Any) -> None:
        self.held = value

    def perspective_drop(self) -> None:
        self.held = None

    def perspective_pingRef(self, ref: Any, value: int) -> Later:
        return Later(ref, "ping", value)

    def perspective_callMind(self, method: str) -> Later:
        return Later(self.mind, method)

    def perspective_getDoor(self) -> Door:
        return Door()

    def perspective_page(self, collector: Any, size: int, chunk: int) -> None:
        call = collector.broker.call
        for start in range(0, size, chunk):
            call(collector, "gotPage", (b"p" * min(chunk, size - start),), answer=False)
        call(collector, "endedPaging", answer=False)


class Recorded(Users):
    """Users of the recordings, where names are bytes."""

    async def md5_digest(self, name: str, broker: Any) -> bytes:
        return login.md5_digest({"alice": "secret", "bob": "hunter2"}[name])

    async def log_in(self, proven: login.Proven) -> Any:
        return Echo(proven.name.encode() or b"anonymous", proven.mind)
