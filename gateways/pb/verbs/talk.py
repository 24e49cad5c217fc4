"""Saying something, and letting know that one is about to."""

from __future__ import annotations

from gateways.pb.perspective import ChatPerspective
from gateways.pb.table import handler
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs.talk import Body
from words.errors import BadInput, TooMany
from words.events import MessageKind, Said, Span
from words.remote.values import Posted

TYPING = "+typing"
"""The client tag of IRCv3: whoever comes by IRC sees it too."""

TYPING_STATES = ("active", "paused", "done")

MOST_SPANS = 1000
"""Of one message: more than one for every sixteen bytes of the longest."""

MOST_TAG_BYTES = 4094
"""Of the client tags of one message: what IRCv3 allows, so that they can go on to IRC."""


@handler(active=True)
def say(
    perspective: ChatPerspective,
    group: str,
    text: str,
    kind: MessageKind,
    spans: list[Span],
    tags: dict[str, str] | None,
    token: str,
) -> Posted:
    """Say something in a group."""
    body = _body(text, kind, spans, tags)
    me = perspective.me
    return _posted(me.say(me.group(group), body, token))


@handler(active=True)
def say_to(
    perspective: ChatPerspective,
    person: str,
    text: str,
    kind: MessageKind,
    spans: list[Span],
    tags: dict[str, str] | None,
    token: str,
) -> Posted:
    """Say something to one participant."""
    body = _body(text, kind, spans, tags)
    me = perspective.me
    return _posted(me.say_to(me.addressee(person), body, token))


@handler(cost=0.5)
def typing(perspective: ChatPerspective, group: str, person: str, state: str) -> None:
    """Let others know that one is typing."""
    if state not in TYPING_STATES:
        raise BadInput("state", state)
    perspective.me.signal(_target(perspective, group, person), {TYPING: state})


@handler()
def signal(perspective: ChatPerspective, tags: dict[str, str], group: str, person: str) -> None:
    """Pass on client tags."""
    _check_tags(tags)
    perspective.me.signal(_target(perspective, group, person), tags)


def _target(perspective: ChatPerspective, group: str, person: str) -> Group | Participant:
    if bool(group) == bool(person):
        raise BadInput("target", "needs either a group or a person")
    return perspective.me.group(group) if group else perspective.me.addressee(person)


def _body(text: str, kind: MessageKind, spans: list[Span], tags: dict[str, str] | None) -> Body:
    if not text:
        raise BadInput("text", "is empty")
    if len(spans) > MOST_SPANS:
        raise TooMany("spans", MOST_SPANS)
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            raise BadInput("span", f"{span.start} to {span.end} isn't within the text")
    if tags:
        _check_tags(tags)
    return Body(text, kind, tuple(spans), tags or None)


def _check_tags(tags: dict[str, str]) -> None:
    """Raise what keeps these from being client tags (IRCv3 message-tags)."""
    for name, value in tags.items():
        plain = name.removeprefix("+").replace("/", "").replace(".", "").replace("-", "")
        if not name.startswith("+") or not (plain.isascii() and plain.isalnum()):
            raise BadInput("tag", name)
        if not value.isprintable():
            raise BadInput("tag", name)
    if sum(len(name.encode()) + 2 * len(value.encode()) + 2 for name, value in tags.items()) > (
        MOST_TAG_BYTES
    ):
        raise TooMany("bytes of tags", MOST_TAG_BYTES)


def _posted(said: Said) -> Posted:
    return Posted(said.conversation, said.sequence, said.id, said.time)
