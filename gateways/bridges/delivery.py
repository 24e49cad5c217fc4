"""From the logs of our conversations to the network: what is given when, and what became of it.

A lane that has something new is *awake*; each step looks at one of them. How far it came is written
in the turn's transaction, and what was taken leaves when that turn has spoken.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from gateways.bridges.inward import line
from gateways.bridges.lanes import Lane, Room
from gateways.bridges.network import DEFECT, Delivered, Letter, Offers, Refused, Seen
from gateways.bridges.outward import Outward, key_of, number_of
from words.events import ConversationEvent, Event
from words.interfaces import Relayed

if TYPE_CHECKING:
    from gateways.bridges.bridge import Bridge

log = logging.getLogger(__name__)

PAGE = 50
"""Events of a log that are looked at in one step."""

UNSAVED = 500
"""Events that may be looked at again after a crash, because nothing of them was for there."""

MOST_COUNTED = 1000
"""Up to this many waiting messages are counted."""


class Delivery:
    """The way out of one bridge. All within a turn."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._service = bridge.parts.service
        self._ledger = bridge.ledger
        tell = frozenset(bridge.definition.tell)
        self._outward = Outward(bridge.hub, bridge.name, self._service, bridge.ledger, tell)
        self._directs: dict[int, Lane] = {}
        self._awake: dict[Lane, None] = {}
        self.delivered = self.refused = self.expired = 0

    @property
    def offers(self) -> Offers:
        """What the network can do."""
        return self._outward.offers

    @offers.setter
    def offers(self, offers: Offers) -> None:
        self._outward.offers = offers

    # Lanes

    def lanes(self) -> list[Lane]:
        """Return all that something may be owed to."""
        return [*self._bridge.rooms.values(), *self._directs.values()]

    def directs(self) -> list[Lane]:
        """Return the lanes of direct conversations."""
        return list(self._directs.values())

    def direct(self, conversation: int, number: int) -> Lane:
        """Return the lane of a direct conversation with the participant of this number.

        It is there as long as something is owed.
        """
        lane = self._directs.get(conversation)
        if lane is None:
            lane = Lane(self._ledger, self._bridge.name, "", conversation, 0)
            self._directs[conversation] = lane
            self._bridge.abroad.remember(number)
            lane.to = self._bridge.abroad.native(number) or ""
            lane.live = self._bridge.ready
        return lane

    def connected(self) -> None:
        """Note that the network can be written to; rooms wake when they were caught up with."""
        for lane in self._directs.values():
            lane.live = True
            self.wake(lane)

    def wake(self, lane: Lane) -> None:
        """Look at a lane's log soon."""
        if lane.live:
            self._awake[lane] = None
            self._bridge.parts.turn.wake(self._bridge)

    def drop(self, lane: Lane) -> None:
        """Forget a lane."""
        self._awake.pop(lane, None)

    @property
    def behind(self) -> bool:
        """Whether there is something for `pump`."""
        return bool(self._awake)

    # Giving

    def pump(self) -> None:
        """Look at what is next in one log, and give what there is room for."""
        if not self._awake:
            return
        lane = next(iter(self._awake))
        del self._awake[lane]
        if not lane.live:
            return
        space = self.offers.window - lane.out.flying
        if space <= 0:
            return  # an answer wakes it
        given = 0
        events = self._log(lane, lane.out.next, PAGE)
        for event in events:
            letter = self._letter(lane, event)
            if lane.out.take(event.sequence, key_of(self._bridge.hub, event), letter is not None):
                assert letter is not None
                self._give(letter)
                given += 1
                if given == space:
                    break
        if given or lane.unsaved > UNSAVED:
            lane.save()
        if events:
            self.wake(lane)
        elif not lane.room and not lane.out.flying:
            self._forget(lane)

    def _forget(self, lane: Lane) -> None:
        """Let go of a direct conversation to which nothing is owed; `direct` brings it back."""
        if lane.unsaved:
            lane.save()
        del self._directs[lane.conversation]

    def _log(self, lane: Lane, start: int, limit: int) -> list[ConversationEvent]:
        return self._service.history.select(
            lane.conversation,
            limit=limit,
            start=("sequence", start),
            classes=self._outward.classes,
        )

    def _letter(self, lane: Lane, event: ConversationEvent) -> Letter | None:
        letter = self._outward.letter(lane, event)
        bridge = self._bridge
        if letter is not None and event.time < bridge.now_ms() - 1000 * bridge.definition.expire:
            self.expired += 1
            self._ledger.note(lane.owner, Relayed(event.id, 0, "expired", "", "too old"))
            return None
        return letter

    def _give(self, letter: Letter) -> None:
        self._bridge.loops.said(letter.text)
        if letter.to:
            self._ledger.keep(self._bridge.owner(""), f"last {letter.to}", letter.author)
        self._bridge.parts.turn.after(partial(self._send, letter))

    def _send(self, letter: Letter) -> None:
        try:
            self._bridge.network.send(letter)
        except Exception:  # a defect of the adapter's: this letter at worst
            log.exception("bridge %s can't send %s", self._bridge.name, letter.key)
            self._bridge.tell(Refused(letter.key, DEFECT))

    def pass_on(self, event: Event) -> None:
        """Tell what isn't stored, where the author is; it may be lost."""
        participant = self._service.registry.by_id.get(event.actor.id)
        for room in self._bridge.rooms.values():
            there = participant is not None and room.conversation in participant.groups
            letter = self._outward.passing(room, event) if there and room.live else None
            if letter is not None:
                self._bridge.parts.turn.after(partial(self._send, letter))

    def answer(self, native: str, text: str) -> None:
        """Say something to somebody there in the bridge's own name; it may be lost."""
        key = f"{self._bridge.hub}-{self._service.registry.passing()[2]:014x}"
        letter = Letter(key, "", "", "tell", text, kind="notice", to=native)
        self._bridge.parts.turn.after(partial(self._send, letter))

    def held(self, lane: Lane) -> int:
        """Return how many messages of a conversation haven't arrived, counted up to a thousand."""
        events = self._log(lane, lane.out.position.settled + 1, MOST_COUNTED)
        return sum(self._outward.letter(lane, event) is not None for event in events)

    # What became of it

    def on_delivered(self, news: Delivered) -> None:
        """Note that a letter arrived."""
        lane, number = self._settled(news.key)
        if lane is not None:
            self.delivered += 1
            self._note_ids(lane.owner, number, news.ids)
            if isinstance(lane, Room):
                lane.note_alive(self._bridge.now_ms())

    def on_refused(self, news: Refused) -> None:
        """Note that a letter never will, and tell its group why."""
        lane, number = self._settled(news.key)
        if lane is not None:
            self.refused += 1
            reason = line(news.reason, 200)
            self._ledger.note(lane.owner, Relayed(number, 0, "expired", "", reason))
            if isinstance(lane, Room):
                text = f"{lane.room} doesn't take a message: {reason}"
                self._bridge.notices.trouble(lane, text)

    def _settled(self, key: str) -> tuple[Lane | None, int]:
        number = number_of(self._bridge.hub, key)
        if number is not None:
            for lane in self.lanes():
                if lane.out.settle(key):
                    lane.save()
                    self.wake(lane)
                    return lane, number
        return None, 0

    def came_back(self, owner: str, news: Seen) -> bool:
        """Take a message of our own that is told to us; return whether it is one."""
        number = number_of(self._bridge.hub, news.key)
        if number is None:
            return False
        for lane in self.lanes():
            if lane.owner == owner:
                if lane.out.settle(news.key):
                    self.delivered += 1
                    lane.save()
                    self.wake(lane)
                elif lane.out.looking:
                    event = self._service.history.find(lane.conversation, number)
                    if event is not None:
                        lane.out.found(event.sequence)
        noted = self._ledger.of_message(number) if news.id else []
        if news.id and not any(one == owner and each.foreign_id for one, each in noted):
            self._note_ids(owner, number, (news.id,))  # else it may be one part of many
        return True

    def _note_ids(self, owner: str, number: int, ids: tuple[str, ...]) -> None:
        for part, foreign in enumerate(ids):
            if foreign:
                self._ledger.note(owner, Relayed(number, part, "out", foreign))
