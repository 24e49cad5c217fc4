"""What is kept of somebody can be taken along, and removed: at once and for good."""

from __future__ import annotations

import json

import pytest

from tests.support.domain import World
from words.chat import export as export_module
from words.chat import removal as removal_module
from words.chat.attachment import Attachment
from words.chat.export import Record, export
from words.chat.group import Group
from words.chat.keeping import Keeping
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import CannotSpeak, NotFound
from words.events import (
    ContactChanged,
    Denied,
    Ignored,
    Joined,
    Kicked,
    Left,
    Permitted,
    Said,
    SettingChange,
)
from words.journal import scan as scan_module
from words.names import participant_key

SECRET = "of ann alone"


def _life(world: World) -> tuple[Attachment, Attachment, Group]:
    """Let ann do a bit of everything, some of it moved to the history, and ben too."""
    ann, ben = world.login("Ann"), world.login("ben")
    group = world.do(ann.join, "g", durable=True)
    world.do(ben.join, "g")
    world.do(ann.register, group)
    world.do(ann.set_successor, group, "ben")
    world.do(ann.set_access, group, "ben", "voice")
    world.do(ann.put_contact, "friends", "ben", "Benny", SECRET)
    world.do(ben.put_contact, "friends", "ann")
    world.do(ann.deny, "cat")
    world.do(ben.permit, "ann")
    world.do(ann.set_profile, SECRET)
    said = world.do(ann.say, group, Body(SECRET), "token")
    world.do(ann.edit, group, said.id, Body(f"{SECRET} again"))
    world.do(ann.mark_read, group, ("id", said.id))
    world.do(ann.say_to, ben.participant, Body(SECRET))
    world.do(lambda: world.journal.move(10**6))
    mine = world.do(ben.say, group, Body("of ben"))
    world.do(ann.react, group, mine.id, "+1")
    phone = world.guest("phone", account="Ann")
    world.do(phone.join, "g")
    world.do(phone.say, group, Body(f"{SECRET} on the phone"))
    world.do(ben.say_to, ann.participant, Body("to ann"))
    other = world.do(ben.join, "h")
    world.do(ben.register, other)
    world.do(ben.set_successor, other, "ann")
    world.do(ben.set_access, other, "ann", "operator")
    return ann, ben, group


def test_everything_of_ones_own_is_exported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_module, "PAGE", 2)
    monkeypatch.setattr(scan_module, "SLICE", 3)
    _life(world)
    world.do(world.service.persons.save_marks)
    pages = world.do(export, world.service, "ANN")
    found: list[Record] = []
    while (page := world.do(lambda: next(pages, None))) is not None:
        assert len(page) <= 3
        found += page
    json.dumps(found)
    kinds = {record["record"] for record in found}
    assert kinds == {
        *("identity", "profile", "circle", "contact", "listed", "read", "member", "registered"),
        *("own log", "direct", "said"),
    }
    said = [record["text"] for record in found if record["record"] == "said"]
    assert sorted(said) == [f"{SECRET} again", f"{SECRET} on the phone"]
    direct = [record for record in found if record["record"] == "direct"]
    assert [(record["partner"], record["text"]) for record in direct] == [
        ("ben", SECRET),
        ("ben", "to ann"),
    ]
    (identity,) = (record for record in found if record["record"] == "identity")
    assert identity["name"] == "Ann"
    assert "verifier" not in identity
    with pytest.raises(NotFound):
        world.do(export, world.service, "nobody")


def _remove(world: World, name: str) -> None:
    world.do(world.service.removals.begin, name)
    while world.service.behind:
        world.do(world.service.errand)


@pytest.mark.parametrize("killed", [False, True])
def test_nothing_is_left_of_who_is_removed(
    world: World, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    monkeypatch.setattr(removal_module, "SLICE", 2)
    monkeypatch.setattr(scan_module, "SLICE", 3)
    ann, ben, group = _life(world)
    number = ann.participant.id
    world.hush()
    world.do(world.service.removals.begin, "ANN")
    assert world.memories[ann].closed
    assert group.facts.founder_name == "ben"
    assert [event.actor.name for event in world.told_of(ben, Left)] == ["Ann"]
    assert world.do(ben.contacts)["friends"] == ()
    assert ben.privacy().permit == ()
    if killed:
        for _ in range(3):
            world.do(world.service.errand)
        world = world.again()
        ben = world.login("ben")
        group = world.do(ben.join, "g")
    while world.service.behind:
        world.do(world.service.errand)
    for log in world.stored().values():
        for event in log:
            assert SECRET not in str(event)
            assert event.actor.name not in ("Ann", "phone")
    assert number not in world.stored()
    texts = [
        event.text for event in world.do(ben.read_group, group, Wish(99)) if isinstance(event, Said)
    ]
    assert texts == ["", "of ben", ""]
    for table, column in (
        *((name, "participant") for name in ("people", "circles", "contacts", "listed", "marks")),
        *((name, "participant") for name in ("invitations", "tokens", "members", "removals")),
        ("identities", "id"),
        ("directs", "low"),
        ("directs", "high"),
    ):
        found = world.store.read(f"SELECT count(*) FROM {table} WHERE {column} = ?", number)
        assert (table, found) == (table, [(0,)])
    newcomer = world.login("ann")
    assert newcomer.participant.id != number
    assert world.do(newcomer.changed_since, 0) == []
    assert newcomer.contacts() == {}
    if killed:
        world.close()


def test_a_group_without_a_successor_is_let_go(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    for name in ("g", "h"):
        world.do(ann.register, world.do(ann.join, name))
    world.do(ben.join, "g")
    world.leave(ann)
    _remove(world, "ann")
    assert world.do(ben.group, "g").facts.registered is False
    assert world.service.registry.group("h") is None
    with pytest.raises(NotFound):
        world.do(world.service.removals.begin, "ann")


def test_others_keep_what_is_theirs(world: World) -> None:
    ann, ben, group = _life(world)
    world.do(ann.kick, group, ben.participant, "out")
    cat = world.login("cat")
    world.do(cat.join, "g")
    _remove(world, "ann")
    events = world.do(cat.read_group, group, Wish(99, happenings=True))
    assert [event.target.name for event in events if isinstance(event, Kicked)] == ["ben"]
    assert "cat" in [event.actor.name for event in events if isinstance(event, Joined)]


def test_a_new_owner_of_the_name_is_not_emptied(world: World) -> None:
    _, ben, group = _life(world)
    world.do(world.service.removals.begin, "ann")
    other = world.login("ann")
    world.do(other.join, "g")
    world.do(other.say, group, Body("of another ann"))
    while world.service.behind:
        world.do(world.service.errand)
    said = world.do(ben.read_group, group, Wish(1, newest=True))
    assert [event.text for event in said if isinstance(event, Said)] == ["of another ann"]


def test_whoever_had_the_name_on_a_list_is_told(world: World) -> None:
    """Here or not, also after a crash; a name that was put there anew stays."""
    for name in ("ann", "ben", "cat", "dan"):
        world.identity(name)
    ben, cat, dan = (world.login(name) for name in ("ben", "cat", "dan"))
    for one in (ben, cat, dan):
        world.do(one.add_circle, "friends")
        world.do(one.put_contact, "friends", "Ann", "Annie")
    world.do(ben.ignore, "ann")
    world.do(cat.deny, "ann")
    world.do(dan.permit, "ann")
    world.leave(cat)
    world.hush()
    world.do(world.service.removals.begin, "ann")
    assert not world.service.persons.of(ben.participant).has_contact(participant_key("ann"))
    world.do(dan.put_contact, "friends", "ann", "another one")
    world.hush()
    world.do(world.service.removals.slice)
    assert {type(event) for event in world.told(ben)} == {ContactChanged, Ignored}
    (told,) = world.told_of(dan, Permitted)
    assert (told.name, told.added) == ("ann", False)
    assert world.do(dan.contacts)["friends"][0].alias == "another one"
    other = world.again()
    cat = other.login("cat")
    own = other.service.history.select(cat.participant.id, limit=50)
    last = [event for event in own if isinstance(event, ContactChanged)][-1]
    assert (last.circle, last.name, last.place) == ("friends", "Ann", -1)
    assert [event.added for event in own if isinstance(event, Denied)] == [True, False]
    assert other.store.read("SELECT * FROM struck") == []
    other.close()


def test_what_gateways_kept_and_filters_logged_goes_too(world: World) -> None:
    ann = world.login("ann")
    group = world.do(world.login("ben").join, "g")
    world.do(ann.join, "g")
    ben = next(iter(group.members.values())).participant.attachments[0]
    world.do(ben.change_settings, group, [SettingChange("filter", "drop text spam", True)])
    with pytest.raises(CannotSpeak):
        world.do(ann.say, group, Body("spam"))
    world.do(Keeping(world.service).put, ann.participant.id, "toc", b"a list")
    assert len(world.do(ben.filter_log, group, 2**62, 9)) == 1
    world.do(world.service.removals.begin, "ann")
    assert world.do(ben.filter_log, group, 2**62, 9) == []
    for table in ("kept", "filtered"):
        assert world.store.read(f"SELECT * FROM {table}") == []
