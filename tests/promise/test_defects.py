"""A defect costs the command in which it shows, and nothing that anybody was told.

Encoders and `apply` are broken here on purpose: the hub must go on as if the command had never
been given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from tests.promise.domain import Domain, Ears, Piece
from words.chat import group as groups
from words.chat.attachment import Attachment
from words.chat.fanout import UNTELLABLE
from words.chat.group import Group
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import BadInput, CannotStore, InternalError, TooLong
from words.events import Event, Joined, Kicked, Left, Said, Span, TopicChanged


@contextmanager
def broken_apply(kind: type[Event], *, late: bool) -> Iterator[None]:
    """Let every application of this sort of event fail, before or after it did its work."""
    whole = groups._APPLY[kind]

    def broken(group: Group, event: Any, participant: Any) -> None:
        if late:
            whole(group, event, participant)
        raise RuntimeError("broken on purpose")

    groups._APPLY[kind] = broken
    try:
        yield
    finally:
        groups._APPLY[kind] = whole


@pytest.fixture
def three(domain: Domain) -> list[Attachment]:
    """Return three guests in one group; they all hear what they say themselves."""

    def arrive() -> list[Attachment]:
        made = [domain.arrive(name) for name in ("ann", "ben", "cat")]
        for each in made:
            each.echo = True
            each.join("g")
        return made

    return domain.turn(arrive)


def say(me: Attachment, text: str) -> None:
    me.say(me.group("g"), Body(text))


def past(domain: Domain, me: Attachment) -> list[str]:
    """Return the texts that a client can read back."""
    read = domain.turn(lambda: me.read_group(me.group("g"), Wish(100, newest=True)))
    return [event.text for event in read if isinstance(event, Said)]


LATE = pytest.mark.parametrize("late", [False, True])
DOINGS: list[tuple[type[Event], Callable[[Attachment, Attachment], object]]] = [
    (TopicChanged, lambda me, other: me.set_topic(me.group("g"), "new")),
    (Left, lambda me, other: me.leave(me.group("g"))),
    (Kicked, lambda me, other: me.kick(me.group("g"), other.participant)),
    (Joined, lambda me, other: me.join("h")),
]


@LATE
@pytest.mark.parametrize(("kind", "do"), DOINGS)
@pytest.mark.parametrize("labelled", [False, True])
def test_what_cannot_be_applied_leaves_no_trace(
    domain: Domain,
    three: list[Attachment],
    kind: type[Event],
    do: Callable[[Attachment, Attachment], object],
    late: bool,
    labelled: bool,
) -> None:
    ann, ben, cat = three
    before = {each: list(domain.heard(each)) for each in three}
    captured: list[Any] = []

    def turn() -> None:
        say(ben, "one")
        if labelled:
            ann.capture = captured
        with broken_apply(kind, late=late), pytest.raises(InternalError):
            do(ann, ben)
        ann.capture = None
        say(cat, "two")

    domain.turn(turn)
    domain.turn(partial(say, ann, "three"))
    assert captured == []
    for each in three:
        new = domain.heard(each)[len(before[each]) :]
        assert [piece.what[1] for piece in new] == ["text=one", "text=two", "text=three"]
        assert past(domain, each) == ["one", "two", "three"]
    do(ann, ben)
    assert not domain.turns.halted


@LATE
def test_who_cannot_be_let_go_is_gone_all_the_same(
    domain: Domain, three: list[Attachment], late: bool
) -> None:
    ann, ben, cat = three

    def turn() -> None:
        with broken_apply(Left, late=late):
            domain.service.detach(ann, "lost")

    domain.turn(turn)
    domain.turn(partial(say, ben, "still here"))
    assert domain.ears[cat].kinds()[-2:] == ["Quit", "Said"]
    members = domain.turn(lambda: [m.participant.name for m in ben.group("g").members.values()])
    assert members == ["ben", "cat"]
    assert domain.turn(partial(domain.arrive, "ann")) is not ann
    assert not domain.turns.halted


class Broken(Ears):
    """A form that can't tell what is said."""

    def encode(self, event: Event, where: str) -> list[Piece] | None:
        """Fail."""
        if isinstance(event, Said):
            raise RuntimeError("broken on purpose")
        return super().encode(event, where)


def test_an_encoder_that_fails_costs_its_event_only(
    domain: Domain, three: list[Attachment]
) -> None:
    ann, ben, cat = three

    def turn() -> None:
        domain.service.change_forms(ben, (Broken("broken"), Broken("broken")))
        say(ann, "one")
        ann.say_to(ben.participant, Body("aside"))
        ann.set_topic(ann.group("g"), "new")
        say(cat, "two")

    before = len(domain.heard(ben))
    domain.turn(turn)
    assert [piece.kind for piece in domain.heard(ben)[before:]] == ["TopicChanged"]
    assert domain.ears[cat].texts() == ["one", "two"]
    assert domain.ears[ann].texts() == ["one", "aside", "two"]
    assert past(domain, ben) == ["one", "two"]


class Fussy(Ears):
    """A form that can't tell one text."""

    def encode(self, event: Event, where: str) -> list[Piece] | None:
        """Fail at "two"."""
        if isinstance(event, Said) and event.text == "two":
            raise RuntimeError("broken on purpose")
        return super().encode(event, where)


def test_a_text_that_cannot_be_told_is_told_of(domain: Domain, three: list[Attachment]) -> None:
    """In its place, by its author; others read it."""
    ann, ben, cat = three
    domain.turn(lambda: domain.service.change_forms(ben, (Fussy("fussy"), Fussy("fussy"))))
    for text in ("one", "two", "three"):
        domain.turn(partial(say, ann, text))
    assert domain.ears[cat].texts() == ["one", "two", "three"]
    assert domain.ears[ben].texts()[-3:] == ["one", UNTELLABLE, "three"]
    assert past(domain, ben) == ["one", "two", "three"]


UNSTORABLE = [
    Body("lone \ud800"),
    Body("text", spans=(Span(0, 2**70, "bold"),)),
    Body("text", tags={"+x": "\udfff"}),
    Body("text", form="irc", wire="\ud83d"),
]


@pytest.mark.parametrize("body", UNSTORABLE)
@pytest.mark.parametrize("labelled", [False, True])
def test_what_cannot_be_stored_is_refused(
    domain: Domain, three: list[Attachment], body: Body, labelled: bool
) -> None:
    ann, ben, _ = three

    def turn() -> None:
        say(ben, "one")
        if labelled:
            ann.capture = []
        with pytest.raises(CannotStore):
            ann.say(ann.group("g"), body)
        with pytest.raises(CannotStore):
            ann.say_to(ben.participant, body)
        assert not ann.capture
        ann.capture = None
        say(ann, "two")

    domain.turn(turn)
    for each in three:
        assert domain.ears[each].texts() == ["one", "two"]
    assert past(domain, ann) == ["one", "two"]
    assert domain.turn(lambda: ann.read_direct("ben", Wish(10))) == []


@pytest.mark.parametrize("text", ["bad \ud800", "bad \r\nQUIT"])
def test_no_verb_takes_what_no_form_could_tell(
    domain: Domain, three: list[Attachment], text: str
) -> None:
    ann, ben, _ = three
    verbs: list[Callable[[], object]] = [
        lambda: ann.set_topic(ann.group("g"), text),
        lambda: ann.set_away(text),
        lambda: ann.set_real_name(text),
        lambda: ann.leave(ann.group("g"), text),
        lambda: ann.kick(ann.group("g"), ben.participant, text),
        lambda: ann.rename(text),
        lambda: ann.join(text),
        lambda: ann.say(ann.group("g"), Body("said"), token=text),
        lambda: ann.say_to(ben.participant, Body("said"), token=text),
    ]

    def turn() -> None:
        for verb in verbs:
            with pytest.raises(BadInput):
                verb()

    before = len(domain.heard(ben))
    domain.turn(turn)
    assert domain.heard(ben)[before:] == []
    assert past(domain, ann) == []


def test_a_token_that_is_refused_says_nothing(domain: Domain, three: list[Attachment]) -> None:
    ann, ben, _ = three

    def turn() -> None:
        with pytest.raises(TooLong):
            ann.say(ann.group("g"), Body("said"), token="x" * 1000)
        first = ann.say(ann.group("g"), Body("said"), token="mine")
        assert ann.say(ann.group("g"), Body("again"), token="mine") == first

    domain.turn(turn)
    assert domain.ears[ben].texts() == ["said"]


def test_a_group_that_begins_anew_follows_the_old_one(
    domain: Domain, three: list[Attachment]
) -> None:
    ann, ben, cat = three

    def turn() -> None:
        cat.leave(cat.group("g"))
        cat.join("h")
        ben.join("h")
        ann.kick(ann.group("g"), ben.participant)
        ann.leave(ann.group("g"))
        cat.join("g")
        ben.join("g")
        say(cat, "one")
        cat.say(cat.group("h"), Body("elsewhere"))

    domain.turn(turn)
    heard = [piece.kind for piece in domain.heard(ben) if piece.where == "g"]
    assert heard[-4:] == ["Left", "Kicked", "Joined", "Said"]


def test_what_escapes_a_turn_ends_the_hub(domain: Domain, three: list[Attachment]) -> None:
    ann, ben, _ = three

    class Stray:
        queued = False

        def step(self) -> bool:
            say(ann, "never told")
            raise RuntimeError("broken on purpose")

    domain.turns.wake(Stray())
    domain.loop.run_until_complete(asyncio.wait_for(domain.reactor.stopping.wait(), 5))
    assert domain.reactor.status == 70
    assert domain.turns.halted
    assert domain.ears[ben].texts() == []
