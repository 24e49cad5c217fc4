"""Searching one's conversations: what one may read now, nothing else, whatever the index says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.domain import World
from words.chat.attachment import Attachment
from words.chat.search import MOST, WAITING, Found, Searcher, Sought
from words.chat.verbs.talk import Body
from words.errors import BadInput, Busy, NoSuchParticipant, NotMember, TooLong
from words.events import Said, SettingChange
from words.journal.index import SearchIndex


async def at_once(fn: Callable[..., Any], *args: Any) -> Any:
    return fn(*args)


@pytest.fixture
def index(world: World) -> Iterator[SearchIndex]:
    index = SearchIndex(world.store.path)
    world.service.searcher = Searcher(world.service, index, at_once)
    yield index
    index.close()


def find(world: World, who: Attachment, text: str, **where: Any) -> list[tuple[str, str]]:
    return [(name, event.text) for name, event in ask(world, who, text, **where).messages]


def ask(world: World, who: Attachment, text: str, **where: Any) -> Found:
    return world.loop.run_until_complete(who.search(Sought(text, **where)))


def say(world: World, who: Attachment, group: str, text: str) -> Said:
    found = world.service.registry.group(group)
    assert found is not None
    return world.do(who.say, found, Body(text))


@pytest.mark.usefixtures("index")
def test_in_ones_own_conversations_only(world: World) -> None:
    ann, ben, cat = world.login("ann"), world.login("ben"), world.guest("cat")
    for name, members in {"open": (ann, ben), "closed": (ben, cat)}.items():
        for member in members:
            world.do(member.join, name)
        say(world, members[0], name, f"apple in {name}")
    world.do(ben.say_to, ann.participant, Body("apple for ann"))
    world.do(ben.say_to, cat.participant, Body("apple for cat"))
    assert find(world, ann, "apple") == [("", "apple for ann"), ("open", "apple in open")]
    assert len(find(world, ben, "apple")) == 4
    closed = world.service.registry.group("closed")
    with pytest.raises(NotMember):
        find(world, ann, "apple", group=closed)
    assert find(world, ben, "apple", group=closed) == [("closed", "apple in closed")]
    assert find(world, ben, "apple", other="CAT") == [("", "apple for cat")]
    assert find(world, ann, "apple", other="cat") == []
    with pytest.raises(NoSuchParticipant):
        find(world, ann, "apple", other="dan")
    assert find(world, ann, "apple", author="ann") == [("open", "apple in open")]


@pytest.mark.usefixtures("index")
def test_who_came_later_finds_as_much_as_he_may_read(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    group = world.do(ann.join, "garden")
    change = SettingChange("visibility", "since-joined", True)
    world.do(ann.change_settings, group, [change])
    for number in range(300):
        say(world, ann, "garden", f"apple {number}")
    world.do(ben.join, "garden")
    say(world, ann, "garden", "apple since")
    assert find(world, ben, "apple") == [("garden", "apple since")]
    assert len(find(world, ann, "apple", limit=MOST)) == MOST
    world.do(ben.leave, group)
    assert find(world, ben, "apple") == []


@pytest.mark.usefixtures("index")
def test_pages_hold_everything_once(world: World) -> None:
    ann = world.login("ann")
    world.do(ann.join, "garden")
    for number in range(25):
        say(world, ann, "garden", f"apple {number}")
    seen: list[str] = []
    before = 2**62
    while before:
        found = ask(world, ann, "apple", limit=10, before=before)
        seen += [event.text for _, event in found.messages]
        before = found.before
    assert seen == [f"apple {number}" for number in reversed(range(25))]


def test_what_is_gone_is_not_found(world: World, index: SearchIndex) -> None:
    """At once, though the index has it still."""
    ann = world.login("ann")
    world.do(ann.join, "garden")
    one, two = (say(world, ann, "garden", f"apple {number}") for number in range(2))
    assert len(find(world, ann, "apple")) == 2
    assert index.fill(10)
    index.fill = lambda seconds: True  # type: ignore[method-assign]
    world.do(world.service.journal.rewrite, _without_text(one))
    assert find(world, ann, "apple") == [("garden", "apple 1")]
    world.do(world.service.journal.move, 2**31)
    world.do(world.store.write, "DELETE FROM history WHERE id = ?", two.id)
    assert find(world, ann, "apple") == []


def _without_text(event: Said) -> Said:
    return Said(event.conversation, event.sequence, event.id, event.time, event.actor, "")


def test_what_cannot_be_sought(world: World, index: SearchIndex) -> None:
    ann = world.login("ann")
    for sought in (Sought(""), Sought("x", limit=0), Sought("x", limit=MOST + 1), Sought("\ud800")):
        with pytest.raises(BadInput):
            world.loop.run_until_complete(ann.search(sought))
    with pytest.raises(TooLong):
        find(world, ann, "x" * 501)
    searcher = world.service.searcher
    assert searcher is not None
    searcher._waiting = WAITING
    with pytest.raises(Busy):
        find(world, ann, "x")
