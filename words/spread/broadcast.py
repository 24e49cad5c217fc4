"""One call to many: encoded once, sent one-way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from words.spread.errors import ConnectionLost, InsecureJelly
from words.spread.references import RemoteReference
from words.spread.registry import Registry
from words.spread.shared import SharedCall


def broadcast(
    minds: Iterable[RemoteReference],
    method: str,
    /,
    *args: Any,
    registry: Registry | None = None,
    **kw: Any,
) -> list[RemoteReference]:
    """Calls `method(*args, **kw)` one-way on each; those whose connection is gone.

    `registry` names the types that may be in the arguments. Arguments that hold references or
    caches, which differ between connections, are encoded for each. A mind whose peer does not
    read loses its connection when `Limits.send_buffer` is full; nobody waits for it. Raises
    JellyError when the arguments cannot be sent to anyone.
    """
    shared: SharedCall | None = SharedCall(method, args, kw, registry=registry)
    gone = []
    for mind in minds:
        caller: Any = mind.broker.caller
        if caller is None:
            gone.append(mind)
            continue
        try:
            if shared is not None:
                try:
                    caller.tell_shared(mind, shared)
                    continue
                except InsecureJelly:
                    shared = None
            caller.tell(mind, method, args, kw)
        except ConnectionLost:
            gone.append(mind)
    return gone
