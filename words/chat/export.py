"""Everything that is kept about an identity, for itself: records that JSON has, in pages.

Each page is a bounded read: take them one by one, and let others have a turn in between. What
others said is there only where it was said to the identity alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from words.chat.service import ChatService
from words.errors import NotFound
from words.events import ConversationEvent, Said
from words.journal.scan import Place, in_history, in_tail, pattern
from words.names import participant_key

Record: TypeAlias = dict[str, Any]

PAGE = 500
"""Events of one page: some milliseconds."""

_TABLES = {
    "profile": "SELECT * FROM people WHERE participant = ?",
    "circle": "SELECT circle, place FROM circles WHERE participant = ? ORDER BY place",
    "contact": "SELECT circle, name, alias, note, place FROM contacts WHERE participant = ?",
    "listed": "SELECT list, name FROM listed WHERE participant = ?",
    "metadata": "SELECT key, value FROM metadata WHERE owner = ? ORDER BY key",
    "read": "SELECT conversation, sequence, time FROM marks WHERE participant = ?",
    "filtered": "SELECT conversation, action, rule, text FROM filtered WHERE participant = ?",
    "invitation": "SELECT conversation, inviter, time FROM invitations WHERE participant = ?",
    "member": "SELECT groups.name, since, roles FROM members JOIN groups ON"
    " groups.id = conversation WHERE participant = ?",
    "registered": "SELECT groups.name FROM registered JOIN groups ON groups.id = conversation"
    " WHERE founder = ?",
    "app password": "SELECT label, scopes, created FROM app_passwords WHERE identity = ?",
}


def export(service: ChatService, name: str) -> Iterator[list[Record]]:
    """Yield the records of an identity; raises `NotFound` at once if there is none."""
    rows = service.journal.store.read(
        "SELECT id, name, rights, created, suspended FROM identities WHERE key = ?",
        participant_key(name),
    )
    if not rows:
        raise NotFound(name)
    fields = ("id", "name", "rights", "created", "suspended")
    identity: Record = {"record": "identity", **dict(zip(fields, rows[0], strict=True))}
    return _pages(service, identity)


def _pages(service: ChatService, identity: Record) -> Iterator[list[Record]]:
    number, name = identity["id"], identity["name"]
    yield [identity]
    yield from _tables(service, number)
    yield from _conversation(service, number, "own log")
    for conversation, partner in _directs(service, number):
        yield from _conversation(service, conversation, "direct", partner=partner)
    yield from _said(service, number, name)


def _tables(service: ChatService, number: int) -> Iterator[list[Record]]:
    store = service.journal.store
    for record, sql in _TABLES.items():
        rows = store.read(sql, number)
        if record == "profile":
            facts = [msgspec.msgpack.decode(facts) for _, facts in rows]
            yield [{"record": record, **each} for each in facts]
            continue
        names = sql[len("SELECT ") :].partition(" FROM ")[0].replace("groups.", "").split(", ")
        for start in range(0, len(rows), PAGE):
            yield [
                {"record": record, **dict(zip(names, row, strict=True))}
                for row in rows[start : start + PAGE]
            ]


def _directs(service: ChatService, number: int) -> list[tuple[int, str]]:
    return [
        (conversation, name or "")
        for conversation, name in service.journal.store.read(
            "SELECT directs.id, identities.name FROM directs"
            " LEFT JOIN identities ON identities.id = low + high - ?1"
            " WHERE low = ?1 OR high = ?1",
            number,
        )
    ]


def _conversation(
    service: ChatService, conversation: int, record: str, **more: str
) -> Iterator[list[Record]]:
    start = 0
    while True:
        events = service.history.select(conversation, limit=PAGE, start=("sequence", start))
        if events:
            yield [{"record": record, **more, **_record(event)} for event in events]
        if len(events) < PAGE:
            return
        start = events[-1].sequence + 1


def _said(service: ChatService, number: int, name: str) -> Iterator[list[Record]]:
    """Yield what the identity said in groups, under its own name or others."""
    journal = service.journal
    key = participant_key(name)
    patterns = (pattern(number), pattern(name))
    names: dict[int, str | None] = {}

    def mine(events: list[ConversationEvent]) -> list[Record]:
        return [
            {"record": "said", "group": group, **_record(event)}
            for event in events
            if isinstance(event, Said)
            and (event.actor.id == number or participant_key(event.actor.account) == key)
            and (group := _group(service, names, event.conversation)) is not None
        ]

    recent = in_tail(journal, patterns)
    seen = {event.id for event in recent}  # the tail is moved while the history is read
    yield mine(recent)
    place: Place | None = Place()
    while place is not None:
        found, place = in_history(journal, patterns, place)
        yield mine([event for event in found if event.id not in seen])


def _group(service: ChatService, names: dict[int, str | None], number: int) -> str | None:
    if number not in names:
        rows = service.journal.store.read("SELECT name FROM groups WHERE id = ?", number)
        names[number] = rows[0][0] if rows else None
    return names[number]


def _record(event: ConversationEvent) -> Record:
    fields = msgspec.structs.asdict(event)
    values = {name: msgspec.to_builtins(value) for name, value in fields.items()}
    return {"event": type(event).__name__, **values}
