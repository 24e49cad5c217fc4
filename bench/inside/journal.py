"""The journal alone: events into turns of a given size, each turn on disk before the next.

Everything that the hub does is in it but gateways and groups: making the event and its bytes, the
tail, its move into history, the commit, and the hub's own chores, which keep the log short.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from bench.inside.probe import Cost, Figures, measured, quantile, run
from words import config
from words.chat.fanout import Fanout
from words.chat.turn import Turn
from words.chores import Chores
from words.events import Actor, Said
from words.journal.journal import Journal
from words.reactor import Reactor
from words.reactor import run as run_reactor
from words.storage.store import Store

CASES = ((1, 1), (1, 10), (1, 100), (100, 100), (10_000, 100))
"""Conversations, and messages a turn."""

SECONDS = 5.0
SYNCS = 100
PAGE = 4096
TEXT = "x" * 64


class Feed:
    """A source with messages without end: a batch a turn, and the next when that is spoken."""

    def __init__(self, turn: Turn, journal: Journal, conversations: int, batch: int) -> None:
        self.queued = False
        self.said = 0
        self.longest = 0.0
        self.until = 0.0
        self._turn = turn
        self._journal = journal
        self._batch = batch
        self._sequences = [0] * conversations
        self._actor = Actor(1, "alice", "~alice", "host.example", "alice")
        self._last = 0.0
        self.done = asyncio.Event()

    def start(self, now: float, seconds: float) -> None:
        """Begin; say things for so many seconds."""
        self._last, self.until = now, now + seconds
        self._turn.wake(self)

    def step(self) -> bool:
        """Say a batch."""
        now = Reactor.now()
        self.longest, self._last = max(self.longest, now - self._last), now
        sequences, journal = self._sequences, self._journal
        for _ in range(self._batch):
            place = self.said % len(sequences)
            self.said += 1
            sequences[place] += 1
            journal.append(
                Said(place + 1, sequences[place], *journal.ids.stamp(), self._actor, TEXT)
            )
        if now < self.until:
            self._turn.after(lambda: self._turn.wake(self))
        else:
            self._turn.after(self.done.set)
        return False


class Run:
    """One case, in a folder of its own."""

    def __init__(self, folder: Path, conversations: int, batch: int, seconds: float) -> None:
        self.cost = Cost()
        self.said = 0
        self.longest = 0.0
        self.log_file = 0
        self._store = Store(folder / "words.db")
        self._case = conversations, batch, seconds

    async def main(self, reactor: Reactor) -> int:
        """Run to the end, as `words.reactor.run` wants it."""
        conversations, batch, seconds = self._case
        journal = Journal(self._store)
        turn = Turn(reactor, journal, Fanout(reactor.now))
        settings = config.load()
        chores = Chores(reactor, turn, journal, lambda: settings)
        feed = Feed(turn, journal, conversations, batch)
        chores.start()
        await asyncio.sleep(0.1)
        with measured() as self.cost:
            feed.start(reactor.now(), seconds)
            await feed.done.wait()
        await chores.stop()
        self.said, self.longest = feed.said, feed.longest
        self.log_file = self._store.path.with_name("words.db-wal").stat().st_size
        self._store.close()
        return 0


def _bare_sync(scratch: Path) -> float:
    """Give the median of what the disk takes for a page: how much of a turn is not ours."""
    took = []
    with tempfile.TemporaryFile(dir=scratch, buffering=0) as file:
        for _ in range(SYNCS):
            start = time.perf_counter()
            file.write(bytes(PAGE))
            os.fdatasync(file.fileno())
            took.append(1e3 * (time.perf_counter() - start))
    return quantile(took, 0.5)


def measure(scratch: Path, small: bool) -> Figures:
    """Run all cases."""
    figures: Figures = {"log file MiB": 0.0, "longest stall ms": 0.0}
    figures["fdatasync ms"] = _bare_sync(scratch)
    for conversations, batch in CASES:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            case = Run(Path(folder), conversations, batch, SECONDS / 5 if small else SECONDS)
            if run_reactor(case.main):
                raise SystemExit("the journal's loop failed")
        name = f"{conversations:,} x {batch}"
        figures[f"{name}, /s"] = case.said / case.cost.wall
        figures[f"{name}, us"] = 1e6 * case.cost.cpu / case.said
        figures["log file MiB"] = max(figures["log file MiB"], case.log_file / 2**20)
        figures["longest stall ms"] = max(figures["longest stall ms"], 1e3 * case.longest)
    return figures


if __name__ == "__main__":
    run(measure)
