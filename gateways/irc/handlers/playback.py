"""The module *playback of ZNC: buffers since a time, for clients that know no CHATHISTORY.

Source: wiki.znc.in/Playback (znc.in/playback).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from gateways.irc.codec import Message
from gateways.irc.encode import line
from gateways.irc.handlers.history import show
from gateways.irc.names import group_of, is_channel, shown
from gateways.irc.services import written_to
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat.masks import matcher
from words.chat.verbs.reading import Wish
from words.names import fold

MODULE = "*playback"
BUFFERS = 100
"""Conversations that are played at once; the latest ones."""

LAST = 2**52


@command("ZNC", least=1, cost=3.0)
def handle_znc(session: Session, message: Message) -> None:
    """Speak to a module of ZNC: *playback PLAY, LIST or CLEAR."""
    module, *rest = message.params
    if fold(module) == MODULE:
        play(session, " ".join(rest))


@written_to(MODULE)
def play(session: Session, text: str) -> None:
    """Do what was said to the module: PLAY buffers from to; LIST; CLEAR."""
    asked, *params = text.split() or [""]
    if asked.upper() == "PLAY" and params:
        times = [_moment(each) for each in params[1:3]]
        start = times[0] if times else 0
        stop = times[1] if len(times) > 1 else LAST
        if start is None or stop is None:
            _say(session, "From and to are seconds since 1970")
            return
        _play(session, params[0].split(","), start, stop)
    elif asked.upper() == "LIST":
        for name, is_group, last in _buffers(session, 0, LAST):
            _say(session, f"{shown(name) if is_group else name} {last / 1000:.3f}")
    elif asked.upper() == "CLEAR":
        _say(session, "The history is kept by the server")
    else:
        _say(session, "PLAY <buffers> [from] [to], LIST, CLEAR")


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


def _buffers(session: Session, start: int, stop: int) -> Iterator[tuple[str, bool, int]]:
    for each in session.me.conversations(start - 1, stop, BUFFERS):
        yield each.name, each.is_group, each.time


def _play(session: Session, masks: list[str], start: int, stop: int) -> None:
    fits = [matcher(fold(mask)) for mask in masks[:BUFFERS]]
    limit = session.ircd.config.irc.history_limit
    wish = Wish(limit, ("time", start + 1), ("time", stop), newest=True)
    for name, is_group, _ in _buffers(session, start, LAST):
        target = shown(name) if is_group else name
        if any(fit(fold(target)) for fit in fits):
            play_buffer(session, target, wish)


def play_buffer(session: Session, target: str, wish: Wish) -> None:
    """Show a part of a conversation."""
    me = session.me
    if is_channel(target):
        group = me.group(group_of(target))
        events, where = me.read_group(group, wish), group.name
    else:
        events, where = me.read_direct(target, wish), ""
    if events:
        show(session, target, where, events)


def replay_missed(session: Session) -> None:
    """Show a client that can't ask for it what was said since it was here last."""
    limit = session.ircd.config.irc.replay_missed
    if not limit:
        return
    wish = Wish(limit, ("time", session.seen), newest=True)
    for name, is_group, _ in _buffers(session, session.seen, LAST):
        play_buffer(session, shown(name) if is_group else name, wish)
