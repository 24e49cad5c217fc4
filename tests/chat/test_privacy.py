"""Who may reach whom, who hears whom, and warnings that fade."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.domain import World
from words.chat import registry
from words.chat.attachment import Attachment
from words.chat.person import FADING, MOST, Mode, admitted, faded, warned
from words.chat.verbs import privacy as module
from words.chat.verbs.privacy import WARNABLE, PrivacyState
from words.chat.verbs.talk import Body
from words.errors import BadInput, CannotWarn, LoginRequired, NoSuchParticipant, TooMany
from words.events import (
    Denied,
    Event,
    IdleChanged,
    Invited,
    Joined,
    PresenceChanged,
    ProfileChanged,
    Said,
    Signalled,
    Typing,
    Warned,
)
from words.names import ParticipantKey

KEYS = st.sets(st.sampled_from([ParticipantKey(key) for key in "abcd"]), max_size=3)
HI = Body("hi")


@given(
    KEYS, KEYS, KEYS, st.sets(st.sampled_from([ParticipantKey(key) for key in "abcd"]), min_size=1)
)
def test_the_table_of_modes(
    permit: set[ParticipantKey],
    deny: set[ParticipantKey],
    contacts: set[ParticipantKey],
    visitor: set[ParticipantKey],
) -> None:
    def admits(mode: Mode) -> bool:
        return admitted(mode, permit, deny, {"some": contacts, "none": set()}, visitor)

    assert admits("all")
    assert not admits("none")
    assert admits("permit-list") == bool(permit & visitor)
    assert admits("deny-list") == (not deny & visitor)
    assert admits("contacts") == bool(contacts & visitor)


def _reaching(world: World, one: Attachment, name: str) -> list[Callable[[], object]]:
    """Return every way for ``one`` to reach who is called this."""
    (group,) = one.participant.groups.values()
    ways: list[Callable[[], object]] = [partial(one.addressee, name), partial(one.profile, name)]
    other = world.service.registry.participant(name)
    if other is not None:
        ways += [
            lambda: one.say_to(other, HI),
            lambda: one.signal(other, {"+a": "b"}),
            lambda: one.invite(group, other),
            lambda: one.warn(other),
            lambda: one.typing(other, "active"),
        ]
    return ways


@pytest.mark.parametrize("how", ["deny", "none", "permit", "contacts"])
def test_who_is_denied_is_told_what_a_stranger_is_told(world: World, how: str) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    world.do(ben.join, "g")
    if how == "deny":
        world.do(ann.deny, "BEN")
    else:
        mode = {"none": "none", "permit": "permit-list", "contacts": "contacts"}[how]
        world.do(ann.set_privacy, mode)
    world.hush()
    with pytest.raises(NoSuchParticipant) as stranger:
        world.do(ben.addressee, "nobody")
    for way in _reaching(world, ben, "ann"):
        with pytest.raises(NoSuchParticipant) as refused:
            world.do(way)
        assert refused.value.code == stranger.value.code
        assert refused.value.args == ("ann",)
    assert world.do(ben.standing, "ann") is None
    assert world.told(ann) == []
    if how == "deny":
        world.do(ann.deny, "ben", False)
    elif how == "permit":
        world.do(ann.permit, "Ben")
    elif how == "contacts":
        world.do(ann.put_contact, "friends", "ben")
    else:
        world.do(ann.set_privacy, "all")
    world.do(ben.say_to, ann.participant, HI)
    assert [event.text for event in world.told_of(ann, Said)] == ["hi"]


def test_it_holds_while_one_is_elsewhere_and_after_a_restart(world: World) -> None:
    ann = world.login("ann")
    world.do(ann.deny, "ben")
    world.do(ann.permit, "cat")
    world.do(ann.ignore, "dan")
    world.leave(ann)
    ben = world.login("ben")
    with pytest.raises(NoSuchParticipant):
        world.do(ben.addressee, "ann")
    again = world.again()
    with pytest.raises(NoSuchParticipant):
        again.do(again.login("ben").addressee, "ann")
    state = again.login("ann").privacy()
    assert state == PrivacyState("deny-list", ("cat",), ("ben",), ("dan",))
    again.close()


def test_the_denied_see_nobody_come_go_or_be_away(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    world.do(ben.put_contact, "friends", "ann")
    for each in (ann, ben):
        world.do(each.join, "g")
    world.hush()
    world.do(ann.deny, "ben")
    (gone,) = world.told_of(ben, PresenceChanged)
    assert (gone.actor.name, gone.presence.here, gone.away) == ("ann", False, None)
    world.do(ann.set_away, "secretly")
    world.do(ann.set_idle, 60)
    assert world.told(ben) == []
    world.do(ann.deny, "ben", False)
    (back,) = world.told_of(ben, PresenceChanged)
    assert (back.presence.here, back.away) == (True, "secretly")
    assert back.presence.idle < back.time - 59_000
    world.do(ann.set_privacy, "none")
    world.hush()
    world.do(ann.leave, world.do(ann.group, "g"))
    world.hush()
    world.leave(ann)
    world.login("ann")
    assert world.told(ben) == []


def test_an_account_is_denied_under_its_other_names(world: World) -> None:
    ann = world.login("ann")
    world.identity("ben")
    phone = world.guest("phone", account="ben")
    world.do(ann.deny, "ben")
    with pytest.raises(NoSuchParticipant):
        world.do(phone.say_to, ann.participant, HI)


def test_who_is_ignored_is_not_heard(world: World) -> None:
    ann, ben, cat = world.login("ann"), world.login("ben"), world.guest("cat")
    for each in (ann, ben, cat):
        world.do(each.join, "g")
    group = world.do(ben.group, "g")
    world.do(ann.ignore, "ben")
    world.hush()
    world.do(ben.say, group, HI)
    world.do(ben.signal, group, {"+a": "b"})
    world.do(ben.typing, group, "active")
    world.do(ben.say_to, ann.participant, HI)
    world.do(ben.signal, ann.participant, {"+a": "b"})
    world.do(ben.typing, ann.participant, "active")
    world.do(cat.say, group, Body("you hear me"))
    assert [event.text for event in world.told_of(ann, Said)] == ["you hear me"]
    heard = world.told(cat)
    assert [type(event) for event in heard] == [Said, Signalled, Typing]
    world.do(ben.leave, group)
    world.do(ben.join, "g")
    assert len(world.told(ann)) == 2  # what changes the group is told
    world.do(ann.ignore, "ben", False)
    world.do(ben.say, group, HI)
    assert world.told_of(ann, Said)


def test_ignoring_begins_again_with_the_connection(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    world.do(ann.ignore, "ben")
    world.do(ben.join, "g")
    group = world.do(ben.group, "g")
    world.leave(ann)
    world.do(ben.say, group, HI)
    ann = world.login("ann")
    world.do(ann.join, "g")
    world.hush()
    world.do(ben.say, group, HI)
    assert world.told(ann) == []


def test_a_guest_has_lists_while_here(world: World) -> None:
    guest, ben = world.guest("guest"), world.guest("ben")
    world.do(guest.ignore, "ben")
    world.do(ben.say_to, guest.participant, HI)
    assert world.told_of(guest, Said) == []
    world.do(guest.deny, "ben")
    with pytest.raises(NoSuchParticipant):
        world.do(ben.say_to, guest.participant, HI)
    world.leave(guest)
    guest = world.guest("guest")
    world.do(ben.say_to, guest.participant, HI)
    assert world.told_of(guest, Said)
    assert world.store.read("SELECT count(*) FROM listed") == [(0,)]


def test_other_connections_are_told_and_nothing_twice(world: World) -> None:
    ann, other = world.login("ann"), world.login("ann")
    world.hush()
    for _ in range(2):
        world.do(ann.deny, "ben")
        world.do(ann.set_privacy, "all")
    assert [type(event).__name__ for event in world.told(other)] == ["Denied", "PrivacyChanged"]
    assert world.told(ann) == []


def test_bad_input(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = world.login("ann")
    for wrong in ("", " ", "a\nb", "\x00"):
        with pytest.raises(BadInput):
            world.do(ann.deny, wrong)
    with pytest.raises(BadInput):
        world.do(ann.set_privacy, "everybody")
    for seconds in (-1, float("nan"), float("inf")):
        with pytest.raises(BadInput):
            world.do(ann.set_idle, seconds)
    monkeypatch.setattr(module, "MAX_LISTED", 1)
    world.do(ann.deny, "ben")
    with pytest.raises(TooMany):
        world.do(ann.deny, "cat")
    assert ann.privacy().deny == ("ben",)
    assert {type(event) for log in world.stored().values() for event in log} == {Denied}


# Warnings


@given(st.integers(0, MOST), st.integers(0, 10**9), st.integers(0, 10**9))
def test_warnings_fade_and_are_all_forgiven(level: int, one: int, more: int) -> None:
    assert 0 <= faded(level, one + more) <= faded(level, one) <= level
    assert faded(level, level * FADING) == 0
    assert faded(level, 0) == level
    assert abs(faded(faded(level, one), more) - faded(level, one + more)) <= 1


@given(st.integers(0, MOST), st.booleans())
def test_a_warning_counts_and_stays_below_the_most(level: int, anonymous: bool) -> None:
    after = warned(level, anonymous)
    assert level < after <= MOST or level == after == MOST
    assert after - level <= (3 if anonymous else 10)


def test_warning_for_what_was_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben, cat = world.login("ann"), world.login("ben"), world.login("cat")
    world.do(cat.put_contact, "friends", "ben")
    with pytest.raises(CannotWarn):
        world.do(ann.warn, ben.participant)
    world.do(ben.say_to, ann.participant, HI)
    world.hush()
    assert world.do(ann.warn, ben.participant) == 10
    (event,) = world.told_of(ben, Warned)
    assert (event.actor.name, event.level) == ("ann", 10)
    assert [e.presence.level for e in world.told_of(cat, IdleChanged)] == [10]
    with pytest.raises(CannotWarn):  # once for a message
        world.do(ann.warn, ben.participant)
    world.do(ben.say_to, ann.participant, HI)
    assert world.do(partial(ann.warn, anonymous=True), ben.participant) == 13
    (event,) = world.told_of(ben, Warned)
    assert event.actor.name == ""
    now = registry.now_ms()
    world.do(ben.say_to, ann.participant, HI)
    monkeypatch.setattr(module, "now_ms", lambda: now + WARNABLE + 60_000)
    with pytest.raises(CannotWarn):
        world.do(ann.warn, ben.participant)
    monkeypatch.undo()
    again = world.again()
    again.login("cat")
    person = again.service.persons.of(again.login("ben").participant)
    assert (person.level(now), person.level(now + 12 * FADING + 60_000)) == (13, 1)
    again.close()


def test_guests_warn_nobody_and_nobody_warns_himself(world: World) -> None:
    ann, guest = world.login("ann"), world.guest("guest")
    world.do(ann.say_to, guest.participant, HI)
    world.do(ann.say_to, ann.participant, HI)
    with pytest.raises(LoginRequired):
        world.do(guest.warn, ann.participant)
    with pytest.raises(CannotWarn):
        world.do(ann.warn, ann.participant)
    world.do(guest.say_to, ann.participant, HI)
    assert world.do(ann.warn, guest.participant) == 10


# What one says of oneself


def test_profile_and_real_name_are_kept(world: World) -> None:
    ann, other, ben = world.login("ann"), world.login("ann"), world.login("ben")
    world.do(ben.put_contact, "friends", "ann")
    world.hush()
    world.do(ann.set_profile, "<b>I</b>\nam Ann")
    world.do(ann.set_real_name, "Ann of Green Gables")
    assert [type(event) for event in world.told(other)] == [ProfileChanged, ProfileChanged]
    (told,) = world.told_of(ben, ProfileChanged)
    assert (told.real_name, told.text, told.conversation) == ("Ann of Green Gables", None, 0)
    assert world.do(ben.profile, "ANN") == "<b>I</b>\nam Ann"
    again = world.again()
    assert again.do(again.login("ben").profile, "ann") == "<b>I</b>\nam Ann"
    assert again.login("ann").participant.real_name == "Ann of Green Gables"
    again.close()


def test_idle_is_told_and_known(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    for each in (ann, ben):
        world.do(each.join, "g")
    world.hush()
    world.do(ann.set_idle, 300)
    (idle,) = world.told_of(ben, IdleChanged)
    assert 299_000 < idle.time - idle.presence.idle < 310_000
    world.do(ann.set_idle, 0)
    (back,) = world.told_of(ben, IdleChanged)
    assert back.time - back.presence.idle < 10_000
    assert world.told(ann) == []


def test_invitations_of_the_ignored_are_not_told(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    world.do(ben.join, "g")
    world.do(ann.ignore, "ben")
    world.hush()
    world.do(ben.invite, world.do(ben.group, "g"), ann.participant)
    told: list[Event] = [e for e in world.told(ann) if isinstance(e, Invited | Joined)]
    assert told == []
