"""Saying something to one person, that one is writing, and warnings."""

from __future__ import annotations

from gateways.toc import html, names
from gateways.toc.arguments import Command
from gateways.toc.forms import TOC, TOC_BYTES
from gateways.toc.names import shown
from gateways.toc.refusals import BAD_INPUT, NO_WARNING, NOT_AVAILABLE, refuse
from gateways.toc.session import Session
from gateways.toc.table import command
from words.chat.verbs.talk import Body
from words.errors import BadInput, CannotReach, NoSuchParticipant, WordsError
from words.events import MessageKind, Span, TypingState

TYPING: dict[bytes, TypingState] = {b"0": "done", b"1": "paused", b"2": "active"}


def body_of(data: bytes, kind: MessageKind = "text", context: dict[str, str] | None = None) -> Body:
    """Return what a client said: its HTML as it came, and as a text with spans."""
    data = data.replace(b"\0", b"")
    try:
        wire, form = data.decode(), TOC
    except UnicodeDecodeError:
        wire, form = data.decode("latin-1"), TOC_BYTES
    text, spans = html.parse(wire)
    if text.startswith("/me ") and kind == "text":
        kind, text = "action", text[4:]
        spans = tuple(
            Span(max(0, span.start - 4), span.end - 4, span.style, span.value)
            for span in spans
            if span.end > 4
        )
    return Body(text, kind, spans, context, form, wire)


def said(command: Command, place: int) -> tuple[bytes, bool]:
    """Return a message and whether it is an automatic one: the word after it says so."""
    values = command.values()
    if place >= len(values):
        raise BadInput("message")
    auto = len(values) == place + 2 and values[-1] == b"auto"
    if command.words[place].bare and not auto and len(values) > place + 1:
        return command.from_word(place), False
    return values[place], auto


@command("toc_send_im", "toc2_send_im", stage="online", least=2, active=True)
def handle_send_im(session: Session, command: Command) -> None:
    """Say something to somebody."""
    message, auto = said(command, 1)
    _say(session, command.values()[0], message, auto)


@command("toc2_send_im_enc", stage="online", least=5, active=True)
def handle_send_im_enc(session: Session, command: Command) -> None:
    """The same with an encoding; the bytes pass as they are."""
    message, auto = said(command, 4)
    if command.values()[2] == b"L" and not message.isascii():
        message = message.decode("latin-1").encode()
    _say(session, command.values()[0], message, auto)


def _say(session: Session, whom: bytes, message: bytes, auto: bool) -> None:
    name = session.whom(names.meant(whom))
    me = session.me
    if not message.strip():
        session.error(BAD_INPUT)
        return
    me.echo = False  # one's own messages to others aren't told to oneself
    try:
        me.say_to(me.addressee(name), body_of(message, "notice" if auto else "text"))
    except NoSuchParticipant:
        session.error(NOT_AVAILABLE, names.decode(whom))
    except WordsError as error:
        refuse(session, error, shown(name))
    finally:
        me.echo = True


@command("toc_evil", stage="online", least=2)
def handle_evil(session: Session, command: Command) -> None:
    """Warn somebody who said something directly of late."""
    whom, how = command.values()[:2]
    me = session.me
    try:
        other = me.somebody(session.whom(names.meant(whom)))
        me.warn(other, anonymous=how.lower() != b"norm")  # some clients misspell the other word
    except WordsError:
        session.error(NO_WARNING, names.decode(whom))


@command("toc2_client_event", stage="online", least=2, cost=0.5)
def handle_client_event(session: Session, command: Command) -> None:
    """Let somebody see that one is writing, or isn't any more; nobody answers if he isn't here."""
    whom, state = command.values()[:2]
    if state not in TYPING:
        raise BadInput("state")
    me = session.me
    other = session.toc.service.registry.participant(session.whom(names.meant(whom)))
    if other is None:
        return
    me.echo = False
    try:
        me.typing(other, TYPING[state])
    except (NoSuchParticipant, CannotReach):
        return
    finally:
        me.echo = True
