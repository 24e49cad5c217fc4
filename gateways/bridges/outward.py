"""From events of ours to letters: what is told elsewhere, and how it is called there."""

from __future__ import annotations

import msgspec

from gateways.bridges.lanes import Lane
from gateways.bridges.network import Act, Letter, Offers, Quote
from words.chat.service import ChatService
from words.events import (
    CHANGE,
    HAPPENING,
    TALK,
    Actor,
    ConversationEvent,
    Edited,
    Event,
    Flags,
    Joined,
    Kicked,
    Left,
    PresenceChanged,
    Reacted,
    Redacted,
    Renamed,
    Said,
    TopicChanged,
    message_id,
    message_number,
)
from words.interfaces import Ledger
from words.names import foreign_name

SELF = "bridge"
"""What a bridge's own participant is called, before the network's name."""

QUOTED = 80
"""Characters of a message that is answered, where they are shown."""


def key_of(hub: str, event: Event) -> str:
    """Return the key of a letter: of this hub, and of this event for ever."""
    return f"{hub}-{message_id(event.id)}"


def number_of(hub: str, key: str) -> int | None:
    """Return the id of the event of a key, None where it isn't this hub's."""
    owner, _, number = key.rpartition("-")
    return message_number(number) if owner == hub else None


def is_bridge(actor: Actor) -> bool:
    """Return whether this is the own participant of some bridge, whose words stay here."""
    return bool(actor.flags & Flags.BOT) and actor.name == foreign_name(SELF, actor.origin)


class Outward:
    """Makes the letters of one bridge; ``tell``: what it tells besides what is said."""

    def __init__(
        self, hub: str, network: str, service: ChatService, ledger: Ledger, tell: frozenset[str]
    ) -> None:
        self._hub = hub
        self._network = network
        self._history = service.history
        self._ledger = ledger
        self._tell = tell
        self.offers = Offers()
        happenings = tell & {"joins", "topics"}
        self.classes = (TALK, CHANGE, HAPPENING) if happenings else (TALK, CHANGE)

    def letter(self, lane: Lane, event: ConversationEvent) -> Letter | None:
        """Return what an event is there, None where it isn't told."""
        if is_bridge(event.actor) or not (lane.room or lane.to):
            return None
        hops: tuple[str, ...] = (self._hub,)
        if event.actor.origin:
            for owner, relayed in self._ledger.of_message(event.id):
                if relayed.way == "in":
                    if owner == lane.owner:
                        return None
                    hops = (*relayed.note.split(), self._hub)
            if not lane.room and event.actor.origin == self._network:
                return None
        letter = self._bare(lane, event)
        return letter and msgspec.structs.replace(letter, hops=hops)

    def _bare(self, lane: Lane, event: ConversationEvent) -> Letter | None:
        if isinstance(event, Said):
            return self._said(lane, event)
        if isinstance(event, Edited):
            if not event.text:
                return None
            target = self._ids(lane, event.message)
            if target and self.offers.edits:
                return self._about(lane, event, "edit", target, event.text)
            text = f"* {event.text}"
            spans = tuple(
                msgspec.structs.replace(span, start=span.start + 2, end=span.end + 2)
                for span in event.spans
            )
            return msgspec.structs.replace(self._about(lane, event, "say", (), text), spans=spans)
        if isinstance(event, Redacted):
            target = self._ids(lane, event.message) if self.offers.redactions else ()
            return self._about(lane, event, "redact", target, event.reason) if target else None
        if isinstance(event, Reacted):
            target = self._ids(lane, event.message) if self.offers.reactions else ()
            act: Act = "react" if event.added else "unreact"
            return self._about(lane, event, act, target, event.reaction) if target else None
        if isinstance(event, TopicChanged) and "topics" in self._tell:
            return self._about(lane, event, "topic", (), event.topic)
        text = self._happened(event)
        return self._about(lane, event, "tell", (), text) if text else None

    def _said(self, lane: Lane, event: Said) -> Letter | None:
        fate = event.fate
        if fate is not None:
            lane.out.skip(fate.edits)
            if fate.redacted:
                return None
        letter = self._about(lane, event, "say", (), event.text)
        reply = self._quote(lane, event.reply_to) if event.reply_to else None
        return msgspec.structs.replace(letter, spans=event.spans, kind=event.kind, reply=reply)

    def _about(
        self, lane: Lane, event: Event, act: Act, target: tuple[str, ...], text: str
    ) -> Letter:
        spans = event.spans if isinstance(event, Edited) else ()
        return Letter(
            key_of(self._hub, event),
            lane.room,
            event.actor.name,
            act,
            text,
            spans,
            to=lane.to,
            target=target,
            time=event.time,
            again=bool(event.sequence) and lane.out.maybe_arrived(event.sequence),
        )

    def _ids(self, lane: Lane, message: int) -> tuple[str, ...]:
        return tuple(
            relayed.foreign_id
            for owner, relayed in self._ledger.of_message(message)
            if owner == lane.owner and relayed.foreign_id
        )

    def _quote(self, lane: Lane, message: int) -> Quote | None:
        if not self.offers.replies:
            return None
        said = self._history.find(lane.conversation, message)
        if not isinstance(said, Said):
            return None
        return Quote(self._ids(lane, message), said.actor.name, said.text[:QUOTED])

    def _happened(self, event: Event) -> str:
        name = event.actor.name
        if event.actor.origin == self._network:  # they see that themselves
            return ""
        if "joins" in self._tell:
            if isinstance(event, Joined):
                return f"{name} has joined"
            if isinstance(event, Left):
                return f"{name} has left" + (f" ({event.reason})" if event.reason else "")
            if isinstance(event, Kicked):
                why = f" ({event.reason})" if event.reason else ""
                return f"{name} has removed {event.target.name}{why}"
            if isinstance(event, Renamed):
                return f"{name} is now called {event.name}"
        if "away" in self._tell and isinstance(event, PresenceChanged) and event.presence.here:
            return f"{name} is back" if event.away is None else f"{name} is away: {event.away}"
        return ""

    def passing(self, lane: Lane, event: Event) -> Letter | None:
        """Return what an event that isn't stored is there, None where it isn't told."""
        if event.actor.origin or not (text := self._happened(event)):
            return None
        return self._about(lane, event, "tell", (), text)
