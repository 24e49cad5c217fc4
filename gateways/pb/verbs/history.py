"""Reading what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateways.pb.perspective import ChatPerspective
from gateways.pb.sizes import event_bytes, fitting
from gateways.pb.table import Later, handler, number
from words.chat.search import Sought
from words.chat.verbs.reading import Wish
from words.events import Event
from words.remote.happenings import to_plain
from words.remote.values import Talked

MOST_CONVERSATIONS = 1000
"""In one answer."""


@handler(cost=2.0)
def history(
    perspective: ChatPerspective,
    group: str,
    after: int,
    before: int,
    limit: int,
    newest: bool,
    happenings: bool,
) -> list[dict[str, Any]]:
    """Read a group's history."""
    me = perspective.me
    found = me.group(group)
    wish = _wish(perspective, after, before, limit, newest, happenings)
    return _plain(me.read_group(found, wish), found.name, newest)


@handler(cost=2.0)
def history_with(
    perspective: ChatPerspective,
    person: str,
    after: int,
    before: int,
    limit: int,
    newest: bool,
    happenings: bool,
) -> list[dict[str, Any]]:
    """Read the history of a direct conversation."""
    wish = _wish(perspective, after, before, limit, newest, happenings)
    return _plain(perspective.me.read_direct(person, wish), "", newest)


@handler(cost=2.0)
def conversations(
    perspective: ChatPerspective, after: int, before: int, limit: int
) -> list[Talked]:
    """List conversations."""
    most = max(0, min(limit, MOST_CONVERSATIONS))
    found = perspective.me.conversations(number(after), number(before), most)
    return [Talked(each.name, each.is_group, each.time) for each in found]


@handler(cost=3.0)
def search(
    perspective: ChatPerspective,
    text: str,
    group: str,
    person: str,
    author: str,
    since: int,
    until: int,
    before: int,
    limit: int,
) -> Later:
    """Find messages."""
    me = perspective.me
    sought = Sought(
        text,
        me.group(group) if group else None,
        person,
        author,
        number(since),
        number(until),
        number(before),
        max(1, min(limit, perspective.gateway.config.pb.history_limit)),
    )
    return Later(_search(perspective, sought))


async def _search(perspective: ChatPerspective, sought: Sought) -> list[dict[str, Any]]:
    found = await perspective.me.search(sought)
    kept = fitting(found.messages, lambda one: event_bytes(one[1]))
    return [to_plain(said, where) for where, said in kept]


def _wish(
    perspective: ChatPerspective,
    after: int,
    before: int,
    limit: int,
    newest: bool,
    happenings: bool,
) -> Wish:
    most = max(0, min(limit, perspective.gateway.config.pb.history_limit))
    start, stop = number(after) + 1, number(before)
    return Wish(most, ("sequence", start), ("sequence", stop), newest, happenings)


def _plain(events: Sequence[Event], where: str, newest: bool) -> list[dict[str, Any]]:
    """Return events as plain values: as many as fit one answer, from the end that was asked for."""
    kept = fitting(reversed(events) if newest else events, event_bytes)
    return [to_plain(event, where) for event in (reversed(kept) if newest else kept)]
