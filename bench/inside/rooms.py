"""What a message costs that crosses a bridge to a room of XMPP or Matrix, each way.

python -m bench.inside.rooms_xmpp and rooms_matrix run it, with the servers that the tests start.
The CPU is the hub's and, beside it, the foreign server's, for one message with all that comes
of it.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from bench.inside.bridges import Talker
from bench.inside.hub import running
from bench.inside.probe import Figures
from bench.meter import cpu_of
from tests.support.servers import ServerProcess
from words.admin.client import ask

FEW = 200
WINDOW = 50
SECONDS = 300.0

Say = Callable[[range], Awaitable[None]]
Heard = Callable[[], Awaitable[int]]


class Far(Protocol):
    """Somebody called bob in a room over there."""

    async def say(self, numbers: range) -> None:
        """Say numbers."""

    async def heard(self) -> int:
        """Wait for something; return how many messages of others it was."""


class Place(Protocol):
    """A network with a room, and how the hub gets there."""

    room: str
    password: str
    messages: int
    """How many are said each way, in a run that isn't small."""

    @property
    def server(self) -> ServerProcess:
        """What is started."""

    @property
    def settings(self) -> dict[str, Any]:
        """The bridge's, without its password."""

    async def enter(self) -> Far:
        """Let bob enter the room."""


async def _across(say: Say, heard: Heard, messages: int, pids: tuple[int, int]) -> list[float]:
    """Return messages a second, and microseconds of CPU for each, of both processes."""
    before, start = [cpu_of(pid).total for pid in pids], time.monotonic()
    said = arrived = 0
    async with asyncio.timeout(SECONDS):
        while arrived < messages:
            more = min(messages, arrived + WINDOW) - said
            if more > 0:
                await say(range(said, said + more))
                said += more
            arrived += await heard()
    rate = messages / (time.monotonic() - start)
    used = [cpu_of(pid).total - was for pid, was in zip(pids, before, strict=True)]
    return [rate, *(1e6 * each / messages for each in used)]


async def _measure(folder: Path, place: Place, messages: int) -> Figures:
    with running(folder) as hub:
        far = await place.enter()
        secret = folder / "password"
        secret.write_text(place.password)
        ann = Talker(hub.port, "ann", "#here")
        admin = folder / "admin.sock"
        settings = {**place.settings, "password_file": str(secret)}
        await asyncio.to_thread(ask, admin, "bridge-add", {"name": "far", "settings": settings})
        link = {"name": "far", "room": place.room, "group": "here"}
        await asyncio.to_thread(ask, admin, "bridge-link", link)
        await asyncio.to_thread(ann.until, b":bob/far!")

        async def say(numbers: range) -> None:
            ann.say(numbers)

        async def heard() -> int:
            return await asyncio.to_thread(ann.heard)

        pids = (hub.pid, place.server.pid)
        out = await _across(say, far.heard, messages, pids)
        back = await _across(far.say, heard, messages, pids)
        ann.close()
    names = ("messages/s", "CPU us", "far server CPU us")
    return {
        f"{way}, {name}": value
        for way, values in (("out", out), ("in", back))
        for name, value in zip(names, values, strict=True)
    }


def measure(scratch: Path, small: bool, make: Callable[[Path], Place]) -> Figures:
    """Measure one network; exits with a line that says why where its server isn't installed."""
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        try:
            place = make(Path(name))
        except (pytest.skip.Exception, pytest.fail.Exception) as missing:
            raise SystemExit(str(missing)) from None
        with place.server:
            return asyncio.run(_measure(Path(name), place, FEW if small else place.messages))
