"""Edits, redactions, reactions and replies: told, kept, and nothing left of what was redacted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.domain import World
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs import editing as module
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import (
    BadInput,
    CannotSpeak,
    Forbidden,
    NeedsRight,
    NoSuchMessage,
    NotMember,
    TooLong,
    TooMany,
)
from words.events import Edited, Reacted, Reaction, Redacted, Said, SettingChange, Span

SECRET = "the secret word"


def _talk(world: World) -> tuple[Attachment, Attachment, Group]:
    ann, ben = world.login("ann"), world.login("ben")
    for each in (ann, ben):
        world.do(each.join, "g")
    return ann, ben, world.do(ann.group, "g")


def _move(world: World) -> None:
    """Let the journal's tail be moved to the history."""
    world.do(lambda: world.journal.move(10**6))


def _texts(world: World, who: Attachment, group: Group) -> list[str]:
    events = world.do(who.read_group, group, Wish(100))
    return [event.text for event in events if isinstance(event, Said)]


@pytest.mark.parametrize("moved", [False, True])
def test_an_edit_is_told_and_read_back(world: World, moved: bool) -> None:
    ann, ben, group = _talk(world)
    said = world.do(ben.say, group, Body("teh"))
    if moved:
        _move(world)
    world.hush()
    edited = world.do(ben.edit, group, said.id, Body("the", spans=(Span(0, 3, "bold"),)))
    assert world.told(ann) == [edited]
    assert world.do(ben.edit, group, said.id, Body("the", spans=(Span(0, 3, "bold"),))) is None
    (now,) = world.do(ann.read_group, group, Wish(9))
    assert isinstance(now, Said)
    assert (now.text, now.id, now.sequence, now.time) == ("the", said.id, said.sequence, said.time)
    assert now.fate is not None
    assert now.fate.edited == edited.time if edited else False
    again = world.again()
    ann = again.login("ann")
    again.do(ann.join, "g")
    assert _texts(again, ann, again.do(ann.group, "g")) == ["the"]
    again.close()


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("direct", [False, True])
def test_nothing_is_left_of_what_was_redacted(world: World, moved: bool, direct: bool) -> None:
    ann, ben, group = _talk(world)
    where: Group | Participant = ann.participant if direct else group
    if direct:
        said = world.do(ben.say_to, ann.participant, Body(SECRET, tags={"+x": SECRET}), "token")
    else:
        said = world.do(ben.say, group, Body(SECRET, tags={"+x": SECRET}), "token")
    world.do(ben.edit, where, said.id, Body(f"{SECRET} indeed"))
    world.do(ben.edit, where, said.id, Body(f"{SECRET} again"))
    if moved:
        _move(world)
    world.hush()
    redacted = world.do(ben.redact, where, said.id, "a slip")
    assert world.told_of(ann, Redacted) == [redacted]
    assert world.do(ben.say, group, Body("x"), "token").text == ""
    for log in world.stored().values():
        for event in log:
            assert SECRET not in str(event)
    with pytest.raises(NoSuchMessage):
        world.do(ben.redact, where, said.id)
    with pytest.raises(NoSuchMessage):
        world.do(ben.edit, where, said.id, Body("back"))
    again = world.again()
    assert all(SECRET not in str(log) for log in again.stored().values())
    assert again.store.read("SELECT count(*) FROM tokens WHERE instr(event, 'secret')") == [(0,)]
    again.close()


def test_who_may(world: World) -> None:
    ann, ben, group = _talk(world)
    said = world.do(ben.say, group, Body("hi"))
    mine = world.do(ann.say, group, Body("ho"))
    with pytest.raises(Forbidden):
        world.do(ann.edit, group, said.id, Body("x"))
    with pytest.raises(NeedsRight):
        world.do(ben.redact, group, mine.id)
    world.do(ann.redact, group, said.id)  # an operator
    assert _texts(world, ben, group) == ["", "ho"]
    direct = world.do(ben.say_to, ann.participant, Body("hi"))
    with pytest.raises(Forbidden):
        world.do(ann.redact, ben.participant, direct.id)
    with pytest.raises(Forbidden):
        world.do(ann.edit, ben.participant, direct.id, Body("x"))


def test_the_author_is_the_identity_or_the_very_same_guest(world: World) -> None:
    _, ben, group = _talk(world)
    guest = world.guest("guest")
    world.do(guest.join, "g")
    said, mine = world.do(guest.say, group, Body("a")), world.do(ben.say, group, Body("b"))
    world.do(guest.edit, group, said.id, Body("A"))
    world.leave(guest)
    guest = world.guest("guest")
    world.do(guest.join, "g")
    with pytest.raises(Forbidden):
        world.do(guest.edit, group, said.id, Body("x"))
    phone = world.guest("phone", account="ben")
    world.do(phone.join, "g")
    assert world.do(phone.edit, group, mine.id, Body("B"))
    assert _texts(world, ben, group) == ["A", "B"]


def test_a_higher_rank_is_not_redacted(world: World) -> None:
    ann, ben, group = _talk(world)
    world.do(ann.register, group)  # a founder ranks higher than an operator
    world.do(ann.change_roles, group, [(ben.participant, "operator", True)])
    said, mine = world.do(ann.say, group, Body("a")), world.do(ben.say, group, Body("b"))
    with pytest.raises(NeedsRight):
        world.do(ben.redact, group, said.id)
    world.do(ann.redact, group, mine.id)
    assert _texts(world, ben, group) == ["a", ""]


def test_reactions_are_counted_with_names(world: World) -> None:
    ann, ben, group = _talk(world)
    said = world.do(ann.say, group, Body("hi"))
    world.hush()
    plus = world.do(ben.react, group, said.id, "+1")
    assert world.told(ann) == [plus]
    world.do(ann.react, group, said.id, "+1")
    world.do(ann.react, group, said.id, "\N{PARTY POPPER}")
    assert world.do(ann.react, group, said.id, "+1") is None
    world.do(ann.react, group, said.id, "\N{PARTY POPPER}", False)
    assert world.do(ann.react, group, said.id, "never given", False) is None
    (now,) = world.do(ben.read_group, group, Wish(9))
    assert isinstance(now, Said)
    ids = {each.participant.name: each.participant.id for each in (ann, ben)}
    assert now.fate is not None
    assert now.fate.reactions == (Reaction("+1", ((ids["ben"], "ben"), (ids["ann"], "ann"))),)
    everything = world.do(ben.read_group, group, Wish(99, happenings=True))
    assert sum(isinstance(event, Reacted) for event in everything) == 4
    world.do(ann.edit, group, said.id, Body("hello"))
    (now,) = world.do(ben.read_group, group, Wish(9))
    assert isinstance(now, Said)
    assert now.fate
    assert now.fate.reactions


def test_a_reply_names_what_it_answers(world: World) -> None:
    ann, ben, group = _talk(world)
    said = world.do(ann.say, group, Body("?"))
    reply = world.do(ben.say, group, Body("!", reply_to=said.id))
    assert reply.reply_to == said.id
    direct = world.do(ben.say_to, ann.participant, Body("?"))
    assert world.do(ann.say_to, ben.participant, Body("!", reply_to=direct.id)).reply_to
    before = world.stored()
    for number in (1, said.id):  # unknown, of another conversation
        with pytest.raises(NoSuchMessage):
            world.do(ann.say_to, ben.participant, Body("!", reply_to=number))
    assert world.stored() == before


def test_what_one_may_not_see_cannot_be_changed(world: World) -> None:
    ann, _, group = _talk(world)
    said = world.do(ann.say, group, Body("early"))
    world.do(ann.change_settings, group, [SettingChange("visibility", "since-joined", True)])
    cat = world.login("cat")
    with pytest.raises(NotMember):
        world.do(cat.react, group, said.id, "+1")
    world.do(cat.join, "g")
    with pytest.raises(NoSuchMessage):
        world.do(cat.react, group, said.id, "+1")


def test_who_may_not_speak_may_not_edit_or_react(world: World) -> None:
    ann, ben, group = _talk(world)
    said = world.do(ben.say, group, Body("hi"))
    world.do(ann.change_settings, group, [SettingChange("moderated", "", True)])
    with pytest.raises(CannotSpeak):
        world.do(ben.edit, group, said.id, Body("x"))
    with pytest.raises(CannotSpeak):
        world.do(ben.react, group, said.id, "+1")
    world.do(ben.redact, group, said.id)


def test_bad_input_leaves_no_trace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben, group = _talk(world)
    said = world.do(ann.say, group, Body("hi"))
    joined = world.do(ann.read_group, group, Wish(1, happenings=True))[0]
    stranger = world.login("cat").participant
    before = world.stored()
    refused: list[tuple[type[Exception], Callable[[], object]]] = [
        (NoSuchMessage, lambda: ann.edit(group, 1, Body("x"))),
        (NoSuchMessage, lambda: ann.edit(group, joined.id, Body("x"))),
        (NoSuchMessage, lambda: ann.edit(stranger, said.id, Body("x"))),
        (NoSuchMessage, lambda: ann.react(ben.participant, said.id, "x")),
        (TooLong, lambda: ann.edit(group, said.id, Body("x" * 20_000))),
        (BadInput, lambda: ann.edit(group, said.id, Body("\x00"))),
        (BadInput, lambda: ann.react(group, said.id, "")),
        (BadInput, lambda: ann.react(group, said.id, "\ud800")),
        (TooLong, lambda: ann.react(group, said.id, "x" * 65)),
        (BadInput, lambda: ann.redact(group, said.id, "a\nb")),
        (TooLong, lambda: ann.redact(group, said.id, "x" * 391)),
    ]
    for error, verb in refused:
        with pytest.raises(error):
            world.do(verb)
    assert world.stored() == before
    for name in ("MAX_EDITS", "MAX_REACTIONS", "MAX_REACTORS"):
        monkeypatch.setattr(module, name, 1)
    world.do(ann.edit, group, said.id, Body("1"))
    world.do(ann.react, group, said.id, "1")
    for verb in (
        lambda: ann.edit(group, said.id, Body("2")),
        lambda: ann.react(group, said.id, "2"),
        lambda: ben.react(group, said.id, "1"),
    ):
        with pytest.raises(TooMany):
            world.do(verb)


def test_an_edit_of_this_turn(world: World) -> None:
    ann, ben, group = _talk(world)
    world.hush()

    def both() -> None:
        said = ann.say(group, Body("teh"))
        ann.edit(group, said.id, Body("the"))

    world.turn(both)
    assert [type(event) for event in world.told(ben)] == [Said, Edited]
    assert _texts(world, ben, group) == ["the"]
