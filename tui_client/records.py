"""What stands in a conversation: frozen records, replaced when something becomes of them."""

from __future__ import annotations

import itertools
from typing import Literal, TypeAlias

import msgspec

from words.events import Event, Flags, MessageKind, Reaction, Said, Span

Delivery: TypeAlias = Literal["durable", "pending", "failed"]

_keys = itertools.count(1)


class Message(msgspec.Struct, frozen=True):
    """What somebody said, as it is now.

    ``key`` names it in this process, from the moment when it was typed; ``id`` and ``sequence``
    are 0 until the hub has stored it. ``time``, ``edited`` and ``redacted`` are milliseconds since
    1970 UTC, the latter 0 for never. ``mention``: it is about oneself. ``error``: why it failed.
    """

    key: int
    id: int
    sequence: int
    time: int
    author: str
    author_id: int
    text: str
    kind: MessageKind = "text"
    spans: tuple[Span, ...] = ()
    reply_to: int = 0
    origin: str = ""
    bot: bool = False
    mine: bool = False
    mention: bool = False
    edited: int = 0
    redacted: int = 0
    reactions: tuple[Reaction, ...] = ()
    delivery: Delivery = "durable"
    error: str = ""
    token: str = ""


class Happening(msgspec.Struct, frozen=True):
    """Anything else that is stored of a conversation: who joined, a new topic."""

    key: int
    id: int
    sequence: int
    time: int
    event: Event


Item: TypeAlias = Message | Happening


def message_of(said: Said, *, mine: bool, mention: bool, key: int = 0) -> Message:
    """Return the record of a message that the hub told."""
    fate = said.fate
    actor = said.actor
    return Message(
        key or next(_keys),
        said.id,
        said.sequence,
        said.time,
        actor.name,
        actor.id,
        said.text,
        said.kind,
        said.spans,
        said.reply_to,
        actor.origin,
        bool(actor.flags & Flags.BOT),
        mine,
        mention and not mine,
        fate.edited if fate else 0,
        fate.redacted if fate else 0,
        fate.reactions if fate else (),
    )


def typed_message(
    text: str,
    kind: MessageKind,
    spans: tuple[Span, ...],
    reply_to: int,
    *,
    author: str,
    author_id: int,
    time: int,
    token: str,
) -> Message:
    """Return the record of a message that the hub doesn't know yet."""
    return Message(
        next(_keys),
        0,
        0,
        time,
        author,
        author_id,
        text,
        kind,
        spans,
        reply_to,
        mine=True,
        delivery="pending",
        token=token,
    )


def happening_of(event: Event) -> Happening:
    """Return the record of another stored event."""
    return Happening(next(_keys), event.id, event.sequence, event.time, event)


def reacted(
    reactions: tuple[Reaction, ...], text: str, who: tuple[int, str], added: bool
) -> tuple[Reaction, ...]:
    """Return reactions with one given or taken back; both may be said twice."""
    found: list[Reaction] = []
    seen = False
    for each in reactions:
        by = each.by
        if each.text == text:
            seen = True
            by = tuple(one for one in by if one[0] != who[0])
            by = (*by, who) if added else by
            if added and any(one[0] == who[0] for one in each.by):
                by = each.by
        if by:
            found.append(Reaction(each.text, by))
    if added and not seen:
        found.append(Reaction(text, (who,)))
    return tuple(found)
