"""Everybody logs in at once after a restart: by password, by SCRAM; the crowd is made before."""

import asyncio
import tempfile
from pathlib import Path

from bench.inside.hub import running
from bench.inside.probe import Figures, run
from bench.irc.logins import make_crowd, storm
from bench.meter import cpu_of

ITERATIONS = 100_000
CLIENTS = 2000
FEW = 100


def measure(scratch: Path, small: bool) -> Figures:
    """Let them in twice, each time into a hub that remembers nobody."""
    with tempfile.TemporaryDirectory(dir=scratch) as made:
        folder = Path(made)
        crowd = make_crowd(folder / "words.db", FEW if small else CLIENTS, ITERATIONS)
        figures: Figures = {}
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            with running(folder) as hub:
                before = cpu_of(hub.pid).total
                found = asyncio.run(storm(hub.port, crowd, mechanism))
                cpu = cpu_of(hub.pid).total - before
            name = mechanism.partition("-")[0]
            figures[f"{name}, s"] = found.seconds
            figures[f"{name}, lost"] = found.lost
            figures[f"{name}, CPU ms"] = 1e3 * cpu / len(crowd.names)
            figures[f"{name}, delivery p99 ms"] = 1e3 * found.delivery_p99
    return figures


if __name__ == "__main__":
    run(measure)
