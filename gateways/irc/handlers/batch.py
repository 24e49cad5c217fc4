"""BATCH: opening and closing a message of several lines.

Source: IRCv3 draft/multiline, draft/client-batch.
"""

from __future__ import annotations

from gateways.irc import numerics as n
from gateways.irc.capabilities import Cap, valued
from gateways.irc.codec import Message
from gateways.irc.handlers import reactions
from gateways.irc.handlers.messages import client_tags, deliver
from gateways.irc.multiline import REFERENCE, ClientBatch, compose, fail, limits
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat.verbs.talk import Body

KIND = "draft/multiline"


@valued(KIND)
def _offer(session: Session) -> str:
    most, rows = limits(session)
    return f"max-bytes={most},max-lines={rows}"


@command("BATCH", least=1, active=True, cost=2.0, caps=Cap.MULTILINE)
def handle_batch(session: Session, message: Message) -> None:
    """Open (+reference type target) or close (-reference) a message of several lines."""
    sign, reference = message.params[0][:1], message.params[0][1:]
    if sign == "+":
        _open(session, message, reference)
    elif session.batch is None or sign != "-" or reference != session.batch.reference:
        fail(session, "MULTILINE_INVALID", text="No such batch is open")
    else:
        _close(session, session.batch)


def _open(session: Session, message: Message, reference: str) -> None:
    params = message.params
    if session.batch is not None:
        fail(session, "MULTILINE_INVALID", text="Another batch is open")
    elif not reference or len(reference) > REFERENCE or len(params) < 2 or params[1] != KIND:
        fail(session, "MULTILINE_INVALID", text="A batch has a reference, and a type known here")
    elif len(params) < 3 or not params[2]:
        fail(session, "MULTILINE_INVALID", text="A multiline batch has a target")
    else:
        label = session.label if session.capture is not None else ""
        session.end_capture()  # the answer has the label when there is one: at the end
        tags = client_tags(session, message)
        session.batch = ClientBatch(reference, params[2], tags, label, session.ircd.now())


def _close(session: Session, batch: ClientBatch) -> None:
    if not batch.failed and not any(row.text for row in batch.rows):
        fail(session, "MULTILINE_INVALID", text="A message has more than blank lines")
    session.batch = None
    if batch.failed:
        return
    text, spans, wire = compose(batch.rows)
    if batch.label:
        session.begin_capture(batch.label)
    if not text.strip("\n"):  # nothing but formatting codes
        session.reply(n.ERR_NOTEXTTOSEND)
        return
    form = "irc" if wire else ""
    reply_to = reactions.answered(batch.tags)
    body = Body(text, batch.kind, spans, batch.tags, form, wire, reply_to)
    deliver(session, Message(batch.command, [batch.to]), body)
