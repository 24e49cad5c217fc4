"""Two brokers in memory: calls, references, caches, failures."""

from __future__ import annotations

import dataclasses
import gc
from typing import Any

import msgspec
import pytest

from tests.spread.pair import Pair
from words.spread import banana, errors
from words.spread.broker import Broker
from words.spread.flavors import (
    Cacheable,
    Copyable,
    Perspective,
    Referenceable,
    RemoteCache,
    RemoteCopy,
    Root,
    Viewable,
    published,
)
from words.spread.limits import Limits
from words.spread.references import RemoteReference
from words.spread.registry import Registry


class Counter(Referenceable):
    def __init__(self) -> None:
        self.value = 0
        self.gone = 0

    def remote_inc(self, by: int = 1) -> int:
        self.value += by
        return self.value

    def unreferenced(self, broker: object) -> None:
        self.gone += 1


class Server(Root):
    """Everything that the tests call."""

    secret = "not published"

    def __init__(self) -> None:
        self.kept: Any = None
        self.counter = Counter()
        self.log: list[Any] = []

    def remote_echo(self, *args: Any, **kw: Any) -> Any:
        return args[0] if len(args) == 1 and not kw else [list(args), kw]

    async def remote_later(self, value: Any) -> Any:
        return value

    def remote_getCounter(self) -> Counter:
        return self.counter

    def remote_isCounter(self, obj: Any) -> bool:
        return obj is self.counter

    def remote_keep(self, obj: Any) -> None:
        self.kept = obj

    def remote_fail(self, kind: str) -> None:
        raise {"value": ValueError("/etc/passwd"), "error": errors.Error("known problem")}[kind]

    def remote_big(self, size: int) -> bytes:
        return b"x" * size

    def remote_note(self, what: Any) -> None:
        self.log.append(what)

    @published
    def decorated(self) -> str:
        return "decorated"

    def helper(self) -> None:
        raise AssertionError("reached")

    remote_data = "no method"


@pytest.fixture(params=[1, 7, 1 << 20], ids=["bytes", "sevens", "whole"])
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(Server(), chunk=request.param)


def test_a_server_that_knows_only_the_dialect_none() -> None:
    pair = Pair(Server())
    pair.client.broker = Broker(listening=False)
    pair.server.broker = Broker(listening=True, root=Server())
    pair.server.broker.data_to_send()
    pair.client.hear(banana.encode([b"none"], banana.NONE))
    assert pair.call(None, "echo", ["login", None, b"message"]) == ["login", None, b"message"]
    counter = pair.call(None, "getCounter")
    assert pair.call(counter, "inc", 3) == 3
    assert b"\x87" not in b"".join(data for _, data in pair.sent[4:])


def test_calls_answers_and_keywords(pair: Pair) -> None:
    assert pair.call(None, "echo", 1) == 1
    assert pair.call(None, "echo", 1, key="v") == [[1], {"key": "v"}]
    assert pair.call(None, "later", ["é", None, 1.5]) == ["é", None, 1.5]
    assert pair.call(None, "decorated") == "decorated"
    assert pair.call(None, "echo", "message") == "message"


@pytest.mark.parametrize(
    "name", ["helper", "remote_echo", "secret", "data", "__init__", "__class__", "", "root_for"]
)
def test_only_what_is_published_is_reached(pair: Pair, name: str) -> None:
    with pytest.raises(errors.RemoteError) as caught:
        pair.call(None, name)
    assert caught.value.is_a("twisted.spread.flavors.NoSuchMethod")
    assert caught.value.text == f"No such method: remote_{name}"
    assert "Server" not in str(caught.value)


def test_a_subclass_may_unpublish() -> None:
    class Quiet(Server):
        remote_echo = None  # type: ignore[assignment]

    with pytest.raises(errors.RemoteError):
        Pair(Quiet()).call(None, "echo", 1)


def test_kinds_do_not_mix() -> None:
    with pytest.raises(TypeError):
        type("Both", (Referenceable, Viewable), {})


def test_one_way_calls_are_never_answered(pair: Pair) -> None:
    before = len(pair.sent)
    assert pair.client.broker.call(None, "note", ("x",), answer=False) == 0
    assert pair.client.broker.call(None, "fail", ("error",), answer=False) == 0
    assert pair.client.broker.call(None, "nosuch", answer=False) == 0
    pair.run()
    root: Any = pair.server.broker._root
    assert root.log == ["x"]
    assert {side for side, _ in pair.sent[before:]} == {"C"}


def test_failures(pair: Pair) -> None:
    with pytest.raises(errors.RemoteError) as caught:
        pair.call(None, "fail", "error")
    assert (caught.value.type, caught.value.text) == ("twisted.spread.pb.Error", "known problem")
    assert not pair.bugs
    with pytest.raises(errors.RemoteError) as caught:
        pair.call(None, "fail", "value")
    assert caught.value.text == "internal error"
    assert caught.value.traceback == "Traceback unavailable\n"
    assert isinstance(pair.bugs[0][1], ValueError)
    wire = b"".join(data for side, data in pair.sent if side == "S")
    assert b"passwd" not in wire
    assert b"ValueError" not in wire
    assert b".py" not in wire


def test_no_path_crosses() -> None:
    """Stock defect: stock peers send the frames of every failure that was waited for."""

    class Late(Root):
        async def remote_fail(self, kind: str) -> None:
            raise errors.Error("known") if kind == "known" else KeyError("/etc/passwd")

    pair = Pair(Late())
    for kind in ("known", "bug"):
        with pytest.raises(errors.RemoteError):
            pair.call(None, "fail", kind)
    wire = b"".join(data for _, data in pair.sent)
    for word in (b".py", b"_frames", b"pickled", b"passwd", b"KeyError", b"test_broker"):
        assert word not in wire


def test_wrong_arguments_are_the_callers_fault(pair: Pair) -> None:
    with pytest.raises(errors.RemoteError) as caught:
        pair.call(None, "getCounter", 1, 2)
    assert caught.value.is_a("builtins.TypeError")
    assert not pair.bugs


def test_tracebacks_cross_only_when_asked_for() -> None:
    pair = Pair(Server(), tracebacks=True)
    with pytest.raises(errors.RemoteError) as caught:
        pair.call(None, "fail", "value")
    assert caught.value.is_a("builtins.ValueError")
    assert "test_broker.py" in caught.value.traceback


def test_own_errors_carry_their_family(pair: Pair) -> None:
    class NoSuchGroup(errors.Error):
        wire_type = "words.NoSuchGroup"

    class Deep(NoSuchGroup):
        wire_type = "words.Deep"

    class Raiser(Root):
        def remote_x(self) -> None:
            raise Deep("lobby")

    with pytest.raises(errors.RemoteError) as caught:
        Pair(Raiser()).call(None, "x")
    for name in ("words.Deep", "words.NoSuchGroup", "twisted.spread.pb.Error"):
        assert caught.value.is_a(name)
    assert not caught.value.is_a("words.Other")


def test_references_count_as_the_peer_counts(pair: Pair) -> None:
    root: Any = pair.server.broker._root
    first = pair.call(None, "getCounter")
    assert pair.call(first, "inc", 5) == 5
    second = pair.call(None, "getCounter")
    assert first is second
    assert pair.call(None, "isCounter", first) is True
    assert root.counter.gone == 0
    del first
    pair.run()
    assert root.counter.gone == 0
    assert pair.call(second, "inc") == 6
    del second
    pair.run()
    assert root.counter.gone == 1
    again = pair.call(None, "getCounter")
    assert pair.call(again, "inc") == 7


def test_references_are_equal_only_to_themselves() -> None:
    minds = set()
    for _ in range(2):
        pair = Pair(Server())
        minds.add(pair.call(None, "getCounter"))
    first, second = minds
    assert first.luid == second.luid
    assert first != second
    assert first != None  # noqa: E711
    assert first in minds


def test_our_own_object_comes_back_as_itself(pair: Pair) -> None:
    mine = Counter()
    assert pair.call(None, "echo", mine) is mine
    assert pair.call(None, "later", [mine, mine]) == [mine, mine]
    assert mine.gone == 1 + 1


def test_the_peers_only_reference_given_back_by_a_stock_peer() -> None:
    """Stock defect: stock peers send the decref before the answer that gives the object back."""
    mine = Counter()
    pair = Pair(Server())
    request = pair.client.broker.call(None, "echo", (mine,))
    pair.client.broker.data_to_send()
    decref, answer = (
        b"\x02\x80\x1d\x87\x01\x81",
        b"\x03\x80\x1b\x87\x01\x81\x02\x80\x11\x87\x01\x81",
    )
    pair.client.hear(decref + answer)
    assert pair.client.answers == {request: mine}
    assert mine.gone == 1
    pair.client.hear(decref)
    assert pair.client.dropped == ["a decref of an unknown object"]


def test_the_answer_goes_before_the_decref() -> None:
    pair = Pair(Server())
    mine = Counter()
    pair.call(None, "echo", mine)
    said = b"".join(data for side, data in pair.sent if side == "S")
    assert said.index(b"\x02\x80\x11\x87\x01\x81") < said.index(b"\x02\x80\x1d\x87\x01\x81")


def test_what_the_peer_drops_is_dropped_here(pair: Pair) -> None:
    mine = Counter()
    pair.call(None, "keep", mine)
    assert mine.gone == 0
    pair.call(None, "keep", None)
    assert mine.gone == 1


def test_a_call_back_during_a_call() -> None:
    class Caller(Root):
        def remote_ping(self, ref: RemoteReference) -> None:
            ref.broker.call(ref, "inc", (7,), answer=False)

    pair, mine = Pair(Caller()), Counter()
    pair.call(None, "ping", mine)
    assert (mine.value, mine.gone) == (7, 1)


def test_references_of_another_connection_are_refused() -> None:
    one, two = Pair(Server()), Pair(Server())
    ref = one.call(None, "getCounter")
    with pytest.raises(errors.DeadReference):
        two.client.broker.call(ref, "inc")
    with pytest.raises(errors.JellyError):
        two.client.broker.call(None, "echo", (ref,))
    one.client.broker.lose()
    with pytest.raises(errors.DeadReference):
        one.client.broker.call(ref, "inc")


class Door(Viewable):
    def view_knock(self, perspective: Any, how: str) -> list[Any]:
        return [perspective.name, how]


class Avatar(Perspective):
    def __init__(self, name: str, door: Door) -> None:
        self.name = name
        self.door = door
        self.out = 0

    def perspective_getDoor(self) -> Door:
        return self.door

    def perspective_getPerson(self) -> Copyable:
        return Person("Bob", 42)

    def perspective_twice(self) -> list[Door]:
        return [self.door, self.door]

    def unreferenced(self, broker: object) -> None:
        self.out += 1


class Person(Copyable):
    def __init__(self, name: str, age: int) -> None:
        self.name = name
        self.age = age

    def get_type_to_copy_for(self, perspective: object) -> str:
        return "interop.Person"

    def get_state_to_copy_for(self, perspective: object) -> object:
        viewer = perspective.name if isinstance(perspective, Avatar) else None
        return {"name": self.name, "age": self.age, "viewer": viewer, "me": self}


class RemotePerson(RemoteCopy):
    name: str
    me: RemotePerson


class House(Root):
    def __init__(self) -> None:
        door = Door()
        self.avatars = {name: Avatar(name, door) for name in ("alice", "bob")}

    def remote_enter(self, name: str) -> Avatar:
        return self.avatars[name]

    def remote_person(self) -> Copyable:
        return Person("Eve", 1)


def test_views_know_through_whom_the_call_came() -> None:
    pair = Pair(House())
    alice, bob = (pair.call(None, "enter", name) for name in ("alice", "bob"))
    doors = [pair.call(who, "getDoor") for who in (alice, bob)]
    assert doors[0] is not doors[1]
    assert pair.call(doors[0], "knock", "loud") == ["alice", "loud"]
    assert pair.call(doors[1], "knock", how="soft") == ["bob", "soft"]
    twice = pair.call(alice, "twice")
    assert twice[0] is twice[1] is doors[0]


def test_copyables_see_who_looks() -> None:
    registry = Registry()
    registry.remote_copy("interop.Person", RemotePerson)
    pair = Pair(House(), registry=registry)
    person = pair.call(pair.call(None, "enter", "alice"), "getPerson")
    assert vars(person) == {"name": "Bob", "age": 42, "viewer": "alice", "me": person}
    assert pair.call(None, "person").__dict__["viewer"] is None


def test_a_perspective_is_logged_out_once() -> None:
    house = House()
    pair = Pair(house)
    alice, bob = (pair.call(None, "enter", name) for name in ("alice", "bob"))
    del alice
    pair.run()
    assert house.avatars["alice"].out == 1
    pair.server.broker.lose()
    assert (house.avatars["alice"].out, house.avatars["bob"].out) == (1, 1)
    assert bob.luid


def test_an_unknown_type_fails_only_its_call() -> None:
    """Stock defect: stock peers drop the connection, and the call never ends."""
    pair = Pair(House())
    with pytest.raises(errors.InsecureJelly):
        pair.call(None, "person")
    with pytest.raises(errors.RemoteError) as caught:
        pair.call(None, "enter", Person("x", 1))
    assert caught.value.is_a("twisted.spread.jelly.InsecureJelly")
    assert pair.call(pair.call(None, "enter", "alice"), "getDoor") is not None


def test_references_in_a_message_that_fails_are_given_back() -> None:
    pair, mine, other = Pair(House()), Counter(), Counter()
    with pytest.raises(errors.RemoteError):
        pair.call(None, "enter", mine, Person("x", 1), {"a": [other]}, mine, {b"remote": 7})
    assert (mine.gone, other.gone) == (1, 1)
    assert pair.client.dropped == []


def test_an_answer_too_large_fails_only_its_call() -> None:
    """Stock defect: the connection drops."""
    pair = Pair(Server())
    assert len(pair.call(None, "big", 640 * 1024)) == 640 * 1024
    with pytest.raises(errors.RemoteError, match="655361"):
        pair.call(None, "big", 640 * 1024 + 1)
    with pytest.raises(errors.TooLarge):
        pair.client.broker.call(None, "echo", (b"x" * (640 * 1024 + 1),))
    assert pair.call(None, "echo", 1) == 1


def test_a_failed_encoding_exports_nothing() -> None:
    pair, mine = Pair(Server(), client_limits=Limits(exports=3)), Counter()
    for _ in range(5):
        with pytest.raises(errors.JellyError):
            pair.client.broker.call(None, "echo", ([mine, Counter(), object()],))
    assert pair.call(None, "echo", mine) is mine
    assert mine.gone == 1
    with pytest.raises(errors.TooManyReferences):
        pair.client.broker.call(None, "keep", ([Counter() for _ in range(4)],))
    pair.call(None, "keep", [Counter() for _ in range(3)])


class Board(Cacheable):
    def __init__(self) -> None:
        self.data = {"topic": "hello"}
        self.observers: list[Any] = []

    def get_type_to_copy_for(self, perspective: object) -> str:
        return "interop.Board"

    def get_state_to_cache_and_observe_for(self, perspective: object, observer: Any) -> object:
        self.observers.append(observer)
        return {"data": dict(self.data)}

    def stopped_observing(self, perspective: object, observer: Any) -> None:
        self.observers.remove(observer)


class RemoteBoard(RemoteCache):
    data: dict[str, str]

    def observe_set(self, key: str, value: str) -> str:
        self.data[key] = value
        return f"{key} is {value}"


class Boards(Root):
    def __init__(self, board: Board) -> None:
        self.board = board

    def remote_board(self) -> Board:
        return self.board

    def remote_isBoard(self, board: Any) -> bool:
        return board is self.board


def test_caches_are_kept_up_and_given_back() -> None:
    registry, board = Registry(), Board()
    registry.remote_cache("interop.Board", RemoteBoard)
    pair = Pair(Boards(board), registry=registry)
    mine = pair.call(None, "board")
    assert mine.data == {"topic": "hello"}
    (observer,) = board.observers
    assert pair.push(observer, "set", "topic", "news") == "topic is news"
    assert mine.data == {"topic": "news"}
    assert pair.call(None, "isBoard", mine) is True
    assert pair.call(None, "board") is mine
    assert len(board.observers) == 1
    del mine
    gc.collect()
    pair.run()
    assert board.observers == []
    again = pair.call(None, "board")
    assert again.data == {"topic": "hello"}
    assert len(board.observers) == 1


def test_two_connections_may_observe_one_object() -> None:
    """Stock defect: stock observers cannot be compared, and leak."""
    registry, board = Registry(), Board()
    registry.remote_cache("interop.Board", RemoteBoard)
    one, two = (Pair(Boards(board), registry=registry) for _ in range(2))
    mine = [one.call(None, "board"), two.call(None, "board")]
    assert len(board.observers) == 2
    one.server.broker.lose()
    assert [observer._owner for observer in board.observers] == [two.server.broker]
    assert len(mine) == 2


def test_a_cache_that_comes_again_while_it_is_given_back() -> None:
    registry, board = Registry(), Board()
    registry.remote_cache("interop.Board", RemoteBoard)
    pair = Pair(Boards(board), registry=registry)
    mine = pair.call(None, "board")
    request = pair.client.broker.call(None, "board")
    question = pair.client.broker.data_to_send()
    del mine
    pair.server.hear(question)
    pair.run()
    again = pair.client.answers[request]
    assert again.data == {"topic": "hello"}
    pair.push(board.observers[0], "set", "a", "b")
    assert again.data["a"] == "b"


class Said(msgspec.Struct, frozen=True):
    who: str
    text: str
    tags: list[str] = []


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


def test_structs_and_dataclasses_cross_by_value() -> None:
    registry = Registry()
    registry.copyable("chat.Said", Said)
    registry.copyable("geo.Point", Point)
    pair = Pair(Server(), registry=registry)
    value = [Said("alice", "hi", ["a"]), Point(1, 2), {"in": (Point(3),)}]
    assert pair.call(None, "echo", value) == value
    with pytest.raises(TypeError):
        registry.copyable("no.Class", Server)


def test_fields_that_a_class_does_not_have_are_ignored() -> None:
    @dataclasses.dataclass
    class New:
        x: int
        more: str = "m"

    old, new = Registry(), Registry()
    old.copyable("geo.Point", Point)
    new.copyable("geo.Point", New)
    pair = Pair(Server(), registry=old)
    pair.client.broker._registry = new
    pair.client.broker._encoder.registry = new  # type: ignore[union-attr]
    pair.client.broker.call(None, "note", (New(5),))
    pair.run()
    root: Any = pair.server.broker._root
    assert root.log == [Point(5)]


def test_a_struct_of_wrong_types_fails_its_call() -> None:
    registry = Registry()
    registry.copyable("chat.Said", Said)
    pair = Pair(Server(), registry=registry)
    bad = msgspec.structs.replace(Said("a", "b"), text=5)
    with pytest.raises(errors.RemoteError, match="cannot build"):
        pair.call(None, "note", bad)
    assert pair.call(None, "echo", 1) == 1


def test_tagged_references_as_stock_words_sends_them() -> None:
    class Group(Referenceable):
        wire_tag = b"twisted.words.service.PBGroup"

        def wire_extra(self) -> tuple[object, ...]:
            return (b"lobby",)

    class Words(Root):
        def remote_join(self) -> Group:
            return Group()

    registry = Registry()
    registry.reference("twisted.words.service.PBGroup")
    group = Pair(Words(), registry=registry).call(None, "join")
    assert (group.tag, group.extra) == (b"twisted.words.service.PBGroup", (b"lobby",))


def test_a_lost_connection_ends_what_waits() -> None:
    pair = Pair(Server())
    request = pair.client.broker.call(None, "echo", (1,))
    assert pair.client.broker.lose() == [request]
    assert pair.client.broker.lose() == []
    with pytest.raises(errors.DeadReference):
        pair.client.broker.call(None, "echo")


def test_states_may_call_while_they_are_sent() -> None:
    """A Cacheable that tells its observer while its state is being asked for."""

    class Eager(Board):
        def get_state_to_cache_and_observe_for(self, perspective: object, observer: Any) -> object:
            state = super().get_state_to_cache_and_observe_for(perspective, observer)
            observer._owner.call(None, "nothing", ([[1], [2]],), answer=False)
            return state

    registry = Registry()
    registry.remote_cache("interop.Board", RemoteBoard)
    pair = Pair(Boards(Eager()), registry=registry)
    assert pair.call(None, "board").data == {"topic": "hello"}
