"""Nothing is sent, in answer to a query neither, before the disk has what it tells."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.promise.strace import attach, orders, traced, wait_for_end
from tests.support.hub import HubProcess
from tests.support.programs import need
from tests.support.raw import RawClient

New = Callable[..., HubProcess]
Join = Callable[..., RawClient]
SLOW_DISK = "fdatasync:delay_exit=200000"
MARKER = r"(?:said|topic|real)-\d+-end"
FAST = {"limits": {"flood": {"burst": 1000000, "rate": 1000000}}}
ROUNDS = 4
QUERIES = ("NAMES #g", "WHO #g", "TOPIC #g", "CHATHISTORY LATEST #g * 20")


class Talker(threading.Thread):
    """Says, in each round, several things at once, and waits until all were answered."""

    def __init__(self, client: RawClient, number: int) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._number = number
        self.lines: list[str] = []

    def run(self) -> None:
        """Talk, let visitors in, and change the topic."""
        for turn in range(ROUNDS):
            number = self._number * 1000 + turn * 10
            lines = [f"PRIVMSG #g :{_marker('said', number + n)}" for n in range(9)]
            lines[4:4] = [f"TOPIC #g :{_marker('topic', number)}", "NAMES #g"]
            self._client.send(*lines, f"PING {number}")
            self._client.until(f"PONG .*:{number}$")
        self.lines = self._client.seen


def _marker(kind: str, number: int) -> str:
    """Return a text that is found again even when two pages of the file share it."""
    return " ".join([f"{kind}-{number}-end"] * 3)


def visit(port: int, number: int) -> RawClient:
    """Come in with a real name that can be found; being in the group is what is told."""
    client = RawClient(port)
    client.send(f"NICK visitor{number}", f"USER v 0 * :{_marker('real', number)}", "JOIN #g")
    return client


def test_the_disk_comes_first(new_hub: New, join: Join, tmp_path: Path) -> None:
    need("strace")
    log = tmp_path / "strace.log"
    hub = new_hub(FAST, command=traced(log, SLOW_DISK)).start()
    watcher = join(hub.irc_port, "watcher", "batch draft/chathistory")
    watcher.send("MODE #g -t")
    talkers = [
        Talker(join(hub.irc_port, f"talker{number}", "echo-message message-tags"), number)
        for number in (1, 2, 3)
    ]
    for talker in talkers:
        talker.start()
    with ExitStack() as visitors:
        number = 0
        while any(talker.is_alive() for talker in talkers):
            number += 1
            visitors.enter_context(visit(hub.irc_port, number))
            for _ in range(3):
                watcher.send(*QUERIES)
            watcher.send("PING more")
            watcher.until("PONG .*more")
        pid = hub.pid
        assert hub.stop() == 0
    wait_for_end(log, pid)
    check_order(log, talkers)
    replies = "\n".join(line for line in watcher.seen if not re.search("^[^ ]* JOIN", line))
    for expected in (r" 352 .*real-\d+-end", r" 332 .*topic-\d+-end", r"^@batch=.*said-\d+-end"):
        assert re.search(expected, replies, re.MULTILINE)


def check_order(log: Path, talkers: list[Talker]) -> None:
    found = orders(log, MARKER)
    seen = {
        text for talker in talkers for line in talker.lines for text in re.findall(MARKER, line)
    }
    assert len(seen) >= 3 * ROUNDS * 9
    assert seen <= found.keys()
    for text, order in found.items():
        if order.sent is not None:
            assert order.written is not None, f"{text} was sent and never written"
            assert order.synced is not None, f"{text} was sent and never synced"
            assert order.written < order.synced < order.sent, text


@pytest.mark.parametrize("call", ["fdatasync", "fsync,fdatasync"])
def test_a_disk_that_fails_ends_the_hub_in_silence(new_hub: New, join: Join, call: str) -> None:
    need("strace")
    hub = new_hub(FAST).start()
    ann, ben = (join(hub.irc_port, nick, "echo-message") for nick in ("ann", "ben"))
    ann.send("PRIVMSG #g :before")
    for client in (ann, ben):
        client.until("before")
    strace = attach(hub.pid, f"{call}:error=EIO")
    ann.send("PRIVMSG #g :after", "NAMES #g", "PING there")
    assert hub.wait() == 70
    strace.communicate(timeout=10)
    for client in (ann, ben):
        rest = client.rest()
        assert not [line for line in rest if re.search("after|PONG|366", line)]
    assert "the hub halts" in hub.log
    hub.start()
    cat = join(hub.irc_port, "cat", "batch draft/chathistory")
    cat.send("CHATHISTORY LATEST #g * 10", "PING end")
    cat.until("PONG .*end")
    assert [line for line in cat.seen if "before" in line]
