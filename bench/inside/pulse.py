"""A hub that notes how long its loop is busy at a stretch: `python -m bench.inside.pulse serve`.

A timer beats every few milliseconds. What the loop's thread used of the CPU from one beat to the
next is at least what one callback used. The most so far is written into the file that the
environment names, after SIGUSR2, and forgotten.
"""

import os
import signal
import sys
import time
from pathlib import Path

from words.cli import main
from words.reactor import Reactor

BEAT = 0.002
FILE = "WORDS_BENCH_PULSE"


class Pulse:
    """The heart of one reactor."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._last = 0.0
        self._most = 0.0
        reactor.on_signal(signal.SIGUSR2, self._tell)
        self._beat()

    def _beat(self) -> None:
        used = time.thread_time()
        if self._last:
            self._most = max(self._most, used - self._last)
        self._last = used
        self._reactor.call_later(BEAT, self._beat)

    def _tell(self) -> None:
        path = Path(os.environ[FILE])
        new = path.with_suffix(".new")
        new.write_text(str(self._most))
        new.rename(path)
        self._most = 0.0


def _with_pulse() -> None:
    settle = Reactor.settle

    def settled(self: Reactor) -> None:
        settle(self)
        Pulse(self)

    Reactor.settle = settled  # type: ignore[method-assign]


if __name__ == "__main__":
    _with_pulse()
    sys.exit(main())
