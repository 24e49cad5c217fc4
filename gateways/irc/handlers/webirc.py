"""WEBIRC: a web gateway says whom it stands for. Source: IRCv3 webirc."""

from __future__ import annotations

import hmac
import logging
from ipaddress import ip_address

from gateways.admission import within
from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.session import Session
from gateways.irc.table import command
from words.config import Webirc

GATEWAY_SHOWN = 64
"""Characters of a web gateway's name that operators are shown."""

log = logging.getLogger(__name__)


@command("WEBIRC", least=4, early=True)
def handle_webirc(session: Session, message: Message) -> None:
    """For web gateways only: say where a client really comes from, before anything else."""
    arrival = session.peer.arrival
    password, gateway, _, address, *options = message.params
    if session.attachment is not None:
        session.reply(n.ERR_ALREADYREGISTERED)
        return
    if session.gateway or session.nick or session.user or session.password or session.negotiating:
        session.quitting = "WEBIRC has to be the first command"
        return
    if not any(_knows(entry, session, password) for entry in session.ircd.settings.webirc):
        log.warning("WEBIRC was refused", extra={"address": arrival.address})
        session.quitting = "Invalid WebIRC password"
        return
    try:
        ip_address(address)
    except ValueError:
        session.quitting = "WEBIRC without a valid address"
        return
    said = {word.partition("=")[0] for option in options for word in option.split()}
    private = "secure" in said and arrival.private
    secure = private and arrival.secure
    refusal = session.ircd.move(arrival, address, secure=secure, private=private)
    if refusal:
        session.quitting = refusal[0].upper() + refusal[1:]
    session.gateway = gateway[:GATEWAY_SHOWN] or "*"


def _knows(entry: Webirc, session: Session, password: str) -> bool:
    """Return whether this is the gateway of an entry."""
    if not within(session.peer.address, entry.allow):
        return False
    if entry.fingerprint:
        return session.peer.certificate == entry.fingerprint
    return hmac.compare_digest(password.encode(), entry.password.encode())
