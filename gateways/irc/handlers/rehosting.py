"""Somebody is shown with another user or host: telling clients that don't know CHGHOST.

Source: IRCv3 chghost, Fallback when the capability has not been negotiated.
"""

from __future__ import annotations

from gateways.irc.capabilities import Cap
from gateways.irc.session import Session
from gateways.irc.standing import standing
from words.chat import policy
from words.chat.participant import Participant
from words.events import Actor, Joined, Quit

REASON = "Changing host"


def show_rehosted(session: Session, other: Participant, before: Actor) -> None:
    """Tell a client that somebody has gone and come again, where it knows no better."""
    if session.has(Cap.CHGHOST):
        return
    me = session.me.participant
    roles = session.ircd.service.settings.roles
    groups = [
        group
        for group in other.groups.values()
        if me.id in group.members and policy.sees(group, me, other, roles)
    ]
    if not groups:
        return
    form = session.me.form
    stamp = session.ircd.service.registry.passing()
    session.send(form.encode(Quit(*stamp, before, REASON), ""))
    for group in groups:
        joined = Joined(*stamp, other.actor, other.real_name)
        session.send(form.encode(joined, group.name))
        if modes := standing(session.ircd.name_shown, group, other):
            session.send(modes)
