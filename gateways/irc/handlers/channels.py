"""Being in channels: JOIN, PART, TOPIC, NAMES, KICK, INVITE.

Source: Modern IRC, Channel Operations; IRCv3 multi-prefix, userhost-in-names, extended-join.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from operator import attrgetter

from gateways.irc import limits, metadata
from gateways.irc import numerics as n
from gateways.irc.batches import tagged
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import line, room, safe
from gateways.irc.formatting import parse
from gateways.irc.forms import source
from gateways.irc.handlers import history, markers
from gateways.irc.names import group_of, is_channel, shown, signs
from gateways.irc.refusals import NoSuchChannel, refuse
from gateways.irc.session import Session
from gateways.irc.staying import stays
from gateways.irc.table import command
from gateways.irc.times import server_time
from words.chat import policy
from words.chat.group import Group
from words.errors import AlreadyMember, BadName, TooLong, TooMany, WordsError
from words.events import Actor, Joined
from words.names import group_key

_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls, line breaks, and what turns round how the text beside it is read. Blanks of every kind,
joiners, and characters that are newer than this Python stay."""


def clean(text: str) -> str:
    """Return a text without control characters: topics and reasons have no formatting codes."""
    if text.isprintable():
        return text
    return _UNWANTED.sub("", parse(text)[0].replace("\t", " "))


def group_named(session: Session, channel: str) -> Group:
    """Return the group that a channel's name means; raises `NoSuchGroup`."""
    if not is_channel(channel):
        raise NoSuchChannel(channel)
    return session.me.group(group_of(channel))


@command("JOIN", least=1, cost=2.0, each=1.0, active=True)
def handle_join(session: Session, message: Message) -> None:
    """Enter channels, with their keys."""
    params = message.params
    if params[0] == "0":
        for group in list(session.me.participant.groups.values()):
            session.me.leave(group)
        return
    keys = params[1].split(",") if len(params) > 1 else []
    for number, channel in enumerate(_several(session, params[0], "JOIN")):
        key = keys[number] if number < len(keys) else ""
        _join(session, channel, key)


def _several(session: Session, given: str, command: str = "") -> list[str]:
    """Return the channels of a list, as many as one line may name."""
    channels = [channel for channel in given.split(",") if channel]
    if not channels and command:
        session.reply(n.ERR_NEEDMOREPARAMS, command)
    if len(channels) > limits.CHANNELS:
        session.reply(n.ERR_TOOMANYTARGETS, safe(channels[limits.CHANNELS]))
    return channels[: limits.CHANNELS]


def _join(session: Session, channel: str, key: str) -> None:
    if not is_channel(channel):
        session.reply(n.ERR_NOSUCHCHANNEL, safe(channel))
        return
    if len(channel) * 4 > limits.CHANNEL_BYTES and len(channel.encode()) > limits.CHANNEL_BYTES:
        session.reply(n.ERR_BADCHANMASK, safe(channel))
        return
    durable = stays(session)
    try:
        name = session.me.entrance(group_of(channel), key)
        if group_key(name) != group_key(group_of(channel)):
            session.reply(n.ERR_LINKCHANNEL, safe(channel), shown(name))
            key = ""
        group = session.me.join(name, key, durable=durable)
    except AlreadyMember:
        return
    except (BadName, TooLong):
        session.reply(n.ERR_BADCHANMASK, safe(channel))
        return
    except TooMany:
        session.reply(n.ERR_TOOMANYCHANNELS, safe(channel))
        return
    except WordsError as error:
        refuse(session, "JOIN", error)
        return
    show_joined(session, group)
    for other in session.me.participant.attachments:  # as Ergo: his other clients are in too
        if other is not session.me and other in session.ircd.sessions:
            show_joined(session.ircd.sessions[other], group)


def show_joined(session: Session, group: Group, *, announce: bool = False) -> None:
    """Tell a client what it must know of a channel it is in now: topic, names, history.

    ``announce``: its own JOIN too, for a channel that it was in before it came.
    """
    if announce:
        participant = session.me.participant
        conversation, sequence, _, now = session.ircd.service.registry.passing()
        event = Joined(conversation, sequence, 0, now, participant.actor, participant.real_name)
        piece = session.me.form.encode(event, group.name)
        session.send(piece)
    markers.show_joined_marker(session, group)
    if group.facts.topic:
        _show_topic(session, group)
    if not session.has(Cap.NO_IMPLICIT_NAMES):
        show_names(session, group)
    metadata.show_joined(session, group)
    if not (announce and session.seen):  # what it missed comes then
        history.replay_on_join(session, group)


def _show_topic(session: Session, group: Group) -> None:
    facts = group.facts
    channel = shown(group.name)
    session.reply(n.RPL_TOPIC, channel, facts.topic)
    session.reply(n.RPL_TOPICWHOTIME, channel, facts.topic_by, str(facts.topic_time // 1000))


def member_names(session: Session, group: Group) -> list[str]:
    """Return the members with their signs, as this client wants them."""
    roles = session.ircd.service.settings.roles
    several = session.has(Cap.MULTI_PREFIX)
    name_of: Callable[[Actor], str] = (
        source if session.has(Cap.USERHOST_IN_NAMES) else attrgetter("name")
    )
    members = policy.seen_members(group, session.me.participant, roles)

    def sign(held: tuple[str, ...]) -> str:
        all_signs = signs(held, roles)
        return all_signs if several else all_signs[:1]

    return [
        sign(member.roles) + name_of(member.participant.actor)
        if member.roles
        else name_of(member.participant.actor)
        for member in members
    ]


def show_names(session: Session, group: Group) -> None:
    """Say who is in a group, to somebody who may know."""
    channel = shown(group.name)
    server = session.ircd.name_shown
    symbol = "@" if group.settings.secret else "="
    client = session.name
    limit = room(n.RPL_NAMREPLY.number, client, symbol, channel, source=server)
    head = f":{server} 353 {client} {symbol} {channel} :".encode()
    lines = [head + part for part in _split(" ".join(member_names(session, group)).encode(), limit)]
    lines.append(f":{server} 366 {client} {channel} :End of /NAMES list\r\n".encode())
    session.send(b"\r\n".join(lines))


def _split(words: bytes, limit: int) -> Iterator[bytes]:
    """Cut words at blanks into parts of at most so many bytes; a word alone may be longer."""
    start, end = 0, len(words)
    while end - start > limit:
        cut = words.rfind(b" ", start, start + limit + 1)
        if cut < 0:
            cut = words.find(b" ", start)
            if cut < 0:
                break
        yield words[start:cut]
        start = cut + 1
    if start < end:
        yield words[start:]


@command("PART", least=1, active=True)
def handle_part(session: Session, message: Message) -> None:
    """Leave channels."""
    reason = clean(message.params[1])[: limits.REASON] if len(message.params) > 1 else ""
    for channel in _several(session, message.params[0], "PART"):
        try:
            session.me.leave(group_named(session, channel), reason)
        except WordsError as error:
            refuse(session, "PART", error)


@command("TOPIC", least=1, active=True)
def handle_topic(session: Session, message: Message) -> None:
    """Show or change a channel's topic."""
    group = group_named(session, message.params[0])
    if len(message.params) > 1:
        limit = session.ircd.config.chat.max_topic_length
        session.me.set_topic(group, clean(message.params[1])[:limit])
    elif group.facts.topic:
        _show_topic(session, group)
    else:
        session.reply(n.RPL_NOTOPIC, shown(group.name))


@command("NAMES", cost=2.0, each=1.0)
def handle_names(session: Session, message: Message) -> None:
    """Show who is in channels."""
    channels = _several(session, message.params[0]) if message.params else []
    if not channels:
        session.reply(n.RPL_ENDOFNAMES, "*")
    for channel in channels:
        try:
            show_names(session, group_named(session, channel))
        except WordsError:
            session.reply(n.RPL_ENDOFNAMES, safe(channel))


@command("KICK", least=2, active=True)
def handle_kick(session: Session, message: Message) -> None:
    """Remove members of a channel: one channel or as many as nicks (RFC 2812 3.2.8)."""
    params = message.params
    reason = clean(params[2])[: limits.REASON] if len(params) > 2 else ""
    channels, nicks = params[0].split(","), params[1].split(",")
    if len(channels) == 1:
        channels *= len(nicks)
    elif len(channels) != len(nicks):
        session.reply(n.ERR_NEEDMOREPARAMS, "KICK")
        return
    most = session.ircd.config.irc.max_targets
    if len(nicks) > most:
        session.reply(n.ERR_TOOMANYTARGETS, safe(nicks[most]))
    for channel, nick in list(zip(channels, nicks, strict=True))[:most]:
        try:
            group = group_named(session, channel)
            policy.member_of(group, session.me.participant)
            session.me.kick(group, session.me.somebody(nick), reason)
        except WordsError as error:
            refuse(session, "KICK", error)


@command("INVITE", active=True)
def handle_invite(session: Session, message: Message) -> None:
    """Ask somebody into a channel; alone, list the channels one was asked into."""
    params = message.params
    me = session.me
    if len(params) < 2:
        if params:
            session.reply(n.ERR_NEEDMOREPARAMS, "INVITE")
            return
        for name in _invited_to(session):
            session.reply(n.RPL_INVITELIST, shown(name))
        session.reply(n.RPL_ENDOFINVITELIST)
        return
    other = me.addressee(params[0])  # who isn't here finds it at the next login
    group = group_named(session, params[1])
    me.invite(group, other)
    session.reply(n.RPL_INVITING, other.name, shown(group.name))
    if other.away is not None:
        session.reply(n.RPL_AWAY, other.name, other.away)


def _invited_to(session: Session) -> list[str]:
    participant = session.me.participant
    if participant.identity:
        return [waiting.group for waiting in session.me.invitations()]
    return [
        group.name
        for group in session.ircd.service.registry.groups.values()
        if participant.invitations.get(group.id) == group.facts.epoch
    ]


def show_invitations(session: Session) -> None:
    """Say what waited for somebody who has just come, as if it had been said now."""
    if session.me.participant.identity:
        for waiting in session.me.invitations():
            data = line("INVITE", session.name, shown(waiting.group), source=waiting.inviter)
            if session.has(Cap.SERVER_TIME):
                data = tagged(data, f"time={server_time(waiting.time)}")
            session.send(data)
