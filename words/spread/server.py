"""Listening, with asyncio.

async with serve("pb://127.0.0.1:8787", Echo()) as server:
    await server.forever()
"""

from __future__ import annotations

import asyncio
import ssl as tls
from typing import Final

from words.spread.address import parse
from words.spread.broker import Broker
from words.spread.flavors import Perspective, Referenceable
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.login import LoginRoot
from words.spread.registry import Registry
from words.spread.transport import Connection

CONNECTIONS: Final = 10_000
"""Connections at once; more are closed as they come. Ours."""
LOGIN: Final = 60.0
"""Seconds in which a peer must hold a perspective, where the root is for logging in. Ours."""
BACKLOG: Final = 4096
"""Connections that the kernel may hold until they are accepted. Ours."""


class serve:
    """A listener on `url` (see client.py); `root` is what peers find, often a LoginRoot.

    `tracebacks` lets those of bugs cross to the peer: for development only. Other options as in
    connect and Connection.
    """

    def __init__(
        self,
        url: str,
        root: Referenceable,
        *,
        registry: Registry | None = None,
        limits: Limits = DEFAULT_LIMITS,
        ssl: tls.SSLContext | None = None,
        connections: int = CONNECTIONS,
        login_timeout: float = LOGIN,
        call_timeout: float | None = None,
        keepalive: float | None = 60.0,
        tracebacks: bool = False,
    ) -> None:
        self._url = url
        self._root = root
        self._registry = registry or Registry()
        self._limits = limits
        self._ssl = ssl
        self._most = connections
        self._login_timeout = login_timeout
        self._call_timeout = call_timeout
        self._keepalive = keepalive
        self._tracebacks = tracebacks
        self._server: asyncio.Server | None = None
        self.connections: set[Connection] = set()

    async def __aenter__(self) -> serve:
        loop = asyncio.get_running_loop()
        kind, host, port = parse(self._url)
        if (kind == "pbs") != (self._ssl is not None):
            raise ValueError("pbs:// needs an SSLContext, and pb:// has no use for one")
        if kind == "unix":
            self._server = await loop.create_unix_server(self._made, host, backlog=BACKLOG)
        else:
            self._server = await loop.create_server(
                self._made, host, port, ssl=self._ssl, backlog=BACKLOG
            )
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        ended = [connection.closed for connection in self.connections]
        for connection in list(self.connections):
            connection.close()
        if ended:
            await asyncio.wait(ended, timeout=1.0)
        for connection in list(self.connections):
            connection.abort(ConnectionAbortedError("the server is closing"))

    @property
    def port(self) -> int:
        """The port that is listened on; for `pb://host:0`."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def forever(self) -> None:
        """Waits until cancelled."""
        await asyncio.get_running_loop().create_future()

    def _made(self) -> Connection:
        broker = Broker(
            listening=True,
            root=self._root,
            registry=self._registry,
            limits=self._limits,
            tracebacks=self._tracebacks,
        )
        return Connection(
            broker,
            call_timeout=self._call_timeout,
            keepalive=self._keepalive,
            keeper=self,
        )

    def opened(self, connection: Connection) -> None:
        """One more connection; see transport.Keeper."""
        if len(self.connections) >= self._most:
            connection.abort(ConnectionRefusedError("too many connections"))
        self.connections.add(connection)
        if isinstance(self._root, LoginRoot):
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._login_timeout, self._must_be_in, connection)
            connection.closed.add_done_callback(lambda _: timer.cancel())

    def ended(self, connection: Connection) -> None:
        """One less."""
        self.connections.discard(connection)

    def _must_be_in(self, connection: Connection) -> None:
        if not any(connection.broker.exported(Perspective)):
            connection.abort(TimeoutError("no login"))
