"""What stands between a transport and a protocol that is made later: TLS of ours, WebSocket.

The transport below sees a protocol, the protocol above sees a transport: a `Layer` is both.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from gateways.admission import Arrival

if TYPE_CHECKING:
    from gateways.door import Host, Lead


class Layer(asyncio.Protocol):
    """Below is the transport; above is nobody until `begin`, which has to come in time."""

    below: asyncio.Transport

    def __init__(
        self, loop: asyncio.AbstractEventLoop, host: Host, lead: Lead, arrival: Arrival
    ) -> None:
        self.loop = loop
        self.host = host
        self.arrival = arrival
        self.above: asyncio.Protocol | None = None
        self._lead = lead
        self._deadline = loop.call_later(host.handshake_seconds, self._late)

    # What a kind of layer adds

    def data_received(self, data: bytes) -> None:
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        """Send what the protocol above says."""
        raise NotImplementedError

    def shut(self) -> None:
        """Say the end; then the transport below is closed."""
        raise NotImplementedError

    # What all do alike

    def begin(self) -> None:
        """Make the protocol above: all that goes before it is done."""
        self._deadline.cancel()
        self.above = self._lead(self.arrival)
        self.above.connection_made(LayerTransport(self))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.below = cast(asyncio.Transport, transport)  # uvloop's isn't a subclass

    def eof_received(self) -> bool:
        if self.above is not None:
            self.above.eof_received()
        return False  # nothing can be half-closed here

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        if self.above is not None:
            self.above.connection_lost(exc)
        else:
            self.arrival.leave()

    def pause_writing(self) -> None:
        if self.above is not None:
            self.above.pause_writing()

    def resume_writing(self) -> None:
        if self.above is not None:
            self.above.resume_writing()

    def pause_reading(self) -> None:
        """Take nothing more from below."""
        self.below.pause_reading()

    def resume_reading(self) -> None:
        """Go on taking."""
        self.below.resume_reading()

    def _late(self) -> None:
        if self.above is None:
            self.below.abort()


class LayerTransport(asyncio.Transport):
    """What the protocol above sees."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        self._below = layer.below

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._below.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._below.is_closing():
            self.layer.write(bytes(data))

    def close(self) -> None:
        if not self._below.is_closing():
            self.layer.shut()
            self._below.close()

    def abort(self) -> None:
        self._below.abort()

    def is_closing(self) -> bool:
        return self._below.is_closing()

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.layer.pause_reading()

    def resume_reading(self) -> None:
        self.layer.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._below.get_write_buffer_size()
