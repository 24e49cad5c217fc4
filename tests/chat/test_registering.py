"""Registered groups live on, with founder, successor and access; their names are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.domain import World
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.registry import now_ms
from words.chat.verbs import registering as module
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import (
    BadInput,
    Conflict,
    InviteOnly,
    LoginRequired,
    NameTaken,
    NeedsRight,
    NoSuchGroup,
    NotFound,
    NotMember,
    TooMany,
)
from words.events import (
    AccessChanged,
    Joined,
    RegistrationChanged,
    RoleChanged,
    Said,
    SettingChange,
)


def _registered(world: World, name: str = "g") -> tuple[Attachment, Attachment, Group]:
    ann, ben = world.login("ann"), world.login("ben")
    for each in (ann, ben):
        world.do(each.join, name)
    group = world.do(ann.group, name)
    world.hush()
    world.do(ann.register, group)
    return ann, ben, group


def _roles(group: Group, who: Attachment) -> tuple[str, ...]:
    return group.members[who.participant.id].roles


def test_a_group_is_as_old_as_its_first_members_coming(world: World) -> None:
    """Of a group that was empty meanwhile, unless it is registered; also after a restart."""
    ann, ben, old = _registered(world, "old")
    since = old.facts.created
    for each in (ann, ben):
        world.do(each.leave, old)
        world.do(each.leave, world.do(each.join, "new"))
    emptied = now_ms()
    while now_ms() == emptied:
        pass
    world.hush()
    for name in ("new", "old"):
        world.do(ann.join, name, durable=True)
    came = world.told_of(ann, Joined)[0].time
    assert came > emptied
    again = world.again()
    found = {name: again.service.registry.group(name) for name in ("new", "old")}
    assert [group and group.facts.created for group in found.values()] == [came, since]
    again.close()


def test_a_registered_group_outlives_its_members(world: World) -> None:
    ann, ben, group = _registered(world)
    (told,) = world.told_of(ben, RegistrationChanged)
    assert (told.founder, told.number) == ("ann", ann.participant.id)
    assert "founder" in _roles(group, ann)
    world.do(ann.set_topic, group, "kept")
    world.do(ann.change_settings, group, [SettingChange("moderated", "", True)])
    world.do(ann.say, group, Body("hi"))
    for each in (ann, ben):
        world.leave(each)
    again = world.again()
    ben, ann = again.login("ben"), again.login("ann")
    group = again.do(ben.join, "G")
    assert (group.facts.topic, group.settings.moderated) == ("kept", True)
    assert _roles(group, ben) == ()
    again.do(ann.join, "g")
    assert _roles(group, ann) == ("founder",)
    said = again.do(ben.read_group, group, Wish(9))
    assert [event.text for event in said if isinstance(event, Said)] == ["hi"]
    again.do(ann.unregister, group)
    for each in (ann, ben):
        again.do(each.leave, group)
    with pytest.raises(NoSuchGroup):
        again.do(ann.group, "g")
    group = again.do(ben.join, "g")
    assert (group.facts.topic, _roles(group, ben)) == ("", ("operator",))
    again.close()


def test_access_is_given_at_joining(world: World) -> None:
    ann, ben, group = _registered(world)
    cat = world.login("cat")
    world.do(ann.change_settings, group, [SettingChange("invite_only", "", True)])
    with pytest.raises(InviteOnly):
        world.do(cat.join, "g")
    world.hush()
    world.do(ann.set_access, group, "CAT", "operator")
    (told,) = world.told_of(ben, AccessChanged)
    assert (told.account, told.role) == ("cat", "operator")
    world.do(cat.join, "g")
    assert _roles(group, cat) == ("operator",)
    phone = world.guest("phone", account="cat")
    world.do(phone.join, "g")
    assert _roles(group, phone) == ("operator",)
    assert world.do(ben.access, group) == {"cat": "operator"}
    world.do(ann.set_access, group, "cat", "")
    world.do(cat.leave, group)
    with pytest.raises(InviteOnly):
        world.do(cat.join, "g")
    assert world.do(ann.access, group) == {}


def test_who_may(world: World) -> None:
    ann, ben, group = _registered(world)
    guest = world.guest("guest")
    other = world.do(guest.join, "h")
    refused: list[tuple[type[Exception], Callable[[], object]]] = [
        (LoginRequired, lambda: guest.register(other)),
        (NotMember, lambda: ann.register(other)),
        (Conflict, lambda: ann.register(group)),
        (NeedsRight, lambda: ben.unregister(group)),
        (NeedsRight, lambda: ben.transfer(group, "ben")),
        (NeedsRight, lambda: ben.set_successor(group, "ben")),
        (NeedsRight, lambda: ben.set_access(group, "ben", "voice")),
        (NotMember, lambda: guest.set_access(group, "ben", "voice")),
        (NotMember, lambda: guest.access(group)),
        (NotFound, lambda: ann.transfer(group, "nobody")),
        (NotFound, lambda: ann.set_successor(group, "nobody")),
        (NotFound, lambda: ann.set_access(group, "nobody", "voice")),
        (NotFound, lambda: ann.set_access(group, "ben", "")),
        (BadInput, lambda: ann.set_access(group, "ben", "king")),
        (Conflict, lambda: ann.set_successor(group, "ann")),
        (Conflict, lambda: ann.transfer(group, "ann")),
    ]
    before = world.stored()
    for error, verb in refused:
        with pytest.raises(error):
            world.do(verb)
    assert world.stored() == before
    world.do(ben.join, "i")
    third = world.do(ben.group, "i")
    world.do(guest.join, "i")
    with pytest.raises(Conflict):
        world.do(ben.set_access, third, "ann", "voice")  # it isn't registered
    assert module.MAX_REGISTERED > 1


def test_a_founder_can_hand_over(world: World) -> None:
    ann, ben, group = _registered(world)
    world.do(ann.transfer, group, "BEN")
    assert group.facts.founder_name == "ben"
    with pytest.raises(NeedsRight):
        world.do(ann.set_successor, group, "ann")
    world.do(ben.set_successor, group, "ann")
    for each in (ann, ben):
        world.do(each.leave, group)
    group = world.do(ben.join, "g")
    world.do(ann.join, "g")
    assert (_roles(group, ben), _roles(group, ann)) == (("founder",), ("operator",))


def test_names_that_look_registered_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben, _ = _registered(world, "scope")
    for name in ("sc0pe", "\u0455\u0441\u043e\u0440\u0435"):
        with pytest.raises(NameTaken):
            world.do(ben.join, name)
        assert world.service.registry.group(name) is None
    monkeypatch.setattr(module, "MAX_REGISTERED", 1)
    other = world.do(ann.join, "other")
    with pytest.raises(TooMany):
        world.do(ann.register, other)
    one, like = world.do(ben.join, "tone"), world.do(ben.join, "t0ne")  # both are free yet
    world.do(ben.register, one)
    with pytest.raises(NameTaken):
        world.do(ann.join, "ton\u0435")
    monkeypatch.undo()
    with pytest.raises(NameTaken):
        world.do(ben.register, like)


def test_names_that_look_like_an_identitys_are_kept(world: World) -> None:
    world.login("alice")
    for name in ("a1ice", "\u0430lice"):
        with pytest.raises(NameTaken):
            world.guest(name)
        with pytest.raises(NameTaken):
            world.identity(name)
    guest = world.guest("bob")
    with pytest.raises(NameTaken):
        world.do(guest.rename, "al\u0456ce")  # CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I


def test_access_counts_at_once(world: World) -> None:
    """Who is a member gets the role with its entry, under whatever name, and loses it with it."""
    ann, ben, group = _registered(world)
    phone = world.guest("phone", account="ben")
    world.do(phone.join, "g")
    world.do(ann.set_access, group, "Ben", "voice")
    assert _roles(group, ben) == _roles(group, phone) == ("voice",)
    world.do(ann.set_access, group, "ben", "operator")
    assert _roles(group, ben) == ("operator",)
    changed = world.told_of(ben, RoleChanged)[-1]
    assert [(one.role, one.added) for one in changed.changes][:2] == [
        ("voice", False),
        ("operator", True),
    ]
    world.do(ann.set_access, group, "ben", "")
    assert _roles(group, ben) == _roles(group, phone) == ()
    world.do(ann.transfer, group, "ben")
    assert _roles(group, ben) == ("founder",)
    assert "founder" not in _roles(group, ann)
    assert "operator" in _roles(group, ann)


def test_a_successor_founds_at_once(world: World) -> None:
    ann, ben, group = _registered(world)
    world.do(ann.set_successor, group, "ben")
    world.do(world.service.removals.begin, "ann")
    assert _roles(group, ben) == ("founder",)


def test_roles_of_a_groups_own(world: World) -> None:
    """Named sets of rights: given by hand and by the access list, to nobody's gain; taken back."""
    ann, ben, group = _registered(world)
    helper = SettingChange("role", "helper 20 speak,kick", True)
    with pytest.raises(NeedsRight):
        world.do(ben.change_settings, group, [helper])
    world.do(ann.change_settings, group, [helper])
    world.do(ann.set_access, group, "ben", "helper")
    assert _roles(group, ben) == ("helper",)
    world.do(ann.change_settings, group, [SettingChange("moderated", "", True)])
    world.do(ben.say, group, Body("a helper speaks"))
    cat = world.login("cat")
    world.do(cat.join, "g")
    world.do(ben.kick, group, cat.participant)
    with pytest.raises(NeedsRight):
        world.do(ben.kick, group, ann.participant)
    with pytest.raises(NeedsRight):
        world.do(ben.change_settings, group, [SettingChange("ban", "cat", True)])
    other = world.again()
    ann, ben = other.login("ann"), other.login("ben")
    group = other.do(ann.join, "g")
    other.do(ben.join, "g")
    assert _roles(group, ben) == ("helper",)
    other.do(ben.say, group, Body("still"))
    other.do(ann.change_settings, group, [SettingChange("role", "helper 20 kick,speak", False)])
    assert _roles(group, ben) == ()
    assert other.do(ann.access, group) == {}
    other.close()


@pytest.mark.parametrize(
    "role",
    ["helper", "helper 20", "Helper 20 kick", "helper 0 kick", "helper x kick", "helper 20 fly"],
)
def test_roles_that_are_none(world: World, role: str) -> None:
    ann, _, group = _registered(world)
    with pytest.raises(BadInput):
        world.do(ann.change_settings, group, [SettingChange("role", role, True)])


def test_nobody_makes_a_role_above_his_own(world: World) -> None:
    ann, ben, group = _registered(world)
    world.do(ann.set_access, group, "ben", "half-operator")
    for role in ("boss 40 kick", "helper 20 settings"):
        with pytest.raises(NeedsRight):
            world.do(ben.change_settings, group, [SettingChange("role", role, True)])
    with pytest.raises(BadInput):  # a role of the hub's stays what it is
        world.do(ben.change_settings, group, [SettingChange("role", "voice 20 kick", True)])
    world.do(ann.change_settings, group, [SettingChange("role", "helper 20 kick", True)])
    with pytest.raises(BadInput):
        world.do(ann.change_settings, group, [SettingChange("role", "helper 30 kick", True)])
