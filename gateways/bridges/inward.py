"""From news of another network to verbs of ours. All of it runs within a turn.

What a network's people do is checked as what anybody does: bans and moderation of the group hold
for them. What is refused is counted, and the bridge goes on behind it.
"""

from __future__ import annotations

import heapq
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gateways.bridges import network as n
from gateways.bridges.lanes import Room
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.verbs.talk import Body
from words.errors import (
    NoSuchMessage,
    NoSuchParticipant,
    NotMember,
    Refused,
    TooMany,
    WordsError,
)
from words.events import Event, Span, TopicChanged
from words.interfaces import Relayed

if TYPE_CHECKING:
    from gateways.bridges.bridge import Bridge

log = logging.getLogger(__name__)

MAX_PEOPLE = 5000
"""People of one network that are shown without having said anything. Where there are so many, who
is in no room can't begin to talk directly: he has to wait until others have been silent long."""

MOST_PEOPLE, LET_GO = 10_000, 100
"""People of one network who are known at all; where there are more, so many go who were silent
longest, until they say something again: a server can make up people as fast as it can speak."""

REFUSALS = 100
"""How often the log tells, in one connection, who was refused what; the status counts all."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_ADDRESSED = re.compile(r"@?([^\s:,]+)[:,]\s+(.+)", re.DOTALL)


def clean(text: str) -> str:
    """Return a text that a message may have; each character keeps its place."""
    return text if text.isprintable() else _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))


def line(text: str, most: int = 390) -> str:
    """Return a text that a line of the hub's own may have."""
    return _LINE.sub(" ", _SURROGATES.sub("\ufffd", text))[:most]


def pieces(text: str, spans: tuple[Span, ...], limit: int) -> list[tuple[str, tuple[Span, ...]]]:
    """Return a text of any length as texts of at most ``limit`` bytes, with their spans."""
    text = clean(text)
    spans = tuple(span for span in spans if 0 <= span.start < span.end <= len(text))
    if len(text) * 4 <= limit or len(text.encode()) <= limit:
        return [(text, spans)]
    found = []
    start = 0
    while start < len(text):
        data = text[start : start + limit].encode()[:limit]
        piece = data.decode(errors="ignore")
        end = start + len(piece)
        inside = tuple(
            Span(max(span.start, start) - start, min(span.end, end) - start, span.style, span.value)
            for span in spans
            if span.start < end and span.end > start
        )
        found.append((piece, inside))
        start = end
    return found


def _hops(news: n.Seen) -> str:
    """Return the hubs that a message has been through, as far as these can be hubs."""
    hops = (hop for hop in news.hops[:HOPS] if len(hop) <= HOP and hop.isascii() and hop.isalnum())
    return " ".join(hops)


HOPS, HOP = 100, 64
"""Hubs in one message that are passed on, and characters of one."""


class Inward:
    """Takes the news of one bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._service = bridge.parts.service
        self._ledger = bridge.ledger
        self.taken = 0
        self.refused = 0
        self.refusals: set[tuple[str, str]] = set()
        """Who was refused what, as far as the log has told it."""

    def seen(self, news: n.Seen) -> None:
        """Take what somebody did, once, whoever tells it how often."""
        bridge = self._bridge
        room = bridge.rooms.get(news.room)
        if news.room and (room is None or room.hold(news)):
            return
        owner = bridge.owner(news.room)
        if not self._known(owner, news):
            try:
                self._do(room, owner, news)
                self.taken += 1
            except Refused as error:
                self.refuse(news.person.name, error)
        if room is not None:
            room.note_place(news.place)
            room.note_alive(bridge.now_ms())
        elif news.place:
            self._ledger.keep(owner, "place", news.place)

    def refuse(self, who: str, error: WordsError) -> None:
        """Count what isn't taken from somebody, and have the log say why, once."""
        self.refused += 1
        refusal = line(who, 64), str(error)
        if refusal not in self.refusals and len(self.refusals) < REFUSALS:
            self.refusals.add(refusal)
            log.info("bridge %s doesn't take something of %s: %s", self._bridge.name, *refusal)

    def _known(self, owner: str, news: n.Seen) -> bool:
        """Return whether it was taken before, or is ours."""
        bridge = self._bridge
        if news.key and bridge.delivery.came_back(owner, news):
            return True
        if bridge.hub in news.hops or news.person.native == bridge.own:
            return True
        if news.id and self._ledger.by_foreign_id(owner, news.id) is not None:
            return True
        return (
            isinstance(news, n.MessageSeen)
            and bool(news.room)
            and bridge.loops.ours(news.person.name, news.text)
        )

    def _do(self, room: Room | None, owner: str, news: n.Seen) -> None:
        abroad = self._bridge.abroad
        if abroad.get(news.person.native) is None:
            if room is None and len(abroad) >= MAX_PEOPLE:
                raise TooMany("people of this network", MAX_PEOPLE)
            if len(abroad) >= MOST_PEOPLE:
                self._let_go()
        person = self.bring(news.person)
        if room is None:
            if isinstance(news, n.MessageSeen):
                self._say_directly(person, owner, news)
            return
        abroad.remember(person.participant.id)
        group = self._bridge.group_of(room)
        room.people.add(news.person.native)
        abroad.enter(person, group)
        event = _ACTS[type(news)](self, person, group, owner, news)
        if event is not None:
            self._note(owner, news, event)

    def _let_go(self) -> None:
        abroad = self._bridge.abroad

        def active(native: str) -> float:
            person = abroad.get(native)
            return person.active if person else 0.0

        for native in heapq.nsmallest(LET_GO, filter(None, abroad.natives()), key=active):
            self.gone(n.PersonGone(native, "silent for long"))

    def _note(self, owner: str, news: n.Seen, event: Event) -> None:
        self._ledger.note(owner, Relayed(event.id, 0, "in", news.id, _hops(news)))

    def bring(self, person: n.Person) -> Attachment:
        """Return somebody's connection here."""
        return self._bridge.abroad.bring(
            person.native, person.name, line(person.real_name, 150), person.user
        )

    # What is done in a group

    def _say(
        self, person: Attachment, group: Group, owner: str, news: n.MessageSeen
    ) -> Event | None:
        original = self._ledger.by_foreign_id(owner, news.reply_to) if news.reply_to else None
        reply = original.message if original else 0
        first: Event | None = None
        for text, spans in pieces(news.text, news.spans, self._service.settings.limits.body):
            body = Body(text, news.kind, spans, reply_to=reply)
            try:
                said = person.say(group, body)
            except NoSuchMessage:
                said = person.say(group, body._replace(reply_to=0))
            if first is None:
                first = said
            else:
                self._ledger.note(owner, Relayed(said.id, 0, "in", "", _hops(news)))
            reply = 0
        return first

    def _edit(self, person: Attachment, group: Group, owner: str, news: n.EditSeen) -> Event | None:
        original = self._ledger.by_foreign_id(owner, news.target)
        text, spans = pieces(news.text, news.spans, self._service.settings.limits.body)[0]
        if original is None:  # of before our time: better the new text than none
            return person.say(group, Body(text, "text", spans))
        return person.edit(group, original.message, Body(text, "text", spans))

    def _redact(
        self, person: Attachment, group: Group, owner: str, news: n.RedactionSeen
    ) -> Event | None:
        original = self._ledger.by_foreign_id(owner, news.target)
        return original and person.redact(group, original.message, line(news.reason))

    def _react(
        self, person: Attachment, group: Group, owner: str, news: n.ReactionSeen
    ) -> Event | None:
        original = self._ledger.by_foreign_id(owner, news.target)
        reaction = line(news.reaction, 64)
        return original and person.react(group, original.message, reaction, news.added)

    def _topic(self, person: Attachment, group: Group, _: str, news: n.TopicSeen) -> Event | None:
        topic = line(news.topic, self._service.settings.limits.topic)
        if "topics" not in self._bridge.definition.tell or topic == group.facts.topic:
            return None
        self._service.turn.require_space()
        stamp = self._service.registry.stamp(group)
        event = TopicChanged(*stamp, person.participant.actor, topic)
        self._service.happen(group, event)
        return event

    # What is said to one of us

    def _say_directly(self, person: Attachment, owner: str, news: n.MessageSeen) -> None:
        name, text, skipped = news.to, news.text, 0
        found = None if name else _ADDRESSED.fullmatch(text)
        if found is not None and self._service.registry.participant(found[1]) is not None:
            name, text, skipped = found[1], found[2], found.start(2)
        name = name or self._ledger.value(owner, f"last {news.person.native}")
        try:
            other = person.addressee(name)
        except NoSuchParticipant:
            self._bridge.delivery.answer(
                news.person.native,
                f"{name} isn't here" if name else "To write to somebody here: name: text",
            )
            return
        spans = tuple(
            Span(span.start - skipped, span.end - skipped, span.style, span.value)
            for span in news.spans
        )
        self._bridge.abroad.remember(person.participant.id)
        for piece, inside in pieces(text, spans, self._service.settings.limits.body):
            said = person.say_to(other, Body(piece, news.kind, inside))
            self._ledger.note(owner, Relayed(said.id, 0, "in", news.id, _hops(news)))

    # Who is there

    def entered(self, news: n.PersonEntered) -> None:
        """Let somebody who is in a room be in its group."""
        bridge = self._bridge
        room = bridge.rooms.get(news.room)
        if room is None or news.person.native == bridge.own:
            return
        if bridge.definition.people == "speakers" or len(bridge.abroad) >= MAX_PEOPLE:
            return
        person = self.bring(news.person)
        if news.person.away is not None:
            person.set_away(line(news.person.away))
        room.people.add(news.person.native)
        bridge.abroad.enter(person, bridge.group_of(room))

    def left(self, news: n.PersonLeft) -> None:
        """Let somebody who left a room leave its group."""
        bridge = self._bridge
        room = bridge.rooms.get(news.room)
        if room is None:
            return
        room.people.discard(news.native)
        person = bridge.abroad.get(news.native)
        if person is None:
            return
        if any(news.native in other.people for other in bridge.rooms.values()):
            group = bridge.group_of(room)
            if not any(
                news.native in other.people and bridge.group_of(other) is group
                for other in bridge.rooms.values()
            ):
                with suppress(NotMember):
                    person.leave(group, line(news.reason))
        else:
            bridge.abroad.dismiss(news.native, line(news.reason))

    def gone(self, news: n.PersonGone) -> None:
        """Let somebody go."""
        for room in self._bridge.rooms.values():
            room.people.discard(news.native)
        self._bridge.abroad.dismiss(news.native, line(news.reason))

    def renamed(self, news: n.PersonRenamed) -> None:
        """Let somebody be called differently."""
        native = news.person.native
        for room in self._bridge.rooms.values():
            if news.native in room.people:
                room.people.discard(news.native)
                room.people.add(native)
        self._bridge.abroad.rename(news.native, native, news.person.name)

    def away(self, news: n.PersonAway) -> None:
        """Let somebody be away, or back."""
        person = self._bridge.abroad.get(news.native)
        if person is not None:
            person.set_away(None if news.away is None else line(news.away) or "away")


_ACTS: dict[type[n.Seen], Callable[[Inward, Attachment, Group, str, Any], Event | None]] = {
    n.MessageSeen: Inward._say,
    n.EditSeen: Inward._edit,
    n.RedactionSeen: Inward._redact,
    n.ReactionSeen: Inward._react,
    n.TopicSeen: Inward._topic,
}
