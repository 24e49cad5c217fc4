"""MARKREAD: how far one has read, the same for all of one's clients.

Source: IRCv3 draft/read-marker.
"""

from __future__ import annotations

from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.names import group_of, is_channel, shown
from gateways.irc.session import Session
from gateways.irc.table import command
from gateways.irc.times import milliseconds, server_time
from words.chat.group import Group
from words.chat.participant import Participant
from words.errors import NoSuchParticipant, WordsError


@command("MARKREAD")
def handle_markread(session: Session, message: Message) -> None:
    """Say, or with a time set, how far a conversation was read."""
    params = message.params
    if not params or not params[0]:
        session.fail("MARKREAD", "NEED_MORE_PARAMS", text="Missing parameters")
        return
    target = params[0]
    when = None
    if len(params) > 1:
        kind, _, value = params[1].partition("=")
        when = milliseconds(value) if kind == "timestamp" else None
        if when is None:
            session.fail("MARKREAD", "INVALID_PARAMS", safe(params[1]), text="Invalid parameters")
            return
    me = session.me
    try:
        where = me.group(group_of(target)) if is_channel(target) else me.addressee(target)
        if when is not None:
            me.mark_read(where, ("time", when))
        show_marker(session, where)
    except NoSuchParticipant:
        if when is None:
            session.say("MARKREAD", safe(target), "*")
        else:
            session.fail("MARKREAD", "INVALID_PARAMS", safe(target), text="Nobody is called so")
    except WordsError:
        text = "The read timestamp could not be set or read"
        session.fail("MARKREAD", "INTERNAL_ERROR", safe(target), text=text)


def show_marker(session: Session, where: Group | Participant) -> None:
    """Say how far a conversation was read."""
    mark = session.me.mark(where)
    target = shown(where.name) if isinstance(where, Group) else where.name
    session.say("MARKREAD", target, f"timestamp={server_time(mark.time)}" if mark else "*")


def show_joined_marker(session: Session, group: Group) -> None:
    """The same for a channel that was just entered, to clients that asked for it."""
    if session.has(Cap.READ_MARKER):
        show_marker(session, group)
