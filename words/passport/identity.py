"""An identity: a person or program that the hub knows."""

from __future__ import annotations

import msgspec

from words.errors import AuthenticationFailed


class Identity(msgspec.Struct, frozen=True):
    """Somebody known, as of the moment of asking.

    ``id`` is also the id of its own chat participant. ``rights`` are what it may administer.
    ``label`` names the app password that it came by, if it did: then ``rights`` are only those
    that are among the scopes of that app password.
    """

    id: int
    name: str
    rights: frozenset[str] = frozenset()
    suspended: bool = False
    label: str = ""


class Suspended(AuthenticationFailed):
    """The proof was right, but an administrator has suspended the identity."""

    code = "suspended"


class PassportSettings(msgspec.Struct, frozen=True):
    """What the passport must know of the configuration.

    ``iterations`` are those of new SCRAM verifiers; ``name_limit`` is in characters.
    """

    iterations: int = 100_000
    name_limit: int = 32
