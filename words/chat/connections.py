"""The connections of somebody, over every gateway: found, described, ended."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from words.names import participant_key

if TYPE_CHECKING:
    from words.chat.attachment import Attachment
    from words.chat.registry import Registry
    from words.interfaces import Outlet


class Shown(NamedTuple):
    """A connection as those see it whom it concerns.

    ``session`` tells it from all others that are here now. ``app_password`` is the label of the
    one that it came by, ``idle`` in seconds, None where nobody has done anything yet.
    """

    session: str
    name: str
    account: str
    address: str
    gateway: str
    app_password: str
    idle: int | None


def connections_of(
    registry: Registry, account: str, app_password: str | None = None
) -> list[Attachment]:
    """Return the connections of an identity: its own participant's, and those under other names.

    With ``app_password``, a label, only those that came by that one.
    """
    key = participant_key(account)
    found = [
        attachment
        for participant in registry.participants.values()
        if participant.actor.account and participant_key(participant.actor.account) == key
        for attachment in participant.attachments
    ]
    if app_password is None:
        return found
    label = participant_key(app_password)
    return [each for each in found if participant_key(each.app_password) == label]


def shown(attachment: Attachment) -> Shown:
    """Return how a connection is described."""
    actor, active = attachment.participant.actor, attachment.active
    return Shown(
        str(attachment.number),
        actor.name,
        actor.account,
        address_of(attachment.outlet),
        type(attachment.outlet).__module__.split(".")[-2],
        attachment.app_password,
        max(0, int(time.monotonic() - active)) if active else None,
    )


def end(attachments: Iterable[Attachment], reason: str) -> int:
    """End connections, within a turn; return how many."""
    chosen = list(attachments)
    for attachment in chosen:
        attachment.outlet.close(reason)
    return len(chosen)


def address_of(outlet: Outlet) -> str:
    """Return the network address that a connection comes from, "" where it has none."""
    return getattr(outlet, "address", "")
