"""Oneself and others."""

from __future__ import annotations

from gateways.pb.perspective import ChatPerspective
from gateways.pb.table import handler
from words.chat import policy
from words.chat.participant import Participant
from words.chat.registry import now_ms
from words.chat.verbs.reading import Wish
from words.remote.values import PersonInfo, Position, State

MOST_DIRECTS = 200
"""Direct conversations in one `state`; the latest."""


@handler()
def state(perspective: ChatPerspective, since: int) -> State:
    """Tell who one is, and how far one's conversations have got."""
    me, gateway = perspective.me, perspective.gateway
    participant = me.participant
    positions = [
        Position(group.name, True, group.id, group.sequence)
        for group in participant.groups.values()
    ]
    if since:
        positions += _directs(perspective, since)
    hub = gateway.config.hub
    return State(
        hub.name,
        hub.network,
        participant.id,
        participant.name,
        bool(participant.identity),
        now_ms(),
        positions,
    )


def _directs(perspective: ChatPerspective, since: int) -> list[Position]:
    me = perspective.me
    found = []
    for talked in me.conversations(since, 2**62, MOST_DIRECTS):
        if not talked.is_group:
            (last,) = me.read_direct(talked.name, Wish(1, newest=True))
            found.append(Position(talked.name, False, last.conversation, last.sequence))
    return found


@handler()
def rename(perspective: ChatPerspective, name: str) -> None:
    """Take another name."""
    perspective.me.rename(name)


@handler()
def set_away(perspective: ChatPerspective, text: str | None) -> None:
    """Be away, or back."""
    perspective.me.set_away(text)


@handler()
def set_real_name(perspective: ChatPerspective, real_name: str) -> None:
    """Change the real name."""
    perspective.me.set_real_name(real_name)


@handler()
def hide(perspective: ChatPerspective, hidden: bool) -> None:
    """Be harder to find."""
    perspective.me.hide(hidden)


@handler()
def whois(perspective: ChatPerspective, person: str) -> PersonInfo:
    """Describe a participant."""
    other = perspective.me.somebody(person)
    actor = other.actor
    since = other.idle_since()
    return PersonInfo(
        actor.name,
        actor.id,
        actor.user,
        actor.host,
        other.real_name,
        actor.account,
        actor.flags,
        actor.origin,
        other.away,
        int(perspective.gateway.now() - since) if since else 0,
        other.signed_on if other.attachments else 0,
        _groups(perspective.me.participant, other),
    )


def _groups(mine: Participant, other: Participant) -> dict[str, list[str]]:
    """Return the groups of somebody that the asker may know of, and his roles there."""
    shared = mine.groups.keys()
    return {
        group.name: list(group.members[other.id].roles)
        for group in other.groups.values()
        if group.id in shared or (not other.hidden and policy.may_see(group, mine))
    }


@handler(cost=0.2)
def ping(perspective: ChatPerspective) -> int:
    """Tell the time."""
    return now_ms()
