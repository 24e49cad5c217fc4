"""The adapter to IRC networks: the socket around a `Session`. The first example of a `Network`."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

from gateways.bridges import network as n
from gateways.bridges.irc.pacing import Pacing
from gateways.bridges.irc.session import Session
from gateways.bridges.irc.wire import RAW_MAX, read
from gateways.irc.codec import LineError, LineReader
from words.config import IrcBridge

CONNECT = 20.0
"""Seconds for a connection to stand, and again for the login."""

ASK, SILENCE = 60.0, 180.0
"""Seconds without a word after which the server is asked whether it is there, and given up."""

GOODBYE = 2.0
"""Seconds for the server to read our goodbye."""

READ = 65536


class IrcNetwork:
    """An account on an IRC network; see `gateways.bridges.network.Network`."""

    def __init__(self, settings: IrcBridge, port: n.Port) -> None:
        self._settings = settings
        self._port = port
        self._pacing = Pacing()
        self._session: Session | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._server = 0
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Be connected to one of the servers; the next time it is the next one."""
        host, _, number = self._settings.servers[self._server].rpartition(":")
        self._server = (self._server + 1) % len(self._settings.servers)
        try:
            async with asyncio.timeout(CONNECT):
                reader, writer = await asyncio.open_connection(
                    host.strip("[]"), int(number), ssl=self._tls(), limit=READ
                )
        except (OSError, ValueError, TimeoutError) as error:
            raise n.Lost(f"{host}:{number}: {error or 'no answer'}") from error
        self._pacing.begin()
        self._writer = writer
        self._session = session = Session(
            self._settings,
            self._port.password,
            self._pacing,
            self._port.tell,
            self._write,
            self._port.now,
            self._port.seal,
        )
        try:
            session.begin()
            await self._serve(reader, session)
        except n.Lost as lost:
            if "flood" in str(lost).lower():
                self._pacing.kicked()
            raise
        finally:
            self._session = self._writer = None
            if self._timer is not None:
                self._timer.cancel()
            writer.transport.abort()

    def _tls(self) -> ssl.SSLContext | None:
        settings = self._settings
        if not settings.tls:
            return None
        context = ssl.create_default_context(cafile=settings.ca and str(settings.ca))
        if settings.certificate:
            context.load_cert_chain(settings.certificate)
        return context

    async def _serve(self, reader: asyncio.StreamReader, session: Session) -> None:
        lines = LineReader(RAW_MAX)
        heard = started = self._port.now()
        asked = False
        while True:
            await self._port.room()
            try:
                async with asyncio.timeout(ASK if session.ready else CONNECT):
                    data = await reader.read(READ)
            except TimeoutError:
                if not session.ready or self._port.now() - heard > SILENCE:
                    raise n.Lost("the server is silent", doubtful=True) from None
                asked = True
                self._write("PING :alive")
                continue
            except OSError as error:
                raise n.Lost(str(error)) from error
            if not data:
                raise n.Lost("the server closed the connection", doubtful=asked)
            heard, asked = self._port.now(), False
            lines.feed(data)
            self._take(lines, session)
            if not session.ready and heard - started > CONNECT:
                raise n.Lost("the login takes too long")
            session.tick()
            self._flush()

    def _take(self, lines: LineReader, session: Session) -> None:
        while True:
            try:
                data = lines.pop()
            except LineError:
                continue
            if data is None:
                return
            line = read(data)
            if line is not None:
                with n.at_worst("a line"):
                    session.take(line)

    # Lines out

    def _write(self, line: str) -> None:
        writer = self._writer
        if writer is not None and "\r" not in line and "\n" not in line and "\0" not in line:
            with suppress(OSError, RuntimeError):
                writer.write(f"{line}\r\n".encode())

    def _flush(self) -> None:
        """Let out what may leave now, and come back when more may."""
        session = self._session
        if session is None or not session.ready:
            return
        now = self._port.now()
        while (line := session.post.next(now)) is not None:
            self._write(line)
        wait = session.post.wait(now)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if wait:
            self._timer = asyncio.get_running_loop().call_later(wait, self._flush)

    # What the engine wants

    def open(self, room: str) -> None:
        """Enter a channel."""
        if self._session is not None:
            self._session.open(room)

    def leave(self, room: str) -> None:
        """Leave a channel."""
        if self._session is not None:
            self._session.leave(room)

    def catch_up(self, room: str, place: str) -> None:
        """Ask for what was said since."""
        if self._session is not None:
            self._session.catch_up(room, place)

    def send(self, letter: n.Letter) -> None:
        """Put a letter into the post."""
        if self._session is not None and self._session.ready:
            self._session.give(letter)
            self._flush()

    async def stop(self, reason: str) -> None:
        """Quit, and wait until the server has heard it."""
        writer = self._writer
        if writer is None:
            return
        self._write(f"QUIT :{reason}")
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await writer.drain()
