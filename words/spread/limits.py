"""Every limit of a connection, with its source. Sizes are bytes unless said otherwise."""

from __future__ import annotations

import copy
from typing import Final

SIZE_LIMIT: Final = 640 * 1024
"""Longest string and longest list (in elements); equal is allowed. Source: stock banana."""
PREFIX_LIMIT: Final = 64
"""Longest prefix of an element, so |int| <= 2**448 - 1. Source: stock banana."""
MAX_BROKER_REFS: Final = 1024
"""Exports, and caches, per connection. Source: stock broker."""
LARGEST_INT: Final = (1 << 7 * PREFIX_LIMIT) - 1
"""Largest absolute value of an integer. Follows from PREFIX_LIMIT."""

ODD_KEYS: Final = 1000
"""Keys of dictionaries and members of sets in one value that are neither text, bytes nor a number
below 2**60. Ours: anybody can make other keys whose hashes are equal, each of which costs a
comparison with all those before it."""
IN_KEYS: Final = 20_000
"""Values inside of such keys in one value, shared ones each time. Ours: hashing and comparing a
tuple looks at all of them, and thirty tuples that have each other twice have a billion."""


class Limits:
    """What one connection may cost. Change a copy: `limits.replace(message=65536)`.

    element     longest string, and longest list in elements, both ways (stock: 640 KiB). At
                least 128
    message     longest top-level message, both ways (stock: none). Ours holds one largest stock
                string three times over. Decoded values take up to about 32 times the bytes
    incoming    longest message that is taken from the peer, where that is less than `message`:
                before it is whole it can't be told what it is good for
    depth       nesting of values, both ways (stock: none but Python's recursion limit)
    exports     our objects that the peer may hold at once (stock: 1024)
    imports     the peer's objects that we hold at once (stock: none)
    caches      Cacheables, each way (stock: 1024 for the owner)
    offences    harmless nonsense (unknown command, forged number) dropped before the connection
                is closed (stock: closes at the first)
    send_buffer bytes that may wait to be read by the peer (stock: none); over it the connection
                is closed
    calls       calls being worked on at once (stock: none); over it, reading pauses
    """

    __slots__ = (
        "caches",
        "calls",
        "depth",
        "element",
        "exports",
        "imports",
        "incoming",
        "message",
        "offences",
        "send_buffer",
    )

    def __init__(
        self,
        *,
        element: int = SIZE_LIMIT,
        message: int = 2 * 1024 * 1024,
        incoming: int = 2 * 1024 * 1024,
        depth: int = 100,
        exports: int = MAX_BROKER_REFS,
        imports: int = MAX_BROKER_REFS,
        caches: int = MAX_BROKER_REFS,
        offences: int = 100,
        send_buffer: int = 8 * 1024 * 1024,
        calls: int = 1000,
    ) -> None:
        self.element = element
        self.message = message
        self.incoming = incoming
        self.depth = depth
        self.exports = exports
        self.imports = imports
        self.caches = caches
        self.offences = offences
        self.send_buffer = send_buffer
        self.calls = calls

    def replace(self, **changes: int) -> Limits:
        """A copy with some limits changed. Raises AttributeError for an unknown name."""
        other = copy.copy(self)
        for name, value in changes.items():
            setattr(other, name, value)
        return other


DEFAULT_LIMITS: Final = Limits()
