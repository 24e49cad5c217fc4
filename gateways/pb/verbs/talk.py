"""Saying something, and letting know that one is about to."""

from __future__ import annotations

from gateways.pb.perspective import ChatPerspective
from gateways.pb.table import handler, number
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs.base import check_text
from words.chat.verbs.talk import Body
from words.errors import BadInput, TooMany
from words.events import MessageKind, Said, Span, TypingState
from words.remote.values import Posted

MOST_SPANS = 1000
"""Of one message: more than one for every sixteen bytes of the longest."""

MOST_SPAN_BYTES = 16 * 1024
"""Of the values (links, colours, names) of all spans of one message."""

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
    reply_to: int,
    token: str,
) -> Posted:
    """Say something in a group."""
    body = _body(text, kind, spans, tags, reply_to)
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
    reply_to: int,
    token: str,
) -> Posted:
    """Say something to one participant."""
    body = _body(text, kind, spans, tags, reply_to)
    me = perspective.me
    return _posted(me.say_to(me.addressee(person), body, token))


@handler(active=True)
def edit(
    perspective: ChatPerspective,
    message: int,
    text: str,
    spans: list[Span],
    group: str,
    person: str,
    said: str,
    token: str,
) -> None:
    """Give a message another text."""
    me, body = perspective.me, _body(text, "text", spans)
    where = _target(perspective, group, person)
    me.once(token, lambda: me.edit(where, _message(me, message, said), body))


@handler(active=True)
def redact(
    perspective: ChatPerspective,
    message: int,
    reason: str,
    group: str,
    person: str,
    said: str,
    token: str,
) -> None:
    """Take back a message."""
    me, where = perspective.me, _target(perspective, group, person)
    me.once(token, lambda: me.redact(where, _message(me, message, said), reason))


@handler(active=True)
def react(
    perspective: ChatPerspective,
    message: int,
    reaction: str,
    added: bool,
    group: str,
    person: str,
    said: str,
    token: str,
) -> None:
    """Give a reaction, or take it back."""
    me, where = perspective.me, _target(perspective, group, person)
    me.once(token, lambda: me.react(where, _message(me, message, said), reaction, added))


@handler(cost=0.5)
def mark_read(perspective: ChatPerspective, upto: int, group: str, person: str) -> int:
    """Note how far one has read."""
    where = _target(perspective, group, person)
    mark = perspective.me.mark_read(where, ("sequence", number(upto)))
    return mark.sequence if mark else 0


@handler(cost=0.5)
def typing(perspective: ChatPerspective, group: str, person: str, state: TypingState) -> None:
    """Let others know that one is typing."""
    perspective.me.typing(_target(perspective, group, person), state)


@handler()
def signal(perspective: ChatPerspective, tags: dict[str, str], group: str, person: str) -> None:
    """Pass on client tags."""
    _check_tags(tags)
    perspective.me.signal(_target(perspective, group, person), tags)


def _message(me: Attachment, message: int, said: str) -> int:
    """Return the id of a message, or of what was said with this token."""
    return me.said_with(said) if said else number(message)


def _target(perspective: ChatPerspective, group: str, person: str) -> Group | Participant:
    if bool(group) == bool(person):
        raise BadInput("target", "needs either a group or a person")
    return perspective.me.group(group) if group else perspective.me.addressee(person)


def _body(
    text: str,
    kind: MessageKind,
    spans: list[Span],
    tags: dict[str, str] | None = None,
    reply_to: int = 0,
) -> Body:
    if not text:
        raise BadInput("text", "is empty")
    if len(spans) > MOST_SPANS:
        raise TooMany("spans", MOST_SPANS)
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            raise BadInput("span", f"{span.start} to {span.end} isn't within the text")
        check_text(span.value)
    if sum(len(span.value.encode()) for span in spans) > MOST_SPAN_BYTES:
        raise TooMany("bytes of spans", MOST_SPAN_BYTES)
    if tags:
        _check_tags(tags)
    return Body(text, kind, tuple(spans), tags or None, reply_to=number(reply_to))


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
