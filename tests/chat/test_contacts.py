"""Contacts: circles in an order, kept over restarts; those watched are heard of, once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.domain import World
from words.chat.attachment import Attachment
from words.chat.person import Person, placed
from words.chat.verbs import contacts as module
from words.errors import (
    BadInput,
    CannotStore,
    Conflict,
    InternalError,
    LoginRequired,
    NotFound,
    TooLong,
    TooMany,
)
from words.events import ContactChanged, PresenceChanged, Quit, Renamed


def _names(attachment: Attachment) -> dict[str, list[str]]:
    return {
        circle: [each.name for each in found] for circle, found in attachment.contacts().items()
    }


def test_circles_and_contacts_are_kept_in_order(world: World) -> None:
    ann = world.login("ann")
    world.do(ann.put_contact, "friends", "Ben", "Benny", "met\nin 2001")
    world.do(ann.put_contact, "friends", "Cat")
    world.do(ann.put_contact, "friends", "Dan", place=0)
    world.do(ann.put_contact, "work", "Ben")
    world.do(ann.add_circle, "empty", 0)
    expected = {"empty": [], "friends": ["Dan", "Ben", "Cat"], "work": ["Ben"]}
    assert _names(ann) == expected
    again = world.again()
    ann = again.login("ann")
    assert _names(ann) == expected
    ben = ann.contacts()["friends"][1]
    assert (ben.alias, ben.note) == ("Benny", "met\nin 2001")
    again.do(ann.put_contact, "friends", "BEN", "B")  # the same one, where he is
    again.do(ann.remove_contact, "dan")
    again.do(ann.rename_circle, "friends", "old friends")
    again.do(ann.add_circle, "work", 0)
    again.do(ann.remove_circle, "empty")
    expected = {"work": ["Ben"], "old friends": ["BEN", "Cat"]}
    assert _names(ann) == expected
    last = again.again()
    assert _names(last.login("ann")) == expected
    last.close()


def test_other_connections_are_told_and_the_own_log_keeps_it(world: World) -> None:
    ann, other = world.login("ann"), world.login("ann")
    world.hush()
    world.do(ann.put_contact, "friends", "ben")
    world.do(ann.remove_contact, "ben", "friends")
    assert world.told(ann) == []
    told = world.told_of(other, ContactChanged)
    assert [(event.circle, event.name, event.place) for event in told] == [
        ("friends", "", 0),
        ("friends", "ben", 0),
        ("friends", "ben", -1),
    ]
    number = ann.participant.identity
    assert world.stored()[number] == told
    assert [event.sequence for event in told] == [1, 2, 3]


def test_only_identities_have_contacts(world: World) -> None:
    guest = world.guest("guest")
    for verb in (guest.contacts, guest.standings, lambda: guest.put_contact("a", "b")):
        with pytest.raises(LoginRequired):
            world.do(verb)


def test_presence_of_a_contact_is_told(world: World) -> None:
    ann = world.login("ann")
    world.do(ann.put_contact, "friends", "Ben")
    world.do(ann.put_contact, "work", "ben")
    assert world.do(ann.standing, "ben") is None
    world.hush()
    ben = world.login("ben")
    (came,) = world.told_of(ann, PresenceChanged)
    assert came.actor.name == "ben"
    assert came.presence.here
    assert came.presence.since > 0
    assert came.away is None
    world.do(ben.set_away, "lunch")
    (away,) = world.told_of(ann, PresenceChanged)
    assert away.away == "lunch"
    (standing,) = world.do(ann.standings)
    assert (standing.name, standing.away, standing.presence.here) == ("ben", "lunch", True)
    world.leave(ben)
    assert [event.actor.name for event in world.told_of(ann, Quit)] == ["ben"]
    assert world.do(ann.standings) == []


def test_who_shares_a_group_too_is_told_once(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    world.do(ann.put_contact, "friends", "ben")
    for each in (ann, ben):
        world.do(each.join, "g")
    world.hush()
    world.do(ben.set_away, "lunch")
    assert len(world.told_of(ann, PresenceChanged)) == 1
    world.do(ben.leave, world.do(ann.group, "g"))
    world.do(ben.set_away, None)
    assert len(world.told_of(ann, PresenceChanged)) == 1


def test_somebody_who_stays_a_member_is_gone_all_the_same(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    world.do(ann.put_contact, "friends", "ben")
    world.do(ben.join, "g", durable=True)
    world.hush()
    world.leave(ben)
    (gone,) = world.told_of(ann, PresenceChanged)
    assert not gone.presence.here
    world.login("ben")
    (came,) = world.told_of(ann, PresenceChanged)
    assert came.presence.here


def test_a_contact_may_be_anybody_of_that_name(world: World) -> None:
    ann = world.login("ann")
    world.do(ann.put_contact, "friends", "zed")
    zoe = world.guest("zoe")
    world.hush()
    world.do(zoe.rename, "zed")
    assert [event.presence.here for event in world.told_of(ann, PresenceChanged)] == [True]
    world.do(zoe.rename, "zoe")
    assert [event.name for event in world.told_of(ann, Renamed)] == ["zoe"]
    world.leave(zoe)
    assert world.told(ann) == []


def test_who_is_no_contact_any_more_is_not_heard_of(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    world.do(ann.put_contact, "friends", "ben")
    world.do(ann.put_contact, "work", "ben")
    world.do(ann.remove_circle, "work")
    world.do(ben.set_away, "a")
    assert world.told_of(ann, PresenceChanged)
    world.do(ann.remove_contact, "ben")
    world.do(ben.set_away, "b")
    world.do(ann.put_contact, "friends", "ben")
    world.do(ann.remove_circle, "friends")
    world.do(ben.set_away, "c")
    assert world.told(ann) == []


def test_bad_input_leaves_no_trace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = world.login("ann")
    refused = [
        (BadInput, lambda: ann.put_contact("", "ben")),
        (BadInput, lambda: ann.put_contact("f", "")),
        (BadInput, lambda: ann.put_contact("f", "b\r\nn")),
        (CannotStore, lambda: ann.put_contact("f", "\ud800")),
        (TooLong, lambda: ann.put_contact("f", "b" * 129)),
        (TooLong, lambda: ann.put_contact("f", "b", "a" * 65)),
        (TooLong, lambda: ann.put_contact("f", "b", "", "n" * 513)),
        (TooLong, lambda: ann.add_circle("c" * 65)),
        (NotFound, lambda: ann.remove_contact("nobody")),
        (NotFound, lambda: ann.remove_circle("none")),
        (NotFound, lambda: ann.rename_circle("none", "one")),
    ]
    for error, verb in refused:
        with pytest.raises(error):
            world.do(verb)
    with pytest.raises(BadInput):
        world.do(ann.add_circle, "f", -1)
    assert ann.contacts() == {}
    assert world.stored() == {}
    world.do(ann.put_contact, "f", "ben")
    world.do(ann.add_circle, "g")
    with pytest.raises(Conflict):
        world.do(ann.rename_circle, "f", "g")
    monkeypatch.setattr(module, "MAX_CONTACTS", 1)
    monkeypatch.setattr(module, "MAX_CIRCLES", 2)
    with pytest.raises(TooMany):
        world.do(ann.put_contact, "f", "cat")
    with pytest.raises(TooMany):
        world.do(ann.add_circle, "h")
    assert _names(ann) == {"f": ["ben"], "g": []}


def test_a_defect_leaves_no_trace(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ann, guest = world.login("ann"), world.guest("guest")
    world.do(ann.put_contact, "friends", "ben")
    before = world.stored()

    def fails(person: Person, event: ContactChanged) -> None:
        person.circles.clear()
        raise ZeroDivisionError

    monkeypatch.setattr(Person, "apply", fails)
    for verb in (lambda: ann.put_contact("friends", "cat"), lambda: guest.deny("cat")):
        with pytest.raises(InternalError):
            world.do(verb)
    monkeypatch.undo()
    assert "applying ContactChanged to ann failed" in caplog.text
    assert world.stored() == before
    assert _names(ann) == {"friends": ["ben"]}
    world.do(ann.put_contact, "friends", "cat")
    assert [event.sequence for log in world.stored().values() for event in log] == [1, 2, 3]


@given(st.lists(st.integers(0, 9), unique=True), st.integers(0, 9), st.integers(-1, 12))
def test_an_order_changes_in_one_place(keys: list[int], key: int, place: int) -> None:
    order = dict.fromkeys(keys, "old")
    changed = placed(order, key, "new", place)
    assert [each for each in changed if each != key] == [each for each in keys if each != key]
    if place < 0:
        assert key not in changed
    else:
        assert list(changed).index(key) == min(place, len(changed) - 1)
        assert changed[key] == "new"
