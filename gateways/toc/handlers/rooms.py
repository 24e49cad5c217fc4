"""Rooms: the groups of the service, by numbers."""

from __future__ import annotations

from gateways.toc import names
from gateways.toc.arguments import Command
from gateways.toc.forms import CONTEXT, room_name
from gateways.toc.handlers.talk import body_of
from gateways.toc.refusals import (
    BAD_INPUT,
    NO_WARNING,
    NOT_AVAILABLE,
    refuse,
)
from gateways.toc.session import Session
from gateways.toc.table import command
from words.chat import policy
from words.chat.group import Group
from words.errors import AlreadyMember, BadInput, NoSuchGroup, Refused

INVITATION_BYTES = 512  # of the text beside an invitation: some lines


def _number(data: bytes) -> int:
    if not data.isdigit() or len(data) > 9:
        raise BadInput("room")
    return int(data)


def _room(session: Session, data: bytes) -> Group:
    """Return the group of a room that the client is in."""
    number = _number(data)
    if number not in session.rooms:
        raise NoSuchGroup(_known(session, number) or str(number))
    return session.me.group(session.toc.rooms.name(number))


def _known(session: Session, number: int) -> str:
    """Return the name of a room that the client may know of, "" for others: numbers are small,
    and anybody can count."""
    group = session.toc.service.registry.group(session.toc.rooms.name(number))
    me = session.me.participant
    if group is None or not (policy.may_see(group, me) or group.id in me.invitations):
        return ""
    return group.name


@command("toc_chat_join", stage="online", least=2, cost=2.0, active=True)
def handle_join(session: Session, command: Command) -> None:
    """Enter a room, a new one if there is none of this name."""
    _join(session, names.group(command.from_word(1)))


@command("toc_chat_accept", stage="online", least=1, cost=2.0, active=True)
def handle_accept(session: Session, command: Command) -> None:
    """Enter a room into which one was asked."""
    name = _known(session, _number(command.values()[0]))
    if not name:
        raise NoSuchGroup(command.values()[0].decode())
    _join(session, name)


def _join(session: Session, name: str) -> None:
    if not name:
        session.error(BAD_INPUT)
        return
    me = session.me
    try:
        group = me.join(name)
    except AlreadyMember:
        group = me.group(name)
        number = session.toc.rooms.number(group.id, group.name)
        if number in session.rooms:  # the client lost count: it is told again
            session.leave_room(number)
    except Refused as error:
        refuse(session, error, room_name(name))
        return
    session.send(session.enter_room(group))


@command("toc_chat_leave", stage="online", least=1)
def handle_leave(session: Session, command: Command) -> None:
    """Leave a room."""
    session.me.leave(_room(session, command.values()[0]))


@command("toc_chat_send", "toc_chat_send_enc", stage="online", least=2, active=True)
def handle_chat_send(session: Session, command: Command) -> None:
    """Say something in a room; it comes back to who said it."""
    group = _room(session, command.values()[0])
    if command.name == "toc_chat_send_enc":
        text = command.values()[-1]  # after encoding and, in some clients, language
    else:
        text = command.from_word(1)
    if not text.strip():
        raise BadInput("message")
    try:
        session.me.say(group, body_of(text))
    except Refused as error:
        refuse(session, error, room_name(group.name))


@command("toc_chat_whisper", stage="online", least=3, active=True)
def handle_whisper(session: Session, command: Command) -> None:
    """Say something to one person in a room; nobody else hears it."""
    values = command.values()
    group = _room(session, values[0])
    me = session.me
    other = session.toc.service.registry.participant(session.whom(names.meant(values[1])))
    if other is None or other.id not in group.members:
        session.error(NOT_AVAILABLE, names.decode(values[1]))
        return
    me.echo = False
    try:
        me.say_to(other, body_of(command.from_word(2), "text", {CONTEXT: f"#{group.name}"}))
    except Refused as error:
        refuse(session, error, names.decode(values[1]))
    finally:
        me.echo = True


@command("toc_chat_invite", stage="online", least=3)
def handle_invite(session: Session, command: Command) -> None:
    """Ask people into a room; there are clients that put commas between them."""
    number, text, *rest = command.values()
    people = [each for value in rest for each in value.split(b",") if each.strip()]
    group = _room(session, number)
    me = session.me
    for value in people:
        try:
            other = me.addressee(session.whom(names.meant(value)))
            session.toc.invites(me.participant.id, other.id, group.name, text[:INVITATION_BYTES])
            me.invite(group, other)
        except AlreadyMember:
            continue
        except Refused as error:
            refuse(session, error, names.decode(value))


@command("toc_chat_evil", stage="online", least=2)
def handle_chat_evil(session: Session, command: Command) -> None:
    """Warn somebody in a room: AOL had it switched off, and so have we."""
    session.error(NO_WARNING, names.decode(command.values()[1]))
