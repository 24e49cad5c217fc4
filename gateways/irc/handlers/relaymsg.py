"""RELAYMSG: a relay says something in the name of somebody of another network.

Source: RELAYMSG as proposed (ircv3-specifications #417). The name has a separator that no name of
ours can have, so nobody here can be taken for somebody else.
"""

from __future__ import annotations

from gateways.irc import numerics as n
from gateways.irc.capabilities import valued
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.handlers.channels import group_named
from gateways.irc.handlers.messages import body_of, client_tags
from gateways.irc.handlers.operators import may
from gateways.irc.limits import NICK_BYTES
from gateways.irc.session import Session
from gateways.irc.table import command
from words.errors import BadName, CannotSpeak, NeedsRight, NotMember
from words.passport.identity import Identity

RELAYED = "draft/relaymsg"


@valued(RELAYED)
def _offer(session: Session) -> str | None:
    return session.ircd.config.irc.relay_separator or None


@command("RELAYMSG", least=3, active=True)
def handle_relaymsg(session: Session, message: Message) -> None:
    """Say something to a channel as somebody of another network: channel, name/network, text."""
    channel, name, text = message.params[:3]
    sign = session.ircd.config.irc.relay_separator
    if not sign:
        session.reply(n.ERR_UNKNOWNCOMMAND, "RELAYMSG")
        return
    group = group_named(session, channel)
    if not text:
        session.reply(n.ERR_NOTEXTTOSEND)
        return
    tags = {**(client_tags(session, message) or {}), RELAYED: session.name}
    try:
        if len(name.encode()) > NICK_BYTES:
            raise BadName(name, "is too long")
        session.me.relay(group, name, sign, body_of(text, tags), privileged=_privileged(session))
    except BadName:
        session.fail("RELAYMSG", "INVALID_NICK", safe(name), text="Invalid nickname")
    except (NeedsRight, NotMember):
        text = "You may not relay messages to this channel"
        session.fail("RELAYMSG", "PRIVS_NEEDED", safe(channel), text=text)
    except CannotSpeak:
        session.reply(n.ERR_CANNOTSENDTOCHAN, safe(channel))


def _privileged(session: Session) -> bool:
    """Return whether the client's account, or who it looks after the hub as, may relay anywhere."""
    before = Identity(session.identity, session.account, label=session.app_password)
    account = session.ircd.parts.authorizer.still(before) if session.identity else None
    own = account is not None and account.rights & {"admin", "relay"}
    return bool(own) or may(session, "relay")
