"""What an adapter to another network offers, and what it gets: read this to write one.

An adapter is a `Network`, made by a function ``make(settings, port)`` that stands in
`gateways.bridges.networks.NETWORKS`. It knows its wire and nothing of our groups, journal or
turns. It is given *letters* to deliver and tells *news* of what happened there; the engine
(`bridge.py`, `relay.py`) does the rest: order, durability, who is who, loops, waiting, another try.

Order and time. ``run`` connects, logs in, tells `Ready`, serves, and raises `Lost` when the
connection ends; the engine calls it again after a while, for as long as the bridge exists. After
`Ready` the engine asks to ``open`` each linked room; the adapter answers `RoomOpened` (or
`RoomClosed`). Then the engine asks to ``catch_up`` from the last *place* that it has on disk; the
adapter tells what the room's archive has behind it, oldest first, then `CaughtUp`. What is said
meanwhile may be told at once: the engine keeps it until then, and knows messages by their ids. Only
then letters are given: so whatever an earlier connection (or process) had sent is known by its key
before anything is sent again. The room "" stands for what is said directly: it is never opened, but
caught up with, where ``offers.archive``.

Keys. Each letter has a ``key``, the same whenever it is given again, even by another process. An
adapter carries it so that the network can tell the two apart or the adapter find it again: a
transaction id, a stanza id, a client tag, a label. It answers each letter with `Delivered` or
`Refused`, in any order, once. A message of our own that comes back, as an echo or from the archive,
is told as a message with its ``key``, or not at all. When a connection ends, letters that weren't
answered are given again to the next one (what is given while there is none may be dropped).
``again`` marks those that may have arrived; it is to be shown where neither the network can tell
(by the key) nor an archive, which would have had them.

Bounds. ``offers.window`` letters to one room or person are unanswered at most. Before each read of
its wire an adapter awaits ``port.room()``: so one that is flooded slows down, and nobody else.

What comes from elsewhere is data. The engine takes out control characters, cuts what is too long
and makes names harmless; an adapter makes text and spans of its own markup, and trusts no lengths.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from gateways.bridges.seal import Seal
from words.events import MessageKind, Span

log = logging.getLogger(__name__)

# What both sides say


class Person(msgspec.Struct, frozen=True):
    """Somebody there. ``native`` tells him apart as well as the network can: an account, else what
    it calls him, folded as it compares names. ``name`` is shown, with the network's behind it."""

    native: str
    name: str
    real_name: str = ""
    user: str = ""
    away: str | None = None


class Offers(msgspec.Struct, frozen=True):
    """What this connection can do; told with `Ready`, since servers differ."""

    window: int = 1
    """Letters to one room or person that may be unanswered."""
    exact: bool = False
    """Whether a letter given again is known by its key, so that nobody sees it twice."""
    archive: bool = False
    """Whether ``catch_up`` finds what was said while we weren't there."""
    edits: bool = False
    """Whether a message can be replaced; else the new text is said."""
    redactions: bool = False
    reactions: bool = False
    replies: bool = False
    """Whether a message can point to another."""


# Letters: what goes there


class Quote(msgspec.Struct, frozen=True):
    """The message that is answered: its ids there, () where it has none, and how it began."""

    ids: tuple[str, ...]
    name: str
    text: str


Act: TypeAlias = Literal["say", "edit", "redact", "react", "unreact", "topic", "tell"]
"""``tell``: a line of the hub's own about its people, or in place of what can't be shown there."""


class Letter(msgspec.Struct, frozen=True):
    """Something to be done there once, in the name of ``author`` (as he is called here).

    In ``room``, or (where that is "") directly to ``to``, somebody's ``native``. ``target`` has the
    ids there of the message that it is about, all parts; an edit, redaction or reaction is given
    only where there are some. ``hops`` are the hubs that it has been through, ours included.
    """

    key: str
    room: str
    author: str
    act: Act = "say"
    text: str = ""
    spans: tuple[Span, ...] = ()
    kind: MessageKind = "text"
    to: str = ""
    target: tuple[str, ...] = ()
    reply: Quote | None = None
    hops: tuple[str, ...] = ()
    time: int = 0
    """When it was said here, in milliseconds since 1970 UTC."""
    again: bool = False


# News: what happened there


class News(msgspec.Struct, frozen=True):
    """Base of what an adapter tells."""


class Ready(News, frozen=True):
    """We are logged in. ``own`` is what we are called there."""

    own: Person
    offers: Offers


class OwnName(News, frozen=True):
    """We are called something else now, of our own will or not."""

    own: Person


class RoomOpened(News, frozen=True):
    """We are in the room, with these people (ourselves left out), and this topic."""

    room: str
    people: tuple[Person, ...] = ()
    topic: str | None = None


class RoomClosed(News, frozen=True):
    """We aren't in the room: we couldn't enter, or were removed. It is tried again later."""

    room: str
    reason: str


class CaughtUp(News, frozen=True):
    """All that the archive had for ``catch_up`` was told; ``place`` as in `Seen`."""

    room: str
    place: str = ""


class Seen(News, frozen=True):
    """Base of what somebody did in a room (or, where that is "", said to us directly).

    ``id`` is what the network calls it for ever, "" where it has no ids. ``place`` is where to go
    on in the archive after it, "" to leave it as it is. ``key`` and ``hops`` are those of a letter,
    where the network carries them. ``time`` is in milliseconds since 1970 UTC, 0 for now.
    ``archived``: it is told for ``catch_up``.
    """

    room: str
    person: Person
    id: str = ""
    place: str = ""
    key: str = ""
    hops: tuple[str, ...] = ()
    time: int = 0
    archived: bool = False


class MessageSeen(Seen, frozen=True, kw_only=True):
    """Somebody said something. ``reply_to`` is the id of what he answers.

    ``to``: the name of one of us to whom it is said directly, where the network tells; "" leaves it
    to the engine to find out.
    """

    text: str
    spans: tuple[Span, ...] = ()
    kind: MessageKind = "text"
    reply_to: str = ""
    to: str = ""


class EditSeen(Seen, frozen=True, kw_only=True):
    """The message with the id ``target`` has another text now."""

    target: str
    text: str
    spans: tuple[Span, ...] = ()


class RedactionSeen(Seen, frozen=True, kw_only=True):
    """The message with the id ``target`` was taken back."""

    target: str
    reason: str = ""


class ReactionSeen(Seen, frozen=True, kw_only=True):
    """Somebody gave (``added``) or took back a reaction to a message."""

    target: str
    reaction: str
    added: bool = True


class TopicSeen(Seen, frozen=True, kw_only=True):
    """Somebody changed the room's topic."""

    topic: str


class PersonEntered(News, frozen=True):
    """Somebody is in the room now."""

    room: str
    person: Person


class PersonLeft(News, frozen=True):
    """Somebody isn't in the room any more."""

    room: str
    native: str
    reason: str = ""


class PersonGone(News, frozen=True):
    """Somebody isn't on the network any more."""

    native: str
    reason: str = ""


class PersonRenamed(News, frozen=True):
    """Who was told apart as ``native`` is this one now."""

    native: str
    person: Person


class PersonAway(News, frozen=True):
    """Somebody is away with this text, or (None) back."""

    native: str
    away: str | None


OfPeople = PersonEntered | PersonLeft | PersonGone | PersonRenamed | PersonAway


class Delivered(News, frozen=True):
    """A letter has arrived for good. ``ids`` are what its parts are called there, if anything."""

    key: str
    ids: tuple[str, ...] = ()


class Refused(News, frozen=True):
    """A letter will never arrive; why is told to the room it came from."""

    key: str
    reason: str


class Lost(Exception):
    """The connection ended: ``Lost(reason)``.

    ``doubtful``: the far side may be alive and may have taken what it didn't answer (silence until
    we gave up); else it ended by itself and most likely hasn't.
    """

    def __init__(self, reason: str, *, doubtful: bool = False) -> None:
        super().__init__(reason)
        self.doubtful = doubtful


@contextmanager
def at_worst(what: str) -> Iterator[None]:
    """Read something of a far side: where that shows a defect of ours, it is left out, and logged.

    Else it would be read again after the next connection, and end that as well.
    """
    try:
        yield
    except Lost:
        raise
    except Exception:
        log.exception("%s is left out", what)


DEFECT = "a defect of the bridge"
"""Why a letter is refused that an adapter can't make: else it would be given again for ever."""

NO_PASSWORD = "it has no password: words bridge password"
"""Why an account that needs one isn't even tried."""

# The two sides


class Port(Protocol):
    """What the engine gives an adapter."""

    hub: str
    """What marks our hub in keys and hops."""

    seal: Seal
    """What makes keys sure: see there."""

    password: str
    """The account's, "" for none; it may be another one in each ``run``. Never in a log."""

    def tell(self, news: News) -> None:
        """Tell news; they are taken in order, in a turn soon."""
        ...

    async def room(self) -> None:
        """Return when there is room for more news."""
        ...

    def now(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run something beside ``run``; it is cancelled when ``run`` ends."""
        ...


class Network(Protocol):
    """An account of ours on another network. All but ``run`` and ``stop`` return at once."""

    async def run(self) -> None:
        """Be connected until the connection ends; raises `Lost`. May be cancelled."""
        ...

    def open(self, room: str) -> None:
        """Enter a room; answered by `RoomOpened` or `RoomClosed`."""
        ...

    def leave(self, room: str) -> None:
        """Leave a room; not answered."""
        ...

    def catch_up(self, room: str, place: str) -> None:
        """Tell what the archive has behind ``place``, then `CaughtUp`.

        "" for the first time: then it has nothing for us, but `CaughtUp` says where it begins.
        """
        ...

    def send(self, letter: Letter) -> None:
        """Deliver a letter; answered by `Delivered` or `Refused`."""
        ...

    async def stop(self, reason: str) -> None:
        """Say goodbye, while ``run`` runs; return when it is said. The caller bounds the time."""
        ...


Make: TypeAlias = Callable[[Any, Port], Network]
"""Makes an adapter of its settings: the table of ``[[bridges]]`` with the name of the network."""
