"""About people: WHOIS, WHOWAS, AWAY, ISON, USERHOST, USERIP, SETNAME.

Source: Modern IRC, User-Based Queries; RFC 2812 for ISON, USERHOST; IRCv3 setname.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from gateways.irc import numerics as n
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import room, safe
from gateways.irc.handlers.channels import clean
from gateways.irc.handlers.server import elsewhere
from gateways.irc.handlers.user_modes import held
from gateways.irc.names import shown, signs
from gateways.irc.packing import packed
from gateways.irc.session import Session
from gateways.irc.sight import (
    address,
    addresses,
    admitted,
    certificates,
    groups,
    idle_seconds,
    present,
    web_gateways,
)
from gateways.irc.table import command
from words.chat.participant import Participant
from words.chat.verbs.people import MAX_AWAY
from words.errors import WordsError
from words.events import Flags

NAMES_ASKED = 16  # names in one ISON: what fits one answer; RFC 2812 has 5 for USERHOST
USERHOSTS = 5


@command("AWAY", active=True, early=True)
def handle_away(session: Session, message: Message) -> None:
    """Be away with a text, or back without one."""
    text = clean(message.params[0])[:MAX_AWAY] if message.params else ""
    if session.attachment is not None:
        session.me.set_away(text or None)
    elif session.has(Cap.PRE_AWAY):
        session.away = text or None
    else:
        session.reply(n.ERR_NOTREGISTERED)
        return
    session.reply(n.RPL_NOWAWAY if text else n.RPL_UNAWAY)


@command("SETNAME", least=1)
def handle_setname(session: Session, message: Message) -> None:
    """Change one's real name."""
    try:
        session.me.set_real_name(message.params[0])
    except WordsError:
        session.fail("SETNAME", "INVALID_REALNAME", text="Realname is not valid")


@command("ISON", least=1)
def handle_ison(session: Session, message: Message) -> None:
    """Say which of these people are here."""
    asked = " ".join(message.params).split()
    here = [each.name for each in present(session, asked[: NAMES_ASKED * 8])]
    limit = room(n.RPL_ISON.number, session.name, source=session.ircd.name_shown)
    text = " ".join(here)
    while len(text.encode()) > limit:
        here.pop()
        text = " ".join(here)
    session.reply(n.RPL_ISON, text)


@command("USERHOST", least=1)
def handle_userhost(session: Session, message: Message) -> None:
    """Say user, host and presence of up to five people."""
    replies = _hosts(session, message, lambda other: other.actor.host)
    session.reply(n.RPL_USERHOST, " ".join(replies))


def _hosts(session: Session, message: Message, host: Callable[[Participant], str]) -> Iterator[str]:
    for other in present(session, " ".join(message.params).split()[:USERHOSTS]):
        actor = other.actor
        sign = "-" if other.away is not None else "+"
        oper = "*" if actor.flags & Flags.OPERATOR else ""
        yield f"{actor.name}{oper}={sign}{actor.user}@{host(other)}"


@command("USERIP", least=1)
def handle_userip(session: Session, message: Message) -> None:
    """Say user and address of up to five people; of others than oneself only who may know."""
    replies = _hosts(session, message, lambda other: address(session, other))
    session.reply(n.RPL_USERIP, " ".join(replies))


@command("WHOIS", cost=2.0)
def handle_whois(session: Session, message: Message) -> None:
    """Tell about a person."""
    params = message.params
    asked = params[-1] if params else ""
    nick = asked.split(",")[0]
    if not nick:
        session.reply(n.ERR_NONICKNAMEGIVEN)
        return
    if len(params) > 1 and elsewhere(session, params[0]):
        return
    other = session.ircd.service.registry.participant(nick)
    there = other is not None and (other.attachments or other.identity)
    if other is None or not there or not admitted(session, other):
        session.reply(n.ERR_NOSUCHNICK, safe(nick))
    else:
        _whois(session, other)
    session.reply(n.RPL_ENDOFWHOIS, safe(asked))  # as it was written, all that was named


def _whois(session: Session, other: Participant) -> None:
    actor = other.actor
    nick = actor.name
    ircd = session.ircd
    session.reply(n.RPL_WHOISUSER, nick, actor.user, actor.host, other.real_name)
    for line in packed(session, n.RPL_WHOISCHANNELS, _whois_channels(session, other), nick):
        session.send(line)
    session.reply(n.RPL_WHOISSERVER, nick, ircd.name_shown, ircd.config.hub.description)
    if actor.flags & Flags.OPERATOR:
        session.reply(n.RPL_WHOISOPERATOR, nick)
    if other.away is not None:
        session.reply(n.RPL_AWAY, nick, other.away)
    if actor.account:
        session.reply(n.RPL_WHOISACCOUNT, nick, actor.account)
    if actor.flags & Flags.BOT:
        session.reply(n.RPL_WHOISBOT, nick)
    if actor.flags & Flags.SECURE:
        session.reply(n.RPL_WHOISSECURE, nick)
    for place in sorted(addresses(session, other)):
        session.reply(n.RPL_WHOISHOST, nick, actor.user, actor.host, place)
        if session.operator:
            session.reply(n.RPL_WHOISACTUALLY, nick, place)
    for proof in sorted(certificates(session, other)):
        session.reply(n.RPL_WHOISCERTFP, nick, proof)
    if other is session.me.participant and (modes := held(session)):
        session.reply(n.RPL_WHOISMODES, nick, "+" + "".join(sorted(modes)))
    for gateway in sorted(web_gateways(session, other)):
        session.reply(n.RPL_WHOISSPECIAL, nick, text=f"came by the web gateway {gateway}")
    if other.attachments:
        idle = str(idle_seconds(session, other))
        session.reply(n.RPL_WHOISIDLE, nick, idle, str(other.signed_on))


def _whois_channels(session: Session, other: Participant) -> Iterator[str]:
    roles = session.ircd.service.settings.roles
    for group in groups(session, other):
        held = signs(group.members[other.id].roles, roles)
        yield (held if session.has(Cap.MULTI_PREFIX) else held[:1]) + shown(group.name)


@command("WHOWAS", cost=2.0)
def handle_whowas(session: Session, message: Message) -> None:
    """Tell about people who are gone."""
    if not message.params or not message.params[0]:
        session.reply(n.ERR_NONICKNAMEGIVEN)
        return
    most = message.params[1] if len(message.params) > 1 else ""
    asked = message.params[0].split(",")[: session.ircd.config.irc.max_targets]
    for nick in filter(None, asked):
        found = session.ircd.whowas.find(nick)
        owner = session.ircd.service.registry.identity(nick)
        if owner is not None and not admitted(session, owner):
            found = []
        if most.isascii() and most.isdigit() and int(most) > 0:
            found = found[: int(most)]
        for gone in found:
            actor = gone.actor
            session.reply(n.RPL_WHOWASUSER, actor.name, actor.user, actor.host, gone.real_name)
            when = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(gone.time // 1000))
            session.reply(n.RPL_WHOISSERVER, actor.name, session.ircd.name_shown, when)
        if not found:
            session.reply(n.ERR_WASNOSUCHNICK, safe(nick))
    session.reply(n.RPL_ENDOFWHOWAS, safe(message.params[0]))
