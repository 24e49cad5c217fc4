"""The handlers of published verbs, and how a perspective is made of them.

A handler has the verb's name and arguments, after the perspective. It runs within a turn and
returns, or raises a `WordsError`; what takes longer it returns as a `Later`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from words.remote.chat import LAST
from words.remote.table import Surface, Verb, to_wire
from words.spread.flavors import Perspective

H = TypeVar("H", bound=Callable[..., Any])
P = TypeVar("P", bound=Perspective)


class Later(NamedTuple):
    """Work beside the turn, for whose result the caller waits; other calls go on."""

    work: Awaitable[Any]


class Handler(NamedTuple):
    """A row. ``cost``: units of flood control. ``active``: whether it shows somebody is there."""

    run: Callable[..., Any]
    cost: float = 1.0
    active: bool = False


HANDLERS: dict[str, Handler] = {}
"""Those of the chat service, by verb."""


def handler(*, cost: float = 1.0, active: bool = False) -> Callable[[H], H]:
    """Put a handler into the table."""

    def put(function: H) -> H:
        HANDLERS[function.__name__] = Handler(function, cost, active)
        return function

    return put


def perspective_of(
    base: type[P], surface: type[Surface], run: Callable[[Any, Verb, dict[str, Any]], Any]
) -> type[P]:
    """Return ``base`` with a ``perspective_...`` for each verb, which ends in ``run``."""
    methods = {f"perspective_{row.name}": _method(row, run) for row in surface.verbs.values()}
    return type(base.__name__, (base,), methods)


def _method(row: Verb, run: Callable[[Any, Verb, dict[str, Any]], Any]) -> Callable[..., Any]:
    def method(perspective: Any, /, *args: Any, **kw: Any) -> Any:
        result = run(perspective, row, row.take(args, kw))
        return result if isinstance(result, Later) else to_wire(result)

    return method


def number(given: int) -> int:
    """Return an id, sequence number or time as one that storage can have: PB's have no end."""
    return max(0, min(given, LAST))
