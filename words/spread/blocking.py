"""A shell over one blocking socket, for programs that ask something and end.

Light to import: no asyncio. Calls of the peer (if `client` is given to log_in) are run while an
answer is waited for; coroutines among them are refused.
"""

from __future__ import annotations

import socket
from collections.abc import Coroutine
from typing import Any

from words.spread.broker import Broker
from words.spread.credentials import Credentials
from words.spread.errors import CallTimeout, ConnectionLost, Error, ProtocolError
from words.spread.events import Answer, Call, Failure, Ready
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.references import RootReference, Target
from words.spread.registry import Registry

_READ = 256 * 1024


class BlockingConnection:
    """A connection over a connected socket (TLS or not); `timeout` seconds for each answer.

    As a context manager it is closed at the end.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        registry: Registry | None = None,
        limits: Limits = DEFAULT_LIMITS,
        timeout: float | None = 30.0,
    ) -> None:
        """Agrees on the dialect. Raises ConnectionLost, CallTimeout, ProtocolError."""
        self._sock = sock
        self._sock.settimeout(timeout)
        self._answers: dict[int, Answer | Failure] = {}
        self._ready = False
        self.broker = Broker(listening=False, registry=registry, limits=limits)
        self.broker.caller = self
        self.root = RootReference(self.broker, 0)
        while not self._ready:
            self._turn()

    def __enter__(self) -> BlockingConnection:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the socket; references of the connection are dead."""
        self.broker.lose()
        self._sock.close()

    def log_in(self, credentials: Credentials, client: Any = None, service: str = "") -> Any:
        """The perspective. Raises as `call` does, and Unauthorized."""
        steps = credentials.steps(client, service)
        answer: Any = None
        try:
            while True:
                target, method, args, kw = steps.send(answer)
                answer = self.call(target, method, args, kw)
        except StopIteration as stop:
            return stop.value

    def call(
        self, target: Target | None, method: str, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> Any:
        """Calls and waits: the answer. `reference.call(...)` comes here.

        Raises RemoteError, JellyError, ConnectionLost, CallTimeout.
        """
        request = self.broker.call(target, method, args, kw)
        while request not in self._answers:
            self._turn()
        found = self._answers.pop(request)
        if isinstance(found, Failure):
            raise found.error
        return found.value

    def tell(
        self, target: Target | None, method: str, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> None:
        """Calls one-way, and sends."""
        self.broker.call(target, method, args, kw, answer=False)
        self._send()

    def _turn(self) -> None:
        """Sends what there is, waits for bytes and acts on them."""
        self._send()
        try:
            data = self._sock.recv(_READ)
        except TimeoutError as exc:
            raise CallTimeout(f"no answer in {self._sock.gettimeout():g} s") from exc
        except OSError as exc:
            raise ConnectionLost(str(exc)) from exc
        if not data:
            self.broker.lose()
            raise ConnectionLost("the connection was closed")
        self.broker.receive_data(data)
        try:
            while (event := self.broker.next_event()) is not None:
                if isinstance(event, Ready):
                    self._ready = True
                elif isinstance(event, (Answer, Failure)):
                    self._answers[event.request] = event
                elif isinstance(event, Call):
                    self._run(event)
        except ProtocolError:
            self.close()
            raise

    def _run(self, call: Call) -> None:
        try:
            result = call.run()
            if isinstance(result, Coroutine):
                result.close()
                raise Error("this client runs no coroutines")
        except Exception as exc:
            self.broker.fail(call, exc)
        else:
            self.broker.answer(call, result)

    def _send(self) -> None:
        data = self.broker.data_to_send()
        try:
            if data:
                self._sock.sendall(data)
        except TimeoutError as exc:
            raise CallTimeout("the peer does not read") from exc
        except OSError as exc:
            raise ConnectionLost(str(exc)) from exc
