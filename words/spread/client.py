"""Connecting, with asyncio.

    async with connect("pb://host:8787", credentials=Password("alice", pw), client=me) as me_there:
        await me_there.say("lobby", "hello")

    async for perspective in connect(...):      # again and again, as long as it is iterated
        try: ...
        except ConnectionLost: continue

Addresses: `pb://host:port`, `pbs://host:port` (TLS), `unix:///path`. Port 8787 unless given.
"""

from __future__ import annotations

import asyncio
import random
import ssl as tls
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from words.spread.address import parse
from words.spread.broker import Broker
from words.spread.credentials import Credentials
from words.spread.errors import ConnectionLost
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.references import Target
from words.spread.registry import Registry
from words.spread.transport import Connection

FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 60.0
"""Seconds between attempts to reconnect: doubled each time, with full jitter."""


class connect:
    """One address to be connected to; see the module for its two uses.

    `credentials` None gives the peer's root instead of a perspective. `client` is the object that
    the server may call (the mind). `service` chooses among several services of one server.
    `timeout`: seconds for connecting and logging in. `call_timeout`, `keepalive`: see Connection.
    `on_step` is called with "connected" (before anything is said) and "greeted", and the
    connection; what it raises comes out of entering.

    Entering raises OSError, TimeoutError, ConnectionLost, RemoteError (with
    `is_a("twisted.cred.error.UnauthorizedLogin")`: refused) or Unauthorized (the server is not
    the one that knows our password).
    """

    def __init__(
        self,
        url: str,
        *,
        credentials: Credentials | None = None,
        client: Any = None,
        service: str = "",
        registry: Registry | None = None,
        limits: Limits = DEFAULT_LIMITS,
        ssl: tls.SSLContext | None = None,
        timeout: float = 30.0,
        call_timeout: float | None = None,
        keepalive: float | None = 60.0,
        on_step: Callable[[str, Connection], None] | None = None,
    ) -> None:
        self._url = url
        self._on_step = on_step
        self._credentials = credentials
        self._client = client
        self._service = service
        self._registry = registry or Registry()
        self._limits = limits
        self._ssl = ssl
        self._timeout = timeout
        self._call_timeout = call_timeout
        self._keepalive = keepalive
        self.connection: Connection | None = None
        self._held: Any = None  # so that one stays logged in as long as the block lasts

    async def __aenter__(self) -> Any:
        self._held = await self._open()
        return self._held

    async def __aexit__(self, *exc: object) -> None:
        await self._close()

    async def __aiter__(self) -> AsyncIterator[Any]:
        delay = FIRST_DELAY
        while True:
            try:
                perspective = await self._open()
            except (OSError, ConnectionLost):  # TimeoutError is an OSError
                await asyncio.sleep(random.uniform(0, delay))
                delay = min(2 * delay, LONGEST_DELAY)
                continue
            delay = FIRST_DELAY
            try:
                yield perspective
            finally:
                del perspective
                await self._close()

    async def _open(self) -> Any:
        async with asyncio.timeout(self._timeout):
            connection = self.connection = await self._connected()
            try:
                self._step("connected", connection)
                await asyncio.shield(connection.ready)
                self._step("greeted", connection)
                if self._credentials is None:
                    return connection.root
                return await log_in(connection, self._credentials, self._client, self._service)
            except BaseException:
                connection.close()
                raise

    def _step(self, name: str, connection: Connection) -> None:
        if self._on_step is not None:
            self._on_step(name, connection)

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()

        def made() -> Connection:
            broker = Broker(listening=False, registry=self._registry, limits=self._limits)
            return Connection(
                broker, call_timeout=self._call_timeout, keepalive=self._keepalive
            )  # fmt: skip

        kind, host, port = parse(self._url)
        if kind == "unix":
            return (await loop.create_unix_connection(made, host))[1]
        context = (self._ssl or tls.create_default_context()) if kind == "pbs" else None
        return (await loop.create_connection(made, host, port, ssl=context))[1]

    async def _close(self) -> None:
        connection, self.connection, self._held = self.connection, None, None
        if connection is None:
            return
        connection.close()
        try:
            async with asyncio.timeout(self._timeout):
                await asyncio.shield(connection.closed)
        except TimeoutError as exc:
            connection.abort(exc)


async def log_in(
    connection: Connection, credentials: Credentials, client: Any = None, service: str = ""
) -> Any:
    """Logs in (also once more, or for another service) on a connection: the perspective.

    Dropping the perspective is the logout. Raises as connect does.
    """
    steps = credentials.steps(client, service)
    answer: Any = None
    try:
        while True:
            target: Target | None
            target, method, args, kw = steps.send(answer)
            answer = await connection.call(target, method, args, kw)
            del target
    except StopIteration as stop:
        return stop.value
