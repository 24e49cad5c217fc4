"""Events as TOC messages, in three forms: those of TOC1, of toc2_signon and of toc2_login.

What everybody in a room is told is the same bytes for all. What a client is told only if it has
the actor among its buddies, or is in a room, is a `Choice`, which its session decides about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, Literal, NamedTuple, TypeAlias

from gateways.toc.arguments import message
from gateways.toc.formats import Formats
from gateways.toc.html import pieces
from gateways.toc.names import room, shown
from gateways.toc.rooms import Rooms
from gateways.toc.sflap import PAYLOAD_MAX, Frames, frames
from words import events
from words.events import Actor, Event, Presence

TOC = "toc"
"""The form of a message that came as HTML in UTF-8."""

TOC_BYTES = "toc-bytes"
"""The same where it isn't UTF-8: each character of ``wire`` is a byte."""

CONTEXT = "+draft/channel-context"
"""The client tag that says for which group a direct message is meant (IRCv3): a whisper."""

HEAD_MAX = 400  # bytes of a message that aren't its text: two names and some flags

Test: TypeAlias = Literal["other", "self", "buddy", "room", "no-room", "contact", "gone", "invited"]


class Flavour(IntEnum):
    """How a client signed on."""

    TOC1 = 1
    TOC2 = 2
    ENCODED = 3


class Choice(NamedTuple):
    """What is told only to whom the test says: with a participant, room, name or circle."""

    test: Test
    value: Any
    told: Frames
    event: Event | None = None


class Choices:
    """Frames and choices, in order; what joining such makes."""

    __slots__ = ("parts", "size")

    def __init__(self, parts: list[Frames | Choice]) -> None:
        self.parts = parts
        self.size = sum(len(part.told) if isinstance(part, Choice) else len(part) for part in parts)

    def __len__(self) -> int:
        return self.size


Chunk: TypeAlias = Frames | Choices


class TocForm:
    """One way to write events."""

    __slots__ = ("_rooms", "flavour", "shown")

    def __init__(self, flavour: Flavour, rooms: Rooms, formats: Formats) -> None:
        self.flavour = flavour
        self.shown = formats.shown
        self._rooms = rooms

    def __repr__(self) -> str:
        return f"TocForm({self.flavour.name})"

    def join(self, pieces: Sequence[Chunk]) -> Chunk:
        """Return the frames one after another."""
        parts: list[Frames | Choice] = []
        plain: list[Frames] = []
        for piece in pieces:
            if isinstance(piece, Frames):
                plain.append(piece)
                continue
            if plain:
                parts.append(Frames.join(plain))
                plain = []
            parts += piece.parts
        if not parts:
            return Frames.join(plain)
        if plain:
            parts.append(Frames.join(plain))
        return Choices(parts)

    def encode(self, event: Event, where: str) -> Chunk | None:
        """Return the messages for an event, None where TOC has no words for it."""
        encoder = _ENCODERS.get(type(event))
        return encoder(self, event, where) if encoder else None

    def room(self, event: Event, where: str) -> str:
        """Return the number of the room in which an event happened."""
        return str(self._rooms.number(event.conversation, where))

    def room_called(self, name: str) -> int:
        """Return the number of a room by its group's name."""
        return self._rooms.called(name)

    def rooms_of(self, groups: Sequence[int]) -> list[int]:
        """Return the numbers of those groups that have one."""
        return [number for group in groups if (number := self._rooms.known(group))]

    def presence(self, name: str, away: str | None, presence: Presence, now: int) -> bytes:
        """Return the UPDATE_BUDDY of somebody."""
        command = "UPDATE_BUDDY" if self.flavour == Flavour.TOC1 else "UPDATE_BUDDY2"
        fields = [self.shown(name), "F", "0", "0", "0"]
        kind = "   "
        if presence.here:
            idle = idle_minutes(presence, now)
            since = str(presence.since // 1000)
            fields = [self.shown(name), "T", str(presence.level), since, str(idle)]
            kind = standing(away)
        if self.flavour == Flavour.TOC1:
            return message(command, *fields, kind)
        return message(command, *fields, kind, "")  # naim hangs up without the last field

    def update(self, number: str | int, inside: bool, *names: str) -> bytes:
        """Return who is in a room, or (False) isn't any more."""
        sign = "T" if inside else "F"
        return message("CHAT_UPDATE_BUDDY", str(number), sign, *map(self.shown, names))


def idle_minutes(presence: Presence, now: int) -> int:
    """Return how long somebody has done nothing; clocks read one after another may differ by a
    moment, which shall make no minute."""
    return max(0, now - presence.idle + 500) // 60_000 if presence.idle else 0


def standing(away: str | None) -> str:
    """Return the three letters of a user class."""
    return " O " if away is None else " OU"


def texts(event: events.Said) -> list[bytes]:
    """Return the message as HTML: as it came where it came by TOC, else made of its spans."""
    if event.fate is None:  # else it isn't any more as it came
        if event.form == TOC:
            return [event.wire.encode()]
        if event.form == TOC_BYTES:
            return [event.wire.encode("latin-1")]
    made = pieces(event.text, event.spans, PAYLOAD_MAX - HEAD_MAX)
    if event.kind == "action":
        made = [f"/me {piece}" for piece in made]
    return [piece.encode() for piece in made]


def encoding_of(text: bytes) -> str:
    """Return the letter of a text's encoding: A ASCII, U UTF-8, L Latin-1."""
    if text.isascii():
        return "A"
    try:
        text.decode()
    except UnicodeDecodeError:
        return "L"
    return "U"


def _said(form: TocForm, event: events.Said, where: str) -> Chunk:
    if where:
        return frames(chat_in(form, form.room(event, where), event, "F"))
    name = form.shown(event.actor.name)
    auto = "T" if event.kind == "notice" else "F"
    told = frames(instant(form, name, auto, text) for text in texts(event))
    number = 0
    if event.tags and (context := event.tags.get(CONTEXT)):
        number = form.room_called(context.lstrip("#"))
    if not number:
        return Choices([Choice("other", event.actor.id, told)])
    whisper = frames(chat_in(form, str(number), event, "T"))
    return Choices([Choice("room", number, whisper), Choice("no-room", number, told)])


def instant(form: TocForm, name: str, auto: str, text: bytes) -> bytes:
    """Return an instant message."""
    if form.flavour == Flavour.TOC1:
        return message("IM_IN", name, auto, last=text)
    if form.flavour == Flavour.TOC2:
        return message("IM_IN2", name, auto, "F", last=text)
    letter = encoding_of(text)
    return message("IM_IN_ENC2", name, auto, "F", "T", " O ", "F", letter, "en", last=text)


def chat_in(form: TocForm, number: str, event: events.Said, whisper: str) -> list[bytes]:
    """Return what is said in a room, as its messages."""
    name = form.shown(event.actor.name)
    if form.flavour < Flavour.ENCODED:
        return [message("CHAT_IN", number, name, whisper, last=text) for text in texts(event)]
    return [
        message("CHAT_IN_ENC", number, name, whisper, encoding_of(text), "en", last=text)
        for text in texts(event)
    ]


def _moved(form: TocForm, number: str, actor: Actor, inside: bool) -> Choice:
    return Choice("other", actor.id, frames([form.update(number, inside, actor.name)]))


def _joined(form: TocForm, event: events.Joined, where: str) -> Chunk:
    number = form.room(event, where)
    own = Choice("self", event.actor.id, frames([]), event)
    return Choices([_moved(form, number, event.actor, True), own])


def _ended(form: TocForm, number: str, actor: Actor) -> Chunk:
    left = frames([message("CHAT_LEFT", number)])
    gone = Choice("gone", (actor.id, int(number)), left)
    return Choices([_moved(form, number, actor, False), gone])


def _left(form: TocForm, event: events.Left, where: str) -> Chunk:
    return _ended(form, form.room(event, where), event.actor)


def _kicked(form: TocForm, event: events.Kicked, where: str) -> Chunk:
    return _ended(form, form.room(event, where), event.target)


def _everywhere(form: TocForm, groups: Sequence[int], inside: bool, name: str) -> list[Choice]:
    return [
        Choice("room", number, frames([form.update(number, inside, name)]))
        for number in form.rooms_of(groups)
    ]


def _quit(form: TocForm, event: events.Quit, _: str) -> Chunk:
    name = event.actor.name
    gone = form.presence(name, None, Presence(False), event.time)
    buddy = Choice("buddy", event.actor, frames([gone]))
    return Choices([*_everywhere(form, event.groups, False, name), buddy])


def _renamed(form: TocForm, event: events.Renamed, _: str) -> Chunk:
    gone = form.presence(event.actor.name, None, Presence(False), event.time)
    return Choices(
        [
            *_everywhere(form, event.groups, False, event.actor.name),
            *_everywhere(form, event.groups, True, event.name),
            Choice("buddy", event.actor, frames([gone])),
            Choice("self", event.actor.id, frames([message("NICK", form.shown(event.name))])),
        ]
    )


def _presence(form: TocForm, event: events.PresenceChanged | events.IdleChanged, _: str) -> Chunk:
    told = form.presence(event.actor.name, event.away, event.presence, event.time)
    return Choices([Choice("buddy", event.actor, frames([told]), event)])


def _warned(form: TocForm, event: events.Warned, _: str) -> Chunk:
    return frames([message("EVILED", str(event.level), form.shown(event.actor.name))])


def _invited(form: TocForm, event: events.Invited, _: str) -> Chunk:
    return Choices([Choice("invited", event.target.id, frames([]), event)])


def _signalled(form: TocForm, event: events.Signalled, where: str) -> Chunk | None:
    state = (event.tags or {}).get("+typing")
    if where or state is None or form.flavour == Flavour.TOC1:
        return None
    return _writes(form, event.actor, state)


def _typing(form: TocForm, event: events.Typing, where: str) -> Chunk | None:
    if where or form.flavour == Flavour.TOC1:
        return None
    return _writes(form, event.actor, event.state)


STATES = {"done": "0", "paused": "1", "active": "2"}
"""The numbers of CLIENT_EVENT2."""


def _writes(form: TocForm, actor: Actor, state: str) -> Chunk | None:
    told = message("CLIENT_EVENT2", form.shown(actor.name), STATES.get(state, "0"))
    return Choices([Choice("other", actor.id, frames([told]))])


def _contact(form: TocForm, event: events.ContactChanged, _: str) -> Chunk | None:
    return Choices([Choice("contact", event.name, contact(form, event), event)])


def contact(form: TocForm, event: events.ContactChanged, known: bool = False) -> Frames:
    """Return what tells a change of one's contacts to one's other clients, of TOC2 only."""
    if form.flavour == Flavour.TOC1:
        return frames([])
    circle = shown_group(event.circle)
    if not event.name:
        if event.renamed:
            new = message("INSERTED2", "g", shown_group(event.renamed))
            return frames([message("DELETED2", "g", circle), new])
        return frames([message("INSERTED2" if event.place >= 0 else "DELETED2", "g", circle)])
    name = shown(event.name)
    if event.place < 0:
        return frames([message("DELETED2", "b", name, circle)])
    alias = shown_group(event.alias)
    if known:
        return frames([message("UPDATED2", "b", name, circle, alias)])
    return frames([message("INSERTED2", "b", alias, name, circle)])


def shown_group(name: str) -> str:
    """Return the name of a circle, or an alias, as a field: without colons and line ends."""
    return " ".join(name.replace(":", ";").split())


def _listed(form: TocForm, event: events.Permitted | events.Denied, _: str) -> Chunk | None:
    if form.flavour == Flavour.TOC1:
        return None
    command = "INSERTED2" if event.added else "DELETED2"
    sign = "p" if isinstance(event, events.Permitted) else "d"
    return frames([message(command, sign, shown(event.name))])


_ENCODERS: dict[type[Event], Callable[[TocForm, Any, str], Chunk | None]] = {
    events.Said: _said,
    events.Joined: _joined,
    events.Left: _left,
    events.Kicked: _kicked,
    events.Quit: _quit,
    events.Renamed: _renamed,
    events.PresenceChanged: _presence,
    events.IdleChanged: _presence,
    events.Warned: _warned,
    events.Invited: _invited,
    events.Signalled: _signalled,
    events.Typing: _typing,
    events.ContactChanged: _contact,
    events.Permitted: _listed,
    events.Denied: _listed,
}


def room_name(name: str) -> str:
    """Return a group's name as a field."""
    return room(name)
