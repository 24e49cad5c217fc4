"""What operators with the right "force" do to others: SAJOIN, SAPART, SANICK, SAMODE.

Each is noted among the acts. Sources: the help of Ergo and the InspIRCd manual.
"""

from __future__ import annotations

from gateways.irc import limits
from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.handlers.bans import is_operator
from gateways.irc.handlers.channels import clean, show_joined
from gateways.irc.handlers.modes import MODES_TAKEN, TABLE, apply_modes, say_error
from gateways.irc.handlers.operators import may
from gateways.irc.modes import parse_modes
from gateways.irc.names import group_of, is_channel
from gateways.irc.session import Session
from gateways.irc.table import command
from words.admin import acts
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.errors import AlreadyMember, NoSuchGroup, NoSuchParticipant, NotMember
from words.names import check_group_name, check_participant_name

RIGHT = "force"


def _may(session: Session, name: str) -> bool:
    if not is_operator(session):
        return False
    if not may(session, RIGHT):
        session.reply(n.ERR_NOPRIVS, name.lower())
        return False
    return True


def _note(session: Session, verb: str, what: str, why: str) -> None:
    service = session.ircd.service
    service.turn.require_space()
    assert session.operator is not None
    acts.note(service.journal, session.operator.name, verb, what, why[: acts.MAX_WHY])


def _connection(session: Session, nick: str) -> Attachment:
    """Return a connection of somebody who is here; raises `NoSuchParticipant`."""
    other = session.ircd.service.registry.participant(nick)
    if other is None or not other.attachments:
        raise NoSuchParticipant(nick)
    return other.attachments[0]


def _group(session: Session, channel: str) -> Group:
    """Return a group, a secret one too; raises `NoSuchGroup`."""
    group = session.ircd.service.registry.group(group_of(channel)) if is_channel(channel) else None
    if group is None:
        raise NoSuchGroup(channel)
    return group


@command("SAJOIN", least=1, cost=2.0, active=True)
def handle_sajoin(session: Session, message: Message) -> None:
    """Put somebody, or oneself, into a channel: SAJOIN [nick] #channel. For operators."""
    if not _may(session, "SAJOIN"):
        return
    nick, channel = message.params[:2] if len(message.params) > 1 else ("", message.params[0])
    if not is_channel(channel):
        session.reply(n.ERR_NOSUCHCHANNEL, safe(channel))
        return
    target = _connection(session, nick) if nick else session.me
    check_group_name(group_of(channel), session.ircd.config.chat.max_group_name_length)
    try:
        group = target.join(group_of(channel), force=True)
    except AlreadyMember as error:
        who, name = error.args
        raise AlreadyMember(who, name) from None
    _note(session, "sajoin", target.participant.name, group.name)
    for attachment in target.participant.attachments:
        if attachment in session.ircd.sessions:
            show_joined(session.ircd.sessions[attachment], group)


@command("SAPART", least=2, cost=2.0, active=True)
def handle_sapart(session: Session, message: Message) -> None:
    """Take somebody out of a channel: SAPART nick #channel [reason]. For operators."""
    if not _may(session, "SAPART"):
        return
    nick, channel = message.params[:2]
    reason = clean(message.params[2])[: limits.REASON] if len(message.params) > 2 else ""
    target = _connection(session, nick)
    group = _group(session, channel)
    if target.participant.id not in group.members:
        raise NotMember(target.participant.name, group.name)
    _note(session, "sapart", target.participant.name, f"{group.name}: {reason}")
    target.leave(group, reason, forced=True)


@command("SANICK", least=2, cost=2.0, active=True)
def handle_sanick(session: Session, message: Message) -> None:
    """Give somebody another nick: SANICK nick newnick. For operators."""
    if not _may(session, "SANICK"):
        return
    nick, new = message.params[:2]
    check_participant_name(new, session.ircd.config.chat.max_name_length)
    target = _connection(session, nick)
    before = target.participant.actor
    target.rename(new, forced=True)
    _note(session, "sanick", before.name, new)
    session.ircd.remember(target.participant, before)


@command("SAMODE", least=2, cost=2.0, active=True)
def handle_samode(session: Session, message: Message) -> None:
    """Change a channel's modes without a role in it: SAMODE #channel modes. For operators."""
    if not _may(session, "SAMODE"):
        return
    channel, *rest = message.params
    group = _group(session, channel)
    changes, errors = parse_modes(rest, TABLE, MODES_TAKEN)
    for error in errors:
        say_error(session, group, error)
    _note(session, "samode", group.name, " ".join(rest))
    apply_modes(session, group, changes, force=True)
