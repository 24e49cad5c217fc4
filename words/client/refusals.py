"""Failures of calls as the exceptions that the hub raised: `words.errors`, by their names."""

from __future__ import annotations

from words import errors
from words.errors import AuthenticationFailed, Refused, WordsError
from words.spread.errors import RemoteError, Unauthorized

PREFIX = "words."


def refusal(failure: RemoteError) -> WordsError:
    """Return what the hub refused with: of a class that we don't know, its nearest ancestor."""
    for name in (failure.type, *failure.parents):
        cls = getattr(errors, name.removeprefix(PREFIX), None) if name.startswith(PREFIX) else None
        if isinstance(cls, type) and issubclass(cls, WordsError):
            return cls(failure.text)
    if failure.is_a(Unauthorized.wire_type):
        return AuthenticationFailed(failure.text)
    return Refused(f"{failure.type}: {failure.text}")
