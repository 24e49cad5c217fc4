"""Saying things: PRIVMSG, NOTICE, TAGMSG.

Source: Modern IRC, Sending Messages; IRCv3 message-tags, echo-message.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from gateways.irc import numerics as n
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.formatting import ctcp, parse
from gateways.irc.handlers import reactions
from gateways.irc.names import ROLE_SIGNS, ROLES_BY_SIGN, group_of, is_channel
from gateways.irc.refusals import refuse
from gateways.irc.services import Service, addressed
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.chat.group import Group
from words.chat.verbs.talk import Body
from words.errors import CannotSpeak, NoSuchGroup, NoSuchMessage, TooMany, WordsError
from words.events import MessageKind, Said

T = TypeVar("T")

CLIENT_SIGN = "+"
"""What client-only tags begin with (IRCv3 message-tags)."""


@command("PRIVMSG", active=True)
def handle_privmsg(session: Session, message: Message) -> Later | None:
    """Say something to channels or people, or command a service."""
    params = message.params
    if not params or not params[0]:
        session.reply(n.ERR_NORECIPIENT, "PRIVMSG")
    elif len(params) < 2 or not params[1]:
        session.reply(n.ERR_NOTEXTTOSEND)
    elif service := addressed(session, params[0]):
        if isinstance(service, Service) and session.has(Cap.ECHO_MESSAGE):
            session.send(_echo(session, message))
        return service(session, params[1])
    else:
        _say(session, message, "text")
    return None


def _echo(session: Session, message: Message) -> bytes:
    """Return what a client wrote to a service, which nobody else is told of."""
    me = session.me
    to, text = message.params[:2]
    tags = client_tags(session, message)
    stamp = me.service.registry.passing()
    event = Said(*stamp, me.participant.actor, text, to=to, tags=tags, form="irc", wire=text)
    return me.form.encode(event, "") or b""


@command("NOTICE", active=True)
def handle_notice(session: Session, message: Message) -> None:
    """Say something that no program may answer; errors aren't answered either."""
    if len(message.params) > 1 and message.params[0] and message.params[1]:
        _say(session, message, "notice")


@command("TAGMSG", least=1, active=True, caps=Cap.MESSAGE_TAGS)
def handle_tagmsg(session: Session, message: Message) -> None:
    """Pass on client tags without a text."""
    tags = client_tags(session, message)
    if tags is None and any(key[0] == CLIENT_SIGN for key in message.tags()):
        return  # it would say what isn't passed on
    for target in _targets(session, message):
        try:
            me = session.me
            role, channel = status_of(session, target)
            to = audience(session, channel) if channel else me.addressee(target)
            if role or not tags or not reactions.done(session, to, tags):
                me.signal(to, tags, role=role)
        except WordsError as error:
            _refuse(session, "TAGMSG", target, error)


def client_tags(session: Session, message: Message) -> dict[str, str] | None:
    """Return the client-only tags of a message, None without any."""
    if not message.tag_data or not session.has(Cap.MESSAGE_TAGS):
        return None
    denied = session.ircd.config.irc.client_tags_denied
    return {
        key: value
        for key, value in message.tags().items()
        if key[0] == CLIENT_SIGN and not (denied and _denied(key[1:], denied))
    } or None


def _denied(name: str, denied: Collection[str]) -> bool:
    """Return whether a tag isn't passed on (ISUPPORT CLIENTTAGDENY)."""
    return name in denied or ("*" in denied and f"-{name}" not in denied)


def status_of(session: Session, target: str) -> tuple[str, str]:
    """Return role and channel of a target: ("operator", "#c") of ``@#c``, ("", "#c") of ``#c``,
    two times "" for a person (ISUPPORT STATUSMSG).
    """
    if is_channel(target):
        return "", target
    channel = target.lstrip("".join(ROLE_SIGNS.values()))
    role = ROLES_BY_SIGN.get(target[-len(channel) - 1], "") if is_channel(channel) else ""
    if role in session.ircd.service.settings.roles.by_name:
        return role, channel
    return "", ""


def _targets(session: Session, message: Message) -> list[str]:
    target = message.params[0]
    if "," not in target:
        return [target]
    targets = [each for each in dict.fromkeys(target.split(",")) if each]
    if not targets and message.command != "NOTICE":
        session.reply(n.ERR_NORECIPIENT, message.command)
    limit = session.ircd.config.irc.max_targets
    if len(targets) > limit and message.command != "NOTICE":
        session.reply(n.ERR_TOOMANYTARGETS, safe(targets[limit]))
    return targets[:limit]


def _say(session: Session, message: Message, kind: MessageKind) -> None:
    text = message.params[1]
    tags = client_tags(session, message) if message.tag_data else None
    if text[0] == "\x01" and (query := ctcp(text)):
        if query[0] != "ACTION":
            _query(session, message, tags, kind, text)
            return
        text, kind = query[1], "action"
    body = body_of(text, tags, kind)
    if body.text:
        deliver(session, message, body)
    elif kind != "notice":
        session.reply(n.ERR_NOTEXTTOSEND)


def deliver(session: Session, message: Message, body: Body) -> None:
    """Say something to whom the message is for."""
    for target in _targets(session, message):
        _say_to(session, message.command, target, body)


def audience(session: Session, channel: str) -> Group:
    """Return the group to speak to: a secret one too, if it takes messages from outside (-n)."""
    me = session.me
    group = me.service.registry.group(group_of(channel))
    if group is None or (
        group.settings.secret
        and group.settings.no_outside
        and me.participant.id not in group.members
    ):
        raise NoSuchGroup(channel)
    return group


def body_of(text: str, tags: dict[str, str] | None, kind: MessageKind = "text") -> Body:
    """Return what a line says."""
    reply_to = reactions.answered(tags) if tags else 0
    if text.isprintable():
        return Body(text, kind, tags=tags, reply_to=reply_to)
    plain, spans = parse(text)
    wire = text if spans else ""
    return Body(plain, kind, spans, tags, "irc" if spans else "", wire, reply_to)


def _say_to(session: Session, name: str, target: str, body: Body) -> None:
    me = session.me
    try:
        role, channel = status_of(session, target)
        if channel:
            group = audience(session, channel)
            _said(me.say, group, body._replace(role=role) if role else body)
            return
        other = me.addressee(target)  # who isn't here finds it later, and is away: "offline"
        _said(me.say_to, other, body)
    except WordsError as error:
        _refuse(session, name, target, error)
        return
    if other.away is not None and body.kind != "notice":
        session.reply(n.RPL_AWAY, other.name, other.away)


def _said(say: Callable[[T, Body], object], to: T, body: Body) -> None:
    try:
        say(to, body)
    except NoSuchMessage:  # it answers one that is gone, or another server's
        say(to, body._replace(reply_to=0))


def _query(
    session: Session, message: Message, tags: dict[str, str] | None, kind: str, text: str
) -> None:
    query = "".join(char for char in text.strip("\x01") if char.isprintable())
    me = session.me
    for target in _targets(session, message):
        try:
            role, channel = status_of(session, target)
            to = audience(session, channel) if channel else me.somebody(target)
            me.signal(to, tags, query, answer=kind == "notice", role=role)
        except WordsError as error:
            _refuse(session, message.command, target, error)


def _refuse(session: Session, name: str, target: str, error: WordsError) -> None:
    if name == "NOTICE":
        return
    if isinstance(error, NoSuchGroup):
        session.reply(n.ERR_NOSUCHCHANNEL, safe(target))
    elif isinstance(error, CannotSpeak | TooMany):
        refuse(session, name, error)
    elif not target or " " in target or target[0] == ":":
        session.reply(n.ERR_NORECIPIENT, name)
    else:
        refuse(session, name, error)
