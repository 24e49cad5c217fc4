"""Starting with much on disk: CPU until the hub listens, after a clean end and after SIGKILL."""

import statistics
import subprocess
import sys
from pathlib import Path

from bench.inside.database import database
from bench.inside.hub import running
from bench.inside.probe import Figures, run
from bench.irc.spec import LoadSpec
from bench.load import options_of
from words.storage.store import Store

TIMES = 3
MEMBERS = LoadSpec(clients=10_000, groups=1_000, messages=20_000, senders=1_000)


def _crowd(folder: Path, load: LoadSpec) -> None:
    """Let clients join groups and talk, and kill the hub under them: their memberships stay."""
    with running(folder) as hub:
        command = [sys.executable, "-m", "bench.load", "--port", str(hub.port)]
        command += ["--pid", str(hub.pid), "--kill", *options_of(load)]
        subprocess.run(command, check=True, capture_output=True, timeout=load.limit + 60)


def _bound(folder: Path) -> int:
    store = Store(folder / "words.db")
    ((count,),) = store.read("SELECT count(*) FROM members WHERE NOT durable")
    store.abandon()
    return int(count)


def measure(scratch: Path, small: bool) -> Figures:
    """Start several times; each ends by SIGKILL."""
    folder = database(scratch, small)
    load = MEMBERS if not small else LoadSpec(clients=500, groups=50, messages=1000, senders=50)
    Store(folder / "words.db").close()
    clean = _starts(folder)
    _crowd(folder, load)
    log = (folder / "words.db-wal").stat().st_size
    killed = _starts(folder)
    assert _bound(folder) >= load.clients
    return {
        "CPU s": clean["CPU s"],
        "CPU s, killed": killed["CPU s"],
        "wall s, killed": killed["wall s"],
        "MiB": max(clean["MiB"], killed["MiB"]),
        "log MiB, killed": log / 2**20,
    }


def _starts(folder: Path) -> Figures:
    seen = []
    for _ in range(TIMES):
        with running(folder) as hub:
            seen.append(hub)
    return {
        "CPU s": statistics.median(hub.cpu for hub in seen),
        "wall s": statistics.median(hub.wall for hub in seen),
        "MiB": statistics.median(hub.rss_kib for hub in seen) / 1024,
    }


if __name__ == "__main__":
    run(measure)
