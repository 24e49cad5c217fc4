"""Events as bytes: the only place that knows the stored form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from words.errors import CannotStore, StorageRefused
from words.events import ConversationEvent, Event

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[ConversationEvent] = msgspec.msgpack.Decoder(ConversationEvent)
_batch_decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])


class Row(NamedTuple):
    """A stored event and what queries need to know of it."""

    conversation: int
    history: int
    sequence: int
    id: int
    time: int
    event: bytes


def row_of(event: Event) -> Row:
    """Return the row of a stored event; raises `CannotStore` where it has no stored form."""
    history = event.history
    if history is None:
        raise CannotStore(type(event).__name__)
    try:
        body = _encoder.encode(event)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError) as error:
        raise CannotStore(str(error)) from error
    return Row(event.conversation, history, event.sequence, event.id, event.time, body)


def event_of(body: bytes) -> ConversationEvent:
    """Return the event that `row_of` made these bytes of."""
    return _decoder.decode(body)


def batch_of(rows: Iterable[Row]) -> bytes:
    """Return one MessagePack array of these events."""
    bodies = [row.event for row in rows]
    return b"\xdd" + len(bodies).to_bytes(4, "big") + b"".join(bodies)


def events_of(batch: bytes) -> list[ConversationEvent]:
    """Return the events of a batch in their order; raises `StorageRefused` if it isn't one."""
    try:
        return [event_of(bytes(body)) for body in _batch_decoder.decode(batch)]
    except msgspec.MsgspecError as error:
        raise StorageRefused(
            f"the journal's tail can't be read ({error}). Restore a backup."
        ) from error


def rows_of(batch: bytes) -> list[Row]:
    """Return the rows of a batch; raises `StorageRefused` if it isn't one."""
    return [row_of(event) for event in events_of(batch)]
