"""Batches that a client sends: one message of several lines.

Source: IRCv3 draft/multiline, draft/client-batch. Lines are only collected here; the end of the
batch says them (`gateways.irc.handlers.batch`).
"""

from __future__ import annotations

from typing import NamedTuple

from gateways.irc.codec import Message
from gateways.irc.formatting import parse
from gateways.irc.session import Session
from words.events import MessageKind, Span
from words.names import fold

BATCH_SECONDS = 30.0
"""How long a batch may stay open: a slow line needs seconds for its 16 KiB."""

REFERENCE = 64  # characters of a batch's reference that are taken

CONCAT = "draft/multiline-concat"
MEANWHILE = frozenset({"PING", "PONG", "QUIT", "BATCH"})
"""Commands that leave an open batch alone, or end it."""


class Row(NamedTuple):
    """A line of a batch; ``joined`` to the one before."""

    text: str
    joined: bool


class ClientBatch:
    """A batch that a client has opened. Once ``failed``, its lines are dropped."""

    __slots__ = ("command", "failed", "label", "opened", "reference", "rows", "size", "tags", "to")

    def __init__(
        self, reference: str, to: str, tags: dict[str, str] | None, label: str, opened: float
    ) -> None:
        self.reference = reference
        self.to = to
        self.tags = tags
        self.label = label
        self.opened = opened
        self.command = ""
        self.rows: list[Row] = []
        self.size = 0
        self.failed = False

    @property
    def kind(self) -> MessageKind:
        """What its message is."""
        return "notice" if self.command == "NOTICE" else "text"


def limits(session: Session) -> tuple[int, int]:
    """Return how many bytes and lines a batch may have."""
    config = session.ircd.config
    return config.chat.max_body, config.irc.multiline_lines


def fail(session: Session, code: str, *context: str, text: str, label: str = "") -> None:
    """Refuse a batch, once; what else comes of it is dropped."""
    batch = session.batch
    if batch is not None:
        batch.failed = True
        batch.rows.clear()
        label, batch.label = batch.label, ""
    tags = {"label": label} if label else {}
    session.say("FAIL", "BATCH", code, *context, text=text, **tags)


def collected(session: Session, message: Message) -> bool:
    """Take a line that is of a batch, or breaks one; return whether that is all about it."""
    batch = session.batch
    reference = message.tags().get("batch", "") if message.tag_data else ""
    if batch is None:
        if not reference or message.command not in ("PRIVMSG", "NOTICE", "TAGMSG"):
            return False
        label = session.label_of(message)
        fail(session, "MULTILINE_INVALID", text="No such batch is open", label=label)
        return True
    if not batch.failed and session.ircd.now() - batch.opened > BATCH_SECONDS:
        fail(session, "TIMEOUT", batch.reference, text="The batch was left open for too long")
    if not reference:
        if batch.failed or message.command in MEANWHILE:
            return False
        fail(session, "MULTILINE_INVALID", text="The batch isn't closed yet")
        return True
    if not batch.failed:
        _add(session, batch, message, reference)
    return True


def _add(session: Session, batch: ClientBatch, message: Message, reference: str) -> None:
    params = message.params
    command = message.command
    if reference != batch.reference or command not in ("PRIVMSG", "NOTICE") or len(params) < 2:
        fail(session, "MULTILINE_INVALID", text="Only lines of one message may be in the batch")
        return
    to, text = params[:2]
    if fold(to) != fold(batch.to):
        shown = [each if each and " " not in each else "*" for each in (batch.to, to)]
        fail(session, "MULTILINE_INVALID_TARGET", *shown, text="Invalid multiline target")
        return
    joined = CONCAT in message.tags()
    wrong = ""
    if batch.command not in ("", command):
        wrong = "PRIVMSG and NOTICE can't be mixed"
    elif joined and not text:
        wrong = "A blank line can't be concatenated"
    elif text[:1] == "\x01":
        wrong = "CTCP has a single line"
    if wrong:
        fail(session, "MULTILINE_INVALID", text=wrong)
        return
    most, rows = limits(session)
    batch.command = command
    batch.size += len(text.encode()) + (bool(batch.rows) and not joined)
    if batch.size > most:
        fail(session, "MULTILINE_MAX_BYTES", str(most), text="Multiline batch max-bytes exceeded")
    elif len(batch.rows) >= rows:
        fail(session, "MULTILINE_MAX_LINES", str(rows), text="Multiline batch max-lines exceeded")
    else:
        batch.rows.append(Row(text, joined and bool(batch.rows)))


class Composed(NamedTuple):
    """The rows of a batch as one text; ``wire`` is "" where the text says it all."""

    text: str
    spans: tuple[Span, ...]
    wire: str


def compose(rows: list[Row]) -> Composed:
    """Return rows as one message; in ``wire`` a "\\r" stands where two were joined."""
    lines: list[str] = []
    for row in rows:
        if row.joined:
            lines[-1] += "\r" + row.text
        else:
            lines.append(row.text)
    texts: list[str] = []
    spans: list[Span] = []
    place = 0
    for line in lines:
        text, styles = parse(line.replace("\r", ""))
        spans += [Span(s.start + place, s.end + place, s.style, s.value) for s in styles]
        texts.append(text)
        place += len(text) + 1
    told = "\n".join(lines)
    return Composed("\n".join(texts), tuple(spans), told if spans or "\r" in told else "")
