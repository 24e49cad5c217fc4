"""KNOCK: asking to be asked into a channel.

Source: irc-defs, KNOCK (numerics 710 to 714).
"""

from __future__ import annotations

from gateways.irc import limits
from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.handlers.channels import clean, group_named
from gateways.irc.names import shown
from gateways.irc.refusals import refuse
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat import policy
from words.chat.group import Group
from words.errors import Banned, CannotJoin

AGAIN_SECONDS = 60.0
"""After how long one may knock at the same channel once more."""

REMEMBERED = 20
"""Channels of one's last knocks that are remembered."""


@command("KNOCK", least=1, cost=4.0, active=True)
def handle_knock(session: Session, message: Message) -> None:
    """Ask the operators of a channel that one can't enter for an invitation."""
    group = group_named(session, message.params[0])
    channel = shown(group.name)
    me = session.me.participant
    roles = session.ircd.service.settings.roles
    if me.id in group.members:
        session.reply(n.ERR_KNOCKONCHAN, channel)
        return
    try:
        policy.may_join(group, me, "", roles)
    except Banned as error:
        refuse(session, "KNOCK", error)
        return
    except CannotJoin:
        pass
    else:
        session.reply(n.ERR_CHANOPEN, channel)
        return
    if not _may_again(session, group):
        session.reply(n.ERR_TOOMANYKNOCK, channel)
        return
    text = clean(message.params[1])[: limits.REASON] if len(message.params) > 1 else ""
    _tell_operators(session, group, text)
    session.reply(n.RPL_KNOCKDLVR, channel)


def _may_again(session: Session, group: Group) -> bool:
    now = session.ircd.now()
    knocked = session.knocked
    last = knocked.get(group.id)
    if last is not None and now - last < AGAIN_SECONDS:
        return False
    knocked.pop(group.id, None)
    knocked[group.id] = now
    if len(knocked) > REMEMBERED:
        del knocked[next(iter(knocked))]
    return True


def _tell_operators(session: Session, group: Group, text: str) -> None:
    """Tell the IRC clients of those who may invite."""
    ircd = session.ircd
    roles = group.roles(ircd.service.settings.roles)
    channel = shown(group.name)
    said = f"has asked for an invite: {text}" if text else None
    for member in group.members.values():
        if member.roles and roles.have(member.roles, "invite"):
            for attachment in member.participant.attachments:
                other = ircd.sessions.get(attachment)
                if other is not None:
                    other.reply(n.RPL_KNOCK, channel, session.shown(), text=said)
