"""Telling IRC clients what is set of the keys of metadata that they follow.

Source: IRCv3 draft/metadata-2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TypeAlias

from gateways.irc import numerics as n
from gateways.irc.batches import send_batch
from gateways.irc.capabilities import Cap
from gateways.irc.encode import line, reply
from gateways.irc.names import shown
from gateways.irc.session import Session
from words.chat import policy
from words.chat.group import Group, Member
from words.chat.participant import Participant
from words.errors import WordsError

SYNCED = 1000
"""Members whose metadata is told unasked: of larger channels when a client asks for it."""

LOOKED_AT = 500
"""Members that are looked at in one turn: some of them have to be read from the storage."""

RETRY = 4
"""Seconds after which a client may ask."""

Owner: TypeAlias = Group | Participant


def aware(session: Session) -> bool:
    """Return whether a client wants to know of metadata."""
    return session.has(Cap.METADATA) and session.has(Cap.BATCH)


def name_of(owner: Owner) -> str:
    """Return how a client calls it."""
    return shown(owner.name) if isinstance(owner, Group) else owner.name


def told(session: Session, owner: Owner, keys: Iterable[str]) -> Iterator[bytes]:
    """Yield METADATA lines with what is set of these keys."""
    values = session.ircd.service.metadata.of(owner)
    if values:
        name, server = name_of(owner), session.ircd.name_shown
        for key in keys:
            value = values.get(key)
            if value is not None:
                yield line("METADATA", name, key, "*", text=value, source=server)


def of_group(session: Session, group: Group, keys: Iterable[str]) -> Iterator[bytes]:
    """Yield the same of a channel and of those in it whom the client sees; now and then b"" for
    work that made no line (`paced.say`)."""
    yield from told(session, group, keys)
    for number, member in enumerate(_seen(session, group)):
        yield from told(session, member.participant, keys)
        if number % LOOKED_AT == LOOKED_AT - 1:
            yield b""


def _seen(session: Session, group: Group) -> list[Member]:
    roles = session.ircd.service.settings.roles
    return list(policy.seen_members(group, session.me.participant, roles))


def of_all(session: Session, keys: Iterable[str]) -> Iterator[bytes]:
    """Yield the same of oneself, one's channels and who is in them, once each.

    Of channels with too many altogether it yields that the client may ask.
    """
    me = session.me.participant
    seen = {me.id}
    looked = 0
    yield from told(session, me, keys)
    for group in me.groups.values():
        yield from told(session, group, keys)
        looked += len(group.members)
        if looked > SYNCED:
            yield _sync_later(session, group)
            continue
        for member in _seen(session, group):
            if member.participant.id not in seen:
                seen.add(member.participant.id)
                yield from told(session, member.participant, keys)


def _sync_later(session: Session, group: Group) -> bytes:
    server = session.ircd.name_shown
    return reply(n.ERR_METADATASYNCLATER, server, session.name, shown(group.name), str(RETRY))


def show_own(session: Session) -> None:
    """Tell a client that comes in what it has set, before the end of the greeting."""
    if session.metadata:
        for key, value in session.metadata.items():
            with suppress(WordsError):  # an account may have as many as there can be
                session.me.set_metadata(session.me.participant, key, value)
        session.metadata = {}
    if aware(session):
        me = session.me.participant
        values = session.me.metadata(me)
        send_batch(session, "metadata", me.name, list(told(session, me, values)))


def show_joined(session: Session, group: Group) -> None:
    """Tell a client that has entered a channel what it subscribed to, or that it may ask."""
    if not aware(session) or not session.subscriptions:
        return
    if len(group.members) > SYNCED:
        session.send(_sync_later(session, group))
        return
    lines = [each for each in of_group(session, group, session.subscriptions) if each]
    if lines:
        send_batch(session, "metadata", shown(group.name), lines)


def show_watched(session: Session, other: Participant) -> None:
    """Tell a client what it subscribed to of somebody whom it watches and who has come."""
    if aware(session):
        lines = list(told(session, other, session.subscriptions))
        if lines:
            send_batch(session, "metadata", other.name, lines)
