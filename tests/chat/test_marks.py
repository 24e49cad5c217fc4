"""Read markers never go back and are synced; who writes is told of, but not to himself."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.domain import World
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.verbs.talk import Body
from words.errors import BadInput, CannotSpeak, NotMember
from words.events import ReadMarked, Typing
from words.interfaces import Point


def _group(world: World, *members: Attachment) -> Group:
    for each in members:
        world.do(each.join, "g")
    return world.do(members[0].group, "g")


POINTS = st.tuples(st.sampled_from(["sequence", "id", "time"]), st.integers(-5, 2**63))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(POINTS, st.integers(0, 9)), max_size=12))
def test_a_marker_never_goes_back_or_beyond_what_there_is(asked: list[Point | int]) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        ann = world.login("ann")
        group = _group(world, ann)
        said = [world.do(ann.say, group, Body(str(number))) for number in range(9)]
        last = 0
        for each in asked:
            point: Point = ("id", said[min(each, 8)].id) if isinstance(each, int) else each
            mark = world.do(ann.mark_read, group, point)
            reached = mark.sequence if mark else 0
            assert last <= reached <= group.sequence
            last = reached
        world.close()


def test_markers_are_synced_and_kept(world: World) -> None:
    ann, other, ben = world.login("ann"), world.login("ann"), world.login("ben")
    group = _group(world, ann, ben)
    first = world.do(ben.say, group, Body("1"))
    world.do(ben.say, group, Body("2"))
    direct = world.do(ben.say_to, ann.participant, Body("3"))
    world.hush()
    world.do(ann.mark_read, group, ("id", first.id))
    world.do(ann.mark_read, group, ("sequence", 1))
    world.do(ann.mark_read, ben.participant, ("time", direct.time))
    told = world.told_of(other, ReadMarked)
    assert [(event.where, event.to, event.upto) for event in told] == [
        ("g", "", first.sequence),
        ("", "ben", direct.sequence),
    ]
    assert world.told(ann) == world.told(ben) == []
    world.do(world.service.persons.save_marks)
    again = world.again()
    ann = again.login("ann")
    group = _group(again, ann)
    mark = again.do(ann.mark, group)
    assert mark is not None
    assert mark.sequence == first.sequence
    mark = again.do(ann.mark_read, again.login("ben").participant, ("sequence", 0))
    assert mark is not None
    assert mark.sequence == direct.sequence
    again.close()


def test_many_markers_are_one_write(world: World) -> None:
    ann = world.login("ann")
    group = _group(world, ann)
    for number in range(5):
        event = world.do(ann.say, group, Body(str(number)))
        world.do(ann.mark_read, group, ("id", event.id))
    assert world.store.read("SELECT count(*) FROM marks") == [(0,)]
    world.leave(ann)
    assert world.store.read("SELECT sequence FROM marks") == [(event.sequence,)]


def test_where_one_isnt_there_is_nothing_to_mark(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    group = _group(world, ben)
    with pytest.raises(NotMember):
        world.do(ann.mark_read, group, ("sequence", 1))
    assert world.do(ann.mark_read, ben.participant, ("sequence", 1)) is None
    assert world.do(ann.mark, ben.participant) is None


def test_guests_have_markers_while_here(world: World) -> None:
    guest = world.guest("guest")
    group = _group(world, guest)
    world.do(guest.mark_read, group, ("sequence", 1))
    mark = world.do(guest.mark, group)
    assert mark is not None
    world.leave(guest)
    assert world.store.read("SELECT count(*) FROM marks") == [(0,)]


def test_typing_is_told_to_others_and_not_stored(world: World) -> None:
    ann, again, ben, cat = (
        world.login("ann"),
        world.login("ann"),
        world.login("ben"),
        world.guest("cat"),
    )
    group = _group(world, ann, ben)
    before = world.stored()
    world.hush()
    world.do(ann.typing, group, "active")
    world.do(ann.typing, ben.participant, "done")
    told = world.told_of(ben, Typing)
    assert [(event.state, event.to, event.conversation) for event in told] == [
        ("active", "", 0),
        ("done", "ben", 0),
    ]
    assert world.told(ann) == world.told(again) == world.told(cat) == []
    assert world.stored() == before


def test_typing_keeps_its_place_among_the_words(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    group = _group(world, ann, ben)
    world.hush()

    def all_three() -> None:
        ann.typing(group, "active")
        ann.say(group, Body("1"))
        ann.typing(group, "done")

    world.turn(all_three)
    assert [type(event).__name__ for event in world.told(ben)] == ["Typing", "Said", "Typing"]


def test_typing_refused(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    group = _group(world, ben)
    with pytest.raises(CannotSpeak):
        world.do(ann.typing, group, "active")
    with pytest.raises(BadInput):
        world.do(partial(ann.typing, ben.participant, "singing"))  # type: ignore[arg-type]
