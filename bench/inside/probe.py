"""A probe: a module that measures something of ours in a process of its own.

`python -m bench.inside.journal --scratch DIR [--small]` prints its figures as JSON. What is dear to
make (the large database) is left in DIR for the next probe.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

Figures = dict[str, float]
"""What a probe found, by name."""


class Probe(msgspec.Struct, frozen=True):
    """One probe, by the name of its module in this package."""

    module: str

    def command(self, scratch: Path, small: bool) -> list[str]:
        """Give the command that runs it."""
        command = [sys.executable, "-m", f"bench.inside.{self.module}", "--scratch", str(scratch)]
        return [*command, "--small"] if small else command


class Cost:
    """Wall and CPU seconds of a block in this process."""

    wall = 0.0
    cpu = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure what a block costs."""
    cost = Cost()
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost.wall, cost.cpu = time.perf_counter() - wall, time.process_time() - cpu


def quantile(values: Sequence[float], part: float) -> float:
    """Give a quantile of values in any order."""
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def run(measure: Callable[[Path, bool], Figures]) -> None:
    """Run a probe from the command line; ``measure`` gets the folder and whether to be quick."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scratch", type=Path, required=True, help="a folder for large files")
    parser.add_argument("--small", action="store_true", help="rough figures, soon")
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    figures = measure(options.scratch, options.small)
    sys.stdout.buffer.write(msgspec.json.encode(figures) + b"\n")
