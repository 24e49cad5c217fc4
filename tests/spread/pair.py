"""Two brokers joined in memory: what one says the other hears."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from words.spread.broker import Broker
from words.spread.events import Answer, Call, Dropped, Event, Failure, Ready, Refused
from words.spread.flavors import Referenceable
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.registry import Registry


def step(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")


class End:
    """One end: runs calls at once, keeps answers and what was dropped."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.answers: dict[int, Any] = {}
        self.failures: dict[int, BaseException] = {}
        self.dropped: list[str] = []
        self.refused: list[str] = []
        self.calls: list[Call] = []
        self.ready = False
        self.held: list[Call] | None = None
        """Set to a list to keep calls there instead of running them."""

    def hear(self, data: bytes) -> None:
        """Takes bytes and acts on all that they say."""
        self.broker.receive_data(data)
        while (event := self.broker.next_event()) is not None:
            self.act(event)
            del event

    def act(self, event: Event) -> None:
        if isinstance(event, Ready):
            self.ready = True
        elif isinstance(event, Answer):
            self.answers[event.request] = event.value
        elif isinstance(event, Failure):
            self.failures[event.request] = event.error
        elif isinstance(event, Dropped):
            self.dropped.append(event.reason)
        elif isinstance(event, Refused):
            self.refused.append(event.reason)
        elif self.held is not None:
            self.held.append(event)
        else:
            self.run(event)

    def run(self, call: Call) -> None:
        try:
            result = call.run()
            if isinstance(result, Coroutine):
                result = step(result)
        except Exception as exc:
            self.broker.fail(call, exc)
        else:
            self.broker.answer(call, result)


class Pair:
    """A listening end with `root`, and a connecting one."""

    def __init__(
        self,
        root: Referenceable | None = None,
        *,
        registry: Registry | None = None,
        limits: Limits = DEFAULT_LIMITS,
        client_limits: Limits = DEFAULT_LIMITS,
        chunk: int = 1 << 20,
        **options: Any,
    ) -> None:
        self.bugs: list[tuple[str, BaseException]] = []

        def report(where: str, exc: BaseException) -> None:
            self.bugs.append((where, exc))

        self.server = End(
            Broker(
                listening=True, root=root, registry=registry, limits=limits, report=report,
                **options,
            )
        )  # fmt: skip
        self.client = End(
            Broker(listening=False, registry=registry, limits=client_limits, report=report)
        )
        self.chunk = chunk
        self.sent: list[tuple[str, bytes]] = []
        self.run()

    def run(self) -> None:
        """Carries bytes both ways until both are silent."""
        while True:
            quiet = True
            for name, end, other in (
                ("S", self.server, self.client),
                ("C", self.client, self.server),
            ):
                data = end.broker.data_to_send()
                if data:
                    quiet = False
                    self.sent.append((name, data))
                    for i in range(0, len(data), self.chunk):
                        other.hear(data[i : i + self.chunk])
            if quiet:
                return

    def call(self, target: Any, method: str, *args: Any, **kw: Any) -> Any:
        """The client calls and gets the answer; raises what failed."""
        return self._call(self.client, target, method, args, kw)

    def push(self, target: Any, method: str, *args: Any, **kw: Any) -> Any:
        """The server calls and gets the answer; raises what failed."""
        return self._call(self.server, target, method, args, kw)

    def _call(self, end: End, target: Any, method: str, args: Any, kw: Any) -> Any:
        request = end.broker.call(target, method, args, kw)
        del args
        self.run()
        if request in end.failures:
            raise end.failures.pop(request)
        return end.answers.pop(request)
