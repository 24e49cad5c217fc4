"""Batches of lines to a client.

Source: IRCv3 batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateways.irc.capabilities import Cap
from gateways.irc.encode import line
from gateways.irc.session import Session


def tagged(data: bytes, tag: str) -> bytes:
    """Return a line with one more tag, first."""
    if data[:1] == b"@":
        return b"@" + tag.encode() + b";" + data[1:]
    return b"@" + tag.encode() + b" " + data


def is_batch(data: bytes, sign: bytes) -> bool:
    """Return whether a line opens (``+``) or closes (``-``) a batch."""
    body = data.partition(b" ")[2] if data[:1] == b"@" else data
    return body[:1] == b":" and b" BATCH " + sign in body and body.split(b" ", 2)[1] == b"BATCH"


def in_batch(data: bytes) -> bool:
    """Return whether a line is of another batch already."""
    head = data[: data.index(b" ")] if data[:1] == b"@" else b""
    return head.startswith(b"@batch=") or b";batch=" in head


def enclosed(reference: str, lines: Iterable[bytes]) -> bytes:
    """Return lines as those of a batch; what is of a batch within it stays so, but its first and
    last line "both MUST have batch tag, and they MUST refer to the same batch"."""
    tag = f"batch={reference}"
    return b"".join([each if in_batch(each) else tagged(each, tag) for each in lines])


def send_batch(session: Session, kind: str, target: str, lines: Iterable[bytes]) -> None:
    """Say lines as a batch, or bare to a client that knows none."""
    session.send(batched(session, kind, target, lines))


def batched(session: Session, kind: str, target: str, lines: Iterable[bytes]) -> bytes:
    """Return lines as a batch, or bare for a client that knows none."""
    if not session.has(Cap.BATCH):
        return b"".join(lines)
    reference = session.next_batch()
    server = session.ircd.name_shown
    start = line("BATCH", f"+{reference}", kind, *([target] if target else []), source=server)
    inner = enclosed(reference, lines)
    return start + inner + line("BATCH", f"-{reference}", source=server)


def in_parts(session: Session, kind: str, target: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same line by line, for an answer in parts (`paced.say`); b"" stays what it is."""
    if not session.has(Cap.BATCH):
        yield from lines
        return
    reference = session.next_batch()
    server = session.ircd.name_shown
    yield line("BATCH", f"+{reference}", kind, target, source=server)
    for each in lines:
        yield tagged(each, f"batch={reference}") if each else each
    yield line("BATCH", f"-{reference}", source=server)
