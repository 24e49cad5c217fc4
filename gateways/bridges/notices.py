"""What a group is told of its bridge: a room can't be reached, it is back, what it missed.

In the bridge's own name, and never passed on to any network.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gateways.bridges.inward import line
from gateways.bridges.lanes import Room
from gateways.bridges.outward import is_bridge
from words.chat.verbs.talk import Body
from words.events import Event, Said

if TYPE_CHECKING:
    from gateways.bridges.bridge import Bridge

log = logging.getLogger(__name__)

QUIET = 3_000
"""Milliseconds for which a room may be gone before its group is told."""


class Notices:
    """The lines of one bridge's own. All within a turn."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def down(self, room: Room, event: Event) -> None:
        """Tell a group, when something is said in it, that it waits."""
        if room.live or room.told or not isinstance(event, Said) or is_bridge(event.actor):
            return
        if self._bridge.now_ms() - (room.down_since or room.made) > QUIET:
            why = f" ({room.problem})" if room.problem else ""
            self.trouble(room, f"{room.room} can't be reached{why}: what is said here waits for it")

    def trouble(self, room: Room, text: str) -> None:
        """Tell a group, and the log, what is wrong, once."""
        if room.told != text:
            room.told = text
            log.warning("bridge %s: %s", self._bridge.name, line(text))
            self._tell(room, text)

    def back(self, room: Room) -> None:
        """Tell a group that its room is there again, and what it missed."""
        bridge = self._bridge
        since, room.down_since = room.down_since, 0
        waiting = bridge.delivery.held(room)
        away = bridge.now_ms() - since if since else 0
        if waiting or room.told or away > QUIET:
            text = f"{room.room} is linked again."
            if waiting:
                text += f" {waiting} messages have waited and are delivered now."
            if since and not bridge.delivery.offers.archive:
                text += f" What was said there in the last {_duration(away)} is missing here."
            self._tell(room, text)
        room.told = ""

    def _tell(self, room: Room, text: str) -> None:
        bridge = self._bridge
        if bridge.me is not None:
            bridge.me.say(bridge.group_of(room), Body(line(text), "notice"))


def _duration(milliseconds: int) -> str:
    minutes = -(-milliseconds // 60_000)
    return f"{minutes} minutes" if minutes > 1 else "minute"
