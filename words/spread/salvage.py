"""What a message that failed would have brought: the references to give back. Sans-IO.

The peer has counted each `[remote n]` and `[cached n]` that it wrote. When a message cannot be read
to its end those that were not reached are found here, so that nothing leaks at the peer.
"""

from __future__ import annotations

from words.spread import banana
from words.spread.errors import SpreadError
from words.spread.limits import Limits
from words.spread.registry import CACHE, REFERENCE, Registry


def mentions(
    raw: bytes, dialect: bytes, registry: Registry, limits: Limits
) -> list[tuple[bool, int]]:
    """(is a cache, number) of each counted mention, in the order in which a reader meets them."""
    try:
        message, _ = banana.decode(raw, dialect=dialect, limits=limits)
    except SpreadError:  # such as an unknown word; then nothing can be trusted
        return []
    found: list[tuple[bool, int]] = []
    if not isinstance(message, list):
        return found
    todo: list[banana.Sexp] = message[:0:-1]  # arguments, the first one on top
    while todo:
        sexp = todo.pop()
        if not isinstance(sexp, list) or not sexp:
            continue
        tag = sexp[0]
        if not isinstance(tag, bytes):  # no jelly; unreadable for the peer's own kind too
            continue
        kind = registry.incoming.get(tag, (None, None))[0]
        place = {CACHE: 1, REFERENCE: -1}.get(kind, 0) if kind is not None else 0
        if tag in (b"remote", b"cached"):
            place = 1
        number = sexp[place] if place and len(sexp) > 1 else None
        if isinstance(number, int):
            found.append((tag == b"cached" or kind == CACHE, number))
        if tag == b"dictionary":
            for pair in reversed(sexp[1:]):
                todo.extend(reversed(pair) if isinstance(pair, list) else ())
        else:
            todo.extend(sexp[:0:-1])
    return found
