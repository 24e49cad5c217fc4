"""SEARCH: finding messages by their words, author, place and time.

Source: soju's extension "search" (soju.im/search).
"""

from __future__ import annotations

from typing import Any

from gateways.irc.batches import send_batch
from gateways.irc.capabilities import Cap, valued
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.names import group_of, is_channel
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from gateways.irc.tags import parse
from gateways.irc.times import milliseconds
from words.chat.search import MOST, Found, Sought
from words.errors import BadInput, Busy, WordsError

ATTRIBUTES = frozenset({"in", "from", "after", "before", "text", "limit"})


@valued("soju.im/search")
def _offer(session: Session) -> str | None:
    return None if session.ircd.service.searcher is None else ""


@command("SEARCH", least=1, cost=4.0, active=True, caps=Cap.SEARCH)
def handle_search(session: Session, message: Message) -> Later | None:
    """Find messages: text=...;in=...;from=...;after=...;before=...;limit=..."""
    given = parse(message.params[0])
    try:
        sought = _sought(session, given)
    except WordsError as error:
        which = str(error.args[0]) if error.args else "*"
        session.fail("SEARCH", "INVALID_PARAMS", safe(which), text="Invalid parameters")
        return None
    return Later(session.me.search(sought), _answer)


def _sought(session: Session, given: dict[str, str]) -> Sought:
    for name in given:
        if name not in ATTRIBUTES:
            raise BadInput(name, "isn't known")
    where = given.get("in", "")
    limit = given.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 9):
        raise BadInput("limit", "isn't a number")
    sought = Sought(
        given.get("text", ""),
        session.me.group(group_of(where)) if is_channel(where) else None,
        "" if is_channel(where) else where,
        given.get("from", ""),
        limit=max(1, min(int(limit), MOST, session.ircd.config.irc.history_limit)),
    )
    if after := given.get("after"):
        sought = sought._replace(since=_moment("after", after))
    if before := given.get("before"):
        sought = sought._replace(until=_moment("before", before) + 1)
    return sought


def _moment(name: str, text: str) -> int:
    moment = milliseconds(text)
    if moment is None:
        raise BadInput(name, "isn't a time")
    return moment


def _answer(session: Session, found: Any) -> None:
    if isinstance(found, WordsError):
        code, text = "INVALID_PARAMS", "Invalid parameters"
        if isinstance(found, BadInput):  # what the words lack: nothing of them is in it
            text = str(found)
        if isinstance(found, Busy):
            code, text = "INTERNAL_ERROR", "The search could not be run"
        session.fail("SEARCH", code, text=text)
        return
    assert isinstance(found, Found)
    form = session.forms()[0]
    lines: list[bytes] = []
    for where, said in reversed(found.messages):
        lines += (form.encode(said, where) or b"").splitlines(keepends=True)
    send_batch(session, "soju.im/search", "", lines)
