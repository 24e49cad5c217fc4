"""Pipelined echo of one text: ours and stock Twisted beside RPyC and Pyro5, where they install.

    python -m bench.spread_others         (pip install rpyc Pyro5)

Server microseconds of CPU per call, 100 outstanding (Pyro5: batches of 100). RPyC and Pyro5 are
called by their own clients, since nothing else speaks their protocols.
"""

from __future__ import annotations

import contextlib
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.meter import cpu_of
from bench.spread_net import connect
from words.spread.events import Answer

TEXT = "Hello, everybody in this room! How is it going today?"
CALLS = 5_000


def serve_rpyc() -> None:
    """A program: prints its port, serves until its input ends."""
    import rpyc  # type: ignore[import-not-found,unused-ignore]
    from rpyc.utils.server import ThreadedServer  # type: ignore[import-not-found,unused-ignore]

    class Echo(rpyc.Service):  # type: ignore[misc,unused-ignore]
        def exposed_echo(self, value: Any) -> Any:
            return value

    server = ThreadedServer(Echo, hostname="127.0.0.1", port=0)
    print(server.port, flush=True)
    server.start()


def serve_pyro5() -> None:
    """A program: prints its address, serves until it is ended."""
    import Pyro5.api  # type: ignore[import-not-found,unused-ignore]

    class Echo:
        @Pyro5.api.expose  # type: ignore[untyped-decorator,unused-ignore]
        def echo(self, value: Any) -> Any:
            return value

    daemon = Pyro5.api.Daemon(host="127.0.0.1")
    print(daemon.register(Echo()), flush=True)
    daemon.requestLoop()


@contextlib.contextmanager
def program(module: str, name: str) -> Iterator[tuple[int, str]]:
    """(process id, first line) of a server."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # stock complains about being ended
    )
    assert process.stdout is not None
    try:
        yield process.pid, process.stdout.readline().decode().strip()
    finally:
        process.terminate()
        process.communicate()


def measured(pid: int, work: Callable[[int], None]) -> float:
    """Server microseconds per call, after a warm-up."""
    work(200)
    start = cpu_of(pid)
    work(CALLS)
    return cpu_of(pid).since(start).total / CALLS * 1e6


def pb(name: str) -> float:
    """Ours or stock."""
    with program("bench.spread_servers", name) as (pid, port):
        connection, me = connect(int(port))
        broker, sock = connection.broker, connection._sock

        def work(calls: int) -> None:
            sent = answered = 0
            while answered < calls:
                while sent < calls and sent - answered < 100:
                    broker.call(me, "echo", (TEXT,))
                    sent += 1
                sock.sendall(broker.data_to_send())
                broker.receive_data(sock.recv(1 << 18))
                while (event := broker.next_event()) is not None:
                    answered += isinstance(event, Answer)

        return measured(pid, work)


def rpyc_echo() -> float:
    """RPyC, 100 outstanding."""
    import rpyc

    with program("bench.spread_others", "rpyc") as (pid, port):
        connection = _patiently(lambda: rpyc.connect("127.0.0.1", int(port)))
        echo = rpyc.async_(connection.root.echo)

        def work(calls: int) -> None:
            for _ in range(calls // 100):
                for result in [echo(TEXT) for _ in range(100)]:
                    result.wait()

        return measured(pid, work)


def _patiently(attempt: Callable[[], Any]) -> Any:
    """RPyC prints its port before it listens."""
    for _ in range(50):
        try:
            return attempt()
        except ConnectionRefusedError:
            time.sleep(0.1)
    return attempt()


def pyro5_echo() -> float:
    """Pyro5, in batches of 100."""
    import Pyro5.api

    with program("bench.spread_others", "pyro5") as (pid, uri), Pyro5.api.Proxy(uri) as proxy:

        def work(calls: int) -> None:
            for _ in range(calls // 100):
                batch = Pyro5.api.BatchProxy(proxy)
                for _ in range(100):
                    batch.echo(TEXT)
                assert len(list(batch())) == 100

        return measured(pid, work)


def main() -> None:
    """Prints a row for each that is installed."""
    rows: dict[str, Callable[[], float]] = {
        "ours, asyncio": lambda: pb("asyncio"),
        "ours, uvloop": lambda: pb("uvloop"),
        "stock Twisted": lambda: pb("stock"),
    }
    if importlib.util.find_spec("rpyc"):
        rows["RPyC async"] = rpyc_echo
    if importlib.util.find_spec("Pyro5"):
        rows["Pyro5 batch"] = pyro5_echo
    found: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(3):
        for name, row in rows.items():
            found[name].append(row())
    for name, values in found.items():
        print(f"{name:16}{statistics.median(values):8.1f} us of server CPU per echo")


if __name__ == "__main__":
    programs = {"rpyc": serve_rpyc, "pyro5": serve_pyro5}
    programs.get(sys.argv[-1], main)()
