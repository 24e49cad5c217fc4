"""Peers that mean harm: bounded memory and time, that one connection closed at worst."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spread.pair import End, Pair
from tests.spread.users import ALL, Users
from tests.spread.vectors import QUICK, SESSIONS, cut, session
from words.spread import banana, errors, pb
from words.spread.broker import Broker
from words.spread.limits import Limits
from words.spread.login import REFEREES

HELLO = b"\x02\x82pb\x02\x80\x13\x87\x06\x81"


class Root(pb.Root):
    def __init__(self) -> None:
        self.kept: list[Any] = []

    def remote_echo(self, value: Any) -> Any:
        return value

    def remote_keep(self, value: Any) -> None:
        self.kept.append(value)

    def remote_big(self) -> bytes:
        return b"x" * 100_000


def server(root: Any = None, **limits: int) -> End:
    """A server that has agreed on "pb"."""
    end = End(Broker(listening=True, root=root or Root(), limits=Limits(**limits)))
    end.hear(HELLO)
    end.broker.data_to_send()
    return end


def call(method: bytes, *args: Any, request: int = 1, target: Any = b"root") -> bytes:
    return banana.encode(
        [b"message", request, target, method, 1, [b"tuple", *args], [b"dictionary"]],
        limits=Limits(depth=100_000, element=1 << 30),
    )


def alive(end: End) -> bool:
    """Whether it still answers."""
    end.broker.data_to_send()
    end.hear(call(b"echo", 77, request=999))
    return banana.encode([b"answer", 999, 77]) in end.broker.data_to_send()


@QUICK
@given(st.binary(max_size=400), st.integers(1, 50))
def test_garbage_raises_protocol_errors_and_nothing_else(data: bytes, size: int) -> None:
    end = server()
    with contextlib.suppress(errors.ProtocolError):
        for chunk in cut(data, size):
            end.hear(chunk)


@QUICK
@given(st.sampled_from(SESSIONS), st.data())
def test_recorded_sessions_with_damage(name: str, data: st.DataObject) -> None:
    original = bytearray(session(name)[0])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(original) - 1))
        original[place] = data.draw(st.integers(0, 255))
    end = End(
        Broker(listening=True, root=pb.LoginRoot(Users(), ALL), report=lambda where, exc: None)
    )
    with contextlib.suppress(errors.ProtocolError):
        for chunk in cut(bytes(original), data.draw(st.integers(1, 100))):
            end.hear(chunk)


_messages = st.recursive(
    st.integers(-2, 40) | st.binary(max_size=3) | st.sampled_from(sorted(banana.CODES)),
    lambda inner: st.lists(inner, max_size=7),
    max_leaves=30,
)


@QUICK
@given(st.lists(st.lists(_messages, min_size=1, max_size=7), max_size=20))
def test_messages_of_the_right_shape_and_wrong_content(sexps: list[Any]) -> None:
    end = server()
    with contextlib.suppress(errors.NegotiationError):  # another version, by chance
        for sexp in sexps:
            end.hear(banana.encode(sexp))
        assert alive(end)


def hear_often(end: End, data: bytes, times: int = 100) -> None:
    for _ in range(times):
        end.hear(data)


@pytest.mark.parametrize("head", [b"\x01\x80", b"\x02\x80\x08\x87", b"\x02\x80\x04\x87\x01\x81"])
def test_depth_bombs(head: bytes) -> None:
    end = server(message=1 << 20)
    bomb = b"\x07\x80\x1a\x87\x05\x81\x04\x82root\x04\x82echo\x01\x81" + head * 100_000
    with pytest.raises(errors.ProtocolError):
        hear_often(end, bomb)


def test_a_value_nested_too_deep_fails_its_call() -> None:
    end = server()
    end.hear(_nested(5000))
    assert b"nested more than 100 deep" in end.broker.data_to_send()
    assert alive(end)


def _nested(depth: int) -> bytes:
    head = b"\x07\x80\x1a\x87\x05\x81\x04\x82root\x04\x82echo\x01\x81\x02\x80\x0b\x87"
    return head + b"\x02\x80\x08\x87" * depth + b"\x01\x80\x08\x87" + b"\x01\x80\x05\x87"


def test_messages_over_the_limit_close() -> None:
    for chunk in (b"\x00\x81" * 5_000, b"\x02\x80\x08\x87" * 2_500, b"x" * 10_000):
        end = server(message=50_000)
        end.hear(b"\x07\x80\x1a\x87\x01\x81\x04\x82root\x04\x82echo\x01\x81")
        end.hear(banana.prefix(100_000) + (b"\x82" if chunk[0] == 120 else b"\x80"))
        with pytest.raises(errors.BananaError, match="message over 50000 bytes"):
            hear_often(end, chunk)


@pytest.mark.parametrize("size", [1, 100, 65536])
def test_what_an_unfinished_message_holds_is_bounded(size: int) -> None:
    end = server(message=300_000)
    end.hear(b"\x07\x80\x1a\x87\x01\x81" + banana.prefix(600_000) + b"\x82")
    chunks = cut(b"x" * 290_000, size)
    tracemalloc.start()
    start = time.process_time()
    for chunk in chunks:
        end.hear(chunk)
    used = time.process_time() - start
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < 1_000_000
    assert used < 10.0
    assert end.broker.waiting >= 290_000


def test_time_is_linear_in_the_bytes_of_a_large_message() -> None:
    def seconds(count: int) -> float:
        data = call(b"keep", [b"list", *[[b"list", n % 9] for n in range(count)]])
        end = server(message=1 << 26)
        start = time.process_time()
        for chunk in cut(data, 1448):
            end.hear(chunk)
        return time.process_time() - start

    small = min(seconds(5_000) for _ in range(5))
    # Of eight times the bytes; their square would cost 64 times as much. A busy machine costs some.
    assert any(seconds(40_000) < 40 * small for _ in range(5))


@pytest.mark.parametrize("kind", ["numbers", "tuples", "sets", "frozensets", "decimals"])
def test_keys_with_equal_hashes(kind: str) -> None:
    """Python's numbers hash modulo 2**61 - 1, and -1 as -2: others would cost their square."""
    same = [n * (2**61 - 1) for n in range(1, 30_000)]
    signs = [[-1 - (n >> bit & 1) for bit in range(15)] for n in range(30_000)]
    values: dict[str, list[Any]] = {
        "numbers": [b"dictionary", *[[n, 1] for n in same]],
        "decimals": [b"dictionary", *[[[b"decimal", n, 0], 1] for n in same]],
        "tuples": [b"dictionary", *[[[b"tuple", *n], 1] for n in signs]],
        "sets": [b"set", *same],
        "frozensets": [b"frozenset", *same],
    }
    end = server(message=1 << 24)
    start = time.process_time()
    end.hear(call(b"keep", values[kind]))
    assert time.process_time() - start < 5.0
    assert b"over 1000 keys" in end.broker.data_to_send()
    few = [b"dictionary", *[[n, 1] for n in (*same[:999], *range(30_000))]]
    end.hear(call(b"keep", few))
    assert b"over 1000" not in end.broker.data_to_send()


def test_forged_numbers_are_dropped_until_the_allowance_is_used_up() -> None:
    end = server()
    forged = [
        [b"decref", 7], [b"decache", 7], [b"uncache", 7], [b"answer", 7, 1], [b"error", 7, 1],
        [b"frobnicate", 1], [b"decref", b"x"], [b"didNotUnderstand", b"x"], [b"version"],
        [b"message", 1], [b"message", b"x", 1, b"echo", 1, [b"tuple"], [b"dictionary"]],
        [1], [],
    ]  # fmt: skip
    for sexp in forged:
        end.hear(banana.encode(sexp))  # type: ignore[arg-type]
    assert len(end.dropped) == len(forged)
    assert alive(end)
    with pytest.raises(errors.TooManyOffences):
        hear_often(end, banana.encode([b"decref", 7]))


def test_one_decref_too_many_takes_nothing_from_others() -> None:
    pair, mine = Pair(Root()), pb.Referenceable()
    pair.call(None, "keep", mine)
    pair.client.hear(b"\x02\x80\x1d\x87\x01\x81" * 3)
    assert len(pair.client.dropped) == 2
    assert pair.call(None, "echo", mine) is mine


def test_answers_to_one_way_calls_and_double_answers() -> None:
    end = server()
    end.broker.call(None, "x", answer=False)
    request = end.broker.call(None, "y")
    for _ in range(2):
        end.hear(banana.encode([b"answer", request, 5]))
    end.hear(banana.encode([b"answer", request - 1, 5]))
    assert end.answers == {request: 5}
    assert end.dropped == ["an answer to no call"] * 2


def test_reference_bombs_in_either_direction() -> None:
    end = server(imports=50)
    end.hear(call(b"keep", *[[b"remote", n] for n in range(1, 60)]))
    assert b"over 50 references" in end.broker.data_to_send()
    end.hear(call(b"keep", [b"list", *[[b"remote", 5]] * 5000]))
    assert alive(end)

    class Generous(pb.Root):
        def remote_give(self) -> list[Any]:
            return [pb.Referenceable() for _ in range(400)]

    pair = Pair(Generous())
    held = [pair.call(None, "give") for _ in range(2)]
    with pytest.raises(errors.RemoteError, match="Maximum PB reference count exceeded"):
        pair.call(None, "give")
    held.clear()
    assert len(pair.call(None, "give")) == 400


def laughs(levels: int, first: int = 1) -> Any:
    """A value of few bytes that has 2 ** levels values, when the shared ones are counted twice."""
    value: Any = [b"tuple", 1]
    for number in range(first, first + levels):
        value = [b"tuple", [b"reference", number, value], [b"dereference", number]]
    return value


TAG = b"a.Thing"
FAILURE = b"twisted.spread.pb.CopyableFailure"
PARENTS = [[b"unicode", b"parents"], [b"list", laughs(30)]]


@pytest.mark.parametrize(
    ("bomb", "told"),
    [
        ([b"dictionary", [laughs(30), 1]], b"values inside of keys"),
        ([b"set", laughs(30)], b"values inside of keys"),
        ([b"frozenset", laughs(30)], b"values inside of keys"),
        ([b"list", [TAG, laughs(30), 5], [TAG, laughs(30, 50), 5]], b"malformed"),
        ([b"unpersistable", laughs(30)], b""),
        ([FAILURE, [b"dictionary", PARENTS]], b""),
        (
            [b"dictionary", *[[[b"reference", n * (2**61 - 1), [b"tuple"]], 1] for n in (1, 2)]],
            b"malformed reference",
        ),
    ],
    ids=["key", "set", "frozenset", "compared", "unpersistable", "parents", "numbers"],
)
def test_a_few_bytes_that_stand_for_a_billion_values(bomb: Any, told: bytes) -> None:
    registry = pb.Registry()
    registry.reference(TAG.decode())
    end = End(Broker(listening=True, root=Root(), registry=registry))
    end.hear(HELLO)
    end.hear(call(b"keep", bomb))
    assert told in end.broker.data_to_send()
    assert alive(end)


def test_many_cycles_around_one_large_value() -> None:
    """Closing each looks at its own places, and not at all that it can reach."""
    large = [b"reference", 2, [b"list", *range(30_000)]]
    rings = [
        [b"reference", n, [b"tuple", [b"list", [b"dereference", n]], [b"dereference", 2]]]
        for n in range(3, 3_000)
    ]
    end = server()
    start = time.process_time()
    end.hear(call(b"echo", [b"reference", 1, [b"tuple", large, *rings]]))
    assert time.process_time() - start < 5.0
    assert alive(end)


def test_caches_nobody_offered() -> None:
    class Cache(pb.RemoteCache): ...

    registry = pb.Registry()
    registry.remote_cache("a.Cache", Cache)
    end = End(Broker(listening=True, root=Root(), registry=registry, limits=Limits(caches=20)))
    end.hear(HELLO)
    for luid in [*range(30), 3, 3]:
        end.hear(call(b"keep", [b"a.Cache", luid, [b"dictionary"]]))
    said = end.broker.data_to_send()
    assert b"over 20 caches" in said
    assert b"a cache that is already here" in said
    end.hear(call(b"keep", [b"cached", 99]) + call(b"keep", [b"lcache", 99]))
    end.hear(banana.encode([b"cachemessage", 5, 99, b"set", 1, [b"tuple"], [b"dictionary"]]))
    assert b"no such cache" in end.broker.data_to_send()
    assert alive(end)


def test_states_that_are_no_state() -> None:
    class Copy(pb.RemoteCopy): ...

    registry = pb.Registry()
    registry.remote_copy("a.Copy", Copy)
    end = End(Broker(listening=True, root=Root(), registry=registry))
    end.hear(HELLO)
    for state in (
        1,
        [b"None"],
        [b"list", 1],
        [b"dictionary", [1, 2]],
        [b"dictionary", [b"\xff", 1]],
    ):
        end.hear(call(b"keep", [b"a.Copy", state]))
        assert b"cannot build" in end.broker.data_to_send()
    odd = [b"dictionary", [[b"unicode", b"__class__"], 1], [[b"unicode", b"x"], 1]]
    end.hear(call(b"keep", [b"a.Copy", odd]))
    assert alive(end)


def test_a_peer_that_never_reads_has_a_bounded_outbox() -> None:
    end = server(send_buffer=1_000_000)
    with pytest.raises(errors.SlowReader):
        hear_often(end, call(b"big"))
    assert end.broker.unsent < 1_200_000


def test_half_logins_are_bounded() -> None:
    end = server(pb.LoginRoot(Users(), ALL))
    for request in range(REFEREES + 5):
        end.hear(call(b"login", b"alice", request=request))
    assert len(list(end.broker.exported(pb.Referenceable))) == REFEREES
    assert b"too many logins begun" in end.broker.data_to_send()
    for luid in range(1, REFEREES + 1):
        end.hear(call(b"respond", b"x" * 16, [b"None"], request=50 + luid, target=luid))
        end.hear(call(b"respond", b"x" * 16, [b"None"], request=70 + luid, target=luid))
    assert end.broker.data_to_send().count(b"\x1c\x87") == 2 * REFEREES
    end.hear(call(b"login", b"alice", request=99))
    assert b"too many" not in end.broker.data_to_send()


@pytest.mark.parametrize(
    "method", [b"login", b"loginAnonymous", b"loginScram", b"loginCertificate"]
)
@pytest.mark.parametrize("args", [(), (1,), ([b"list"],), (b"\xff" * 5000,), (1, 2), (1, 2, 3, 4)])
def test_logins_with_wrong_arguments(method: bytes, args: tuple[Any, ...]) -> None:
    bugs: list[Any] = []
    end = End(
        Broker(
            listening=True, root=pb.LoginRoot(Users(), ALL), report=lambda *bug: bugs.append(bug)
        )
    )
    end.hear(HELLO + call(method, *args))
    assert not bugs


@pytest.mark.parametrize(
    "answer", [b"\x02\x82xx", b"\x01\x80\x02\x82pb", b"\x05\x81", b"\x02\x80" * 600, b"\x20\x87"]
)
def test_dialects_that_are_none(answer: bytes) -> None:
    end = End(Broker(listening=True, root=Root()))
    with pytest.raises(errors.ProtocolError):
        hear_often(end, answer)


def test_another_version() -> None:
    end = End(Broker(listening=True, root=Root()))
    with pytest.raises(errors.NegotiationError):
        end.hear(b"\x02\x82pb\x02\x80\x13\x87\x07\x81")


# Over real sockets


@contextlib.asynccontextmanager
async def served(**limits: int) -> AsyncIterator[tuple[Root, Any, str]]:
    root = Root()
    async with pb.serve("pb://127.0.0.1:0", root, limits=Limits(**limits)) as listening:
        yield root, listening, f"pb://127.0.0.1:{listening.port}"


async def hostile(listening: Any) -> socket.socket:
    """A raw connection."""
    sock = socket.socket()
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", listening.port))
    return sock


async def closed(sock: socket.socket) -> None:
    """Waits until the server has closed it."""
    loop = asyncio.get_running_loop()
    with sock, contextlib.suppress(ConnectionError):
        while await loop.sock_recv(sock, 65536):
            pass


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.0\r\nHost: " + b"x" * 80,
        b"\xff" * 100,
        HELLO + b"\x80" * 9 + b"\xff",
        b"\x7f" * 70,
    ],
)
async def test_another_protocol_closes_that_connection_only(data: bytes) -> None:
    async with served() as (_, listening, url), pb.connect(url) as there:
        sock = await hostile(listening)
        await asyncio.get_running_loop().sock_sendall(sock, data)
        await closed(sock)
        assert await there.echo(1) == 1


async def test_a_flood_of_calls_leaves_room_for_others() -> None:
    async with served() as (_, listening, url), pb.connect(url) as there:
        sock = await hostile(listening)
        loop = asyncio.get_running_loop()
        flood = asyncio.ensure_future(loop.sock_sendall(sock, HELLO + call(b"keep", 1) * 200_000))
        start = time.monotonic()
        for n in range(20):
            assert await there.echo(n) == n
        assert time.monotonic() - start < 5.0
        flood.cancel()
        sock.close()


async def test_a_peer_that_never_reads_is_not_served_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("words.spread.transport.STALL", 0.2)
    async with served() as (_, listening, url), pb.connect(url) as there:
        sock = await hostile(listening)
        loop = asyncio.get_running_loop()
        flood = asyncio.ensure_future(loop.sock_sendall(sock, HELLO + call(b"big") * 5_000))
        assert await there.echo(1) == 1
        (victim,) = (
            connection
            for connection in listening.connections
            if connection.broker.peer["address"] == sock.getsockname()
        )
        await victim.closed
        with contextlib.suppress(ConnectionError):
            await flood
        sock.close()
        assert await there.echo(2) == 2
        assert len(listening.connections) == 1


async def test_a_mind_that_never_reads_loses_its_connection() -> None:
    async with served(send_buffer=2_000_000) as (root, listening, url):
        sock = await hostile(listening)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, HELLO + call(b"keep", [b"remote", 1]))

        class Mind(pb.Referenceable):
            count = 0

            def remote_said(self, text: bytes) -> None:
                self.count += 1

        async with pb.connect(url) as there:
            mind = Mind()
            await there.keep(mind)
            while len(root.kept) < 2:
                await there.echo(1)
            sent = 0
            while len(pb.broadcast(root.kept, "said", b"x" * 50_000)) == 0:
                sent += 1
                await there.echo(1)
                assert sent < 1_000
            assert await there.echo(2) == 2
            assert mind.count >= sent
        sock.close()


async def test_more_connections_than_the_limit() -> None:
    async with pb.serve("pb://127.0.0.1:0", Root(), connections=2) as listening:
        socks = [await hostile(listening) for _ in range(5)]
        for sock in socks[2:]:
            await closed(sock)
        assert len(listening.connections) == 2
        for sock in socks[:2]:
            sock.close()
