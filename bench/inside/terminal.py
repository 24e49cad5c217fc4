"""What the terminal client costs, in a pseudo-terminal, and what WeeChat does in the same storm.

A key is one that occurs nowhere else on the screen; its time is from pressing it until it is in the
program's output. CPU is the program's own, of all its threads, at the moment when the text that is
waited for is there.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from bench.inside.probe import Figures, quantile, run
from bench.inside.pseudo import Program, TooLate, running
from bench.peers.base import free_ports
from tui_client.memory import Memory
from words.client import Client, Login
from words.errors import AlreadyMember

MESSAGES, FEW = 100_000, 10_000
STORM, RATE = 6.0, 500
"""Seconds, and messages in each."""
BEAT = 0.02
KEYS = "αβγδεζηθικλμνξοπρστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюя"
PRESS_EVERY = 0.1
LOST = 5.0
"""Seconds after which a key is lost."""
IDLE = 5.0
PASSWORD = "correct horse"
NAME = "bench"
WORDS = ("the", "gateway", "passes", "what", "was", "said", "in", "this", "room", "to", "everybody")
_CONFIG = """\
[hub]
data = "data"
[passport]
iterations = 4096
[limits.flood]
burst = 1000000000
rate = 1000000000.0
[toc]
listen = []
[[irc.listen]]
address = "127.0.0.1"
port = {irc}
[[pb.listen]]
address = "127.0.0.1"
port = {pb}
"""


def _text(number: int) -> str:
    return " ".join(WORDS[(number * 7 + at) % len(WORDS)] for at in range(3 + number % 33))


@contextmanager
def _hub(folder: Path, irc: int, pb: int) -> Iterator[None]:
    """Run a hub while the block lasts."""
    (folder / "config.toml").write_text(_CONFIG.format(irc=irc, pb=pb))
    command = [sys.executable, "-m", "words"]
    config = ["--config", str(folder / "config.toml")]
    process = subprocess.Popen(
        [*command, "serve", *config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Ready:"):
                break
        subprocess.run(
            [*command, "user", "add", NAME, "--password-stdin", *config],
            input=PASSWORD + "\n", text=True, capture_output=True, check=False,
        )  # fmt: skip
        yield
    finally:
        process.kill()
        process.wait()


class Kept(dict[str, str]):
    """Derived keys, in memory."""

    def put(self, name: str, secret: str) -> None:
        """Keep something."""
        self[name] = secret


async def _fill(url: str, folder: Path, messages: int) -> None:
    """Say everything that there is to read, once; leave the keys for the client."""
    keys = Kept()
    async with Client(url, Login(NAME, PASSWORD, keys)) as client:
        (folder / "keys").write_text(next(iter(keys.values())))
        for group in ("big", "small", "storm"):
            with suppress(AlreadyMember):
                await client.chat.join(group, durable=True)
        there = (await client.chat.group("big")).sequence  # by an earlier run
        for start in range(there, messages, 200):
            saying = (client.chat.say("big", _text(n)) for n in range(start, start + 200))
            await asyncio.gather(*saying)
        for group in ("big", "small", "storm"):
            await client.chat.say(group, f"end of {group}")


class Storm:
    """Somebody who says much in a group, over IRC; `text` never has a key in it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.sendall(b"NICK storm\r\nUSER storm 0 * :storm\r\n")
        self._wait(b" 001 ")
        self._socket.sendall(b"JOIN #storm\r\n")
        self._wait(b" 366 ")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._say, daemon=True)

    def _wait(self, wanted: bytes) -> None:
        heard = b""
        while wanted not in heard:
            heard += self._socket.recv(65_536)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _say(self) -> None:
        said, begun = 0, time.perf_counter()
        while not self._stop.wait(BEAT):
            due = int((time.perf_counter() - begun) * RATE)
            lines = [f"PRIVMSG #storm :{_text(number)}\r\n" for number in range(said, due)]
            self._socket.sendall("".join(lines).encode())
            said = due


def _storm(program: Program, port: int, name: str) -> Figures:
    """Press keys while much is said; then none, while nothing is."""
    taken: list[float] = []
    lost = 0
    with Storm(port):
        program.rest(0.5)
        begun, cpu = time.perf_counter(), program.cpu
        while time.perf_counter() - begun < STORM and len(taken) + lost < len(KEYS):
            key = KEYS[len(taken) + lost]
            pressed = time.perf_counter()
            program.forget()
            program.press(key)
            try:
                taken.append(program.until(key, LOST) * 1000)
            except TooLate:
                lost += 1
            program.rest(PRESS_EVERY - (time.perf_counter() - pressed))
        share = 100 * (program.cpu - cpu) / (time.perf_counter() - begun)
    program.rest(1.0)
    begun, cpu = time.perf_counter(), program.cpu
    program.rest(IDLE)
    idle = 100 * (program.cpu - cpu) / (time.perf_counter() - begun)
    return {
        f"{name}storm, key p50 ms": quantile(taken, 0.5),
        f"{name}storm, key p95 ms": quantile(taken, 0.95),
        f"{name}storm, keys lost": lost,
        f"{name}storm, % of a core": share,
        f"{name}idle, % of a core": idle,
        f"{name}MiB": program.rss_mib,
    }


def _client(folder: Path, url: str, port: int) -> Figures:
    found: Figures = {}
    fresh = folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    chat = [sys.executable, "-m", "words", "chat"]
    env = {"XDG_CONFIG_HOME": str(fresh), "XDG_STATE_HOME": str(fresh), "PYTHONUNBUFFERED": "1"}
    with running([*chat, url], env) as program:
        program.until("Identity")
        found["sign-on CPU ms"] = program.cpu * 1000
    memory = Memory(folder / "home", f"{NAME}@{url.removeprefix('pb://')}")
    memory.path.parent.mkdir(exist_ok=True)
    memory.path.write_bytes(msgspec.json.encode({"current": ("small", True)}))
    shutil.copy(folder / "keys", folder / "home" / "keys")
    command = [sys.executable, "-m", "bench.inside.terminal_client"]
    with running([*command, str(folder / "home"), url, NAME], {}) as program:
        program.until("end of small")
        found["main screen CPU ms"] = program.cpu * 1000
        program.rest(1.0)
        before = program.rss_mib
        program.press("\x0b")
        program.until("Go to")
        program.press("big")
        program.rest(0.5)
        cpu = program.cpu
        program.press("\r")
        found["open 100,000, ms"] = program.until("end of big") * 1000
        found["open 100,000, CPU ms"] = (program.cpu - cpu) * 1000
        for _ in range(60):  # three thousand messages back
            program.press("\x1b[5~")
            program.rest(0.05)
        program.rest(0.5)
        found["MiB more"] = program.rss_mib - before
        program.press("\x0b")
        program.until("Go to")
        program.press("storm")
        program.rest(0.5)
        program.press("\r")
        program.until("end of storm")
        found |= _storm(program, port, "")
    return found


def _weechat(folder: Path, port: int) -> Figures:
    """Ask WeeChat for the same."""
    weechat = shutil.which("weechat-curses")
    assert weechat is not None, "weechat-curses isn't installed (make bench does that)"
    home = folder / "weechat"
    shutil.rmtree(home, ignore_errors=True)
    commands = (
        f"/server add hub 127.0.0.1/{port} -autojoin=#storm",
        "/set irc.server.hub.nicks weechat",
        "/set irc.look.server_buffer independent",
        "/connect hub",
    )
    arguments = [argument for each in commands for argument in ("-r", each)]
    with running([weechat, "-d", str(home), *arguments], {"LC_ALL": "C.UTF-8"}) as program:
        program.until("#storm")
        cpu = program.cpu * 1000
        program.rest(1.0)
        return {"WeeChat: start CPU ms": cpu, **_storm(program, port, "WeeChat: ")}


def measure(scratch: Path, small: bool) -> Figures:
    """Fill a hub, and look at it with both."""
    folder = scratch / f"terminal-{FEW if small else MESSAGES}"
    folder.mkdir(exist_ok=True)
    irc, pb = free_ports(2)
    url = f"pb://127.0.0.1:{pb}"
    with _hub(folder, irc, pb):
        asyncio.run(_fill(url, folder, FEW if small else MESSAGES))
        return {**_client(folder, url, irc), **_weechat(folder, irc)}


if __name__ == "__main__":
    run(measure)
