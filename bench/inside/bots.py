"""What a command costs that a bot counts and answers: beside the hub, and in it; and its start.

Somebody on IRC keeps 100 commands in flight. What the bot keeps and says is synced to its disk, and
then to the hub's. The CPU is that of each process, for one command with its answer.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.inside.probe import Figures, run
from bench.meter import cpu_of
from bench.peers.base import free_ports
from words.admin.client import ask

COMMANDS, FEW = 10_000, 2000
WINDOW = 100
SECONDS = 60.0

_PROGRAM = """\
from words.bot import Bot, Message
bot = Bot("{name}")
@bot.command
async def {name}(message: Message, number: int) -> None:
    total = await bot.store.increment("total")
    await message.reply(f"{{number}} {{total}}")
bot.run()
"""
_EMPTY = "from words.bot import Bot\nBot('empty').run()\n"
_CONFIG = """\
bots = [{{ file = "inside.py", groups = ["bench"] }}]
[hub]
data = "data"
[limits.flood]
burst = 1000000000
rate = 1000000000.0
[[irc.listen]]
address = "127.0.0.1"
port = {irc}
[[pb.listen]]
address = "127.0.0.1"
port = {pb}
[[toc.listen]]
address = "127.0.0.1"
port = {toc}
"""


class Cost(NamedTuple):
    """Of one command: commands a second, CPU microseconds of the hub and of the bot."""

    rate: float
    hub: float
    bot: float


@contextlib.contextmanager
def _process(command: list[str], home: Path, env: dict[str, str], sign: str) -> Iterator[int]:
    """Run a program until the block ends; give its pid once it has printed a sign."""
    log = home / f"{len(list(home.iterdir()))}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=home, env=env, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + SECONDS
        while sign not in log.read_text():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text()[-500:])
            time.sleep(0.01)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _talk(port: int, name: str, commands: int, pids: tuple[int, int]) -> Cost:
    """Keep commands in flight until all are answered."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(f"NICK to-{name}\r\nUSER u 0 * u\r\nJOIN #bench\r\n".encode())
        data = b""
        while b" 366 " not in data:
            data += client.recv(1 << 16)
        before = [cpu_of(pid).total for pid in pids]
        start = time.monotonic()
        said = answered = 0
        answer = re.compile(rb":%s!\S+ PRIVMSG #bench :" % name.encode())
        rest = b""
        while answered < commands:
            more = min(commands, answered + WINDOW) - said
            if more > 0:
                numbers = range(said, said + more)
                client.sendall(
                    "".join(f"PRIVMSG #bench :!{name} {each}\r\n" for each in numbers).encode()
                )
                said += more
            *lines, rest = (rest + client.recv(1 << 18)).split(b"\r\n")
            answered += sum(answer.match(line) is not None for line in lines)
        took = time.monotonic() - start
        hub, bot = (cpu_of(pid).total - spent for pid, spent in zip(pids, before, strict=True))
    return Cost(commands / took, 1e6 * hub / commands, 1e6 * bot / commands)


def _measure(scratch: Path, small: bool) -> Figures:
    commands = FEW if small else COMMANDS
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        home = Path(folder)
        irc, pb, toc = free_ports(3)
        (home / "config.toml").write_text(_CONFIG.format(irc=irc, pb=pb, toc=toc))
        for name in ("inside", "beside"):
            (home / f"{name}.py").write_text(_PROGRAM.format(name=name))
        (home / "empty.py").write_text(_EMPTY)
        root = Path(__file__).parents[2]
        env = {**os.environ, "PYTHONPATH": str(root), "WORDS_BOT_HUB": f"pb://127.0.0.1:{pb}"}
        with _process([sys.executable, "-m", "words", "serve"], home, env, "Ready:") as hub:
            for name in ("beside", "empty"):
                _identity(home, name)
            with _process([sys.executable, "empty.py"], home, env, "online as") as bot:
                empty = cpu_of(bot).total
            with _process([sys.executable, "beside.py"], home, env, "online as") as bot:
                beside = _talk(irc, "beside", commands, (hub, bot))
            inside = _talk(irc, "inside", commands, (hub, hub))
    return {
        "beside, answers/s": beside.rate,
        "beside, hub CPU us": beside.hub,
        "beside, bot CPU us": beside.bot,
        "inside, answers/s": inside.rate,
        "inside, hub CPU us": inside.hub,
        "empty bot, CPU s": empty,
    }


def _identity(home: Path, name: str) -> None:
    """Make an identity for a bot, and the file of its settings."""
    admin = home / "data" / "admin.sock"
    ask(admin, "user-add", {"name": name, "password": "a bench of words", "rights": []})
    made = ask(admin, "app-password-add", {"name": name, "label": "bot"})
    with (home / f"{name}.toml").open("w") as file:
        file.write(f'login = "{name}/bot"\npassword = "{made["password"]}"\n')
        file.write('groups = ["bench"]\n')


if __name__ == "__main__":
    run(_measure)
