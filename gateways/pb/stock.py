"""Clients of Twisted's own chat service (twisted.words.service), as they are.

They log in with a mind of the tag PBMind, get a ChatAvatar with ``join``, which gives a PBGroup
with ``send`` and ``leave``; their mind is told ``userJoined``, ``userLeft``, ``receive``,
``groupMetaUpdate``. The stock service shows people as bare references, so that nobody can tell
who spoke. Here a person is told as a PBGroup too, the one tag with a name that these clients
know: ``sender.name`` is who it was, and ``sender.send({"text": ...})`` answers him directly.

Source: twisted.words.service (frozen), and a recorded session.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from gateways.pb.forms import Chunk
from gateways.pb.perspective import CALL_COST, ChatPerspective, MindOutlet
from words import events
from words.chat import policy
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.verbs.base import MAX_REASON
from words.chat.verbs.talk import Body
from words.errors import BadInput, Forbidden
from words.events import Actor, Event
from words.names import GroupKey, group_key
from words.remote.happenings import Heard
from words.spread.errors import SpreadError
from words.spread.flavors import Referenceable

if TYPE_CHECKING:
    from gateways.pb.connection import PbConnection
    from gateways.pb.gateway import PbGateway

log = logging.getLogger(__name__)

MIND = "twisted.words.service.PBMind"
AVATAR = b"twisted.words.service.ChatAvatar"
GROUP = b"twisted.words.service.PBGroup"

EVENT_BYTES = 300
"""What one event weighs while it waits, beside its text: a call with two references."""


class StockForm:
    """Events as themselves: each client's calls hold references of its own."""

    __slots__ = ()

    def encode(self, event: Event, where: str) -> Heard | None:
        """Return what these clients can be told."""
        return Heard(where, event) if type(event) in _TOLD else None

    def join(self, pieces: Sequence[Heard | Chunk]) -> Chunk:
        """Return one chunk, in order."""
        parts: list[Any] = []
        size = 0
        for piece in pieces:
            if isinstance(piece, Heard):
                parts.append(piece)
                size += EVENT_BYTES + len(getattr(piece.event, "text", ""))
            else:
                parts += piece.parts
                size += len(piece)
        return Chunk(parts, size)


STOCK = StockForm()


class StockOutlet(MindOutlet):
    """Tells a stock mind, call by call."""

    avatar: StockAvatar | None = None

    def part(self, part: Any) -> bytes:
        """Return the bytes of one part."""
        if type(part) is bytes:
            return part
        if self.avatar is not None:
            self.avatar.tell(part)
        return self.connection.broker.data_to_send()

    def goodbye(self, reason: str) -> bytes:
        """Return nothing: these clients have no word for it."""
        return b""

    def call(self, method: str, *args: object) -> None:
        """Call the mind one-way."""
        try:
            self.connection.broker.call(self.mind, method, args, answer=False)
        except SpreadError as error:
            log.info("%s can't be told of %s: %s", self.connection, method, error)


class StockGroup(Referenceable):
    """A group, as one client sees it."""

    wire_tag = GROUP

    def __init__(self, avatar: StockAvatar, name: str) -> None:
        self.listener = avatar.me  # where answers take their places
        self._avatar = avatar
        self.name = name

    def wire_extra(self) -> tuple[object, ...]:
        """Return the name."""
        return (self.name.encode(),)

    def remote_leave(self, reason: object = None) -> None:
        """Stop being a member."""
        me = self._avatar.acting()
        me.leave(me.group(self.name), _text(reason)[:MAX_REASON])

    def remote_send(self, message: object) -> None:
        """Say something."""
        me = self._avatar.acting()
        me.say(me.group(self.name), _body(message))


class StockPerson(Referenceable):
    """Somebody, as one client sees him: with a name, and to be spoken to."""

    wire_tag = GROUP

    def __init__(self, avatar: StockAvatar, name: str) -> None:
        self.listener = avatar.me
        self._avatar = avatar
        self.name = name

    def wire_extra(self) -> tuple[object, ...]:
        """Return the name."""
        return (self.name.encode(),)

    def remote_leave(self, reason: object = None) -> None:
        """Do nothing: one isn't in a person."""

    def remote_send(self, message: object) -> None:
        """Say something to him."""
        me = self._avatar.acting()
        me.say_to(me.addressee(self.name), _body(message))


class StockSelf(Referenceable):
    """The client's own user, as recipient of what is said to it directly."""


class StockAvatar(ChatPerspective):
    """A participant's perspective for a stock client."""

    wire_tag = AVATAR
    cost = CALL_COST

    def __init__(self, gateway: PbGateway, attachment: Attachment, outlet: StockOutlet) -> None:
        super().__init__(gateway, attachment, outlet)
        self._call = outlet.call
        self._members: dict[GroupKey, dict[int, str]] = {}
        self._groups: WeakValueDictionary[str, StockGroup] = WeakValueDictionary()
        self._people: WeakValueDictionary[str, StockPerson] = WeakValueDictionary()
        self._self = StockSelf()
        self._ended = False
        outlet.avatar = self
        for group in attachment.participant.groups.values():
            self._meet_members(group)

    def perspective_join(self, name: object) -> StockGroup:
        """Become a member; who is one already gets the group too, as stock clients expect."""
        me, wanted = self.acting(), _text(name)
        group = self.service.registry.group(wanted)
        if group is None or me.participant.id not in group.members:
            group = me.join(wanted)
        self._meet_members(group)
        return self._group(group.name)

    def _meet_members(self, group: Group) -> None:
        roles = self.service.settings.roles
        seen = policy.seen_members(group, self.me.participant, roles)
        self._meet(group.name, [member.participant.actor for member in seen])

    def acting(self) -> Attachment:
        """Return who calls now; raises `Forbidden` for what was kept of a login that has ended."""
        if self._ended:
            raise Forbidden("logged out")
        self.me.active = self.gateway.now()
        return self.me

    def log_out(self, reason: str) -> None:
        """Detach, within a turn."""
        self._ended = True
        super().log_out(reason)

    def tell(self, heard: Heard) -> None:
        """Tell the mind an event."""
        tell = _TOLD[type(heard.event)]
        tell(self, heard.where, heard.event)

    def _meet(self, group: str, people: Sequence[Actor]) -> None:
        self._members[group_key(group)] = {actor.id: actor.name for actor in people}

    def _group(self, name: str) -> StockGroup:
        found = self._groups.get(name)
        if found is None:
            found = self._groups[name] = StockGroup(self, name)
        return found

    def _person(self, name: str) -> StockPerson:
        found = self._people.get(name)
        if found is None:
            found = self._people[name] = StockPerson(self, name)
        return found

    def _said(self, where: str, event: events.Said) -> None:
        recipient = self._group(where) if where else self._self
        self._call("receive", self._person(event.actor.name), recipient, {"text": event.text})

    def _joined(self, where: str, event: events.Joined) -> None:
        self._come(where, event.actor.id, event.actor.name)

    def _come(self, where: str, number: int, name: str) -> None:
        members = self._members.setdefault(group_key(where), {})
        members[number] = name
        if number != self.me.participant.id:
            self._call("userJoined", self._group(where), self._person(name))

    def _left(self, where: str, event: events.Left) -> None:
        self._go(where, event.actor, event.reason)

    def _kicked(self, where: str, event: events.Kicked) -> None:
        if event.target.id == self.me.participant.id:  # he himself has to know
            self._members.pop(group_key(where), None)
            self._call(
                "userLeft", self._group(where), self._person(event.target.name), event.reason
            )
        else:
            self._go(where, event.target, event.reason)

    def _go(self, where: str, actor: Actor, reason: str) -> None:
        self._members.get(group_key(where), {}).pop(actor.id, None)
        if actor.id == self.me.participant.id:
            self._members.pop(group_key(where), None)
        else:
            told = reason or None
            self._call("userLeft", self._group(where), self._person(actor.name), told)

    def _quit(self, _: str, event: events.Quit) -> None:
        for where in self._shared(event.actor):
            self._go(where, event.actor, event.reason)

    def _renamed(self, _: str, event: events.Renamed) -> None:
        for where in self._shared(event.actor):
            self._go(where, event.actor, f"is now {event.name}")
            self._come(where, event.actor.id, event.name)

    def _shared(self, actor: Actor) -> list[str]:
        """Return the names of the groups in which this client has met somebody."""
        return [
            group.name
            for group in self.me.participant.groups.values()
            if actor.id in self._members.get(group.key, {})
        ]

    def _topic(self, where: str, event: events.TopicChanged) -> None:
        meta = {
            "topic": event.topic,
            "topic_author": event.actor.name,
            "topic_date": event.time // 1000,
        }
        self._call("groupMetaUpdate", self._group(where), meta)


_TOLD: Mapping[type[Event], Any] = {
    events.Said: StockAvatar._said,
    events.Joined: StockAvatar._joined,
    events.Left: StockAvatar._left,
    events.Kicked: StockAvatar._kicked,
    events.Quit: StockAvatar._quit,
    events.Renamed: StockAvatar._renamed,
    events.TopicChanged: StockAvatar._topic,
}


def outlet_for(connection: PbConnection, mind: Any) -> StockOutlet | None:
    """Return the outlet for a stock mind, None for any other."""
    return StockOutlet(connection, mind) if getattr(mind, "tag", b"") == MIND.encode() else None


def _text(value: object) -> str:
    """Return a text argument: Python 2 clients and careless ones send bytes."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise BadInput("text", "is none")
    return value


def _body(message: object) -> Body:
    if not isinstance(message, Mapping):
        raise BadInput("message", "is no dictionary")
    text = _text(message.get("text", message.get(b"text")))
    if not text:
        raise BadInput("text", "is empty")
    return Body(text)
