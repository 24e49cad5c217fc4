"""The module *playback of ZNC: buffers since a time, for clients that know no CHATHISTORY.

Source: wiki.znc.in/Playback (znc.in/playback).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from gateways.irc import paced
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import line
from gateways.irc.handlers.history import replay
from gateways.irc.names import group_of, is_channel, shown
from gateways.irc.services import written_to
from gateways.irc.session import Session
from gateways.irc.staying import stays
from gateways.irc.table import Later, command
from words.chat.masks import matcher
from words.chat.verbs.reading import Wish
from words.errors import WordsError
from words.names import fold

MODULE = "*playback"
BUFFERS = 100
"""Conversations that are played at once; the latest ones."""

LAST = 2**52


@command("ZNC", least=1, cost=3.0)
def handle_znc(session: Session, message: Message) -> Later | None:
    """Speak to a module of ZNC: *playback PLAY, LIST or CLEAR."""
    module, *rest = message.params
    return play(session, " ".join(rest)) if fold(module) == MODULE else None


@written_to(MODULE)
def play(session: Session, text: str) -> Later | None:
    """Do what was said to the module: PLAY buffers from to; LIST; CLEAR."""
    asked, *params = text.split() or [""]
    if asked.upper() == "PLAY" and params:
        times = [_moment(each) for each in params[1:3]]
        start = times[0] if times else 0
        stop = times[1] if len(times) > 1 else LAST
        if start is not None and stop is not None:
            return _play(session, params[0].split(","), start, stop)
        _say(session, "From and to are seconds since 1970")
    elif asked.upper() == "LIST":
        for name, is_group, last in _buffers(session, 0):
            _say(session, f"{shown(name) if is_group else name} {last / 1000:.3f}")
    elif asked.upper() == "CLEAR":
        _say(session, "The history is kept by the server")
    else:
        _say(session, "PLAY <buffers> [from] [to], LIST, CLEAR")
    return None


def _say(session: Session, text: str) -> None:
    me = session.name
    source = f"{MODULE}!playback@{session.ircd.name_shown}"
    session.send(line("PRIVMSG", me, text=text, source=source))


def _moment(text: str) -> int | None:
    """Return seconds, perhaps with a point, in milliseconds; None for what is no number."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return int(seconds * 1000) if math.isfinite(seconds) and 0 <= seconds < LAST else None


def _buffers(session: Session, start: int) -> Iterator[tuple[str, bool, int]]:
    for each in session.me.conversations(start - 1, LAST, BUFFERS):
        yield each.name, each.is_group, each.time


def _play(session: Session, masks: list[str], start: int, stop: int) -> Later | None:
    fits = [matcher(fold(mask)) for mask in masks[:BUFFERS]]
    limit = session.ircd.config.irc.history_limit
    wish = Wish(limit, ("time", start + 1), ("time", stop), newest=True)
    names = [shown(name) if is_group else name for name, is_group, _ in _buffers(session, start)]
    chosen = {name: wish for name in names if any(fit(fold(name)) for fit in fits)}
    return paced.say(session, _read(session, chosen))


def replay_missed(session: Session) -> Later | None:
    """Show a client that can't ask for it what was said since it was here last.

    Of groups only to one with an id of its own, or of an account that stays in them. It ends with
    what was the last message when it came: what is said while it is shown comes by itself.
    """
    limit = session.ircd.config.irc.replay_missed
    if not limit:
        return None
    groups = bool(session.client) or stays(session)
    wishes = {
        shown(each.name) if each.is_group else each.name: Wish(
            limit, ("time", session.seen), ("sequence", each.sequence + 1), newest=True
        )
        for each in session.me.conversations(session.seen - 1, LAST, BUFFERS)
        if groups or not each.is_group
    }
    return paced.say(session, _read(session, wishes))


def _read(session: Session, wishes: dict[str, Wish]) -> Iterator[bytes]:
    """Yield the parts wished for of conversations, one a turn.

    One's own words to somebody are left out for a client that would take them for his.
    """
    me = session.me
    knows = session.has(Cap.SELF_MESSAGE | Cap.ECHO_MESSAGE)
    for name, wish in wishes.items():
        try:
            if is_channel(name):
                group = me.group(group_of(name))
                events, where = me.read_group(group, wish), group.name
            else:
                events, where = me.read_direct(name, wish), ""
                if not knows:
                    events = [each for each in events if each.actor.id != me.participant.id]
        except WordsError:
            continue  # one that was left meanwhile
        if events:
            yield replay(session, name, where, events)
            yield b""
