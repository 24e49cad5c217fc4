"""The kinds of objects that may cross a connection. Sans-IO.

    Referenceable  stays here, the peer calls its remote_ methods
    Perspective    stays here, what a login gives: perspective_ methods
    Viewable       stays here, view_ methods, each told through which perspective the call came
    Root           the object that a peer finds by the name "root"
    Copyable       its state goes there, once          RemoteCopy   what arrives
    Cacheable      its state goes there and is kept up  RemoteCache  what arrives; observe_ methods

Only methods with the prefix of their kind, or marked `@published`, can be reached. They are
collected into a table once, when the class is made: nothing that an instance grows later, no
attribute and no inherited helper is reachable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeVar

_KINDS: list[type[_Published]] = []
F = TypeVar("F", bound=Callable[..., Any])


def published(method: F) -> F:
    """Publishes a method under its own name, without the prefix of its kind."""
    method.__pb_published__ = True  # type: ignore[attr-defined]
    return method


class _Published:
    """Collects the methods of each subclass that a peer may call, by wire name."""

    _prefix: ClassVar[str] = ""
    _methods: ClassVar[dict[bytes, Callable[..., Any]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        kinds = [k for k in _KINDS if issubclass(cls, k)]
        if len(kinds) > 1:
            raise TypeError(f"{cls.__name__} mixes kinds: it could not say which methods it means")
        table: dict[bytes, Callable[..., Any]] = {}
        for base in reversed(cls.__mro__):
            for name, member in vars(base).items():
                if cls._prefix and name.startswith(cls._prefix):
                    wire_name = name[len(cls._prefix) :].encode()
                elif getattr(member, "__pb_published__", False):
                    wire_name = name.encode()
                else:
                    continue
                if callable(member):
                    table[wire_name] = member
                else:
                    table.pop(wire_name, None)  # `remote_x = None` unpublishes
        cls._methods = table


class Referenceable(_Published):
    """Stays here; the peer gets a reference and may call `remote_X(*args, **kw)`.

    `perspective`, if set, is what Copyables in its answers are told.
    """

    _prefix = "remote_"
    perspective: object = None
    wire_tag: ClassVar[bytes] = b""
    """If set, it is sent as `[wire_tag *wire_extra() luid]`, for peers that know that tag."""

    def wire_extra(self) -> tuple[object, ...]:
        """Values sent before the number; only with a wire_tag."""
        return ()

    def unreferenced(self, broker: object) -> None:
        """Called once: the peer of `broker` holds no reference any more, or is gone."""


class Perspective(Referenceable):
    """What a login gives; the peer may call `perspective_X(*args, **kw)`.

    `unreferenced` is its logout.
    """

    _prefix = "perspective_"


class Root(Referenceable):
    """Found by the name "root". One may serve every connection."""

    def root_for(self, broker: object) -> Referenceable:
        """The object that is root on this connection; by default this one for all."""
        return self


class Viewable(_Published):
    """Stays here; the peer may call `view_X(perspective, *args, **kw)`.

    Each perspective through which it was sent is a reference of its own, and is what is passed.
    """

    _prefix = "view_"


class Copyable:
    """Sent by value: a tag and a state."""

    def get_type_to_copy_for(self, perspective: object) -> str:
        """The tag; the peer must have registered it. By default module.Class."""
        return f"{type(self).__module__}.{type(self).__qualname__}"

    def get_state_to_copy_for(self, perspective: object) -> object:
        """The state as `perspective` may see it (None if unknown), nearly always a dictionary."""
        return vars(self)


class RemoteCopy:
    """What a Copyable of the peer becomes; made without calling __init__."""

    def set_copyable_state(self, state: Any) -> None:
        """Takes the state; by default a dictionary of attributes. What it raises fails the call."""
        vars(self).update(text_keys(state))


class Observer(Protocol):
    """The far end of a cache: calls go to the `observe_X` methods of the peer's RemoteCache.

    Equal only to itself; one per cache and connection.
    """

    def call(self, method: str, /, *args: object, **kw: object) -> Any:
        """Calls and waits for the answer (with the asyncio shell: an awaitable)."""

    def tell(self, method: str, /, *args: object, **kw: object) -> None:
        """Calls one-way: neither answer nor error ever comes."""


class Cacheable(Copyable):
    """Sent by value once, then kept up to date: the peer holds a cache of it."""

    def get_state_to_cache_and_observe_for(self, perspective: object, observer: Observer) -> object:
        """The state; from now on each change is told to `observer`."""
        return self.get_state_to_copy_for(perspective)

    def stopped_observing(self, perspective: object, observer: Observer) -> None:
        """Called once: the peer dropped its cache or is gone."""


class RemoteCache(_Published):
    """What a Cacheable of the peer becomes; its owner calls `observe_X(*args, **kw)`.

    Made without calling __init__. The program's handle shares the attributes of the object that
    observes (so __slots__ are of no use); when the program lets go of it the owner is told.
    """

    _prefix = "observe_"

    def set_copyable_state(self, state: Any) -> None:
        """Takes the first state; by default a dictionary of attributes."""
        vars(self).update(text_keys(state))


def text_keys(state: Any) -> dict[str, Any]:
    """A state with its keys as text: Python 2 peers send bytes. Raises TypeError otherwise."""
    if not isinstance(state, dict):
        raise TypeError("state is no dictionary")
    keyed = {k.decode() if isinstance(k, bytes) else k: v for k, v in state.items()}
    if not all(isinstance(k, str) for k in keyed):
        raise TypeError("a key of a state that is no text")
    return keyed


_KINDS += [Referenceable, Viewable, RemoteCache]
