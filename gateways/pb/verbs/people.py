"""Oneself and others."""

from __future__ import annotations

from contextlib import suppress

from gateways.pb.perspective import ChatPerspective
from gateways.pb.table import handler, number
from words.chat import policy
from words.chat.attachment import Attachment
from words.chat.connections import shown
from words.chat.participant import Participant
from words.chat.person import Mark
from words.chat.registry import now_ms
from words.errors import BadInput, NotFound
from words.remote.values import PersonInfo, Position, SessionInfo, State


@handler()
def state(perspective: ChatPerspective, since: int) -> State:
    """Tell who one is, and how far one's conversations have got."""
    me, gateway = perspective.me, perspective.gateway
    participant = me.participant
    positions = [
        Position(group.name, True, group.id, group.sequence, _read(me.mark(group)))
        for group in participant.groups.values()
    ]
    if since > 0:
        positions += [
            Position(each.name, False, each.conversation, each.sequence, each.read)
            for each in me.changed_since(number(since))
            if not each.is_group
        ]
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


def _read(mark: Mark | None) -> int:
    return mark.sequence if mark else 0


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
def set_bot(perspective: ChatPerspective, bot: bool) -> None:
    """Be marked as a program, or not."""
    perspective.me.set_bot(bot)


@handler()
def hide(perspective: ChatPerspective, hidden: bool) -> None:
    """Be harder to find."""
    perspective.me.hide(hidden)


@handler()
def metadata(perspective: ChatPerspective, group: str, person: str) -> dict[str, str]:
    """Read keys and values."""
    me = perspective.me
    if group and person:
        raise BadInput("metadata", "is of a group or of a person")
    if group:
        return dict(me.metadata(me.group(group)))
    return dict(me.metadata(me.addressee(person) if person else me.participant))


@handler()
def set_metadata(perspective: ChatPerspective, key: str, value: str | None, group: str) -> None:
    """Set a key, or remove it."""
    me = perspective.me
    owner = me.group(group) if group else me.participant
    with suppress(NotFound):  # what is to be removed isn't there
        me.set_metadata(owner, key, value)


@handler()
def sessions(perspective: ChatPerspective) -> list[SessionInfo]:
    """List one's connections."""
    return [_session(each, each is perspective.me) for each in perspective.me.sessions()]


def _session(each: Attachment, here: bool) -> SessionInfo:
    one = shown(each)
    return SessionInfo(
        one.session, one.name, one.address, one.gateway, one.app_password, one.idle, here
    )


@handler()
def end_sessions(perspective: ChatPerspective, session: str, app_password: str | None) -> int:
    """End others of them."""
    return perspective.me.end_sessions(session, app_password)


@handler()
def whois(perspective: ChatPerspective, person: str) -> PersonInfo:
    """Describe a participant."""
    other = perspective.me.somebody(person)
    perspective.me.reach(other)
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
        _groups(perspective, other),
    )


def _groups(perspective: ChatPerspective, other: Participant) -> dict[str, list[str]]:
    """Return the groups of somebody that the asker may know of, and his roles there."""
    mine, roles = perspective.me.participant, perspective.service.settings.roles
    return {
        group.name: list(group.members[other.id].roles)
        for group in other.groups.values()
        if policy.may_see(group, mine) and policy.sees(group, mine, other, roles)
    }


@handler(cost=0.2)
def ping(perspective: ChatPerspective) -> int:
    """Tell the time."""
    return now_ms()
