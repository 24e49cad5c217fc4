"""What the history says, read by two ways, and how it must agree with what clients saw."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.promise.crowd import EVERYTHING, LINE, REFUSED, Client, Seen, conversation
from tests.support.raw import RawClient
from words.events import Said, message_id
from words.journal.history import History
from words.journal.journal import Journal
from words.storage.store import Store

PAGE = 500


def read_storage(data: Path, copy: Path) -> dict[str, list[Seen]]:
    """Return all conversations from a copy of a data folder, as a killed hub left it."""
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("*.sock"))
    store = Store(copy / "words.db")
    try:
        journal = Journal(store)
        groups = {row[0]: f"#{row[1]}" for row in store.read("SELECT id, name FROM groups")}
        directs = {row[0] for row in store.read("SELECT id FROM directs")}
        found: dict[str, list[Seen]] = {}
        for number in groups.keys() | directs:
            for event in History(journal).select(number, limit=10**9):
                if isinstance(event, Said):
                    where = groups.get(number) or conversation(event.actor.name, event.to)
                    seen = Seen(where, event.actor.name, event.text, message_id(event.id))
                    found.setdefault(where, []).append(seen)
        return found
    finally:
        store.abandon()
        shutil.rmtree(copy)


def read_chathistory(client: RawClient, target: str, after: str = "") -> list[Seen]:
    """Return a conversation as CHATHISTORY gives it, page by page."""
    found: list[Seen] = []
    while True:
        start = f"msgid={after}" if after else "timestamp=1970-01-01T00:00:00.000Z"
        client.send(f"CHATHISTORY AFTER {target} {start} {PAGE}", "PING page")
        before = len(client.seen)
        client.until("PONG .*page")
        page = [match for line in client.seen[before:] if (match := LINE.match(line))]
        for tags, who, to, text in (match.groups() for match in page):
            message = tags.partition("msgid=")[2].partition(";")[0]
            found.append(Seen(conversation(who, to), who, text, message))
        if len(page) < PAGE:
            return found
        after = found[-1].message


def reader(port: int, nick: str, password: str) -> RawClient:
    """Return a client of an identity that may read history."""
    client = RawClient(port)
    client.send(f"CAP REQ :{EVERYTHING}", f"PASS :{nick}:{password}", f"NICK {nick}")
    client.send("USER x 0 * :x", "CAP END")
    client.until(" 001 ")
    return client


def check(past: Sequence[Seen], clients: Iterable[Client]) -> None:
    """Check one conversation against what clients saw of it and what was refused to them."""
    texts = [seen.text for seen in past]
    places = {text: place for place, text in enumerate(texts)}
    assert len(places) == len(texts), "something is there twice"
    assert not [text for text in texts if REFUSED in text]
    where = past[0].where
    for client in clients:
        mine = [seen for seen in client.seen if seen.where == where]
        missed = [seen.text for seen in client.missed if seen.where == where]
        assert set(missed) <= set(texts), "what is said to have been missed was never said"
        if mine:
            _check_client(past, places, mine, client)


def _check_client(
    past: Sequence[Seen], places: dict[str, int], mine: list[Seen], client: Client
) -> None:
    """Check that a client saw a part of the history without a hole, but for its own words."""
    for seen in mine:
        assert seen.text in places, f"{client.nick} saw {seen}: it is lost"
    whole = past[places[mine[0].text] : places[mine[-1].text] + 1]
    own = f"{client.number}."
    expected = [seen for seen in whole if client.echo or not seen.text.startswith(own)]
    assert [(seen.who, seen.text) for seen in mine] == [(e.who, e.text) for e in expected]
    told = [(seen.message, one.message) for seen, one in zip(mine, expected, strict=True)]
    assert all(seen in ("", stored) for seen, stored in told)
