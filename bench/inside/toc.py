"""What a message costs in a group of 200 TOC clients, and in one of 200 IRC clients after it.

Both talk on one hub, one after the other, with 100 messages in flight. A delivery is counted by
a byte that occurs nowhere else; a TOC sender hears himself, as TOC has it, and that counts.
"""

import itertools
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.inside.probe import Figures, run
from bench.meter import cpu_of
from bench.peers.base import free_ports
from gateways.toc.roast import roast
from gateways.toc.sflap import FLAPON, Kind, pack, signon_payload
from words.admin.client import ask

MEMBERS, SENDERS, WINDOW = 200, 10, 100
MESSAGES, FEW = 10_000, 2000
PASSWORD = "correct horse"
SILENCE = 20.0
_CONFIG = """\
[hub]
data = "data"
[passport]
iterations = 4096
[limits]
connections_per_address = 1000
unregistered_timeout = "5m"
outbox = "100MiB"
[limits.flood]
burst = 1000000000
rate = 1000000000.0
[pb]
enabled = false
[[irc.listen]]
address = "127.0.0.1"
port = {irc}
[[toc.listen]]
address = "127.0.0.1"
port = {toc}
"""


class Talk(NamedTuple):
    """What the messages of one group cost."""

    cpu_us: float
    rate: float


class Speaker(NamedTuple):
    """A client, and what makes the bytes by which it says something."""

    socket: socket.socket
    say: Callable[[bytes], bytes]


def _connect(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), SILENCE)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _until(client: socket.socket, wanted: bytes) -> bytes:
    data = b""
    while wanted not in data:
        got = client.recv(1 << 16)
        if not got:
            raise EOFError(f"no {wanted!r} in {data[-300:]!r}")
        data += got
    return data


def _toc(port: int, number: int) -> Speaker:
    name = f"toc{number}"
    client = _connect(port)
    frames = itertools.count(2)

    def command(text: bytes) -> bytes:
        return pack(Kind.DATA, next(frames), text + b"\0")

    signon = f"toc_signon h 1 {name} {roast(PASSWORD.encode()).decode()} english bench"
    hello = FLAPON + pack(Kind.SIGNON, 1, signon_payload(name.encode()))
    client.sendall(hello + command(signon.encode()) + command(b"toc_init_done"))
    client.sendall(command(b"toc_chat_join 4 bench_toc"))
    data = _until(client, b"CHAT_UPDATE_BUDDY")
    found = re.search(rb"CHAT_JOIN:(\d+):", data)
    assert found is not None
    head = b'toc_chat_send %b "' % found[1]
    return Speaker(client, lambda text: command(head + text + b'"'))


def _irc(port: int, number: int) -> Speaker:
    client = _connect(port)
    client.sendall(b"NICK irc%d\r\nUSER b 0 * :b\r\nJOIN #bench\r\n" % number)
    _until(client, b" 366 ")
    return Speaker(client, lambda text: b"PRIVMSG #bench :%b\r\n" % text)


def _talk(speakers: list[Speaker], messages: int, heard_by: int, pid: int) -> Talk:
    poller = select.epoll()
    by_fd = {each.socket.fileno(): each.socket for each in speakers}
    for fd, client in by_fd.items():
        client.setblocking(False)
        poller.register(fd, select.EPOLLIN)
    _drain(poller, by_fd)
    turns = itertools.cycle(speakers[:: len(speakers) // SENDERS])
    buffer = bytearray(1 << 18)
    sent = delivered = 0
    cpu, start = cpu_of(pid), time.monotonic()
    heard = start
    while delivered < messages * heard_by:
        room = min(WINDOW - (sent - delivered // heard_by), messages - sent)
        for _ in range(room):
            speaker = next(turns)
            speaker.socket.send(speaker.say(b"|" + b"x" * 82))
            sent += 1
        for fd, _ in poller.poll(1.0):
            size = by_fd[fd].recv_into(buffer)
            delivered += buffer.count(b"|", 0, size)
            heard = time.monotonic()
        if time.monotonic() > heard + SILENCE:
            raise EOFError(f"{delivered} of {messages * heard_by} deliveries came")
    used, wall = cpu_of(pid).since(cpu), time.monotonic() - start
    return Talk(1e6 * used.total / delivered, delivered / wall)


def _drain(poller: select.epoll, by_fd: dict[int, socket.socket]) -> None:
    while events := poller.poll(0.3):
        for fd, _ in events:
            by_fd[fd].recv(1 << 16)


def measure(_: Path, small: bool) -> Figures:
    """Measure both groups on one hub."""
    messages = FEW if small else MESSAGES
    irc, toc = free_ports(2)
    with tempfile.TemporaryDirectory(prefix="bench-toc-") as folder:
        home = Path(folder)
        (home / "config.toml").write_text(_CONFIG.format(irc=irc, toc=toc))
        command = [sys.executable, "-m", "words", "serve", "--config", str(home / "config.toml")]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            assert process.stdout is not None
            while not process.stdout.readline().startswith("Ready"):
                assert process.poll() is None, "the hub ended"
            for number in range(MEMBERS):
                user = {"name": f"toc{number}", "password": PASSWORD}
                ask(home / "data" / "admin.sock", "user-add", user)
            by_toc = [_toc(toc, number) for number in range(MEMBERS)]
            first = _talk(by_toc, messages, MEMBERS, process.pid)
            by_irc = [_irc(irc, number) for number in range(MEMBERS)]
            second = _talk(by_irc, messages, MEMBERS - 1, process.pid)
        finally:
            process.kill()
            process.wait()
    return {
        "TOC, CPU us/delivery": first.cpu_us,
        "IRC, CPU us/delivery": second.cpu_us,
        "TOC / IRC": first.cpu_us / second.cpu_us,
        "TOC, deliveries/s": first.rate,
    }


if __name__ == "__main__":
    run(measure)
