"""Somebody is shown with another user or host: telling clients that don't know CHGHOST.

Source: IRCv3 chghost, Fallback when the capability has not been negotiated.
"""

from __future__ import annotations

from gateways.irc.capabilities import Cap
from gateways.irc.encode import line
from gateways.irc.forms import MODES_A_LINE
from gateways.irc.modes import Change, format_modes
from gateways.irc.names import ROLE_LETTERS, shown
from gateways.irc.session import Session
from words.chat import policy
from words.chat.group import Group
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
        _show_roles(session, group, other)


def _show_roles(session: Session, group: Group, other: Participant) -> None:
    held = group.members[other.id].roles
    letters = [ROLE_LETTERS[role] for role in held if role in ROLE_LETTERS]
    changes = [Change("+", letter, other.name) for letter in letters]
    server, channel = session.ircd.name_shown, shown(group.name)
    for row in format_modes(changes, 400, MODES_A_LINE):
        session.send(line("MODE", channel, *row, source=server))
