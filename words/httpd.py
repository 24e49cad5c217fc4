"""The hub's HTTP server: /metrics and /health, for the machine's own watchers.

aiohttp takes a quarter of a second to load: that is done on a thread when the chat listeners
are open already. Whoever connects before waits in the kernel.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

import msgspec

from gateways.admission import LOCAL, Admission, Arrival
from gateways.listening import Listeners
from gateways.tls import HANDSHAKE_SECONDS
from words.config import Config, Listen
from words.errors import ConfigError
from words.health import complaints
from words.reactor import Reactor
from words.sockets import Sockets, shown

if TYPE_CHECKING:
    from aiohttp import web

    from words.metrics import Sources

log = logging.getLogger(__name__)

TEXT = "text/plain; version=0.0.4; charset=utf-8"
"""What Prometheus takes for its text format."""

OPEN_SECONDS = 2.0
"""How long an answer under way may take when the hub stops."""

IDLE_SECONDS = 75.0
"""How long somebody may be connected and ask nothing (nginx's keepalive_timeout)."""


class HttpServer:
    """Looks like a gateway to the hub; see `gateways.base.Gateway`."""

    name = "http"

    def __init__(
        self,
        hub: Sources,
        config: Callable[[], Config],
        reactor: Reactor,
        sockets: Sockets,
        admission: Admission,
    ) -> None:
        self._hub = hub
        self._config = config
        self._reactor = reactor
        self._sockets = sockets
        self.admission = admission
        self.now = reactor.now
        self.refused = 0
        self.connections: dict[web.RequestHandler, Arrival] = {}
        self._listeners = Listeners(reactor, self, sockets)
        self._server: web.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._bound: list[tuple[Listen, list[socket.socket]]] = []

    async def start(self) -> list[str]:
        """Bind, and load the rest behind; see `Gateway.start`."""
        wanted = self._wanted()
        for listen in wanted:
            bound = self._sockets.take(self.name, listen)
            self._bound.append((listen, bound))
            for one in bound:
                one.listen()
        self._opening = self._reactor.spawn(self._open(), name="http")
        return [f"HTTP for metrics and health on {shown(listen)}" for listen in wanted]

    async def reload(self) -> None:
        """Follow the configuration; see `Gateway.reload`."""
        if self._opening is not None:
            await asyncio.wait([self._opening])
        await self._open()

    async def stop(self, reason: str) -> None:
        """Answer what was asked, and close."""
        if self._opening is not None:
            await asyncio.wait([self._opening])
        self._listeners.close()
        if self._server is not None:
            await self._server.shutdown(OPEN_SECONDS)

    def _wanted(self) -> tuple[Listen, ...]:
        http = self._config().http
        return http.listen if http.enabled else ()

    async def _open(self) -> None:
        if self._wanted() and self._server is None:
            await self._reactor.in_thread(_load)
            self._server = self._made_server()
        while self._bound:
            self._sockets.give_back(*self._bound.pop())
        try:
            await self._listeners.follow(self._wanted())
        except ConfigError as error:
            if self._opening is None or self._opening.done():
                raise
            log.error("no metrics and no health page: %s", error)

    # Connections; see `gateways.door.Host`

    handshake_seconds = HANDSHAKE_SECONDS

    def admit(self, arrival: Arrival, descriptor: int) -> str:
        """Count strangers only: who may ask wants to know it when there are too many others."""
        return "" if self._may_ask(arrival.address) else arrival.enter(self.admission, descriptor)

    def move(self, arrival: Arrival, address: str, *, secure: bool, private: bool) -> str:
        """Never comes: listeners for HTTP have no ``proxy``."""
        return "no proxy is believed here"

    def refusal(self, reason: str) -> bytes:
        """Return what HTTP has for it."""
        return (
            b"HTTP/1.1 503 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % reason.encode()
        )

    def made(self, arrival: Arrival) -> asyncio.Protocol:
        """Return aiohttp's protocol."""
        assert self._server is not None
        handler = self._server()
        self.connections[handler] = arrival
        return handler

    def _made_server(self) -> web.Server:
        from aiohttp import web

        connections = self.connections

        class Server(web.Server):
            """Knows whose connection has ended."""

            def connection_lost(
                self, handler: web.RequestHandler, exc: BaseException | None = None
            ) -> None:
                super().connection_lost(handler, exc)
                if handler in connections:
                    connections.pop(handler).leave()

        requests = logging.getLogger(f"{__name__}.requests")
        requests.addFilter(_ours)
        return Server(
            self._answer, access_log=None, logger=requests, keepalive_timeout=IDLE_SECONDS
        )

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        from aiohttp import web

        if not self._may_ask(request.remote):
            return web.Response(status=403, text="http.allow says no\n")
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        if request.path == "/metrics":
            from words.metrics import Numbers

            return web.Response(body=Numbers(self._hub).text(), headers={"Content-Type": TEXT})
        if request.path == "/health":
            stopping = self._reactor.stopping.is_set()
            reasons = await complaints(self._hub.turn, stopping=stopping)
            body = msgspec.json.encode({"healthy": not reasons, "reasons": reasons}) + b"\n"
            status = 503 if reasons else 200
            return web.Response(status=status, body=body, content_type="application/json")
        return web.Response(status=404, text="/metrics and /health are all there is\n")

    def _may_ask(self, remote: str | None) -> bool:
        """Return whether an address may; over a Unix socket its mode has said so."""
        if not remote or remote == LOCAL:
            return True
        address = ip_address(remote.partition("%")[0])
        return any(address in network for network in self._config().http.allow)


def _ours(record: logging.LogRecord) -> bool:
    """Return whether a failure is ours to mend, and not that somebody speaks no HTTP."""
    from aiohttp.http_exceptions import HttpProcessingError

    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _load() -> None:
    """Import what takes long, off the loop."""
    importlib.import_module("aiohttp.web")
    importlib.import_module("words.metrics")
