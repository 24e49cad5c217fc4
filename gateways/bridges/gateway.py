"""All bridges of a hub, those of config.toml and those that were added: started, stopped live."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from functools import partial
from typing import Any

from msgspec.structs import replace

from gateways.base import Linked, Parts
from gateways.bridges import networks
from gateways.bridges.bridge import Bridge
from gateways.bridges.loops import Loops
from gateways.bridges.seal import Seal
from words.chat.ledger import Ledger
from words.chat.links import Links
from words.config import Bridge as Definition
from words.config import BridgeLink, read_bridge
from words.errors import WordsError
from words.typed_toml import Line

log = logging.getLogger(__name__)

BEAT = 60.0
"""Seconds between two notes that all is well; a restart tells to the minute how long it wasn't."""

HUB = "hub"
"""The ledger's owner of what all bridges share."""

PAUSED = "paused"


class Bridges:
    """The gateway to other networks; see `gateways.base.Gateway`."""

    name = "bridges"

    def __init__(self, parts: Parts, links: Links) -> None:
        self._parts = parts
        self._links = links
        self._ledger = Ledger(parts.service.journal.store)
        self._loops = Loops()
        self._bridges: dict[str, Bridge] = {}
        self._hub = ""
        self._seal = Seal("")
        self._following = asyncio.Lock()
        self._beat: asyncio.TimerHandle | None = None

    async def start(self) -> list[str]:
        """Begin to connect; return a line for each bridge."""
        self._hub = await self._parts.turn.call(partial(self._own, "id", 4))
        self._seal = Seal(await self._parts.turn.call(partial(self._own, "secret", 32)))
        await self.reload()
        self._next_beat()
        return [
            f"Bridge {bridge.name} ({bridge.definition.network}): {len(bridge.rooms)} rooms linked"
            for bridge in self._bridges.values()
        ]

    def _own(self, name: str, size: int) -> str:
        """Return what this hub has for ever: its "id" in hops and keys, its seal's "secret"."""
        known = self._ledger.value(HUB, name)
        if not known:
            known = secrets.token_hex(size)
            self._ledger.keep(HUB, name, known)
        return known

    async def reload(self) -> None:
        """Have the bridges and links that there are to be; the others aren't touched."""
        async with self._following:
            wanted = await self._parts.turn.call(self._wanted)
            for name, bridge in list(self._bridges.items()):
                if name not in wanted or _bare(wanted[name]) != _bare(bridge.definition):
                    await self._end(bridge, "This bridge is taken down")
            for name, definition in wanted.items():
                found = self._bridges.get(name)
                if found is None:
                    try:
                        found = await self._begin(definition)
                    except WordsError as error:
                        log.error("bridge %s: %s", name, error)
                        continue
                else:
                    found.look_again()
                await self._parts.turn.call(partial(_relink, found, definition))

    async def _begin(self, definition: Definition) -> Bridge:
        make = await self._parts.reactor.in_thread(networks.load, definition.network)
        bridge = Bridge(self._parts, self._loops, self._hub, self._seal, definition, make)
        await self._parts.turn.call(bridge.prepare)
        await self._parts.turn.call(partial(_relink, bridge, definition))
        self._bridges[definition.name] = bridge
        bridge.start()
        return bridge

    async def _end(self, bridge: Bridge, reason: str) -> None:
        del self._bridges[bridge.name]
        await bridge.stop(reason)
        while await self._parts.turn.call(lambda: bridge.dismiss(reason)):
            pass

    def _wanted(self) -> dict[str, Definition]:
        config = self._parts.config()
        found = {bridge.name: bridge for bridge in config.bridges}
        for name, settings in self._links.bridges().items():
            if name in found:
                log.error("bridge %s was added and is in config.toml too: that counts", name)
                continue
            try:
                found[name] = read_bridge(json.loads(settings), config.hub.data)
            except WordsError as error:
                log.error("bridge %s: %s", name, error)
        for link in self._links.links():
            bridge = found.get(link.bridge)
            if bridge is not None and link.room not in {each.room for each in bridge.links}:
                more = (*bridge.links, BridgeLink(Line(link.room), Line(link.group)))
                found[link.bridge] = replace(bridge, links=more)
        return {
            name: bridge for name, bridge in found.items() if not self._ledger.value(name, PAUSED)
        }

    def _next_beat(self) -> None:
        self._beat = self._parts.reactor.call_later(BEAT, self._on_beat)

    def _on_beat(self) -> None:
        async def beat() -> None:
            for bridge in list(self._bridges.values()):
                await self._parts.turn.call(bridge.beat)

        self._parts.reactor.spawn(beat(), name="bridges")
        self._next_beat()

    async def stop(self, reason: str) -> None:
        """Say goodbye everywhere."""
        if self._beat is not None:
            self._beat.cancel()
        await asyncio.gather(*(self._end(each, reason) for each in list(self._bridges.values())))

    # What is asked

    def networks(self) -> list[Linked]:
        """Return which networks there are, without what only administrators may know."""
        return [
            Linked(bridge.name, bridge.definition.network, bridge.state.partition(" ")[0])
            for bridge in self._bridges.values()
        ]

    def status(self) -> list[dict[str, Any]]:
        """Return how each bridge is, and each of its rooms; within a turn."""
        return [bridge.status() for bridge in self._bridges.values()]


def _bare(definition: Definition) -> Definition:
    return replace(definition, links=())


def _relink(bridge: Bridge, definition: Definition) -> None:
    """Have the links that there are to be; within a turn."""
    wanted: dict[str, str] = {link.room: link.group for link in definition.links}
    for name, room in list(bridge.rooms.items()):
        if wanted.get(name) != room.group:
            bridge.unlink(name)
    for name, group in wanted.items():
        if name in bridge.rooms:
            continue
        try:
            bridge.link(name, group)
        except WordsError as error:
            log.error("bridge %s: %s can't be linked with %s: %s", bridge.name, name, group, error)
