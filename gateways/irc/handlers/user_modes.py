"""MODE of oneself: invisible, bot, wallops, operator, who may write (R), who may ask (T), TLS (Z).

Source: Modern IRC, MODE message; IRCv3 bot-mode; RFC 2812 section 3.1.5; Ergo for R, T, Z.
"""

from __future__ import annotations

from gateways.irc import numerics as n
from gateways.irc.encode import safe
from gateways.irc.handlers.operators import step_down
from gateways.irc.names import BOT_MODE, USER_MODES
from gateways.irc.session import Session
from words.events import Flags
from words.names import participant_key


def own_modes(session: Session, target: str, rest: list[str]) -> None:
    """Show or change one's own modes; nobody has another's."""
    participant = session.me.participant
    if participant_key(target) != participant.key:
        if session.ircd.service.registry.participant(target) is None:
            session.reply(n.ERR_NOSUCHNICK, safe(target))
        else:
            session.reply(n.ERR_USERSDONTMATCH)
        return
    if not rest:
        show_own(session)
        return
    wanted, unknown = _wanted(held(session), rest[0])
    sessions = session.ircd.sessions
    clients = [sessions[each] for each in participant.attachments if each in sessions]
    before = {client: held(client) for client in clients}
    _change(session, wanted)
    for client, old in before.items():  # most modes are the person's, so of all his clients
        now = held(client)
        added, taken = sorted(now - old), sorted(old - now)
        text = ("+" + "".join(added) if added else "") + ("-" + "".join(taken) if taken else "")
        if text:
            client.say_self("MODE", client.name, text=text)
    if unknown:
        session.reply(n.ERR_UMODEUNKNOWNFLAG)


def show_own(session: Session) -> None:
    """Say which modes a client has."""
    session.reply(n.RPL_UMODEIS, f"+{''.join(sorted(held(session)))}")


def held(session: Session) -> frozenset[str]:
    """Return the letters of a client's modes."""
    participant = session.me.participant
    modes = {
        "i": participant.hidden,
        "o": session.operator is not None,
        "w": session.wallops,
        "R": participant.accounts_only,
        "T": participant.no_queries,
        "Z": bool(participant.actor.flags & Flags.SECURE),
        BOT_MODE: bool(participant.actor.flags & Flags.BOT),
    }
    return frozenset(letter for letter, has in modes.items() if has)


def _wanted(before: frozenset[str], letters: str) -> tuple[frozenset[str], bool]:
    """Return what the modes shall be, and whether there is a letter that isn't known."""
    wanted, unknown, added = set(before), False, True
    for letter in letters:
        if letter in "+-":
            added = letter == "+"
        elif letter not in USER_MODES:
            unknown = True
        elif letter == "Z":  # nobody's to give or take: it is ignored
            continue
        elif not added:
            wanted.discard(letter)
        elif letter != "o":  # that is OPER's to give: it is ignored
            wanted.add(letter)
    return frozenset(wanted), unknown


def _change(session: Session, wanted: frozenset[str]) -> None:
    participant = session.me.participant
    if ("i" in wanted) != participant.hidden:
        session.me.hide("i" in wanted)
    session.me.set_bot(BOT_MODE in wanted)
    session.me.shut(accounts_only="R" in wanted, no_queries="T" in wanted)
    session.wallops = "w" in wanted
    if session.operator is not None and "o" not in wanted:
        step_down(session)
