"""The admin service for identities that may administer something, from anywhere that is private.

Rights are asked for with each call: what was taken from somebody he can't use any longer. What
crosses a network in the open is refused: an administrator comes by TLS, or from the same machine.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from words.admin.base import Caller
from words.admin.perspective import AdminPerspective, admin_perspective
from words.admin.verbs import VERBS
from words.errors import Forbidden
from words.passport.identity import Identity

if TYPE_CHECKING:
    from gateways.pb.connection import PbConnection
    from gateways.pb.gateway import PbGateway


class AdminSession(AdminPerspective):
    """One login for the service `admin`."""

    beside = True
    """Its verbs are coroutines that wait for turns."""

    cost = 0.0
    """Who administers isn't slowed."""

    def __init__(self, gateway: PbGateway, identity: Identity, connection: PbConnection) -> None:
        super().__init__(gateway.parts.administer, partial(_caller, gateway, identity))
        self.listener = connection.listener
        self._connection = connection

    def goodbye(self, reason: str) -> bytes:
        """Return nothing: who administers is told by the chat service, if at all."""
        return b""

    def log_out(self, reason: str) -> None:
        """Do nothing: nobody sees who administers."""

    def unreferenced(self, broker: object) -> None:
        """Log out."""
        self._connection.logged_out(self)


_Published = admin_perspective(tuple(VERBS), AdminSession)


def enter_admin(
    gateway: PbGateway, identity: Identity | None, connection: PbConnection, mind: Any
) -> AdminPerspective:
    """Let an administrator into the admin service."""
    if identity is None or not identity.rights:
        raise Forbidden("nothing to administer")
    if not connection.private:
        raise Forbidden("administration is possible over TLS only")
    session: AdminPerspective = _Published(gateway, identity, connection)  # type: ignore[arg-type, call-arg]
    return session


def _caller(gateway: PbGateway, identity: Identity) -> Caller:
    """Return what somebody may do now: of what he could when he came, what he still can."""
    return Caller(identity.name, gateway.parts.authorizer.rights_now(identity))
