"""`kill -9` takes back nothing that anybody saw, and shows nothing twice or out of order."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from tests.promise.crowd import CLOSED, EVERYTHING, Client, Library, LibraryCrowd, Seen, Talker
from tests.promise.past import check, read_chathistory, read_storage, reader
from tests.support.hub import HubProcess
from tests.support.raw import RawClient

New = Callable[..., HubProcess]
PASSWORD = "a long password"
IDENTITIES = ("ida", "ivo", "ira", "ian")
FAST = {
    "limits": {"flood": {"burst": 1000000, "rate": 1000000}},
    "irc": {"ping_interval": "1h"},
}
WAIT = 30.0
SOME_CAPS = (
    "",
    EVERYTHING,
    "echo-message",
    "message-tags server-time",
    "labeled-response batch echo-message",
)


class Crowd:
    """Twenty clients of one hub's life."""

    def __init__(self, port: int, life: int) -> None:
        self._library = [Library(f"{life}.lib{n}", f"lib{n}") for n in range(5)]
        self._talkers = [
            Talker(
                port,
                f"{life}.raw{n}",
                f"raw{n}",
                caps=SOME_CAPS[n % 5],
                channels=("#g", "#h") if n % 2 else ("#g",),
            )
            for n in range(9)
        ]
        self._talkers += [
            Talker(
                port,
                f"{life}.own{n}",
                IDENTITIES[n % 4],
                caps=SOME_CAPS[(n + 1) % 5],
                password=PASSWORD,
                friends=[name for name in IDENTITIES if name != IDENTITIES[n % 4]],
            )
            for n in range(6)  # two of the identities are here twice
        ]
        self.clients: list[Client] = [*self._library, *self._talkers]
        self.threads: list[Talker | LibraryCrowd] = [
            *self._talkers,
            LibraryCrowd(port, self._library),
        ]

    def talk_until(self, least: int) -> None:
        """Let everybody in and talk until each has seen so much."""
        for thread in self.threads:
            thread.start()
        deadline = time.monotonic() + WAIT
        while min(len(client.seen) for client in self.clients) < least:
            assert time.monotonic() < deadline, [thread.problem for thread in self.threads]
            threading.Event().wait(0.001)

    def end(self) -> None:
        """Wait until everybody has noticed that the hub is gone."""
        for thread in self.threads:
            thread.join(WAIT)
            assert not thread.is_alive()
            assert thread.problem == ""


def close_channel(port: int) -> RawClient:
    """Make the channel in which nobody else may speak."""
    keeper = RawClient(port, "keeper")
    keeper.send(f"JOIN {CLOSED}", f"MODE {CLOSED} +m", "PING closed")
    keeper.until("PONG .*closed")
    return keeper


def check_taken(history: dict[str, list[Seen]], clients: Sequence[Client]) -> None:
    """Check that what was acknowledged is there, and nothing that was refused."""
    there = {seen.text for past in history.values() for seen in past}
    for client in clients:
        assert set(client.taken) - set(client.refused) <= there
        assert not set(client.refused) & there


def check_wire(hub: HubProcess, history: dict[str, list[Seen]], last: dict[str, str]) -> None:
    """Check that CHATHISTORY gives what the storage has, from where it was read last."""
    for where, past in history.items():
        nick, _, friend = where.partition("+")
        target = friend or where
        with reader(hub.irc_port, nick if friend else IDENTITIES[0], PASSWORD) as client:
            if not friend:
                client.send(f"JOIN {where}")
                client.until(" 366 ")
            known = last.get(where, "")
            new = [seen for seen in past if seen.message > known]
            assert read_chathistory(client, target, known) == new
        last[where] = past[-1].message


def live_and_die(hub: HubProcess, lives: int, seed: int) -> int:
    """Kill a hub so many times; return how many messages were seen by anybody in all."""
    dice = random.Random(seed)
    for name in IDENTITIES:
        hub.add_user(name, PASSWORD)
    everybody: list[Client] = []
    last: dict[str, str] = {}
    for life in range(lives):
        hub.start()
        keeper = close_channel(hub.irc_port)
        crowd = Crowd(hub.irc_port, life)
        crowd.talk_until(dice.randrange(20, 400))
        threading.Event().wait(dice.random() * 0.02)
        hub.kill()
        crowd.end()
        keeper.close()
        everybody += crowd.clients
        history = read_storage(hub.data, hub.folder / "copy")
        assert any("+" in where for where in history)
        assert CLOSED not in history
        for past in history.values():
            check(past, everybody)
        check_taken(history, everybody)
        hub.start()
        check_wire(hub, history, last)
        hub.kill()
    return sum(len(client.seen) for client in everybody)


def test_nothing_seen_is_lost(new_hub: New) -> None:
    assert live_and_die(new_hub(FAST), 3, seed=random.randrange(10**9)) > 1000


@pytest.mark.soak
def test_nothing_seen_is_ever_lost(new_hub: New) -> None:
    assert live_and_die(new_hub(FAST), 100, seed=1) > 30_000
