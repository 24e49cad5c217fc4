"""The IRC gateway: its listeners, its connections, and what they all share."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from functools import partial

from gateways.admission import Arrival, within
from gateways.base import Parts
from gateways.irc import handlers
from gateways.irc.capabilities import Offer
from gateways.irc.connection import IrcConnection
from gateways.irc.encode import line
from gateways.irc.handlers.capability import announce
from gateways.irc.handlers.server import show_changes
from gateways.irc.session import Session
from gateways.irc.standing import show_standing
from gateways.irc.welcome import Welcome
from gateways.irc.whowas import Gone, Whowas
from gateways.serving import SocketGateway
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.participant import Participant
from words.config import Config, Irc
from words.events import Actor
from words.passport.newcomers import Newcomers
from words.passport.pending import Pending

handlers.load()

ANNOUNCED = 200
"""Clients that are told in one turn what a reload has changed."""


class IrcGateway(SocketGateway[IrcConnection]):
    """Speaks IRC; see `gateways.base.Gateway`."""

    name = "irc"
    settings: Irc

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.sessions: dict[Attachment, Session] = {}
        self.most = 0
        self.whowas = Whowas()
        self.operators: set[Session] = set()
        self.newcomers = Newcomers(self.now)
        self.pending = Pending(self.now)
        self.offers: dict[Offer, Offer] = {}
        self.service.entered.append(self._show_standing)

    def configure(self, config: Config) -> None:
        """Follow a configuration."""
        super().configure(config)
        if any(listen.websocket for listen in config.irc.listen):
            from gateways.irc.websocket import WebSocket  # 0.05 s: only where it is asked for

            self._websocket = WebSocket
        self.name_shown = config.hub.name
        self.welcome = Welcome(config, self.parts.started, self.service.settings.roles)

    async def start(self) -> list[str]:
        """Open the listeners; see `Gateway.start`."""
        return [_with_example(line) for line in await super().start()]

    async def reload(self) -> None:
        """Follow the configuration; see `Gateway.reload`."""
        before = self.welcome
        await super().reload()
        self.parts.reactor.spawn(self._tell_changes(before), name="irc changes")

    async def _tell_changes(self, before: Welcome) -> None:
        """Tell everybody which capabilities are new or gone, and what else of 005 has changed."""
        self.offers.clear()
        changes = self.welcome.changes(before)
        everybody = list(self.connections)
        for start in range(0, len(everybody), ANNOUNCED):
            part = everybody[start : start + ANNOUNCED]
            await self.parts.turn.call(partial(_tell_changes, part, changes))

    def exempt(self, address: str) -> bool:
        """Return whether an address has no limits of its own."""
        return self.admission.exempt(address)

    def made(self, arrival: Arrival) -> asyncio.Protocol:
        """Return the protocol of somebody who may come in."""
        if arrival.listen.websocket:
            return self._websocket(self.parts.reactor.loop, self, self._connection, arrival)
        return self._connection(arrival)

    def _connection(self, arrival: Arrival) -> IrcConnection:
        return IrcConnection(self, arrival)

    def relays(self, address: str) -> bool:
        """Return whether a web gateway or a web server in front is there."""
        networks = [self.settings.websocket.forwarded, *(e.allow for e in self.settings.webirc)]
        return any(within(address, each) for each in networks)

    def refusal(self, reason: str) -> bytes:
        """Return what tells somebody why he may not."""
        return line("ERROR", text=reason[0].upper() + reason[1:])

    def dismiss(self, connection: IrcConnection) -> None:
        """Forget a connection that has ended, or has said its goodbye."""
        if connection.session.attachment is not None:
            self.sessions.pop(connection.session.attachment, None)
        super().dismiss(connection)

    def _show_standing(self, group: Group, participant: Participant) -> None:
        show_standing(self.service, self.name_shown, group, participant)

    def remember(self, participant: Participant, actor: Actor | None = None) -> None:
        """Keep who had this name (or, as ``actor``, had it before), for WHOWAS."""
        now = int(time.time() * 1000)
        self.whowas.add(Gone(actor or participant.actor, participant.real_name, now))


def _tell_changes(connections: Iterable[IrcConnection], changes: bytes) -> None:
    for connection in connections:
        if not connection.closing:
            announce(connection.session)
            if changes:
                show_changes(connection.session, changes)


def _with_example(line: str) -> str:
    """Add a way to join that can be typed, where there is one."""
    found = re.fullmatch(r"IRC on \[?([^]]*)\]?:(\d+)", line)
    return f"{line} (for example: irssi -c {found[1]} -p {found[2]})" if found else line
