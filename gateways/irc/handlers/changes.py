"""What is done to messages later: REDACT takes one back, EDIT gives it another text.

Source: IRCv3 draft/message-redaction; message-edit as proposed (ircv3-specifications #425).
"""

from __future__ import annotations

from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.formatting import parse
from gateways.irc.handlers.channels import clean, group_named
from gateways.irc.handlers.operators import may
from gateways.irc.names import MESSAGE_TAG, TEXT_TAG, is_channel
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs.base import MAX_REASON
from words.chat.verbs.talk import Body
from words.errors import (
    BadInput,
    CannotSpeak,
    Forbidden,
    NoSuchMessage,
    NotFound,
    NotMember,
    WordsError,
)
from words.events import message_number


@command("REDACT", least=2, active=True, caps=Cap.REDACTION)
def handle_redact(session: Session, message: Message) -> None:
    """Take back a message of one's own, or of a channel that one keeps in order."""
    target, given = message.params[:2]
    reason = clean(message.params[2])[:MAX_REASON] if len(message.params) > 2 else ""
    me = session.me
    context = safe(target), safe(given)
    try:
        where = group_named(session, target) if is_channel(target) else me.addressee(target)
        _take_back(session, where, message_number(given) or 0, reason)
    except NoSuchMessage:
        text = "This message does not exist or is too old"
        session.fail("REDACT", "UNKNOWN_MSGID", *context, text=text)
    except (NotMember, NotFound):
        text = "You cannot delete messages from there"
        session.fail("REDACT", "INVALID_TARGET", context[0], text=text)
    except Forbidden:
        text = "You are not authorised to delete this message"
        session.fail("REDACT", "REDACT_FORBIDDEN", *context, text=text)


def _take_back(session: Session, where: Group | Participant, number: int, reason: str) -> None:
    try:
        session.me.redact(where, number, reason, privileged=may(session, "history"))
    except NoSuchMessage:
        session.me.take_back(where, number)  # a reaction is a message to clients


@command("EDIT", least=1, active=True, caps=Cap.MESSAGE_EDIT | Cap.MESSAGE_TAGS)
def handle_edit(session: Session, message: Message) -> None:
    """Give a message of one's own another text: its id and the text are tags."""
    me, target = session.me, message.params[0]
    tags = message.tags()
    given, wire = tags.get(MESSAGE_TAG, ""), tags.get(TEXT_TAG, "").replace("\r", "")
    context = [safe(each) for each in (target, given) if each]
    lines = [parse(line) for line in wire.split("\n")]
    text = "\n".join(line for line, _ in lines)
    spans = lines[0][1] if len(lines) == 1 else ()
    body = Body(text, spans=spans, form="irc" if spans else "", wire=wire if spans else "")
    try:
        if not text.strip():
            raise BadInput("edit", "has no text")
        where = group_named(session, target) if is_channel(target) else me.addressee(target)
        me.edit(where, message_number(given) or 0, body)
    except (NoSuchMessage, NotMember, NotFound, Forbidden, CannotSpeak):
        text = "You are not authorised to edit this message"
        session.fail("EDIT", "EDIT_FORBIDDEN", *context, text=text)
    except WordsError:
        session.fail("EDIT", "INVALID_EDIT", *context, text="Invalid edit text")
