"""Coming in: toc_signon, toc2_signon, toc2_login, toc_init_done, and staying.

A password is as good as plain on the wire, so it is taken where nobody can read along, unless
the configuration says otherwise. A wrong one and an unknown name have one answer.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from gateways.toc import names
from gateways.toc.arguments import Command, message
from gateways.toc.forms import Flavour
from gateways.toc.handlers.lists import config1, config2
from gateways.toc.handlers.offline import tell_missed
from gateways.toc.refusals import BAD_PASSWORD, BUSY, SUSPENDED, TOO_OFTEN, UNKNOWN
from gateways.toc.roast import BadRoast, unroast
from gateways.toc.session import Session
from gateways.toc.sflap import frames
from gateways.toc.table import Later, command
from words.errors import Busy, TooMany, WordsError
from words.events import Actor, Flags
from words.names import participant_key
from words.passport.identity import Identity, Suspended

log = logging.getLogger(__name__)

USER = "toc"
"""The user name in ``name!user@host``, as clients of IRC see those who come by TOC."""

NAME_PLACE, PASSWORD_PLACE = 2, 3
_LABELLED = re.compile(r"([\w.-]{1,32})/([a-z2-7]{26})")
"""An app password with its label, for clients whose names can't have a slash."""


@command("toc_signon", stage="new", least=4, cost=3.0)
def handle_signon(session: Session, command: Command) -> Later | None:
    """Sign on as a client of TOC1."""
    return _sign_on(session, command, Flavour.TOC1)


@command("toc2_signon", stage="new", least=4, cost=3.0)
def handle_signon2(session: Session, command: Command) -> Later | None:
    """Sign on as one of TOC2; the code at the end isn't looked at, as at AOL."""
    return _sign_on(session, command, Flavour.TOC2)


@command("toc2_login", stage="new", least=4, cost=3.0)
def handle_login2(session: Session, command: Command) -> Later | None:
    """The same for one that reads the messages with an encoding."""
    return _sign_on(session, command, Flavour.ENCODED)


def _sign_on(session: Session, command: Command, flavour: Flavour) -> Later | None:
    if not session.peer.private and not session.toc.config.toc.passwords_anywhere:
        address = {"address": session.peer.address}
        log.info("no password is taken by TOC from where others can read along", extra=address)
        session.fail(BAD_PASSWORD)
        return None
    values = command.values()
    try:
        password = unroast(values[PASSWORD_PLACE]).decode()
    except (BadRoast, UnicodeDecodeError):
        session.fail(BAD_PASSWORD)
        return None
    name = names.meant(values[NAME_PLACE])
    if found := _LABELLED.fullmatch(password):
        name, password = f"{name}/{found[1]}", found[2]
    work = session.toc.parts.authorizer.check_password(name, password, address=session.peer.address)

    def checked(session: Session, result: Any) -> None:
        _checked(session, result, flavour)

    return Later(work, checked)


def _checked(session: Session, result: Identity | WordsError, flavour: Flavour) -> None:
    if isinstance(result, Identity):
        session.signed_on(result, flavour)
        _welcome(session)
    elif isinstance(result, Suspended):  # only who has the password hears of it
        session.fail(UNKNOWN, SUSPENDED)
    elif isinstance(result, TooMany):
        session.fail(TOO_OFTEN)
    elif isinstance(result, Busy):
        session.fail(BUSY)
    else:
        session.fail(BAD_PASSWORD)


def _welcome(session: Session) -> None:
    me = session.me
    nick = message("NICK", session.form.shown(session.name))
    contacts = me.contacts()
    session.buddies = {
        participant_key(each.name): each.name for circle in contacts.values() for each in circle
    }
    if session.flavour == Flavour.TOC1:
        config = config1(session.toc.kept.get(session.identity, "toc-config"), contacts)
        session.tell(frames([message("SIGN_ON", "TOC1.0"), config, nick]))
    else:
        config = config2(contacts, me.privacy())
        session.tell(frames([message("SIGN_ON", "TOC2.0"), nick, config]))


@command("toc_init_done", cost=3.0)
def handle_init_done(session: Session, _: Command) -> None:
    """Be there, for all who may know; what was said of lists until now counts."""
    if session.attachment is not None:
        return
    toc = session.toc
    before = Identity(session.identity, session.name, label=session.app_password)
    if toc.parts.authorizer.still(before) is None:
        session.fail(BAD_PASSWORD)
        return
    actor = Actor(
        0,
        session.name,
        USER,
        toc.cloak.identity(session.identity),
        session.name,
        int(Flags.SECURE if session.peer.secure else Flags.NONE),
    )
    first = not toc.service.registry.by_id.get(session.identity) or not (
        toc.service.registry.by_id[session.identity].attachments
    )
    form = session.form
    try:
        me = toc.service.attach(session.identity, actor, session.name, (form, form), session.outlet)
    except WordsError:
        session.fail(BUSY)
        return
    session.attached(me)
    toc.signs_on(session)
    if session.idle:
        me.set_idle(session.idle)
    else:
        me.active = toc.now()
    if session.away is not None:
        me.set_away(session.away)
    for name in list(session.buddies.values()):
        session.standing(name)
    for group in list(me.participant.groups.values()):
        session.send(session.enter_room(group))
    if first:
        tell_missed(session)


@command("toc_noop", cost=0.2)
def handle_noop(session: Session, _: Command) -> None:
    """Say nothing, as clients do to stay."""
