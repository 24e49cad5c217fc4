"""A gateway as another package would bring it: a line is said in the lobby, a line is heard."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import cast

from gateways.base import Parts
from words.chat.attachment import Attachment
from words.chat.verbs.talk import Body
from words.events import Actor, Event, Said


class LinesForm:
    def encode(self, event: Event, where: str) -> bytes | None:
        return f"{event.actor.name}: {event.text}\n".encode() if isinstance(event, Said) else None

    def join(self, pieces: Sequence[bytes]) -> bytes:
        return b"".join(pieces)


FORM = LinesForm()


class Client(asyncio.Protocol):
    """The first line is the name; `Source` and `Outlet` of one connection."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.queued = parts, False
        self.lines: deque[str] = deque()
        self.me: Attachment | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.push = cast(asyncio.Transport, transport).write
        self.hang_up = transport.close

    def data_received(self, data: bytes) -> None:
        self.lines += data.decode().splitlines()
        self.parts.turn.wake(self)

    def step(self) -> bool:
        line = self.lines.popleft()
        if self.me is None:
            actor = Actor(0, line, line, "lines")
            self.me = self.parts.service.enter(actor, line, (FORM, FORM), self)
            self.me.join("lobby")
        else:
            self.me.say(self.me.group("lobby"), Body(line))
        return bool(self.lines)

    def close(self, reason: str) -> None:
        if self.me:
            self.parts.service.detach(self.me, reason)
        self.parts.turn.after(self.hang_up)


class LinesGateway:
    """Speaks lines."""

    name = "lines"

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def start(self) -> list[str]:
        loop = self.parts.reactor.loop
        self.server = await loop.create_server(lambda: Client(self.parts), "127.0.0.1", 0)
        return ["Lines on {}:{}".format(*self.server.sockets[0].getsockname())]

    async def reload(self) -> None:
        pass

    async def stop(self, reason: str) -> None:
        self.server.close()


class StubbornGateway(LinesGateway):
    """Never gets done with its goodbyes."""

    async def stop(self, reason: str) -> None:
        await asyncio.Event().wait()


class BrokenGateway(LinesGateway):
    """Has a defect: the turn in which its client's first line is handled fails."""

    async def start(self) -> list[str]:
        loop = self.parts.reactor.loop
        self.server = await loop.create_server(lambda: BrokenClient(self.parts), "127.0.0.1", 0)
        return ["Broken on {}:{}".format(*self.server.sockets[0].getsockname())]


class BrokenClient(Client):
    def step(self) -> bool:
        super().step()
        raise ValueError("a defect")
