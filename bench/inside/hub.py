"""The hub as a process over a folder that stays, timed from its start."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.meter import cpu_of, rss_kib
from bench.peers import SERVERS, ServerError
from bench.peers.base import free_ports

START_LIMIT = 60.0


class RunningHub(NamedTuple):
    """A hub that listens, and what it took until then."""

    pid: int
    port: int
    wall: float
    cpu: float
    rss_kib: int


@contextlib.contextmanager
def running(folder: Path) -> Iterator[RunningHub]:
    """Run a hub over ``folder / "words.db"`` while the block lasts; then it gets SIGKILL."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    data = home / "data"
    if not data.is_symlink():
        data.symlink_to(folder, target_is_directory=True)
    (port, tls_port) = free_ports(2)
    command = SERVERS["words"].configure(home, port, tls_port)
    with (home / "output").open("wb") as output:
        start = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > start + START_LIMIT:
                raise ServerError((home / "output").read_text(errors="replace")[-400:])
            time.sleep(0.005)
        cpu, wall = cpu_of(process.pid).total, time.monotonic() - start
        yield RunningHub(process.pid, port, wall, cpu, rss_kib(process.pid))
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
        return True
    return False
