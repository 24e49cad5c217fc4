"""Reading: the last hundred and lookups among millions of events, in process and by CHATHISTORY."""

import random
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

from bench.inside import database
from bench.inside.hub import running
from bench.inside.probe import Figures, quantile, run
from words.events import TALK
from words.journal.history import History
from words.journal.journal import Journal
from words.journal.rows import row_of
from words.storage.store import Store

TIMES = 2000
LAST = 100
_END = re.compile(rb"BATCH -\S+\r\n")


def timed(query: Callable[[int], object], conversations: list[int]) -> tuple[float, float]:
    """Ask about each conversation; give the median and the 99th percentile in milliseconds."""
    took = []
    for conversation in conversations:
        start = time.perf_counter()
        query(conversation)
        took.append(1e3 * (time.perf_counter() - start))
    return quantile(took, 0.5), quantile(took, 0.99)


def _in_process(folder: Path, groups: list[int]) -> Figures:
    store = Store(folder / "words.db")
    history = History(Journal(store))
    known = {
        group: row_of(history.select(group, limit=LAST, newest=True)[0]) for group in set(groups)
    }

    def last(group: int) -> None:
        history.select(group, limit=LAST, newest=True, classes=(TALK,))

    def by_id(group: int) -> None:
        assert history.find(group, known[group].id) is not None

    def by_time(group: int) -> None:
        history.select(group, limit=LAST, stop=("time", known[group].time), newest=True)

    figures: Figures = {}
    for name, query in (("last 100", last), ("by id", by_id), ("100 by time", by_time)):
        figures[f"{name}, p50 ms"], figures[f"{name}, p99 ms"] = timed(query, groups)
    store.close()
    return figures


def _over_irc(folder: Path, groups: list[int]) -> Figures:
    with running(folder) as hub, socket.create_connection(("127.0.0.1", hub.port)) as client:
        client.settimeout(10.0)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asked = b"batch message-tags server-time draft/chathistory"
        client.sendall(b"CAP REQ :%b\r\nNICK reader\r\nUSER reader 0 * :r\r\nCAP END\r\n" % asked)
        _read(client, re.compile(rb" (?:376|422) "))

        def last(group: int) -> None:
            name = database.group_name(group - database.FIRST_GROUP)
            client.sendall(b"CHATHISTORY LATEST #%b * %d\r\n" % (name.encode(), LAST))
            answer = _read(client, _END)
            assert answer.count(b" PRIVMSG ") == min(LAST, answer.count(b" PRIVMSG ")) > 10

        for group in set(groups):
            name = database.group_name(group - database.FIRST_GROUP)
            client.sendall(b"JOIN #%b\r\n" % name.encode())
            _read(client, re.compile(rb" 366 "))
        p50, p99 = timed(last, groups)
    return {"by CHATHISTORY, p50 ms": p50, "by CHATHISTORY, p99 ms": p99}


def _read(client: socket.socket, end: re.Pattern[bytes]) -> bytes:
    data = b""
    while not end.search(data, max(0, len(data) - 66_000)):
        got = client.recv(1 << 16)
        if not got:
            raise ConnectionError(data[-200:])
        data += got
    return data


def measure(scratch: Path, small: bool) -> Figures:
    """Ask about groups that are chosen as people choose: the large ones more often."""
    folder = database.database(scratch, small)
    chance = random.Random(1)
    size = database.SMALL if small else database.LARGE
    weights = database.shares(size)
    chosen = chance.choices(range(size.groups), weights, k=TIMES)
    groups = [database.FIRST_GROUP + number for number in chosen]
    few = chance.choices(groups[:50], k=TIMES)
    return _in_process(folder, groups) | _over_irc(folder, few)


if __name__ == "__main__":
    run(measure)
