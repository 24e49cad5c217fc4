"""Typed references: what a peer offers, written as a class, checked by mypy and here.

    class Room(Interface):
        async def send(self, text: str) -> int: raise NotImplementedError
        def hint(self, text: str) -> None: raise NotImplementedError      # plain: one-way

    room = typed(reference, Room)
    await room.send("hi")

Only methods that the class names can be called through it, with arguments that fit it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from words.spread.references import RemoteReference, RootReference


class Interface:
    """Base of interfaces: `async def` methods are answered, plain ones are one-way."""

    _calls: ClassVar[dict[str, tuple[inspect.Signature, bool]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._calls = dict(cls._calls)
        for name, member in list(vars(cls).items()):
            if not name.startswith("_") and inspect.isfunction(member):
                waits = inspect.iscoroutinefunction(member)
                cls._calls[name] = inspect.signature(member), waits
                setattr(cls, name, _forward(name, *cls._calls[name]))

    def __init__(self, reference: RemoteReference | RootReference) -> None:
        self._reference = reference


I = TypeVar("I", bound=Interface)  # noqa: E741


def typed(reference: RemoteReference | RootReference, interface: type[I]) -> I:
    """The reference as that interface; `typed(...)._reference` is the reference itself."""
    return interface(reference)


def _forward(name: str, signature: inspect.Signature, waits: bool) -> Callable[..., Any]:
    def forward(self: Interface, /, *args: Any, **kw: Any) -> Any:
        signature.bind(self, *args, **kw)  # raises TypeError here, not at the peer
        if waits:
            return self._reference.call(name, *args, **kw)
        self._reference.tell(name, *args, **kw)
        return None

    return forward
