"""What a message costs that crosses a bridge to an IRC server, each way, and how long it takes.

Somebody here and somebody on ngIRCd talk through a linked channel: one message at a time, then a
hundred in flight. The CPU is the hub's, for one message with all that comes of it.
"""

import socket
import tempfile
import time
from pathlib import Path

from bench.inside.hub import running
from bench.inside.probe import Figures, quantile, run
from bench.meter import cpu_of
from bench.peers import SERVERS
from bench.peers.base import started
from words.admin.client import ask

MESSAGES, FEW = 5000, 1000
ALONE = 100
WINDOW = 100
SECONDS = 60.0


class Talker:
    """An IRC client that counts what it hears said."""

    def __init__(self, port: int, nick: str, channel: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._channel = channel
        self._data = b""
        self._socket.sendall(f"NICK {nick}\r\nUSER u 0 * u\r\nJOIN {channel}\r\n".encode())
        self.until(b" 366 ")

    def until(self, sign: bytes) -> None:
        """Read until a line has this in it."""
        while True:
            *lines, self._data = (self._data + self._socket.recv(1 << 18)).split(b"\r\n")
            if any(sign in line for line in lines):
                return

    def say(self, numbers: range) -> None:
        """Say numbers."""
        lines = (f"PRIVMSG {self._channel} :{number}\r\n" for number in numbers)
        self._socket.sendall("".join(lines).encode())

    def heard(self) -> int:
        """Wait for something; return how many messages it was."""
        *lines, self._data = (self._data + self._socket.recv(1 << 18)).split(b"\r\n")
        return sum(b" PRIVMSG " in line for line in lines)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _across(speaker: Talker, listener: Talker, messages: int, pid: int) -> tuple[float, float]:
    """Return messages a second, and microseconds of the hub's CPU for each."""
    before, start = cpu_of(pid).total, time.monotonic()
    said = arrived = 0
    while arrived < messages:
        more = min(messages, arrived + WINDOW) - said
        if more > 0:
            speaker.say(range(said, said + more))
            said += more
        arrived += listener.heard()
    return messages / (time.monotonic() - start), 1e6 * (cpu_of(pid).total - before) / messages


def _alone(speaker: Talker, listener: Talker) -> float:
    """Return the median time of one message, in milliseconds."""
    times = []
    for number in range(ALONE):
        start = time.perf_counter()
        speaker.say(range(number, number + 1))
        while not listener.heard():
            pass
        times.append(1000 * (time.perf_counter() - start))
    return quantile(times, 0.5)


def _measure(scratch: Path, small: bool) -> Figures:
    messages = FEW if small else MESSAGES
    with (
        tempfile.TemporaryDirectory(dir=scratch) as folder,
        started(SERVERS["ngircd"]) as far,
        running(Path(folder)) as hub,
    ):
        zoe = Talker(far.port, "zoe", "#there")
        ann = Talker(hub.port, "ann", "#here")
        admin = Path(folder) / "admin.sock"
        irc = {"servers": f"127.0.0.1:{far.port}", "nick": "hub", "tls": "false"}
        ask(admin, "bridge-add", {"name": "far", "settings": {"irc": irc}})
        ask(admin, "bridge-link", {"name": "far", "room": "#there", "group": "here"})
        ann.until(b":zoe/far!")
        out, back = _alone(ann, zoe), _alone(zoe, ann)
        there = _across(ann, zoe, messages, hub.pid)
        here = _across(zoe, ann, messages, hub.pid)
        zoe.close()
        ann.close()
    return {
        "out, p50 ms": out,
        "in, p50 ms": back,
        "out, messages/s": there[0],
        "out, CPU us": there[1],
        "in, messages/s": here[0],
        "in, CPU us": here[1],
    }


if __name__ == "__main__":
    run(_measure)
