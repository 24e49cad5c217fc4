"""Who comes in by PB, and what they get: the passport behind the login methods of the root.

All of it is answered within the turn, of what the passport has at hand, and never waits. A proof
that was good once more has to be of the verifier that stands there now (`Authorizer.proven`).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from gateways.pb.forms import SILENT, form_of
from gateways.pb.perspective import ChatPerspective, MindOutlet, Published
from gateways.pb.stock import STOCK, StockAvatar, outlet_for
from words.errors import BadInput, NameTaken, TooMany
from words.events import Actor, Flags
from words.interfaces import Form
from words.passport.identity import Identity
from words.passport.scram import Verifier
from words.spread import login
from words.spread.flavors import Perspective
from words.spread.login import Proven
from words.spread.scram import Keys

if TYPE_CHECKING:
    from gateways.pb.connection import PbConnection
    from gateways.pb.gateway import PbGateway

MECHANISMS = (login.SCRAM, login.MD5, login.ANONYMOUS, login.CERTIFICATE)

GUEST_BYTES = 3
"""Of the random part of a guest's name: ten thousand of them meet once in a thousand tries."""

GUEST_TRIES = 10
"""Names that are tried for a guest before he is refused."""

LOGINS = 8
"""Perspectives of one connection: of a few identities, or services."""

USER = "pb"
"""The user name in ``name!user@host``, as clients of IRC see those who come by PB."""


class Doorman:
    """The `Authenticator` of one gateway."""

    def __init__(self, gateway: PbGateway) -> None:
        self._gateway = gateway
        self._authorizer = gateway.parts.authorizer

    async def scram_keys(self, name: str, broker: Any) -> Keys:
        """Return the keys of a login name, false ones for one that is unknown."""
        verifier = self._authorizer.verifier(name, address=_connection(broker).address)
        return Keys(verifier.salt, verifier.iterations, verifier.stored_key, verifier.server_key)

    async def md5_digest(self, name: str, broker: Any) -> bytes:
        """Return what the stock challenge is checked with, random bytes for an unknown name."""
        return self._authorizer.md5_digest(name, address=_connection(broker).address)

    async def log_in(self, proven: Proven) -> Perspective:
        """Return the perspective of who has proved who he is."""
        connection = _connection(proven.broker)
        if len(connection.perspectives) >= LOGINS:
            raise TooMany("logins on one connection", LOGINS)
        identity = self._identity(proven, connection)
        enter = self._gateway.services.get(proven.service)
        if enter is None:
            raise BadInput("service", proven.service)
        perspective = enter(identity, connection, proven.mind)
        connection.perspectives.add(perspective)
        return perspective

    def failed(self, mechanism: str, name: str, broker: Any) -> None:
        """Count a wrong proof."""
        self._authorizer.failed(name, address=_connection(broker).address)

    def _identity(self, proven: Proven, connection: PbConnection) -> Identity | None:
        if proven.mechanism == login.ANONYMOUS:
            return None
        if proven.mechanism == login.CERTIFICATE:
            return self._authorizer.by_certificate(proven.broker.peer["certificate"])
        address = connection.address
        if proven.mechanism == login.MD5:
            return self._authorizer.proven_md5(proven.name, address=address)
        assert proven.keys is not None, "a SCRAM login has them"
        keys = proven.keys
        verifier = Verifier(keys.iterations, keys.salt, keys.stored_key, keys.server_key)
        return self._authorizer.proven(proven.name, verifier, address=address)


def enter_chat(
    gateway: PbGateway, identity: Identity | None, connection: PbConnection, mind: Any
) -> ChatPerspective:
    """Let somebody into the chat service."""
    stock = outlet_for(connection, mind)
    outlet = stock or MindOutlet(connection, mind)
    form: Form = SILENT
    if outlet.mind is not None:
        form = STOCK if stock else form_of(connection.words)
    flags = int(Flags.SECURE if connection.secure else Flags.NONE)
    service = gateway.service
    if identity is not None:
        host = gateway.cloak.identity(identity.id)
        actor = Actor(0, identity.name, USER, host, identity.name, flags)
        me = service.attach(identity.id, actor, identity.name, (form, form), outlet)
    else:
        host = gateway.cloak.address(connection.address)
        for _ in range(GUEST_TRIES):
            actor = Actor(0, f"guest-{secrets.token_hex(GUEST_BYTES)}", USER, host, "", flags)
            if service.name_free(actor.name):
                break
        else:
            raise NameTaken(actor.name)
        me = service.enter(actor, actor.name, (form, form), outlet)
    me.active = gateway.now()
    me.app_password = identity.label if identity is not None else ""
    if stock is not None:
        return StockAvatar(gateway, me, stock)
    me.echo = True  # what one says oneself stands in one's stream, in its place
    return Published(gateway, me, outlet)


def _connection(broker: Any) -> PbConnection:
    connection: PbConnection = broker.peer["connection"]
    return connection
