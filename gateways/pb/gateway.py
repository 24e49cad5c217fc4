"""The PB gateway: its listeners, its connections, and what they all share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from gateways.admission import Arrival
from gateways.base import Parts
from gateways.pb import verbs
from gateways.pb.admin import enter_admin
from gateways.pb.connection import PbConnection, limits_for
from gateways.pb.login import MECHANISMS, Doorman, enter_chat
from gateways.pb.stock import MIND
from gateways.serving import SocketGateway
from words.config import Pb
from words.passport.identity import Identity
from words.spread.broker import Broker
from words.spread.flavors import Perspective
from words.spread.login import LoginRoot
from words.spread.registry import Registry

log = logging.getLogger(__name__)

Enter: TypeAlias = Callable[[Identity | None, PbConnection, Any], Perspective]
"""Gives somebody (None: who didn't say who he is) a perspective of a service."""

verbs.load()


class PbGateway(SocketGateway[PbConnection]):
    """Speaks PB; see `gateways.base.Gateway`."""

    name = "pb"
    settings: Pb

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.registry = Registry()
        self.registry.reference(MIND)
        self.services: dict[str, Enter] = {}
        self.services["chat"] = self.services[""] = partial(enter_chat, self)
        self.services["admin"] = partial(enter_admin, self)
        self._root = LoginRoot(Doorman(self), MECHANISMS)

    def made(self, arrival: Arrival) -> PbConnection:
        """Return the connection of somebody who may come in."""
        return PbConnection(self, arrival)

    def new_broker(self, connection: PbConnection) -> Broker:
        """Return the protocol of a new connection."""
        peer: dict[str, Any] = {
            "address": connection.address,
            "certificate": connection.certificate,
            "connection": connection,
        }
        return Broker(
            listening=True,
            root=self._root,
            registry=self.registry,
            limits=limits_for(self.config.chat.max_body),
            report=_report,
            peer=peer,
        )


def _report(where: str, error: BaseException) -> None:
    log.error("%s failed", where, exc_info=error)
