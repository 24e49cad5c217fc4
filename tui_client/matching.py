"""What a few typed letters may mean, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def ranked(
    things: Iterable[T], typed: str, name: Callable[[T], str], *, loose: bool = False
) -> list[T]:
    """Return those whose name begins so, then those of which a word does, in their order.

    ``loose``: then those that have it somewhere, then those that have its letters in this order.
    """
    folded = typed.casefold()
    found: list[tuple[int, T]] = []
    for thing in things:
        rank = _rank(folded, name(thing).casefold(), loose)
        if rank is not None:
            found.append((rank, thing))
    found.sort(key=lambda each: each[0])
    return [thing for _, thing in found]


def _rank(typed: str, name: str, loose: bool) -> int | None:
    if name.startswith(typed):
        return 0
    if any(sign + typed in name for sign in "_- #."):
        return 1
    if not loose:
        return None
    if typed in name:
        return 2
    letters = iter(name)
    return 3 if all(letter in letters for letter in typed) else None
