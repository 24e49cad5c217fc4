"""What `words.errors` says, as failures of PB, and back.

The type is ``words.NoSuchGroup``, with the types of the tree above it for who wants to catch a
family; the text is the arguments. A defect is told as ``words.InternalError``.
"""

from __future__ import annotations

import re
from functools import cache

from words import errors
from words.errors import AuthenticationFailed, Refused, WordsError
from words.spread.errors import Error, RemoteError, Unauthorized

PREFIX = "words."

_ABOUT: tuple[type[WordsError], ...] = (
    errors.AlreadyMember,
    errors.CannotReach,
    errors.CannotSpeak,
    errors.NeedsRight,
    errors.NotMember,
)
_LIMITS: tuple[type[WordsError], ...] = (errors.TooLong, errors.TooMany)
"""Of two arguments, with a blank between them: the first, or the last, is one word."""

_GOT = re.compile(r"got `(?!(?:int|float|str|bytes|bool|array|object|null)`)\w+`")
"""In a complaint of msgspec: a class, maybe one of ours, where a plain value belongs."""

MOST_SHOWN = 500
"""Characters of a refusal: more of what was wrong nobody reads."""


def told(error: WordsError, text: str | None = None) -> Error:
    """Return what a client is told of a refusal, with another text if one is given."""
    family = tuple(base.__name__ for base in type(error).__mro__ if issubclass(base, WordsError))
    text = str(error)[:MOST_SHOWN] if text is None else text
    return _failure(family)(_GOT.sub("got an object", text))


@cache
def _failure(family: tuple[str, ...]) -> type[Error]:
    names = [PREFIX + name for name in family]
    if AuthenticationFailed.__name__ in family:  # what stock clients look for
        names = [*Unauthorized.wire_family(), *names]
    fields = {"wire_type": names[0], "wire_parents": (*names[1:], Error.wire_type)}
    return type(family[0], (Error,), fields)


def heard(failure: RemoteError) -> WordsError:
    """Return what the hub refused with: of a class that we don't know, its nearest ancestor."""
    for name in (failure.type, *failure.parents):
        cls = getattr(errors, name.removeprefix(PREFIX), None) if name.startswith(PREFIX) else None
        if isinstance(cls, type) and issubclass(cls, WordsError):
            return cls(*_arguments(cls, failure.text))
    if failure.is_a(Unauthorized.wire_type):
        return AuthenticationFailed(failure.text)
    return Refused(f"{failure.type}: {failure.text}")


def _arguments(cls: type[WordsError], text: str) -> list[str]:
    """Return what `words.errors` says a class is made of; all in one where that isn't clear."""
    if issubclass(cls, _ABOUT):
        return text.split(" ", 1)
    return text.rsplit(" ", 1) if issubclass(cls, _LIMITS) else [text]
