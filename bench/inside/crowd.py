"""A group of 10,000, and one of a tenth: what it costs to enter it, to ask who is there, to watch
all those names, and that a tenth of them quit at once; and how long the loop is busy at a stretch.
"""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.inside.probe import Figures, run
from bench.inside.pulse import FILE
from bench.irc.spec import LoadSpec
from bench.irc.swarm import Swarm
from bench.meter import cpu_of
from bench.peers import SERVERS, ServerError
from bench.peers.base import free_ports

MEMBERS = 10_000
SHARE = 10
"""The small group has this part of the members; so many of each quit."""

ASKED = 40
"""Names in one MONITOR."""

LIMIT = 300.0


class Crowd:
    """A hub with a group of so many, and one client who asks."""

    def __init__(self, pid: int, port: int, pulse: Path, members: int) -> None:
        self.pid = pid
        self.pulse = pulse
        self.members = members
        self.longest = 0.0
        spec = LoadSpec(clients=members, members=members, limit=LIMIT)
        self.swarm = Swarm(spec, port, SERVERS["words"].burst)
        self.swarm.register()
        self.swarm.join()
        self.swarm.settle()
        self.asker = socket.create_connection(("127.0.0.1", port), LIMIT)
        self._data = b""
        self.ask(b"NICK asker\r\nUSER asker 0 * :bench\r\n", b" 376 ")
        self.beat()
        self.longest = 0.0

    def ask(self, lines: bytes, end: bytes, times: int = 1) -> None:
        """Say something; return when so many lines of the answer had ``end``."""
        self.asker.sendall(lines)
        found = 0
        while found < times:
            self._data += self.asker.recv(1 << 20)
            whole, _, self._data = self._data.rpartition(b"\r\n")
            found += whole.count(end)
            while self.swarm.pump(0):
                pass

    def cost(self, act: Callable[[], None]) -> float:
        """Give what something makes the hub use, in CPU ms, all that it says included."""
        before = cpu_of(self.pid).total
        act()
        self.swarm.settle()
        used = cpu_of(self.pid).total - before
        self.longest = max(self.longest, self.beat())
        return 1e3 * used

    def beat(self) -> float:
        """Ask the hub how long its loop was busy at a stretch, at most, since the last time."""
        self.pulse.unlink(missing_ok=True)
        os.kill(self.pid, signal.SIGUSR2)
        deadline = time.monotonic() + LIMIT
        while not self.pulse.exists():
            if time.monotonic() > deadline:
                raise ServerError("the hub's heart doesn't answer")
            time.sleep(0.001)
        return float(self.pulse.read_text())

    def figures(self) -> dict[str, float]:
        """Do it all."""
        names = [f"b{number}" for number in range(self.members)]
        starts = range(0, self.members, ASKED)
        watched = b"".join(
            b"MONITOR + %b\r\n" % ",".join(names[start : start + ASKED]).encode()
            for start in starts
        )
        found = {
            "JOIN": self.cost(lambda: self.ask(b"JOIN #bench0\r\n", b" 366 ")),
            "NAMES": self.cost(lambda: self.ask(b"NAMES #bench0\r\n", b" 366 ")),
            "WHO": self.cost(lambda: self.ask(b"WHO #bench0\r\n", b" 315 ")),
            "WHOX": self.cost(lambda: self.ask(b"WHO #bench0 %tcuhnfa,1\r\n", b" 315 ")),
            "MONITOR": self.cost(lambda: self.ask(watched + b"PING :end\r\n", b" PONG ")),
        }
        found["QUIT"] = self.cost(self._quit)
        return found

    def _quit(self) -> None:
        leaving = self.members // SHARE
        for number in range(self.members - leaving, self.members):
            client = self.swarm.sockets[number]
            self.swarm.send(number, b"QUIT\r\n")
            self.swarm.poller.unregister(client.fileno())
            client.close()
        self.ask(b"", b" QUIT :", leaving)


@contextlib.contextmanager
def _hub(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """Run a hub with a pulse; give its process, its port and the file of the pulse."""
    port, tls_port = free_ports(2)
    pulse = folder / "pulse"
    command = SERVERS["words"].configure(folder, port, tls_port)
    at = command.index("words")
    command[at] = "bench.inside.pulse"
    over = {FILE: str(pulse), "WORDS_IRC__MONITOR_LIMIT": str(2 * MEMBERS)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **over})
    try:
        deadline = time.monotonic() + LIMIT
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerError("the hub doesn't listen")
            time.sleep(0.01)
        yield process.pid, port, pulse
    finally:
        process.kill()
        process.wait()


def measure(scratch: Path, small: bool) -> Figures:
    """Ask the same of both groups, each in a hub of its own."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    members = MEMBERS // SHARE if small else MEMBERS
    figures: Figures = {}
    found = []
    for size in (members // SHARE, members):
        with tempfile.TemporaryDirectory(dir=scratch) as folder, _hub(Path(folder)) as hub:
            crowd = Crowd(*hub, size)
            found.append(crowd.figures())
            longest = crowd.longest
    for name, cost in found[1].items():
        # A QUIT is told to each: that a tenth quits costs the square of the size.
        growth = SHARE * SHARE if name == "QUIT" else SHARE
        figures[f"{name}, CPU ms"] = cost
        figures[f"{name}, growth"] = cost / (growth * found[0][name])
    figures["loop busy, ms"] = 1e3 * longest
    return figures


if __name__ == "__main__":
    run(measure)
