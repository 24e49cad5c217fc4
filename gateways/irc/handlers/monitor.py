"""MONITOR: being told when people come and go.

Source: IRCv3 monitor, extended-monitor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

from gateways.irc import numerics as n
from gateways.irc import paced
from gateways.irc.codec import Message
from gateways.irc.encode import reply, safe
from gateways.irc.forms import source
from gateways.irc.metadata import show_watched
from gateways.irc.packing import packed
from gateways.irc.session import Session
from gateways.irc.sight import present
from gateways.irc.table import Later, command
from words.chat.participant import Participant
from words.chat.watching import Watch
from words.errors import BadName, TooLong
from words.names import FOREIGN_SIGN, check_participant_name, participant_key


@command("MONITOR", least=1, cost=3.0)
def handle_monitor(session: Session, message: Message) -> Later | None:
    """Watch names: + and - with nicks, C forgets all, L lists them, S says who is here."""
    what, *rest = message.params
    watch = session.ircd.service.watching.of(session.me)
    if what in ("+", "-"):
        names = dict.fromkeys(filter(None, ",".join(rest).split(",")))
        if not names:
            session.reply(n.ERR_NEEDMOREPARAMS, "MONITOR")
        elif what == "-":
            for name in names:
                watch.remove(name)
        else:
            _add(session, watch, names)
    elif what.upper() == "C":
        watch.clear()
    elif what.upper() == "L":
        return paced.say(session, _listed(session, list(watch.names.values())))
    elif what.upper() == "S":
        return paced.say(session, _seen(session, list(watch.names.values())))
    else:
        session.reply(n.ERR_UNKNOWNERROR, "MONITOR", safe(what), text="Unknown modifier")
    return None


def _add(session: Session, watch: Watch, names: Iterable[str]) -> None:
    watch.told = partial(_tell, session)
    config = session.ircd.config
    limit = config.irc.monitor_limit
    taken: list[str] = []
    left_out: list[str] = []
    for name in names:
        try:
            for part in name.split(FOREIGN_SIGN, 1):  # people of other networks have two
                check_participant_name(part, config.chat.max_name_length)
        except (BadName, TooLong):
            continue  # "target MUST be a valid nick"; masks may not be watched
        if participant_key(name) not in watch.names and len(watch.names) >= limit:
            left_out.append(name)
        else:
            watch.add(name)
            taken.append(name)
    for line in _seen(session, taken):
        session.send(line)
    if left_out:
        session.reply(n.ERR_MONLISTFULL, str(limit), ",".join(left_out))


def _seen(session: Session, names: Iterable[str]) -> Iterator[bytes]:
    """Yield who of these is here, then who isn't."""
    offline: list[str] = []

    def online() -> Iterator[str]:
        for name in names:
            other = next(present(session, (name,)), None)
            if other is None:
                offline.append(name)
            else:
                yield source(other.actor)

    yield from packed(session, n.RPL_MONONLINE, online(), between=",")
    yield from packed(session, n.RPL_MONOFFLINE, offline, between=",")


def _listed(session: Session, names: Iterable[str]) -> Iterator[bytes]:
    end = reply(n.RPL_ENDOFMONLIST, session.ircd.name_shown, session.name)
    return chain(packed(session, n.RPL_MONLIST, names, between=","), (end,))


def _tell(session: Session, other: Participant, here: bool) -> None:
    """Say that somebody came or went."""
    if here:
        session.reply(n.RPL_MONONLINE, source(other.actor))
        show_watched(session, other)
    else:
        session.reply(n.RPL_MONOFFLINE, other.name)
