"""One bridge: a connection that is kept up, its rooms, and both directions between them and us.

News wait in a bounded inbox and are taken in the hub's turns, one at a time among everybody's
commands; letters leave when the turn that wrote how far they are has spoken. So what is on disk is
never behind what another network was told, and what was taken from it is taken once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from gateways.base import Parts
from gateways.bridges import network as n
from gateways.bridges.delivery import Delivery
from gateways.bridges.forms import ALL, DIRECT, EventOutlet
from gateways.bridges.inward import Inward, line
from gateways.bridges.lanes import Room
from gateways.bridges.loops import Loops
from gateways.bridges.notices import Notices
from gateways.bridges.outward import SELF
from gateways.bridges.seal import Seal
from words.chat.abroad import Abroad
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.ledger import Ledger
from words.chat.turn import SPACE_CHECK
from words.config import Bridge as Definition
from words.errors import WordsError
from words.events import Event

log = logging.getLogger(__name__)

INBOX = 1000
"""News of one bridge that wait for a turn; then its adapter doesn't read."""

FIRST_WAIT, LONGEST_WAIT, WAIT_FACTOR = 0.25, 120.0, 1.7
"""Seconds before a lost connection is tried again, each time longer, with jitter."""

STEADY = 10.0
"""Seconds after which a connection counts as one that works: the next wait is short again."""

GOODBYE = 3.0
"""Seconds for saying goodbye to a network."""

REENTER = 30.0
"""Seconds before a room that we were kept out of is tried again; each time twice as long."""

LONGEST_REENTER = 3600.0

DISMISSED = 100
"""People who are let go in one turn: some 10 ms."""

LONELY = 3600.0
"""Seconds for which somebody who is in no room stays known after he said something."""


class Ended(n.News, frozen=True):
    """The connection ended."""

    reason: str
    doubtful: bool


class Bridge:
    """An account of ours on another network, and the rooms that are linked; the turn's `Source`."""

    def __init__(
        self,
        parts: Parts,
        loops: Loops,
        hub: str,
        seal: Seal,
        definition: Definition,
        make: n.Make,
    ) -> None:
        self.parts = parts
        self.queued = False
        self.definition = definition
        self.name = definition.name
        self.hub = hub
        self.seal = seal
        self.loops = loops
        self.own = ""
        service = parts.service
        self.ledger = Ledger(service.journal.store)
        self.abroad = Abroad(service, self.name, DIRECT, self._outlet)
        self.rooms: dict[str, Room] = {}
        self.me: Attachment | None = None
        self.state = "connecting"
        self.reconnects = 0
        self._reason = ""
        """Why it isn't connected: the log says so once."""
        self.inward = Inward(self)
        self.delivery = Delivery(self)
        self.notices = Notices(self)
        self.now = parts.reactor.now
        self._inbox: deque[n.News] = deque()
        self._looks = False
        """Whether it will be looked again if there is space."""
        self._space = asyncio.Event()
        self._space.set()
        self.password = ""
        self._hurry = asyncio.Event()
        self.network: n.Network = make(getattr(definition, definition.network), self)
        self._connection: asyncio.Task[None] | None = None
        self._helpers: set[asyncio.Task[None]] = set()
        self.ready = False
        self._wait = FIRST_WAIT

    # Life

    def prepare(self) -> None:
        """Come in; within a turn."""
        self.me = self.abroad.bring("", SELF, f"Bridge to {self.name}", SELF, ALL)
        since = (self.now_ms() - int(1000 * self.definition.expire)) // 60_000
        for conversation, number in self.abroad.talked_since(max(0, since)):
            self.delivery.direct(conversation, number)

    def start(self) -> None:
        """Begin to connect."""
        self._connection = self.parts.reactor.spawn(self._run(), name=f"bridge {self.name}")

    async def stop(self, reason: str) -> None:
        """Say goodbye and end the connection; the people are dismissed by `dismiss`."""
        if self._connection is None:
            return
        if self.ready:
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self.network.stop(reason)
        self._connection.cancel()
        await asyncio.wait([self._connection])
        self._connection = None
        self._inbox.clear()
        self._space.set()

    def dismiss(self, reason: str) -> bool:
        """Let some of the bridge's people go, and itself last; within a turn.

        Return whether there are more.
        """
        natives = [each for each in self.abroad.natives() if each]
        for native in natives[:DISMISSED]:
            self.abroad.dismiss(native, reason)
        if len(natives) > DISMISSED:
            return True
        for lane in self.delivery.lanes():
            lane.lost(True, self.delivery.offers.archive)
        self.abroad.dismiss("", reason)
        self.me = None
        return False

    async def _run(self) -> None:
        while True:
            self.state = "connecting"
            self._hurry.clear()
            self.password = _password(self.parts, self.definition)
            started = self.now()
            reason, doubtful = "it ended", True
            try:
                await self.network.run()
            except n.Lost as lost:
                reason, doubtful = str(lost), lost.doubtful
            except asyncio.CancelledError:
                raise
            except Exception as error:  # a defect of the adapter's: that link at worst
                log.exception("bridge %s failed", self.name)
                reason = f"a defect: {type(error).__name__}"
            finally:
                for helper in list(self._helpers):
                    helper.cancel()
            reason = line(reason, 200)
            if reason != self._reason:
                log.warning("bridge %s: %s", self.name, reason)
            self._reason = reason
            self.tell(Ended(reason, doubtful))
            if self.ready and self.now() - started > STEADY:
                self._wait = FIRST_WAIT
            delay = self._wait * random.uniform(0.6, 1.0)
            self._wait = min(self._wait * WAIT_FACTOR, LONGEST_WAIT)
            self.state = f"waiting {delay:.1f} s: {reason}"
            self.reconnects += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._hurry.wait()

    def look_again(self) -> None:
        """Try at once to connect, if there is another password than the last time."""
        if _password(self.parts, self.definition) != self.password:
            self._wait = FIRST_WAIT
            self._hurry.set()

    # What the adapter gets

    def tell(self, news: n.News) -> None:
        """Take news, in a turn soon."""
        self._inbox.append(news)
        if len(self._inbox) >= INBOX:
            self._space.clear()
        self.parts.turn.wake(self)

    async def room(self) -> None:
        """Return when there is room for more news."""
        await self._space.wait()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run something until the connection ends."""
        task = self.parts.reactor.spawn(work, name=f"bridge {self.name} {name}")
        self._helpers.add(task)
        task.add_done_callback(self._helpers.discard)

    # The turn

    def step(self) -> bool:
        """Take one piece of news, or look at one conversation's log."""
        if self.me is None:
            self._inbox.clear()
            return False
        waits = self._waits_for_space()
        try:
            if self._inbox and not waits:
                news = self._inbox.popleft()
                if len(self._inbox) < INBOX // 2:
                    self._space.set()
                self._take(news)
            else:
                self.delivery.pump()
        except WordsError as error:
            self.inward.refuse("somebody", error)
        except Exception:  # a defect: this piece of news at worst
            log.exception("bridge %s can't take something", self.name)
        return (bool(self._inbox) and not waits) or self.delivery.behind

    def _waits_for_space(self) -> bool:
        """Return whether the next news can't be stored now: then it waits, and the network too."""
        turn = self.parts.turn
        if turn.accepting or not self._inbox or not isinstance(self._inbox[0], n.Seen):
            return False
        if not self._looks:
            self._looks = True
            self.parts.reactor.call_later(SPACE_CHECK, self._look_for_space)
        return True

    def _look_for_space(self) -> None:
        self._looks = False
        self.parts.turn.wake(self)

    def _take(self, news: n.News) -> None:
        if isinstance(news, n.Seen):
            if news.person.native:  # "" is the bridge itself
                self.inward.seen(news)
        elif not (isinstance(news, n.OfPeople) and _nobodys(news)):
            _TAKEN[type(news)](self, news)

    # The connection

    def _on_ready(self, news: n.Ready) -> None:
        self.ready = True
        self.state = "connected"
        self.inward.refusals.clear()
        if self._reason:
            log.info("bridge %s is connected again", self.name)
            self._reason = ""
        self.delivery.offers = news.offers
        self._on_own_name(n.OwnName(news.own))
        for room in self.rooms.values():
            room.retry = 0.0
            self.network.open(room.room)
        if news.offers.archive:
            owner = self.owner("")
            self.network.catch_up("", self.ledger.value(owner, "place"))
        self.delivery.connected()

    def _on_own_name(self, news: n.OwnName) -> None:
        self.own = news.own.native
        self.loops.called(news.own.name)

    def _on_ended(self, news: Ended) -> None:
        self.ready = False
        now = self.now_ms()
        for lane in self.delivery.lanes():
            if isinstance(lane, Room):
                lane.shut(now)
                lane.problem = news.reason
            lane.lost(news.doubtful, self.delivery.offers.archive)
            lane.save()

    def _on_opened(self, news: n.RoomOpened) -> None:
        room = self.rooms.get(news.room)
        if room is None:
            self.network.leave(news.room)
            return
        room.open, room.problem, room.retry = True, "", 0.0
        here = {person.native for person in news.people}
        self._inbox.extendleft(n.PersonLeft(room.room, each) for each in room.people - here)
        self._inbox.extendleft(n.PersonEntered(room.room, one) for one in reversed(news.people))
        if self.delivery.offers.archive:
            self.network.catch_up(room.room, room.place)
        else:
            self._on_caught_up(n.CaughtUp(room.room))

    def _on_caught_up(self, news: n.CaughtUp) -> None:
        room = self.rooms.get(news.room)
        if not news.room and news.place:
            self.ledger.keep(self.owner(""), "place", news.place)
        if room is None or not room.open or room.live:
            return
        if room.overflowed:
            room.overflowed = False
            room.held.clear()
            self.network.catch_up(room.room, room.place)
            return
        room.live = True
        room.note_place(news.place)
        self._inbox.extendleft(reversed(room.held))
        room.held.clear()
        self.notices.back(room)
        room.note_alive(self.now_ms())
        self.delivery.wake(room)

    def _on_closed(self, news: n.RoomClosed) -> None:
        room = self.rooms.get(news.room)
        if room is None:
            return
        room.shut(self.now_ms())
        room.lost(True, self.delivery.offers.archive)
        room.save()
        room.problem = line(news.reason, 200)
        self.notices.trouble(room, f"We aren't in {room.room} any more: {room.problem}")
        room.retry = min(max(REENTER, room.retry * 2), LONGEST_REENTER)
        self.parts.reactor.call_later(room.retry, self._reenter, room)

    def _reenter(self, room: Room) -> None:
        if self.ready and not room.open and self.rooms.get(room.room) is room:
            self.network.open(room.room)

    # What is said here

    def _outlet(self, number: int) -> EventOutlet:
        return EventOutlet(
            lambda event, where: self.tell(_Heard(number, event, where)),
            partial(self._sent_away, number),
        )

    def _sent_away(self, number: int, reason: str) -> None:
        native = self.abroad.native(number)
        if native:
            self.abroad.dismiss(native, reason)

    def _on_heard(self, news: _Heard) -> None:
        """Note that there is something new here; what it is, the log says."""
        event = news.event
        if news.where:
            for room in self.rooms.values():
                if event.conversation == room.conversation:
                    self.notices.down(room, event)
                    self.delivery.wake(room)
        elif event.conversation and self.me is not None and news.number != self.me.participant.id:
            self.delivery.wake(self.delivery.direct(event.conversation, news.number))
        elif not event.conversation and self.definition.tell:
            self.delivery.pass_on(event)

    # Rooms

    def owner(self, room: str) -> str:
        """Return under which name the ledger has what is known of a room."""
        return f"{self.name} {room}"

    def group_of(self, room: Room) -> Group:
        """Return a room's group; the bridge itself keeps it there."""
        assert self.me is not None
        group = self.parts.service.registry.group(room.group)
        if group is None or self.me.participant.id not in group.members:
            if group is None:
                return self.me.join(room.group)
            self.abroad.enter(self.me, group)
        return group

    def link(self, name: str, group_name: str) -> None:
        """Link a room with a group; within a turn."""
        assert self.me is not None
        registry = self.parts.service.registry
        group = registry.group(group_name)
        if group is None:
            group = self.me.join(group_name)
        else:
            self.abroad.enter(self.me, group)
        room = Room(self.ledger, self.name, name, group_name, group.id, group.sequence)
        room.made = self.now_ms()
        self.rooms[name] = room
        if self.ready:
            self.network.open(name)

    def unlink(self, name: str) -> None:
        """End a link; within a turn."""
        room = self.rooms[name]
        for native in list(room.people):
            self.inward.left(n.PersonLeft(name, native, "The rooms aren't linked any more"))
        del self.rooms[name]
        self.delivery.drop(room)
        self.ledger.forget(room.owner)
        if self.ready:
            self.network.leave(name)
        assert self.me is not None
        group = self.parts.service.registry.group(room.group)
        if group and not any(one.conversation == group.id for one in self.rooms.values()):
            self.me.leave(group, "The rooms aren't linked any more")

    def beat(self) -> None:
        """Note, now and then, that all is well, and forget who said something long ago."""
        now = self.now_ms()
        for room in self.rooms.values():
            if room.live:
                room.note_alive(now)
        for person in self.abroad:
            if not person.participant.groups and self.now() - person.active > LONELY:
                self.abroad.dismiss(self.abroad.native(person.participant.id) or "", "")

    def status(self) -> dict[str, Any]:
        """Return how the bridge is, in values that JSON has; within a turn."""
        return {
            "name": self.name,
            "network": self.definition.network,
            "state": self.state,
            "own": self.own,
            "people": len(self.abroad) - 1,
            "taken": self.inward.taken,
            "delivered": self.delivery.delivered,
            "refused": self.delivery.refused + self.inward.refused,
            "expired": self.delivery.expired,
            "reconnects": self.reconnects,
            "rooms": [
                {
                    "room": room.room,
                    "group": room.group,
                    "state": "linked" if room.live else room.problem or "not there yet",
                    "sent": room.out.flying,
                    "waiting": self.delivery.held(room),
                }
                for room in self.rooms.values()
            ],
            "direct": [
                {"to": lane.to, "sent": lane.out.flying, "waiting": waiting}
                for lane in self.delivery.directs()
                if (waiting := self.delivery.held(lane))
            ],
        }

    @staticmethod
    def now_ms() -> int:
        """Return the time in milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000


class _Heard(n.News, frozen=True):
    """The hub told a participant of this bridge something."""

    number: int
    event: Event
    where: str


def _nobodys(news: n.News) -> bool:
    """Return whether it is of somebody without a name there."""
    person = getattr(news, "person", None)
    return getattr(news, "native", None) == "" or (person is not None and not person.native)


def _password(parts: Parts, definition: Definition) -> str:
    """Return the bridge's password, "" for none; only its file has it."""
    default = parts.config().hub.data / f"bridge-{definition.name}.password"
    path = definition.password_file or default
    try:
        return path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        if definition.password_file or not isinstance(error, FileNotFoundError):
            log.error("bridge %s: %s can't be read: %s", definition.name, path, error)
        return ""


_TAKEN: dict[type[n.News], Callable[[Bridge, Any], None]] = {
    n.Ready: Bridge._on_ready,
    n.OwnName: Bridge._on_own_name,
    Ended: Bridge._on_ended,
    n.RoomOpened: Bridge._on_opened,
    n.RoomClosed: Bridge._on_closed,
    n.CaughtUp: Bridge._on_caught_up,
    n.Delivered: lambda bridge, news: bridge.delivery.on_delivered(news),
    n.Refused: lambda bridge, news: bridge.delivery.on_refused(news),
    n.PersonEntered: lambda bridge, news: bridge.inward.entered(news),
    n.PersonLeft: lambda bridge, news: bridge.inward.left(news),
    n.PersonGone: lambda bridge, news: bridge.inward.gone(news),
    n.PersonRenamed: lambda bridge, news: bridge.inward.renamed(news),
    n.PersonAway: lambda bridge, news: bridge.inward.away(news),
    _Heard: Bridge._on_heard,
}
