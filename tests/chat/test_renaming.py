"""Groups with another name: what stays, and what outlives the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.domain import World
from words.chat.verbs import renaming as module
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import NameTaken, NeedsRight, NoSuchGroup, TooMany
from words.events import GroupRenamed, Said


def test_everything_but_the_name_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    ann, ben = world.login("ann"), world.login("ben")
    group = world.do(ann.join, "old", durable=True)
    world.do(ben.join, "old")
    world.do(ann.register, group)
    world.do(ann.say, group, Body("hello"))
    number = group.id
    world.do(ann.rename_group, group, "new", "why")
    (event,) = world.told_of(ben, GroupRenamed)
    assert (event.before, event.name, event.reason) == ("old", "new", "why")
    with pytest.raises(NoSuchGroup):
        ann.group("old")
    later = world.again()
    ann = later.login("ann")
    again = ann.group("new")
    assert again.id == number
    assert again.facts.registered
    said = ann.read_group(again, Wish(10))
    assert [each.text for each in said if isinstance(each, Said)] == ["hello"]
    cat = later.guest("cat")
    assert later.do(cat.join, "old").id != number
    later.close()


def test_who_may(tmp_path: Path) -> None:
    """In a registered group the founder, in others who may change settings."""
    world = World(tmp_path)
    ann, ben = world.login("ann"), world.login("ben")
    group = world.do(ann.join, "room")
    world.do(ben.join, "room")
    with pytest.raises(NeedsRight):
        world.do(ben.rename_group, group, "mine")
    world.do(ann.change_roles, group, [(ben.participant, "operator", True)])
    world.do(ben.rename_group, group, "ours")
    world.do(ann.register, group)
    with pytest.raises(NeedsRight):
        world.do(ben.rename_group, group, "mine")
    world.do(ann.rename_group, group, "room")
    other = world.do(ben.join, "other")
    world.do(ben.register, other)
    with pytest.raises(NameTaken):
        world.do(ann.rename_group, group, "0ther")
    world.close()


def test_large_groups_keep_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MEMBERS", 2)
    world = World(tmp_path)
    people = [world.login(name) for name in ("ann", "ben", "cat")]
    groups = [world.do(one.join, "room") for one in people]
    with pytest.raises(TooMany):
        world.do(people[0].rename_group, groups[0], "other")
    world.do(people[2].leave, groups[2])
    world.do(people[0].rename_group, groups[0], "other")
    world.close()
