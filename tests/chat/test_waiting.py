"""What waits for somebody who isn't here: messages, invitations, what changed since."""

from __future__ import annotations

import pytest

from tests.support.domain import World
from words.chat import invitations as module
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import (
    InviteOnly,
    LoginRequired,
    NeedsRight,
    NoSuchParticipant,
    NotFound,
)
from words.events import InvitationEnded, Invited, Said, SettingChange


def _texts(world: World, who: Attachment, other: str) -> list[str]:
    events = world.do(who.read_direct, other, Wish(99))
    return [event.text for event in events if isinstance(event, Said)]


def test_messages_wait_for_an_identity(world: World) -> None:
    ann = world.login("ann")
    world.identity("ben")

    def say(text: str) -> None:
        ann.say_to(ann.addressee("BEN"), Body(text))

    world.do(say, "one")
    world.do(say, "two")
    again = world.again()
    ben = again.login("ben")
    (changed,) = again.do(ben.changed_since, 0)
    assert (changed.name, changed.is_group, changed.sequence, changed.read) == ("ann", False, 2, 0)
    assert _texts(again, ben, "ann") == ["one", "two"]
    ann = again.login("ann")
    again.do(ben.say_to, ann.participant, Body("three"))
    again.do(ann.say_to, ben.participant, Body("four"))
    events = again.do(ann.read_direct, "ben", Wish(9))
    assert [event.sequence for event in events] == [1, 2, 3, 4]
    again.close()


def test_both_speak_though_one_came_later(world: World) -> None:
    ann = world.login("ann")
    world.identity("ben")
    world.do(lambda: ann.say_to(ann.addressee("ben"), Body("1")))
    ben = world.login("ben")
    world.do(ben.say_to, ann.participant, Body("2"))
    world.do(ann.say_to, ben.participant, Body("3"))
    world.leave(ben)
    world.do(lambda: ann.say_to(ann.addressee("ben"), Body("4")))
    ben = world.login("ben")
    world.do(ben.say_to, ann.participant, Body("5"))
    events = world.do(ann.read_direct, "ben", Wish(9))
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]


def test_who_is_nobody_or_no_identity_cannot(world: World) -> None:
    ann, guest = world.login("ann"), world.guest("guest")
    world.identity("ben")
    with pytest.raises(NoSuchParticipant):
        world.do(ann.addressee, "nobody")
    with pytest.raises(NoSuchParticipant):
        world.do(guest.addressee, "ben")  # nobody could answer, or see who that was


def test_conversations_changed_since(world: World) -> None:
    ann, ben, cat = world.login("ann"), world.login("ben"), world.login("cat")
    for name in ("g", "h"):
        world.do(ann.join, name)
    group = world.do(ann.group, "g")
    world.do(cat.say_to, ann.participant, Body("old"))
    last = world.do(ben.say_to, ann.participant, Body("hi"))
    world.do(ann.mark_read, ben.participant, ("id", last.id))
    said = world.do(ann.say, group, Body("latest"))
    found = world.do(ann.changed_since, 0)
    assert {each.name for each in found} == {"g", "h", "ben", "cat"}
    assert found == sorted(found, key=lambda each: -each.time)
    (direct,) = (each for each in found if each.name == "ben")
    assert (direct.read, direct.sequence) == (1, 1)
    assert world.do(ann.changed_since, said.time + 1) == []
    assert world.do(cat.changed_since, 0)[0].name == "ann"


def _closed(world: World, who: Attachment) -> Group:
    group = world.do(who.join, "g")
    world.do(who.change_settings, group, [SettingChange("invite_only", "", True)])
    return group


def test_an_invitation_waits_until_it_is_used(world: World) -> None:
    ann = world.login("ann")
    group = _closed(world, ann)
    world.do(ann.register, group)
    world.identity("ben")
    world.do(lambda: ann.invite(group, ann.addressee("ben")))
    again = world.again()
    ben = again.login("ben")
    (waiting,) = again.do(ben.invitations)
    assert (waiting.group, waiting.inviter, waiting.opens) == ("g", "ann", True)
    (stored,) = again.stored()[ben.participant.id]
    assert isinstance(stored, Invited)
    group = again.do(ben.join, "g")
    assert again.do(ben.invitations) == []
    again.do(ben.leave, group)
    with pytest.raises(InviteOnly):  # for once
        again.do(ben.join, "g")
    again.close()


def test_it_can_be_revoked_and_declined(world: World) -> None:
    ann, ben, other = world.login("ann"), world.login("ben"), world.login("ben")
    group = _closed(world, ann)
    world.hush()
    world.do(ann.invite, group, ben.participant)
    assert len(world.told_of(ben, Invited)) == len(world.told_of(other, Invited)) == 1
    world.do(ann.revoke_invitation, group, "BEN")
    assert world.told_of(ben, InvitationEnded)
    with pytest.raises(InviteOnly):
        world.do(ben.join, "g")
    world.do(ann.invite, group, ben.participant)
    world.hush()
    world.do(ben.decline, "G")
    assert world.told_of(other, InvitationEnded)
    assert world.told_of(ben, InvitationEnded) == []
    assert world.do(ben.invitations) == []
    for verb in (
        lambda: ben.decline("g"),
        lambda: ben.decline("none"),
        lambda: ann.revoke_invitation(group, "ben"),
        lambda: ann.revoke_invitation(group, "nobody"),
    ):
        with pytest.raises(NotFound):
            world.do(verb)


def test_of_a_group_that_began_anew_it_is_void(world: World) -> None:
    ann, ben = world.login("ann"), world.login("ben")
    group = _closed(world, ann)
    world.do(ann.invite, group, ben.participant)
    world.do(ann.leave, group)
    assert world.do(ben.invitations) == []
    _closed(world, ann)
    assert world.do(ben.invitations) == []
    with pytest.raises(InviteOnly):
        world.do(ben.join, "g")


def test_who_has_no_right_opens_nothing(world: World) -> None:
    ann, ben, cat = world.login("ann"), world.login("ben"), world.login("cat")
    group = world.do(ann.join, "g")
    world.do(ben.join, "g")
    world.do(ben.invite, group, cat.participant)
    (waiting,) = world.do(cat.invitations)
    assert not waiting.opens
    world.do(ann.change_settings, group, [SettingChange("invite_only", "", True)])
    with pytest.raises(NeedsRight):
        world.do(ben.invite, group, cat.participant)
    with pytest.raises(NeedsRight):
        world.do(ben.revoke_invitation, group, "cat")
    with pytest.raises(InviteOnly):
        world.do(cat.join, "g")


def test_no_more_than_so_many_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    ann, ben = world.login("ann"), world.login("ben")
    for name in ("g", "h", "i"):
        world.do(ann.invite, world.do(ann.join, name), ben.participant)
    assert [each.group for each in world.do(ben.invitations)] == ["h", "i"]
    guest = world.guest("guest")
    world.do(ann.invite, world.do(ann.group, "g"), guest.participant)
    assert world.told_of(guest, Invited)
    with pytest.raises(LoginRequired):
        world.do(guest.invitations)
