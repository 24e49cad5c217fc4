"""Metadata of people and groups: who may set it, how long it lasts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.domain import World
from words.chat.export import export
from words.errors import Forbidden, NeedsRight, NotFound, TooLong
from words.events import MetadataChanged


def test_it_outlives_the_process(tmp_path: Path) -> None:
    world = World(tmp_path)
    ann, ben = world.login("ann"), world.guest("ben")
    group = world.do(ann.join, "room")
    world.do(ann.register, group)
    world.do(ann.set_metadata, ann.participant, "status", "out")
    world.do(ann.set_metadata, group, "url", "x")
    world.do(ben.set_metadata, ben.participant, "status", "in")
    later = world.again()
    again, other = later.login("ann"), later.guest("ben")
    assert again.metadata(again.participant) == {"status": "out"}
    assert again.metadata(again.group("room")) == {"url": "x"}
    assert other.metadata(other.participant) == {}
    later.close()


def test_a_group_begins_anew(tmp_path: Path) -> None:
    world = World(tmp_path)
    ann = world.login("ann")
    group = world.do(ann.join, "room")
    world.do(ann.set_metadata, group, "url", "x")
    world.do(ann.leave, group)
    group = world.do(ann.join, "room")
    assert ann.metadata(group) == {}
    world.do(ann.set_metadata, group, "other", "y")
    assert ann.metadata(group) == {"other": "y"}
    world.close()


def test_who_may_set_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    ann, ben = world.login("ann"), world.login("ben")
    group = world.do(ann.join, "room")
    world.do(ben.join, "room")
    with pytest.raises(NeedsRight):
        world.do(ben.set_metadata, group, "url", "x")
    with pytest.raises(Forbidden):
        world.do(ben.set_metadata, ann.participant, "url", "x")
    world.do(ben.set_metadata, ann.participant, "url", "x", privileged=True)
    assert ann.metadata(ann.participant) == {"url": "x"}
    with pytest.raises(NotFound):
        world.do(ann.set_metadata, ann.participant, "none", None)
    with pytest.raises(TooLong):
        world.do(ann.set_metadata, ann.participant, "url", "\u00e4" * 151)
    world.close()


def test_another_connection_of_the_same_person_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    ann, other = world.login("ann"), world.login("ann")
    world.do(ann.set_metadata, ann.participant, "status", "out")
    assert world.told_of(ann, MetadataChanged) == []
    (event,) = world.told_of(other, MetadataChanged)
    assert (event.name, event.key, event.value) == ("ann", "status", "out")
    world.close()


def test_it_is_exported_and_removed_with_the_account(tmp_path: Path) -> None:
    world = World(tmp_path)
    ann = world.login("ann")
    world.do(ann.set_metadata, ann.participant, "status", "out")
    records = [record for page in export(world.service, "ann") for record in page]
    assert {"record": "metadata", "key": "status", "value": "out"} in records
    world.leave(ann)
    world.do(world.service.removals.begin, "ann")
    assert world.journal.store.read("SELECT * FROM metadata") == []
    world.close()
