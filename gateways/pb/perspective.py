"""A participant's perspective of the chat service, at one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateways.pb.forms import Chunk
from gateways.pb.table import HANDLERS, perspective_of
from words.chat.attachment import Attachment
from words.remote.chat import Chat
from words.remote.table import Verb
from words.spread.flavors import Perspective
from words.spread.references import RemoteReference
from words.spread.shared import SharedCall

if TYPE_CHECKING:
    from gateways.pb.connection import PbConnection
    from gateways.pb.gateway import PbGateway


CALL_COST = 1.0
"""Units of flood control of a call that doesn't say what it costs, and of what is no use."""


class MindOutlet:
    """Where a chat attachment's chunks go: to its client's mind."""

    def __init__(self, connection: PbConnection, mind: object) -> None:
        self.connection = connection
        self.address = connection.address
        self.mind = mind if isinstance(mind, RemoteReference) else None

    def push(self, chunk: Chunk) -> None:
        """Write the chunk's parts; see `Outlet.push`."""
        self.connection.write_all([self.part(part) for part in chunk.parts])

    def part(self, part: Any) -> bytes:
        """Return the bytes of one part."""
        if type(part) is bytes:
            return part
        return self.connection.splice(self.mind, part) if self.mind is not None else b""

    def close(self, reason: str) -> None:
        """End the connection; see `Outlet.close`."""
        self.connection.close(reason)

    def goodbye(self, reason: str) -> bytes:
        """Return what tells the mind that the connection ends."""
        if self.mind is None:
            return b""
        return self.connection.splice(self.mind, SharedCall("closing", (reason,)))


class ChatPerspective(Perspective):
    """One of these without its methods; `Published` has those of the table."""

    cost = 0.0
    """What each verb costs is said in the table."""

    def __init__(self, gateway: PbGateway, attachment: Attachment, outlet: MindOutlet) -> None:
        self.gateway = gateway
        self.service = gateway.service
        self.me = attachment
        self.outlet = outlet

    @property
    def listener(self) -> Attachment:
        """Where answers take their places."""
        return self.me

    def goodbye(self, reason: str) -> bytes:
        """Return what tells the client that the connection ends."""
        return self.outlet.goodbye(reason)

    def log_out(self, reason: str) -> None:
        """Detach, within a turn."""
        self.service.detach(self.me, reason)

    def unreferenced(self, broker: object) -> None:
        """Log out: the client dropped its reference, or is gone."""
        self.outlet.connection.logged_out(self)


def _run(perspective: ChatPerspective, row: Verb, arguments: dict[str, Any]) -> Any:
    found = HANDLERS[row.name]
    perspective.outlet.connection.charge(found.cost)
    if found.active:
        perspective.me.active = perspective.gateway.now()
    return found.run(perspective, **arguments)


Published = perspective_of(ChatPerspective, Chat, _run)
