"""What is common to verbs about identities: their connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.chat.connections import connections_of
from words.passport.identity import Identity

if TYPE_CHECKING:
    from words.chat.attachment import Attachment
    from words.chat.service import ChatService


def attachments_of(
    service: ChatService | None, identity: Identity, app_password: str | None = None
) -> list[Attachment]:
    """Return the connections of an identity; see `connections_of`. A stopped hub has none."""
    if service is None:
        return []
    return connections_of(service.registry, identity.name, app_password)
