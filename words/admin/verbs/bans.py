"""Keeping people out of the whole hub."""

from __future__ import annotations

import math

import msgspec

from words.admin.base import Domain, Nothing, Result, Verb
from words.errors import BadInput

LONGEST = 100 * 365 * 86400.0
"""Seconds; who wants longer wants for ever."""


class Target(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``ban-remove``: a mask, an address or a network."""

    target: str
    why: str = ""


class NewBan(Target, forbid_unknown_fields=True):
    """Arguments of ``ban-add``: for so long, or (0) for ever; ``guests`` only."""

    seconds: float = 0
    guests: bool = False


def _add(domain: Domain, arguments: NewBan, _: object) -> Result:
    if not (math.isfinite(arguments.seconds) and 0 <= arguments.seconds <= LONGEST):
        raise BadInput("time", "must be a duration")
    ban = domain.bans.add(
        arguments.target, arguments.why, "", arguments.seconds, guests=arguments.guests
    )
    ended = 0
    if domain.live is not None:
        from words.chat.connections import address_of

        for participant in list(domain.live.registry.participants.values()):
            for attachment in list(participant.attachments):
                address = address_of(attachment.outlet)
                if domain.bans.of(participant.actor, address) is not None:
                    attachment.outlet.close(f"Banned: {ban.reason}" if ban.reason else "Banned")
                    ended += 1
    return {**msgspec.to_builtins(ban), "ended": ended}


def _remove(domain: Domain, arguments: Target, _: object) -> Result:
    return msgspec.to_builtins(domain.bans.remove(arguments.target))


def _list(domain: Domain, _: object, __: object) -> Result:
    return msgspec.to_builtins(domain.bans.list())


VERBS = {
    "ban-add": Verb(NewBan, _add, "bans"),
    "ban-remove": Verb(Target, _remove, "bans"),
    "ban-list": Verb(Nothing, _list, "bans", writes=False),
}
