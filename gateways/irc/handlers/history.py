"""CHATHISTORY, and the last messages on join for clients that can't ask.

Source: IRCv3 draft/chathistory, batch, draft/event-playback.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gateways.irc.batches import batched, send_batch
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import line, safe
from gateways.irc.forms import IrcForm
from gateways.irc.names import group_of, is_channel, shown
from gateways.irc.session import Session
from gateways.irc.table import command
from gateways.irc.times import milliseconds, server_time
from words.chat.group import Group
from words.chat.verbs.reading import Wish
from words.errors import WordsError
from words.events import ConversationEvent, Edited, MessageKind, Said, message_number
from words.interfaces import Point


class BadPlace(Exception):
    """A selector that can't be read."""


class UnknownKind(BadPlace):
    """A selector that isn't ``timestamp=`` or ``msgid=``."""


class Place(NamedTuple):
    """A selector: the first event at it, and the first after it."""

    at: Point
    after: Point


def place(selector: str) -> Place:
    """Return what ``timestamp=...`` or ``msgid=...`` means; raises `BadPlace`."""
    kind, _, value = selector.partition("=")
    if kind == "timestamp":
        moment = _moment(value)
        return Place(("time", moment), ("time", moment + 1))
    if kind == "msgid":
        number = message_number(value)
        if number is not None:
            return Place(("id", number), ("id", number + 1))
    elif kind != selector:
        raise UnknownKind(selector)
    raise BadPlace(selector)


def _moment(text: str) -> int:
    moment = milliseconds(text)
    if moment is None:
        raise BadPlace(text)
    return moment


@command("CHATHISTORY", cost=3.0)
def handle_chathistory(session: Session, message: Message) -> None:
    """Read what was said: LATEST, BEFORE, AFTER, AROUND, BETWEEN, TARGETS."""
    subcommand, *params = message.params or [""]
    given, subcommand = safe(subcommand), subcommand.upper()
    least = _LEAST.get(subcommand)
    if least is None and subcommand:
        session.fail("CHATHISTORY", "INVALID_PARAMS", given, text="Unknown command")
        return
    if least is None or len(params) < least or not params[0]:
        session.fail("CHATHISTORY", "INVALID_PARAMS", given, text="Insufficient parameters")
        return
    if len(params) > least:
        session.fail("CHATHISTORY", "INVALID_PARAMS", given, text="Excess parameters")
        return
    try:
        count = params[least - 1]
        if not (count.isascii() and count.isdigit()):
            raise BadPlace(count)
        limit = min(int(count), session.ircd.config.irc.history_limit)
        if subcommand == "TARGETS":
            _targets(session, _moment(_time(params[0])), _moment(_time(params[1])), limit)
            return
        wishes = _wishes(subcommand, params, limit)
    except UnknownKind:
        target = safe(params[0])
        text = "References are timestamp= or msgid="
        session.fail("CHATHISTORY", "INVALID_MSGREFTYPE", given, target, text=text)
        return
    except BadPlace:
        session.fail("CHATHISTORY", "INVALID_PARAMS", given, text="Invalid parameters")
        return
    target = params[0]
    try:
        events = _read(session, target, wishes)
    except WordsError:
        session.fail(
            "CHATHISTORY",
            "INVALID_TARGET",
            given,
            safe(target),
            text="Messages could not be retrieved",
        )
        return
    _send(session, target, events)


_LEAST = {"LATEST": 3, "BEFORE": 3, "AFTER": 3, "AROUND": 3, "BETWEEN": 4, "TARGETS": 3}


def _time(selector: str) -> str:
    kind, _, value = selector.partition("=")
    if kind != "timestamp":
        raise BadPlace(selector)
    return value


def _wishes(subcommand: str, params: Sequence[str], limit: int) -> list[Wish]:
    """Return the parts of the history that are wanted, in the order of the answer."""
    selector = params[1]
    if subcommand == "LATEST":
        after: Point = ("sequence", 0) if selector == "*" else place(selector).after
        return [Wish(limit, after, newest=True)]
    first = place(selector)
    if subcommand == "BEFORE":
        return [Wish(limit, stop=first.at, newest=True)]
    if subcommand == "AFTER":
        return [Wish(limit, first.after)]
    if subcommand == "AROUND":
        before = limit // 2
        return [
            Wish(before, stop=first.at, newest=True),
            Wish(limit - before, first.at),
        ]
    second = place(params[2])
    if _before(first, second):
        return [Wish(limit, first.after, second.at)]
    return [Wish(limit, second.after, first.at, newest=True)]


def _before(first: Place, second: Place) -> bool:
    """Return whether the first place comes first; ids begin with the time in microseconds."""
    scale = {"time": 1000, "id": 1, "sequence": 1}
    return first.at[1] * scale[first.at[0]] <= second.at[1] * scale[second.at[0]]


def _read(session: Session, target: str, wishes: list[Wish]) -> list[ConversationEvent]:
    me = session.me
    happenings = session.has(Cap.EVENT_PLAYBACK)
    events: list[ConversationEvent] = []
    for plain in wishes:
        wish = plain._replace(happenings=happenings)
        if is_channel(target):
            events += me.read_group(me.group(group_of(target)), wish)
        else:
            events += me.read_direct(target, wish)
    return events


def _send(session: Session, target: str, events: Sequence[ConversationEvent]) -> None:
    where = ""
    if is_channel(target):
        where = session.me.group(group_of(target)).name
        target = shown(where)
    send_batch(session, "chathistory", target, encoded(session, where, events))


def encoded(session: Session, where: str, events: Sequence[ConversationEvent]) -> list[bytes]:
    """Return the lines of a history, for a batch."""
    form: IrcForm = session.forms()[0]
    pieces = []
    for event in events:
        if type(event) is Edited:
            continue  # the message itself is read back with its new text
        piece = form.encode(event, where)
        if piece is not None:
            pieces += piece.splitlines(keepends=True)
    return pieces


def _targets(session: Session, one: int, other: int, limit: int) -> None:
    start, stop = min(one, other), max(one, other)
    server = session.ircd.name_shown
    lines = [
        line(
            "CHATHISTORY",
            "TARGETS",
            shown(found.name) if found.is_group else found.name,
            server_time(found.time),
            source=server,
        )
        for found in session.me.conversations(start, stop, limit, newest=one > other)
    ]
    send_batch(session, "draft/chathistory-targets", "", lines)


def replay_on_join(session: Session, group: Group) -> None:
    """Show the last messages to a client that has no CHATHISTORY, if the config says so."""
    count = session.ircd.config.irc.replay_on_join
    if not count or session.has(Cap.CHATHISTORY | Cap.PLAYBACK):
        return
    events = session.me.read_group(group, Wish(count, newest=True))
    session.send(replay(session, shown(group.name), group.name, events))


def replay(session: Session, target: str, where: str, events: Sequence[ConversationEvent]) -> bytes:
    """Return a part of a history for a client that didn't ask CHATHISTORY for it."""
    if session.has(Cap.BATCH):
        return batched(session, "chathistory", target, encoded(session, where, events))
    return b"".join(
        _dated(session, where, event)
        for event in events
        if isinstance(event, Said) and not (event.fate and event.fate.redacted)
    )


def _dated(session: Session, where: str, event: Said) -> bytes:
    """Return a message of the past, with its time in the text where there is no tag for it."""
    form = session.forms()[0]
    if session.has(Cap.SERVER_TIME):
        return form.encode(event, where) or b""
    stamp = time.strftime("[%Y-%m-%d %H:%M:%S] ", time.gmtime(event.time // 1000))
    text = event.wire if event.form == "irc" else event.text
    if event.kind == "action":
        text = f"* {event.actor.name} {text}"
    kind: MessageKind = "notice" if event.kind == "notice" else "text"
    dated = msgspec.structs.replace(event, kind=kind, form="irc", wire=stamp + text)
    return form.encode(dated, where) or b""
