"""IRC over WebSocket: a message is a line.

Sources: RFC 6455; IRCv3 websocket. wsproto does the handshake, the masks, the fragments and the
UTF-8; what leaves is framed here, since one chunk goes to many. Nothing is compressed.
"""

from __future__ import annotations

import asyncio
import logging
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import ProtocolError, RemoteProtocolError

from gateways.admission import Arrival, within
from gateways.door import Lead
from gateways.layer import Layer

if TYPE_CHECKING:
    from gateways.irc.gateway import IrcGateway

log = logging.getLogger(__name__)

TEXT, BINARY = 0x81, 0x82
"""First bytes of a frame that is a whole message (RFC 6455 section 5.2)."""

SUBPROTOCOLS = {"text.ircv3.net": TEXT, "binary.ircv3.net": BINARY}

MESSAGE_MAX = 8192
"""Bytes of one message: more than any line may have, less than a turn would mind."""

SLICE = 2048
"""Bytes that are unpacked before the loop goes on with others: the smallest frame has six."""

IDLE_FRAMES = 100
"""Frames without a word (pings, empty ones) that somebody may send between two lines."""

CACHED_MAX = 16 * 1024
"""Bytes of a chunk whose frames are remembered for the next client that is told it."""


class WebSocket(Layer):
    """Between a plain transport, or TLS, and a connection that speaks lines."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, ircd: IrcGateway, lead: Lead, arrival: Arrival
    ) -> None:
        super().__init__(loop, ircd, lead, arrival)
        self._ircd = ircd
        self._ws = WSConnection(ConnectionType.SERVER)
        self._first = TEXT
        self._agreed = False
        self._message = bytearray()
        self._idle = 0
        self._raw = bytearray()
        self._held = False
        self._busy = False
        self._goodbye: CloseConnection | None = None

    # In

    def data_received(self, data: bytes) -> None:
        self._raw += data
        if not self._busy and not self._held:
            self._unpack()

    def _unpack(self) -> None:
        """Take some of what came; the rest comes after others' input."""
        self._busy = False
        if self._held or self._goodbye is not None or self.below.is_closing():
            return
        data = bytes(self._raw[:SLICE])
        del self._raw[:SLICE]
        pong: Pong | None = None
        try:
            self._ws.receive_data(data)
            for event in self._ws.events():
                if isinstance(event, Ping):
                    pong = event.response()  # the last one is enough (section 5.5.3)
                self._take(event)
            if pong is not None and self._ws.state is ConnectionState.OPEN:
                self.below.write(self._ws.send(pong))
        except (ProtocolError, UnicodeError) as error:  # wsproto takes headers for ASCII and IDNA
            self._fail(error)
            return
        if self._raw:
            self._go_on()
            self.below.pause_reading()
        elif not self._held:
            self.below.resume_reading()

    def _go_on(self) -> None:
        if not self._busy:
            self._busy = True
            self.loop.call_soon(self._unpack)

    def _take(self, event: Event) -> None:
        if isinstance(event, Request):
            self._answer(event)
        elif isinstance(event, TextMessage):
            self._add(event.data.encode(), TEXT, whole=event.message_finished)
        elif isinstance(event, BytesMessage):
            self._add(bytes(event.data), BINARY, whole=event.message_finished)
        elif isinstance(event, CloseConnection):
            self._end(event)
        elif isinstance(event, Ping | Pong):
            self._count()

    def _add(self, data: bytes, kind: int, *, whole: bool) -> None:
        if self.above is None or self.below.is_closing() or self._goodbye is not None:
            return
        if not data:
            self._count()
        self._message += data
        if len(self._message) > MESSAGE_MAX:
            self._close(1009, "a message is too long")
        elif whole:
            line = bytes(self._message).rstrip(b"\r\n")
            self._message.clear()
            if not self._agreed:  # as the client itself writes
                self._agreed, self._first = True, kind
            if line:
                self._idle = 0
                self.above.data_received(line + b"\r\n")

    def _count(self) -> None:
        self._idle += 1
        if self._idle > IDLE_FRAMES:
            self._close(1008, "too many frames without a word")

    # The handshake

    def _answer(self, request: Request) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in request.extra_headers}
        refusal = self._refusal(headers)
        if refusal:
            log.debug(
                "a WebSocket was refused: %s", refusal, extra={"address": self.arrival.address}
            )
            self.below.write(self._ws.send(RejectConnection(status_code=403)))
            self.below.close()
            return
        asked = [each for each in request.subprotocols if each in SUBPROTOCOLS]
        if asked:
            self._agreed, self._first = True, SUBPROTOCOLS[asked[0]]
        self.below.write(self._ws.send(AcceptConnection(subprotocol=asked[0] if asked else None)))
        self.begin()

    def _refusal(self, headers: dict[bytes, str]) -> str:
        settings = self._ircd.settings.websocket
        origin = headers.get(b"origin", "").lower()
        if origin and settings.origins and origin not in settings.origins:
            return f"origin {origin}"
        if not within(self.arrival.address, settings.forwarded):
            return ""
        secure = headers.get(b"x-forwarded-proto", "").lower() == "https" or self.arrival.secure
        for hop in reversed(headers.get(b"x-forwarded-for", "").split(",")):
            try:
                address = str(ip_address(hop.strip()))
            except ValueError:
                break
            if not within(address, settings.forwarded):
                private = secure and self.arrival.private
                return self._ircd.move(self.arrival, address, secure=private, private=private)
        return ""

    # Out

    def write(self, data: bytes) -> None:
        """Send each line as a message."""
        make = _framed if len(data) <= CACHED_MAX else _framed.__wrapped__
        self.below.write(make(data, self._first))

    def shut(self) -> None:
        """Say the end."""
        goodbye = self._goodbye or CloseConnection(code=1000)
        if self._ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            self.below.write(self._ws.send(goodbye))

    def pause_reading(self) -> None:
        self._held = True
        self.below.pause_reading()

    def resume_reading(self) -> None:
        self._held = False
        self._go_on()

    # The end

    def _end(self, event: CloseConnection) -> None:
        """The client has said the end, or broke the protocol: the lines of our goodbye go first."""
        self._goodbye = event.response()
        if self.above is not None:
            self.above.eof_received()
        else:
            self.below.close()

    def _close(self, code: int, reason: str) -> None:
        """Let the connection end because of this."""
        self._goodbye = self._goodbye or CloseConnection(code=code, reason=reason)
        if self.above is not None:
            self.above.eof_received()

    def _fail(self, error: ProtocolError | UnicodeError) -> None:
        """Answer what was no handshake."""
        log.debug("WebSocket failed: %s", error, extra={"address": self.arrival.address})
        hint = error.event_hint if isinstance(error, RemoteProtocolError) else None
        if isinstance(error, UnicodeError):
            hint = RejectConnection()
        if self.above is None and isinstance(hint, RejectConnection):
            self.below.write(self._ws.send(hint))
        self.below.close()


@lru_cache(64)
def _framed(data: bytes, first: int) -> bytes:
    """Return whole lines as frames, unmasked as a server's are."""
    frames = bytearray()
    for line in data.split(b"\r\n"):
        size = len(line)
        if size > 0xFFFF:
            frames += bytes((first, 127)) + size.to_bytes(8, "big") + line
        elif size > 125:
            frames += bytes((first, 126)) + size.to_bytes(2, "big") + line
        elif size:
            frames += bytes((first, size)) + line
    return bytes(frames)
