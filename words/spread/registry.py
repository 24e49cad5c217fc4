"""Which classes may cross a connection, and under which tags. Sans-IO.

There is no global table: a broker is given a Registry, and what is not in it can neither be sent
nor received. One registry may serve many connections. Class names on the wire are only keys of
this table; nothing is ever imported or looked up because a peer named it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from words.spread.errors import RemoteError
from words.spread.flavors import RemoteCache, RemoteCopy

COPY: Final = 0
CACHE: Final = 1
BUILD: Final = 2
REFERENCE: Final = 3

FAILURE_TAG: Final = b"twisted.spread.pb.CopyableFailure"

T = TypeVar("T")
Outgoing = tuple[bytes, Callable[[Any], object]]


class Registry:
    """The types of a connection: `incoming` by tag, `outgoing` by class."""

    __slots__ = ("incoming", "outgoing")

    def __init__(self) -> None:
        self.incoming: dict[bytes, tuple[int, Any]] = {FAILURE_TAG: (BUILD, _failure)}
        self.outgoing: dict[type, Outgoing] = {}

    def copyable(self, tag: str, cls: type[T]) -> type[T]:
        """Registers a dataclass or msgspec Struct to be sent and received by value under `tag`.

        The state is a dictionary of its fields. Received fields that the class does not have are
        left out, missing ones take their defaults; msgspec checks the types of a Struct's fields.
        Raises TypeError for any other class.
        """
        names: tuple[str, ...]
        known: Any = cls
        if hasattr(cls, "__struct_fields__"):
            names = known.__struct_fields__
            build = _struct_builder(cls)
        elif hasattr(cls, "__dataclass_fields__"):
            names = tuple(f for f, spec in known.__dataclass_fields__.items() if spec.init)
            build = _keyword_builder(cls, frozenset(names))
        else:
            raise TypeError(f"{cls.__name__} is neither a dataclass nor a msgspec Struct")
        self.outgoing[cls] = tag.encode(), lambda obj: {n: getattr(obj, n) for n in names}
        self.incoming[tag.encode()] = BUILD, build
        return cls

    def remote_copy(self, tag: str, cls: type[RemoteCopy]) -> None:
        """What a Copyable of the peer under `tag` becomes here."""
        self.incoming[tag.encode()] = COPY, cls

    def remote_cache(self, tag: str, cls: type[RemoteCache]) -> None:
        """What a Cacheable of the peer under `tag` becomes here."""
        self.incoming[tag.encode()] = CACHE, cls

    def reference(self, tag: str) -> None:
        """Accepts `[tag ... luid]` as a reference; what stands before luid becomes its `extra`.

        Stock precedent: twisted.words sends `[twisted.words.service.PBGroup name luid]`.
        """
        self.incoming[tag.encode()] = REFERENCE, None

    def value(self, tag: str, build: Callable[..., object]) -> None:
        """Accepts `[tag a b ...]` as `build(a, b, ...)`; what it raises fails the call."""
        self.incoming[tag.encode()] = BUILD, build


def _failure(state: object) -> RemoteError:
    """The failure of a call, from whichever of the stock fields came."""
    fields: Mapping[Any, Any] = state if isinstance(state, dict) else {}

    def text(name: str, default: str) -> str:
        found = fields.get(name, fields.get(name.encode(), default))
        if isinstance(found, bytes):
            return found.decode("utf-8", "replace")
        return found if isinstance(found, str) else default

    parents = fields.get("parents", fields.get(b"parents"))
    names = parents if isinstance(parents, (list, tuple)) else ()
    return RemoteError(
        text("type", "unknown"),
        text("value", ""),
        text("traceback", ""),
        tuple(
            p.decode("utf-8", "replace") if isinstance(p, bytes) else p
            for p in names
            if isinstance(p, (bytes, str))  # the text of anything else has no bound
        ),
    )


def _keyword_builder(cls: type[Any], names: frozenset[str]) -> Callable[[object], object]:
    def build(state: object) -> object:
        if not isinstance(state, dict):
            raise TypeError("state is no dictionary")
        return cls(**{k: v for k, v in state.items() if k in names})

    return build


def _struct_builder(cls: type[Any]) -> Callable[[object], object]:
    def build(state: object) -> object:
        import msgspec  # only programs that registered a Struct have it loaded

        return msgspec.convert(state, cls)

    return build
