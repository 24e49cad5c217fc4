"""What a client says of itself: away, idle, capabilities, its name's form, its password."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from gateways.toc import html, names
from gateways.toc.arguments import Command
from gateways.toc.forms import idle_minutes, standing
from gateways.toc.refusals import BAD_INPUT, NOT_AVAILABLE, UNAVAILABLE
from gateways.toc.session import Session
from gateways.toc.table import Later, command
from words.chat.verbs.people import MAX_AWAY, MAX_PROFILE
from words.errors import AuthenticationFailed, BadInput, NotFound, WordsError
from words.passport.identity import Identity
from words.passport.scram import Verifier

CAPS_MAX = 32
SHORT = "0946{:0>4}-4C7F-11D1-8222-444553540000"
"""AOL's own capabilities, of which clients may send just the four digits that differ."""

_CAP = re.compile(r"([0-9A-F]{8})-?([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{12})")
_SHORT = re.compile(r"[0-9A-F]{1,4}")
IDLE_MAX = 2**31 - 1


def plain_text(data: bytes, limit: int, *, lines: bool = False) -> str:
    """Return HTML as a text of at most ``limit`` characters, in one line unless ``lines``."""
    text = html.parse(names.decode(data))[0]
    return (text if lines else " ".join(text.split()))[:limit]


@command("toc_set_away")
def handle_set_away(session: Session, command: Command) -> None:
    """Be away with a text, or back without one."""
    text = plain_text(command.from_word(0), MAX_AWAY)
    session.away = text or None
    if session.attachment is not None:
        session.attachment.set_away(session.away)
        session.standing(session.name) if _watches_itself(session) else None


def _watches_itself(session: Session) -> bool:
    return session.me.participant.key in session.buddies


@command("toc_set_idle", least=1)
def handle_set_idle(session: Session, command: Command) -> None:
    """Say that one has done nothing for so many seconds; 0: that one is back."""
    value = command.values()[0]
    if not value.isdigit():
        raise BadInput("seconds")
    seconds = min(int(value[:12]), IDLE_MAX)
    session.idle = float(seconds)
    if session.attachment is not None:
        session.attachment.set_idle(seconds)
        session.standing(session.name) if _watches_itself(session) else None


@command("toc_set_info", least=1)
def handle_set_info(session: Session, command: Command) -> None:
    """Say something of oneself, in HTML."""
    session.info = names.decode(command.from_word(0))
    session.me.set_profile(html.parse(session.info)[0][:MAX_PROFILE])


@command("toc_set_caps")
def handle_set_caps(session: Session, command: Command) -> None:
    """Say what the client can do, all at once."""
    given = b" ".join(command.values()).decode("latin-1").replace(",", " ").upper()
    caps = dict.fromkeys(cap for word in given.split() if (cap := _capability(word)))
    session.caps = tuple(caps)[:CAPS_MAX]


def _capability(word: str) -> str:
    """Return a UUID in its usual form, "" for what is none."""
    if found := _CAP.fullmatch(word):
        return "-".join(found.groups())
    return SHORT.format(word) if _SHORT.fullmatch(word) else ""


@command("toc_get_status", stage="online", least=1)
def handle_get_status(session: Session, command: Command) -> None:
    """Ask how somebody is there."""
    value = command.values()[0]
    if not session.standing(session.whom(names.meant(value))):
        session.error(NOT_AVAILABLE, names.decode(value))


@command("toc_locate_user", stage="online", least=1)
def handle_locate(session: Session, command: Command) -> None:
    """Ask how somebody is there and what he says of himself: naim's."""
    value = command.values()[0]
    me = session.me
    name = session.whom(names.meant(value))
    found = me.standing(name)
    if found is None:
        session.error(NOT_AVAILABLE, names.decode(value))
        return
    presence = found.presence
    idle = idle_minutes(presence, session.toc.milliseconds())
    session.say(
        "USER_INFO",
        session.form.shown(found.name),
        "T",
        str(presence.level),
        str(presence.since // 1000),
        str(idle),
        standing(found.away),
        "",
        last=b"`%s`\xfe`%s`\xfe"
        % (html.plain(found.away or "").encode(), html.plain(me.profile(name)).encode()),
    )


@command("toc_format_nickname", least=1)
def handle_format(session: Session, command: Command) -> None:
    """Choose how one's name is written by TOC: with other capitals, with blanks."""
    wanted = " ".join(names.decode(command.from_word(0)).split())
    formats = session.toc.formats
    if not formats.fits(session.name, wanted):
        session.error(BAD_INPUT)
        return
    formats.put(session.identity, wanted)
    session.say("ADMIN_NICK_STATUS", "0")
    session.say("NICK", wanted)


@command("toc_change_passwd", stage="online", least=2, cost=5.0)
def handle_change_password(session: Session, command: Command) -> Later | None:
    """Choose another password, which the old one proves to be one's own."""
    if not session.peer.private and not session.toc.config.toc.passwords_anywhere:
        session.error(BAD_INPUT)
        return None
    old, new = (names.decode(value) for value in command.values()[:2])
    authorizer = session.toc.parts.authorizer
    work = authorizer.check_password(session.name, old, address=session.peer.address)

    def checked(session: Session, result: Any) -> Later | None:
        if isinstance(result, WordsError) or result.id != session.identity:
            session.error(BAD_INPUT)
            return None
        return Later(authorizer.make_verifier(new), partial(made, result))

    def made(identity: Identity, session: Session, result: Verifier | WordsError) -> None:
        try:
            if isinstance(result, WordsError):
                raise result
            if not authorizer.stands(identity):  # somebody else was faster
                raise AuthenticationFailed
            authorizer.set_verifier(session.name, result)
        except (WordsError, NotFound):
            session.error(BAD_INPUT)
        else:
            session.say("ADMIN_PASSWD_STATUS", "0")

    return Later(work, checked)


@command("toc_rvous_accept", "toc_rvous_cancel", stage="online", least=1)
def handle_rendezvous(session: Session, _: Command) -> None:
    """Files aren't passed on here, so there is nothing to accept."""
    session.error(UNAVAILABLE)
