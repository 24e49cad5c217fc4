"""Keeping people out of the hub: KLINE, DLINE, UBAN and their opposites; FILTER of the hub; REHASH.

All are faces of the admin service's verbs, which note who did what and why. Sources: the help of
Ergo (UBAN, KLINE, DLINE) and the InspIRCd manual (FILTER).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from gateways.irc import limits
from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.handlers.channels import clean
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from gateways.irc.wrap import prefix
from words.admin.base import Caller
from words.chat.bans import normal_target
from words.errors import BadInput, Forbidden, WordsError
from words.typed_toml import parse_seconds

SHOWN = 100
"""Bans or entries of a log in one answer: the newest."""

Then = Callable[[Session, Any], None]


def is_operator(session: Session) -> bool:
    """Return whether the client looks after the hub; tell it if it doesn't."""
    if session.operator is None:
        session.reply(n.ERR_NOPRIVILEGES)
        return False
    return True


def administer(session: Session, verb: str, arguments: Mapping[str, Any], then: Then) -> Later:
    """Do a verb of the admin service for an operator, by the rights that he has now."""
    operator = session.operator
    assert operator is not None
    rights = session.ircd.parts.authorizer.rights_now(operator)
    work = session.ircd.parts.administer(verb, arguments, Caller(operator.name, rights))

    def done(session: Session, result: Any) -> None:
        if isinstance(result, Forbidden):
            session.reply(n.ERR_NOPRIVS, verb)
        elif isinstance(result, BadInput):
            session.fail(verb.upper(), "INVALID_PARAMS", text=prefix(str(result), 300))
        elif isinstance(result, WordsError):
            raise result
        else:
            then(session, result)

    return Later(work, done)


def notice(session: Session, text: str) -> None:
    """Say something to the client as the server."""
    session.say("NOTICE", session.name, text=prefix(text, 400))


def duration(text: str) -> float | None:
    """Return the seconds that a word means: 1h30m, or a bare number of them; None for no time."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        return float(parse_seconds(text))
    except ValueError:
        return None


def _parse(params: list[str]) -> tuple[float, str, str]:
    """Return time, target and reason of ``[ANDKILL] [MYSELF] [time] target [time] [ON server]
    [reason]``: Ergo has the time before the target, InspIRCd behind it."""
    words = [word for word in params if word]
    while words and words[0].upper() in ("ANDKILL", "MYSELF"):
        words.pop(0)
    seconds = duration(words[0]) if len(words) > 1 else None
    if seconds is not None:
        words.pop(0)
    target = words.pop(0) if words else ""
    if seconds is None and words and (seconds := duration(words[0])) is not None:
        words.pop(0)
    if len(words) > 1 and words[0].upper() == "ON":
        del words[:2]
    return seconds or 0.0, target, clean(" ".join(words))[: limits.REASON]


def _ban(session: Session, message: Message) -> Later | None:
    if not is_operator(session):
        return None
    if message.params[0].upper() == "LIST":
        return _list(session, None)
    seconds, target, reason = _parse(message.params)
    if not target:
        session.reply(n.ERR_NEEDMOREPARAMS, message.command)
        return None
    return _add(session, target, seconds, reason, "MYSELF" in map(str.upper, message.params))


def _add(
    session: Session,
    target: str,
    seconds: float,
    reason: str,
    myself: bool,
    guests: bool = False,
) -> Later | None:
    wanted = {"target": target, "seconds": seconds, "why": reason, "guests": guests}
    if not myself and _fits_me(session, target):
        session.fail("BAN", "MATCHES_SELF", text="That would ban you; say MYSELF if you mean it")
        return None
    return administer(session, "ban-add", wanted, _added)


def _fits_me(session: Session, target: str) -> bool:
    """Return whether a ban would mean the client itself."""
    try:
        target = normal_target(target)
    except WordsError:
        return False
    return session.ircd.service.bans.would_fit(
        target, session.me.participant.actor, session.peer.address
    )


def _added(session: Session, ban: Mapping[str, Any]) -> None:
    until = f" until {_moment(ban['expires'])}" if ban["expires"] else ""
    ended = f"; connections ended: {ban['ended']}" if ban["ended"] else ""
    notice(session, f"Banned {ban['target']}{until}{ended}")


def _removed(session: Session, ban: Mapping[str, Any]) -> None:
    notice(session, f"Removed the ban of {ban['target']}")


def _list(session: Session, target: str | None) -> Later:
    def show(session: Session, bans: list[dict[str, Any]]) -> None:
        found = [ban for ban in bans if target is None or ban["target"] == target]
        for ban in found[:SHOWN]:
            until = f"until {_moment(ban['expires'])}" if ban["expires"] else "for ever"
            guests = ", guests only" if ban["guests"] else ""
            since = _moment(ban["created"])
            notice(session, f"Ban: {ban['target']} since {since} {until}{guests}: {ban['reason']}")
        notice(session, f"End of bans ({len(found)} of {len(bans)})")

    return administer(session, "ban-list", {}, show)


def _moment(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(milliseconds / 1000))


@command("KLINE", least=1, cost=4.0, active=True)
def handle_kline(session: Session, message: Message) -> Later | None:
    """Keep a mask out of the hub, for a time or for ever: KLINE [1h] nick!user@host [reason];
    KLINE LIST. For operators."""
    return _ban(session, message)


@command("DLINE", least=1, cost=4.0, active=True)
def handle_dline(session: Session, message: Message) -> Later | None:
    """Keep an address or network out of the hub, as KLINE: DLINE [1h] 192.0.2.0/24 [reason].
    For operators."""
    return _ban(session, message)


def _unban(session: Session, message: Message) -> Later | None:
    if not is_operator(session):
        return None
    return administer(session, "ban-remove", {"target": message.params[0]}, _removed)


@command("UNKLINE", least=1, cost=4.0, active=True)
def handle_unkline(session: Session, message: Message) -> Later | None:
    """Let a mask in again. For operators."""
    return _unban(session, message)


@command("UNDLINE", least=1, cost=4.0, active=True)
def handle_undline(session: Session, message: Message) -> Later | None:
    """Let an address or network in again. For operators."""
    return _unban(session, message)


@command("UBAN", least=1, cost=4.0, active=True)
def handle_uban(session: Session, message: Message) -> Later | None:
    """Keep an address, network, mask or account out: UBAN ADD target [REQUIRE-SASL] [DURATION 1h]
    [reason], DEL target, INFO target, LIST. For operators."""
    if not is_operator(session):
        return None
    subcommand, *rest = message.params
    subcommand = subcommand.upper()
    if subcommand == "LIST":
        return _list(session, None)
    if not rest or subcommand not in ("ADD", "DEL", "INFO"):
        session.reply(n.ERR_NEEDMOREPARAMS, "UBAN")
        return None
    target = _target(rest[0])
    if subcommand == "DEL":
        return administer(session, "ban-remove", {"target": target}, _removed)
    if subcommand == "INFO":
        return _list(session, normal_target(target))
    return _uban_add(session, target, rest[1:])


def _target(given: str) -> str:
    """Return what UBAN means: a word alone is an account."""
    return given if set(given) & set(".:!@*?/") else f"account:{given}"


def _uban_add(session: Session, target: str, words: list[str]) -> Later | None:
    guests, myself, seconds = False, False, 0.0
    while words:
        word = words[0].upper()
        if word == "REQUIRE-SASL":
            guests = True
        elif word == "MYSELF":
            myself = True
        elif word == "DURATION" and len(words) > 1:
            found = duration(words.pop(1))
            if found is None:
                session.fail("UBAN", "INVALID_PARAMS", text="That is no duration, as 1h30m is")
                return None
            seconds = found
        else:
            break
        words.pop(0)
    return _add(session, target, seconds, clean(" ".join(words))[: limits.REASON], myself, guests)


def hub_filter(session: Session, subcommand: str, rule: str) -> Later | None:
    """Show or change the hub's own filter: the part of FILTER for operators."""
    if not is_operator(session):
        return None
    if subcommand in ("ADD", "DEL"):
        verb = "filter-add" if subcommand == "ADD" else "filter-remove"

        def done(session: Session, result: Mapping[str, Any]) -> None:
            notice(session, f"{subcommand} {result['name']}")

        return administer(session, verb, {"target": rule}, done)
    if subcommand == "LOG":
        return administer(session, "filter-log", {}, lambda session, rows: show_log(session, rows))

    def show(session: Session, rules: list[dict[str, Any]]) -> None:
        for each in rules:
            notice(session, f"Rule: {each['rule']}")
        notice(session, "End of rules")

    return administer(session, "filter-list", {}, show)


def show_log(session: Session, rows: list[dict[str, Any]]) -> None:
    """Say what a filter did, the newest first."""
    for row in rows[:SHOWN]:
        text = f": {row['text']}" if row["text"] else ""
        when = _moment(row["time"])
        notice(session, f"{when} {row['rule']} <{row['who']}>{text}".replace("\n", " "))
    notice(session, "End of the filter's log")


@command("REHASH", cost=8.0)
def handle_rehash(session: Session, message: Message) -> Later | None:
    """Read the configuration again; needs the right to administer everything."""
    if not is_operator(session):
        return None

    def done(session: Session, _: Any) -> None:
        session.reply(n.RPL_REHASHING, "config.toml")

    return administer(session, "reload", {}, done)
