"""Guests who come and go leave nothing that nobody can reach."""

from __future__ import annotations

import pytest

from tests.support.domain import PLAIN, Memory, World
from words.chat import leftovers as leftovers_module
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.events import Actor, Said

GUESTS = 10_000


def _rows(world: World) -> dict[str, int]:
    """Return how many rows each table has, when all that happened is in its place."""
    world.do(lambda: world.journal.move(10**9))
    names = [
        name
        for (name,) in world.store.read("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name != "meta"
    ]
    return {name: world.store.read(f"SELECT count(*) FROM {name}")[0][0] for name in names}


def _swept(world: World) -> dict[str, int]:
    """Return the same after a round of the sweep."""
    _rows(world)
    while world.do(world.service.sweep):
        pass
    return _rows(world)


def _visit(world: World, number: int) -> None:
    """Two guests come, make a group each, talk to one another, and go."""
    pair = []
    for name in (f"a{number}", f"b{number}"):
        actor = Actor(0, name, name, "host")
        pair.append(world.service.enter(actor, name, (PLAIN, PLAIN), Memory()))
    one, other = pair
    group = one.join(f"g{number}")
    other.join(f"h{number}")
    one.set_topic(group, "what nobody will read")
    one.say_to(other.participant, Body("hello"), "token")
    other.say_to(one.participant, Body("hi"))
    for attachment in pair:
        world.service.detach(attachment, "gone")


def _visits(world: World, numbers: range) -> None:
    for number in numbers:
        _visit(world, number)


def test_ten_thousand_guests(world: World) -> None:
    ann = world.login("ann")
    world.do(ann.join, "lobby")
    before = _swept(world)
    for start in range(0, GUESTS // 2, 250):
        world.do(_visits, world, range(start, start + 250))
    between = _rows(world)
    assert between["directs"] == GUESTS // 2
    assert between["groups"] == GUESTS + before["groups"]
    assert _swept(world) == before


def test_what_somebody_can_reach_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said in a group, what an identity talked about, who is still here, after a crash."""
    monkeypatch.setattr(leftovers_module, "LOOKED_AT", 2)
    ann = world.login("ann")
    dan, eve = world.guest("dan"), world.guest("eve")
    world.do(dan.say_to, ann.participant, Body("to ann"))
    world.do(dan.say_to, eve.participant, Body("between us"))
    spoken = world.do(dan.join, "spoken")
    world.do(dan.say, spoken, Body("said"))
    kept = world.do(ann.join, "kept")
    world.do(ann.register, kept)
    world.do(ann.leave, kept)
    world.do(eve.join, "silent")
    world.leave(dan)
    assert _swept(world)["directs"] == 2  # eve can still read what dan said
    assert len(world.do(ann.read_direct, "dan", Wish(9))) == 1
    assert "silent" in world.service.registry.groups
    world.leave(eve)
    after = _swept(world)
    assert after["directs"] == 1
    names = {name for (name,) in world.store.read("SELECT name FROM groups")}
    assert names == {"spoken", "kept"}
    again = world.do(ann.join, "spoken")
    (said,) = world.do(ann.read_group, again, Wish(9))
    assert isinstance(said, Said)
    late = world.guest("late")
    world.do(late.say_to, world.guest("latest").participant, Body("lost"))
    other = world.again()  # killed: nobody said goodbye
    assert _swept(other)["directs"] == 1
    other.close()


def test_a_long_conversation_goes_in_slices(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers_module, "DELETED", 10)
    one, other = world.guest("one"), world.guest("other")
    before = _swept(world)
    for number in range(35):
        world.do(one.say_to, other.participant, Body(str(number)))
    world.leave(one)
    world.leave(other)
    _rows(world)
    slices = 1
    while world.do(world.service.sweep):
        slices += 1
    assert slices > 3
    assert _rows(world) == before
