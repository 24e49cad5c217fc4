"""PB over TCP: server CPU per call and per delivery, ours beside stock Twisted in the same run.

    python -m bench.spread_net [--quick]

Beside the servers that do nothing but push there is the whole hub: a guest says a line in a group,
it goes through the turn and the journal to the disk, and then to the minds as events. The client is
the same for all: our broker over raw sockets. Only ratios from one invocation mean anything.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.meter import cpu_of
from bench.peers.base import free_ports
from words.spread.blocking import BlockingConnection
from words.spread.credentials import Anonymous
from words.spread.events import Answer, Call
from words.spread.flavors import Referenceable

SERVERS = ("stock", "asyncio", "uvloop")
HUB = "hub"
MESSAGE = {
    "id": "1234567", "from": "alice", "to": "#lobby", "time": "2026-01-02 03:04:05",
    "text": "Hello, everybody in this room! How is it going today?",
}  # fmt: skip
MINDS = 100


class Mind(Referenceable):
    """Somebody to push to."""

    def remote_receive(self, message: Any) -> None: ...
    def remote_events(self, batch: Any) -> None: ...


@contextlib.contextmanager
def server(name: str) -> Iterator[tuple[int, int]]:
    """(process id, port) of a fresh server."""
    if name == HUB:
        with hub() as found:
            yield found
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.spread_servers", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process.pid, int(process.stdout.readline())
    finally:
        process.communicate()


@contextlib.contextmanager
def hub() -> Iterator[tuple[int, int]]:
    """The same of a hub with empty storage, which slows nobody."""
    (port,) = free_ports(1)
    listen = f'[{{ address = "127.0.0.1", port = {port} }}]'
    config = [
        *('hub.data = "data"', "irc.enabled = false", "toc.enabled = false"),
        *(f"pb.listen = {listen}", "limits.flood.burst = 1000000000"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.toml")
        path.write_text("\n".join(config) + "\n")
        command = [sys.executable, "-m", "words", "serve", "--config", str(path)]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet)
        assert process.stdout is not None
        try:
            while not process.stdout.readline().startswith(b"Ready:"):
                if process.poll() is not None:
                    raise RuntimeError("the hub doesn't start")
            yield process.pid, port
        finally:
            process.kill()
            process.communicate()


def connect(port: int, mind: Any = None) -> tuple[BlockingConnection, Any]:
    """A connection and its perspective."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = BlockingConnection(sock)
    return connection, connection.log_in(Anonymous(), mind)


def echo(name: str, calls: int, outstanding: int) -> float:
    """Server microseconds per echo of a chat message, so many outstanding."""
    with server(name) as (pid, port):
        connection, me = connect(port)
        broker, sock = connection.broker, connection._sock
        _echoes(broker, sock, me, 200, outstanding)
        start = cpu_of(pid)
        _echoes(broker, sock, me, calls, outstanding)
        used = cpu_of(pid).since(start).total
        connection.close()
    return used / calls * 1e6


def _echoes(broker: Any, sock: socket.socket, me: Any, calls: int, outstanding: int) -> None:
    sent = answered = 0
    while answered < calls:
        while sent < calls and sent - answered < outstanding:
            broker.call(me, "echo", (MESSAGE,))
            sent += 1
        sock.sendall(broker.data_to_send())
        broker.receive_data(sock.recv(1 << 18))
        while (event := broker.next_event()) is not None:
            answered += isinstance(event, Answer)


def push(name: str, messages: int, outstanding: int) -> float:
    """Server microseconds per one-way delivery of a chat message to each of 100 minds."""
    with server(name) as (pid, port), selectors.DefaultSelector() as selector:
        speaker, me = connect(port)
        crowd = [connect(port, Mind()) for _ in range(MINDS)]
        say: tuple[str, tuple[Any, ...]] = ("publish", (MESSAGE,))
        if name == HUB:
            say = ("say", ("lobby", MESSAGE["text"]))
            for _, mind in [(speaker, me), *crowd]:
                mind.call("join", "lobby")
        for connection, _ in [(speaker, me), *crowd]:
            selector.register(connection._sock, selectors.EVENT_READ, connection)
        _pushes(selector, speaker, me, say, 5, outstanding)
        start = cpu_of(pid)
        _pushes(selector, speaker, me, say, messages, outstanding)
        used = cpu_of(pid).since(start).total
        for connection, _ in crowd:
            connection.close()
        speaker.close()
    return used / (messages * MINDS) * 1e6


def _pushes(
    selector: Any, speaker: Any, me: Any, say: tuple[str, Any], messages: int, outstanding: int
) -> None:
    sent = answered = delivered = 0
    while answered < messages or delivered < messages * MINDS:
        while sent < messages and sent - delivered // MINDS < outstanding:
            speaker.broker.call(me, *say)
            sent += 1
        speaker._send()
        for key, _ in selector.select():
            broker = key.data.broker
            broker.receive_data(key.fileobj.recv(1 << 18))
            while (event := broker.next_event()) is not None:
                answered += isinstance(event, Answer)
                delivered += _delivered(event)


def _delivered(event: Any) -> int:
    """How many messages a mind is told."""
    if not isinstance(event, Call):
        return 0
    if event.method != b"events":
        return 1
    return sum(each["event"] == "Said" for each in event.args[0])


def main() -> None:
    """Prints a row per load: microseconds of server CPU, and stock's multiple of ours."""
    quick = "--quick" in sys.argv
    runs, part = (1, 5) if quick else (3, 1)
    loads = [
        ("echo, 100 outstanding", echo, 10_000 // part, 100, 5),
        ("echo, 1 at a time", echo, 3_000 // part, 1, None),
        ("push to 100, 10 outstanding", push, 200 // part, 10, 10),
        ("push to 100, 1 at a time", push, 100 // part, 1, 10),
    ]
    names = (*SERVERS, HUB)
    print(f"{'us of server CPU':30}" + "".join(f"{name:>10}" for name in names) + "  stock/ours")
    for title, load, count, outstanding, aim in loads:
        asked = names if load is push else SERVERS
        found: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(runs):
            for name in asked:
                found[name].append(load(name, count, outstanding))
        medians = {name: statistics.median(found[name]) for name in asked}
        ratios = [medians["stock"] / medians[name] for name in asked[1:]]
        print(
            f"{title:30}"
            + "".join(f"{medians[name]:10.1f}" if name in asked else " " * 10 for name in names)
            + "  " + " ".join(f"{ratio:5.1f}x" for ratio in ratios)
            + (f"  (aim: {aim}x)" if aim else "")
        )  # fmt: skip


if __name__ == "__main__":
    main()
