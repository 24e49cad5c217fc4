"""What was said: read in pages, searched."""

from __future__ import annotations

import msgspec

from words.admin.base import Domain, Result, Verb
from words.errors import BadInput, NoSuchGroup, NotFound
from words.events import TALK, ConversationEvent, Said, message_id
from words.journal.history import ALL_CLASSES, History
from words.journal.index import Place
from words.journal.query import LATEST, Wanted, fitting, of_group, of_person
from words.names import group_key, participant_key

PAGE_EVENTS = 500
"""Events in one answer: some milliseconds of a turn."""

FILLING = 5.0
"""Seconds that a search waits for the index to have all that was said."""


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``history-page``: a group, or two people who talk directly (``people``)."""

    group: str = ""
    people: tuple[str, ...] = ()
    after: int = 0
    """A sequence number: the page begins behind it."""
    since: int = 0
    until: int = LATEST
    """Times in milliseconds since 1970 UTC."""
    happenings: bool = True


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``history-search``. ``person``: only direct messages to and from somebody."""

    text: str
    group: str = ""
    person: str = ""
    author: str = ""
    since: int = 0
    until: int = LATEST
    before: int = LATEST
    """An id: the page begins before it."""
    limit: int = 50


def _page(domain: Domain, arguments: Part, _: object) -> Result:
    conversation = _conversation(domain, arguments)
    history = History(domain.journal)
    stop = ("time", arguments.until) if arguments.until < LATEST else None
    classes = ALL_CLASSES if arguments.happenings else (TALK,)
    start = ("time", arguments.since) if not arguments.after else ("sequence", arguments.after + 1)
    events = history.select(
        conversation,
        limit=PAGE_EVENTS,
        start=start,  # type: ignore[arg-type]
        stop=stop,  # type: ignore[arg-type]
        classes=classes,
    )
    return [shown(event) for event in events]


def shown(event: ConversationEvent) -> dict[str, Result]:
    """Return an event as an object with names, its type first."""
    fields: dict[str, Result] = {"event": type(event).__name__, "msgid": message_id(event.id)}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        fields[name] = _named(value)
    return fields


def _named(value: Result) -> Result:
    if isinstance(value, msgspec.Struct):
        return {name: _named(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_named(item) for item in value]
    return value


def _conversation(domain: Domain, arguments: Part) -> int:
    if bool(arguments.group) == bool(arguments.people):
        raise BadInput("history", "needs a group, or two people")
    if arguments.group:
        return _group_number(domain, arguments.group)
    if len(arguments.people) != 2:
        raise BadInput("people", "must be two")
    low, high = sorted(domain.register.require(name).id for name in arguments.people)
    rows = domain.store.read("SELECT id FROM directs WHERE low = ? AND high = ?", low, high)
    if not rows:
        raise NotFound("conversation of these two")
    return int(rows[0][0])


def _group_number(domain: Domain, name: str) -> int:
    rows = domain.store.read("SELECT id FROM groups WHERE key = ?", group_key(name))
    if not rows:
        raise NoSuchGroup(name)
    return int(rows[0][0])


# Search


def _ask(domain: Domain, arguments: Question) -> tuple[list[Place], bool]:
    """Prepare an answer in a thread; nothing of the running hub is touched but its files."""
    complete = domain.index.fill(FILLING)
    places, all_read = domain.index.find(_wanted(domain, arguments))
    return places, complete and all_read


def _wanted(domain: Domain, arguments: Question) -> Wanted:
    if not 0 < arguments.limit <= PAGE_EVENTS:
        raise BadInput("limit", f"must be from 1 to {PAGE_EVENTS}")
    if arguments.group and arguments.person:
        raise BadInput("search", "is in a group or in somebody's direct messages, not both")
    scopes: tuple[str, ...] | None = None
    if arguments.group:
        number = domain.index.number("groups", group_key(arguments.group))
        if number is None:
            raise NoSuchGroup(arguments.group)
        scopes = (of_group(number),)
    if arguments.person:
        number = domain.index.number("identities", participant_key(arguments.person))
        if number is None:
            raise NotFound(arguments.person)
        scopes = (of_person(number),)
    before = min(arguments.before, arguments.until * 1000 if arguments.until < LATEST else LATEST)
    return Wanted(
        arguments.text, arguments.limit, scopes, arguments.author, arguments.since * 1000, before
    )


def _search(domain: Domain, arguments: Question, prepared: tuple[list[Place], bool]) -> Result:
    places, complete = prepared
    events = said(History(domain.journal), places)
    fits = fitting(arguments.text, [event.text for event in events])
    found = [shown(event) for event, fit in zip(events, fits, strict=True) if fit]
    for one in found:
        one["where"] = _where(domain, one)
    more = places[-1].id if len(places) == arguments.limit else 0
    return {"found": found, "complete": complete, "before": more}


def said(history: History, places: list[Place]) -> list[Said]:
    """Return the messages that stand there still."""
    found = []
    for place in places:
        events = history.select(
            place.conversation,
            limit=1,
            start=("sequence", place.sequence),
            stop=("sequence", place.sequence + 1),
            classes=(TALK,),
        )
        found += [one for one in events if isinstance(one, Said) and one.id == place.id]
    return found


def _where(domain: Domain, event: dict[str, Result]) -> str:
    rows = domain.store.read("SELECT name FROM groups WHERE id = ?", event["conversation"])
    return f"#{rows[0][0]}" if rows else f"to {event['to']}"


VERBS = {
    "history-page": Verb(Part, _page, "history", writes=False),
    "history-search": Verb(Question, _search, "history", writes=False, prepare=_ask),
}
