"""What `words.errors` says, as the failures of PB, and nothing more than it says.

The type is ``words.NoSuchGroup``, with the types of the tree above it for who wants to catch a
family; the text is the arguments. A defect is told as ``words.InternalError``.
"""

from __future__ import annotations

from functools import cache

from words.errors import AuthenticationFailed, WordsError
from words.spread.errors import Error, Unauthorized


def refusal(error: WordsError) -> Error:
    """Return what a client is told of a refusal."""
    family = tuple(base.__name__ for base in type(error).__mro__ if issubclass(base, WordsError))
    return _refusal(family)(str(error))


@cache
def _refusal(family: tuple[str, ...]) -> type[Error]:
    names = [f"words.{name}" for name in family]
    if AuthenticationFailed.__name__ in family:  # what stock clients look for
        names = [*Unauthorized.wire_family(), *names]
    fields = {"wire_type": names[0], "wire_parents": (*names[1:], Error.wire_type)}
    return type(family[0], (Error,), fields)
