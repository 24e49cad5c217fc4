"""What is common to verbs about identities: their connections, their memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.names import participant_key
from words.passport.identity import Identity

if TYPE_CHECKING:
    from words.chat.attachment import Attachment
    from words.chat.service import ChatService


def attachments_of(service: ChatService | None, identity: Identity) -> list[Attachment]:
    """Return the connections of an identity: its own participant's, and those under other names."""
    if service is None:
        return []
    key = participant_key(identity.name)
    return [
        attachment
        for participant in service.registry.participants.values()
        if participant.identity == identity.id
        or (participant.actor.account and participant_key(participant.actor.account) == key)
        for attachment in participant.attachments
    ]


def end(attachments: list[Attachment], reason: str) -> int:
    """End connections, within a turn; return how many."""
    for attachment in attachments:
        attachment.outlet.close(reason)
    return len(attachments)
