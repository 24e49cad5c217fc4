"""What each side holds of the other: exports, imports and caches, counted as the peer counts.

One counter numbers everything that this side sends by number; numbers are never used again. The
peer counts each `[remote n]` and `[cached n]` that it receives, and gives each back by one decref
or decache. Finalizers run at any moment and in any thread, so they only append to a deque.
"""

from __future__ import annotations

import functools
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from words.spread.banana import NONE, encode, encode_int
from words.spread.errors import DeadReference, JellyError, TooManyReferences
from words.spread.flavors import Cacheable, Perspective, Referenceable, RemoteCache, Viewable
from words.spread.limits import Limits

ROOT: Final = encode(b"root", NONE)
"""How a root is named on the wire, under either dialect."""


class Caller(Protocol):
    """What a shell gives a reference to call through: see transport.py, blocking.py."""

    def call(self, target: Any, method: str, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        """Sends a call; what the shell's users wait on."""

    def tell(self, target: Any, method: str, args: tuple[Any, ...], kw: dict[str, Any]) -> None:
        """Sends a one-way call."""


class Owner(Protocol):
    """The connection that a reference belongs to."""

    caller: Caller | None
    released: deque[tuple[bool, int]]

    def wake(self) -> None:
        """Called when something was released, from any thread."""


class _Callable:
    """Something of the peer that can be called."""

    __slots__ = ("__weakref__", "_owner", "_wire", "luid", "perspective")

    def __init__(self, owner: Owner, luid: int, perspective: object = None) -> None:
        self._owner = owner
        self.luid = luid
        self._wire = self._named()
        self.perspective = perspective

    def _named(self) -> bytes:
        """How it is named on the wire."""
        return encode_int(self.luid)

    @property
    def broker(self) -> Any:
        """The broker of the connection."""
        return self._owner

    def call(self, method: str, /, *args: object, **kw: object) -> Any:
        """Calls and waits for the answer: with the asyncio shell an awaitable of it.

        Raises RemoteError if the method failed, ConnectionLost, CallTimeout, JellyError.
        """
        return _caller(self._owner).call(self, method, args, kw)

    def tell(self, method: str, /, *args: object, **kw: object) -> None:
        """Calls one-way: neither answer nor error ever comes. Raises as `call`, when sending."""
        _caller(self._owner).tell(self, method, args, kw)


class RemoteReference(_Callable):
    """An object of the peer. Call it: `await ref.call("say", "hi")` or `await ref.say("hi")`.

    While it lives here the peer keeps the object. The same object of the peer is the same
    reference here; equality is identity. `extra` are the values that came with a registered
    reference tag `tag`. `perspective` is what Copyables sent through it are told.
    """

    __slots__ = ("extra", "tag")

    def __init__(self, owner: Owner, luid: int, tag: bytes, extra: tuple[object, ...]) -> None:
        super().__init__(owner, luid)
        self.tag = tag
        self.extra = extra

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self.call, name)

    def __repr__(self) -> str:
        return f"<RemoteReference {self.luid}>"

    def __del__(self) -> None:
        self._owner.released.append((False, self.luid))
        self._owner.wake()


class RootReference(_Callable):
    """The peer's root: `await root.call("echo", "hi")` or `await root.echo("hi")`."""

    __slots__ = ()

    def _named(self) -> bytes:
        return ROOT

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self.call, name)


class Observer(_Callable):
    """The peer's cache of one of our Cacheables; see flavors.Observer."""

    __slots__ = ()


Target = RemoteReference | RootReference | Observer


def _caller(owner: Owner) -> Caller:
    if owner.caller is None:
        raise DeadReference("the connection has ended, or has no shell to call through")
    return owner.caller


class Export:
    """One object of ours that the peer may call, and how often the peer holds it."""

    __slots__ = ("count", "key", "luid", "methods", "obj", "perspective", "pins")

    def __init__(self, obj: Any, luid: int, key: object, perspective: object) -> None:
        self.obj = obj
        self.luid = luid
        self.key = key
        self.perspective = perspective
        self.methods: dict[bytes, Callable[..., Any]] = type(obj)._methods
        self.count = 0
        self.pins = 0  # calls of ours that took it there and have no answer yet


class CacheExport:
    """One Cacheable of ours that the peer holds a cache of."""

    __slots__ = ("count", "obj", "observer")

    def __init__(self, obj: Cacheable, observer: Observer) -> None:
        self.obj = obj
        self.observer = observer
        self.count = 0


class Exports:
    """Our objects and Cacheables at the peer."""

    __slots__ = ("_by_key", "_cache_by_id", "_limits", "_next", "caches", "journal", "objects")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._next = 1
        self._by_key: dict[object, Export] = {}
        self._cache_by_id: dict[int, int] = {}
        self.objects: dict[int, Export] = {}
        self.caches: dict[int, CacheExport] = {}
        self.journal: list[Export | CacheExport] = []
        """What was counted up since it was last cleared: what a failed encoding takes back."""

    def add(self, obj: Referenceable | Viewable, perspective: object) -> Export:
        """Counts one more reference. Raises TooManyReferences."""
        key = (id(obj), id(perspective)) if isinstance(obj, Viewable) else id(obj)
        found = self._by_key.get(key)
        if found is None:
            if len(self.objects) >= self._limits.exports:
                raise TooManyReferences("Maximum PB reference count exceeded.")
            if isinstance(obj, Referenceable):
                perspective = obj if isinstance(obj, Perspective) else obj.perspective
            found = Export(obj, self._number(), key, perspective)
            self.objects[found.luid] = self._by_key[key] = found
        found.count += 1
        self.journal.append(found)
        return found

    def add_cache(self, obj: Cacheable, owner: Owner, perspective: object) -> tuple[int, bool]:
        """Counts one more cache: (number, whether it is the first). Raises TooManyReferences."""
        luid = self._cache_by_id.get(id(obj), 0)
        if not luid:
            if len(self.caches) >= self._limits.caches:
                raise TooManyReferences("Maximum PB cache count exceeded.")
            luid = self._cache_by_id[id(obj)] = self._number()
            self.caches[luid] = CacheExport(obj, Observer(owner, luid, perspective))
        entry = self.caches[luid]
        entry.count += 1
        self.journal.append(entry)
        return luid, entry.count == 1

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def decref(self, luid: int) -> Export | None:
        """One reference given back; the export if that was the last. Raises KeyError."""
        export = self.objects[luid]
        if not export.count:
            raise KeyError(luid)
        export.count -= 1
        if export.count:
            return None
        if not export.pins:
            self._forget(export)
        return export

    def holds(self, obj: Referenceable) -> bool:
        """Whether the peer holds a reference to this object."""
        return id(obj) in self._by_key

    def pin(self, exports: list[Export]) -> None:
        """Keeps objects known until the answer to a call is in.

        Stock peers send the decref of an argument before the answer that gives it back.
        """
        for export in exports:
            export.pins += 1

    def unpin(self, exports: list[Export]) -> None:
        """The call is answered."""
        for export in exports:
            export.pins -= 1
            if not export.pins and not export.count:
                self._forget(export)

    def _forget(self, export: Export) -> None:
        if self.objects.pop(export.luid, None) is not None:
            del self._by_key[export.key]

    def decache(self, luid: int) -> CacheExport | None:
        """One cache given back; its entry if that was the last. Raises KeyError."""
        entry = self.caches[luid]
        entry.count -= 1
        if entry.count:
            return None
        del self.caches[luid], self._cache_by_id[id(entry.obj)]
        return entry

    def take_back(self) -> list[CacheExport]:
        """Undoes the journal, since its bytes are not sent; the caches that never began."""
        ended = []
        for entry in self.journal:
            if isinstance(entry, CacheExport):
                if self.decache(entry.observer.luid):
                    ended.append(entry)
            elif entry.count == 1 and entry.pins == 0:
                entry.count = 0
                self._forget(entry)
            else:
                entry.count -= 1
        return ended

    def clear(self) -> tuple[list[Export], list[CacheExport]]:
        """The connection has ended: everything that the peer still held."""
        held = [export for export in self.objects.values() if export.count]
        caches = list(self.caches.values())
        self.objects.clear()
        self._by_key.clear()
        self.caches.clear()
        self._cache_by_id.clear()
        return held, caches


class _Held:
    """A cache of the peer's Cacheable: `core` observes, the program has a handle of it."""

    __slots__ = ("core", "handle")

    def __init__(self, core: RemoteCache) -> None:
        self.core = core
        self.handle: weakref.ref[RemoteCache] | None = None


class Imports:
    """The peer's objects here, and our caches of its Cacheables."""

    __slots__ = ("_held", "_limits", "_owner", "_references", "received")

    def __init__(self, owner: Owner, limits: Limits) -> None:
        self._owner = owner
        self._limits = limits
        self._references: weakref.WeakValueDictionary[int, RemoteReference] = (
            weakref.WeakValueDictionary()
        )
        self._held: dict[int, _Held] = {}
        self.received: list[tuple[bool, int, object]] = []
        """(is a cache, number, object) in order, since it was last cleared: what a message had."""

    def reference(self, luid: int, tag: bytes, extra: tuple[object, ...]) -> RemoteReference:
        """Counts one more `[remote n]`. Raises TooManyReferences."""
        found = self._references.get(luid)
        if found is not None and found.extra == extra:
            self._owner.released.append((False, luid))  # we owe one, however often it came
        else:
            if len(self._references) >= self._limits.imports:
                raise TooManyReferences(f"over {self._limits.imports} references received")
            found = RemoteReference(self._owner, luid, tag, extra)
            self._references[luid] = found
        self.received.append((False, luid, found))
        return found

    def new_cache(self, luid: int, cls: type[RemoteCache]) -> tuple[RemoteCache, RemoteCache]:
        """The core and the first handle of a cache whose state comes now."""
        if type(luid) is not int or luid in self._held:
            raise JellyError("a cache that is already here")
        if len(self._held) >= self._limits.caches:
            raise TooManyReferences(f"over {self._limits.caches} caches received")
        self._held[luid] = _Held(cls.__new__(cls))
        return self._held[luid].core, self.cached(luid)

    def cached(self, luid: int) -> RemoteCache:
        """Counts one more `[cached n]`: the handle. Raises JellyError for an unknown number."""
        held = self._held.get(luid)
        if held is None:
            raise JellyError(f"no cache has number {luid}")
        owner = self._owner
        handle = held.handle() if held.handle else None
        if handle is not None:
            owner.released.append((True, luid))
        else:

            def give_back(_: object) -> None:
                owner.released.append((True, luid))
                owner.wake()

            cls = type(held.core)
            handle = cls.__new__(cls)
            handle.__dict__ = held.core.__dict__
            held.handle = weakref.ref(handle, give_back)
        self.received.append((True, luid, handle))
        return handle

    def number_of(self, cache: RemoteCache) -> int:
        """The number of a cache of this connection, or 0."""
        for luid, held in self._held.items():
            if held.core is cache or (held.handle and held.handle() is cache):
                return luid
        return 0

    def core(self, luid: int) -> RemoteCache | None:
        """What observes under that number."""
        held = self._held.get(luid)
        return held.core if held else None

    def uncache(self, luid: int) -> None:
        """The owner has forgotten the cache. Raises KeyError."""
        del self._held[luid]

    def clear(self) -> Iterator[RemoteReference]:
        """The connection has ended; yields what was still held."""
        self._held.clear()
        yield from list(self._references.values())
