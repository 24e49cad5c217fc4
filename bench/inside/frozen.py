"""What others feel while one of two linked networks is frozen (SIGSTOP): times of single messages.

Blocks with it frozen and alive follow each other, so that a busy machine shows in both. What a
frozen network is owed is taken by it between blocks.
"""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.inside.bridges import Talker
from bench.inside.hub import running
from bench.inside.probe import Figures, quantile, run
from bench.peers import SERVERS
from bench.peers.base import started
from words.admin.client import ask

BLOCK = 100
BLOCKS, FEW = 10, 2
"""Messages of one block, each way; and blocks of each kind."""


@contextmanager
def _stopped(pid: int, really: bool) -> Iterator[None]:
    if really:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _block(times: dict[str, list[float]], ann: Talker, ben: Talker, zoe: Talker) -> None:
    """Time ann's way to ben, who is here, and to zoe, who is there, and zoe's to ann."""
    for number in range(BLOCK):
        start = time.perf_counter()
        ann.say(range(number, number + 1))
        for name, listener in (("here", ben), ("out", zoe)):
            while not listener.heard():
                pass
            times[name].append(1000 * (time.perf_counter() - start))
        start = time.perf_counter()
        zoe.say(range(number, number + 1))
        while not ann.heard():
            pass
        times["in"].append(1000 * (time.perf_counter() - start))
        while not ben.heard():
            pass


def _measure(scratch: Path, small: bool) -> Figures:
    times: dict[bool, dict[str, list[float]]] = {
        frozen: {name: [] for name in ("here", "out", "in")} for frozen in (False, True)
    }
    with (
        tempfile.TemporaryDirectory(dir=scratch) as folder,
        started(SERVERS["ngircd"]) as lively,
        started(SERVERS["ngircd"]) as cold,
        running(Path(folder)) as hub,
    ):
        zoe, yan = Talker(lively.port, "zoe", "#there"), Talker(cold.port, "yan", "#there")
        ann, ben = Talker(hub.port, "ann", "#here"), Talker(hub.port, "ben", "#here")
        admin = Path(folder) / "admin.sock"
        for name, server in (("lively", lively), ("cold", cold)):
            irc = {"servers": f"127.0.0.1:{server.port}", "nick": "hub", "tls": "false"}
            ask(admin, "bridge-add", {"name": name, "settings": {"irc": irc}})
            ask(admin, "bridge-link", {"name": name, "room": "#there", "group": "here"})
        ann.until(b":zoe/lively!")
        ann.say(range(1))  # both networks have it when both are linked
        for each in (ben, zoe, yan):
            each.until(b" PRIVMSG ")
        for number in range(2 * (FEW if small else BLOCKS)):
            frozen = bool(number % 2)
            with _stopped(cold.pid, frozen):
                _block(times[frozen], ann, ben, zoe)
            taken = 0
            while taken < 2 * BLOCK:
                taken += yan.heard()
    names = {False: "", True: ", frozen"}
    return {
        f"{way}{names[frozen]}, {percent} ms": quantile(times[frozen][way], share)
        for way in ("here", "out", "in")
        for frozen in (False, True)
        for percent, share in (("p50", 0.5), ("p99", 0.99))
    }


if __name__ == "__main__":
    run(_measure)
