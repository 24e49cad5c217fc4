"""An identity: a person or program that the hub knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

from words.config import Passport
from words.errors import AuthenticationFailed, ConfigError

Right: TypeAlias = Literal[
    "admin",  # everything
    "users",  # identities and their credentials
    "groups",  # settings, access lists and the end of groups
    "history",  # read everybody's, redact
    "bans",  # keep people out, end their connections
    "status",  # see how the hub is
    "relay",  # speak in groups for people of other networks
    "force",  # put people into groups and out, name them anew, change groups without a role there
]
"""What an identity may administer. Whoever is at the local socket may do everything."""

RIGHTS: tuple[Right, ...] = get_args(Right)


class Identity(msgspec.Struct, frozen=True):
    """Somebody known, as of the moment of asking.

    ``id`` is also the id of its own chat participant. ``rights`` are what it may administer, and
    the classes (passport.classes) that it is of, with all that these may.
    ``label`` names the app password that it came by, if it did: then ``rights`` are only those
    that are among the scopes of that app password. ``proof`` tells its password, or the app
    password, from the one before; ``certificate`` is the fingerprint of the one that it came by.
    """

    id: int
    name: str
    rights: frozenset[str] = frozenset()
    suspended: bool = False
    label: str = ""
    proof: int = 0
    certificate: str = ""


class Suspended(AuthenticationFailed):
    """The proof was right, but an administrator has suspended the identity."""

    code = "suspended"


class PassportSettings(msgspec.Struct, frozen=True):
    """What the passport must know of the configuration.

    ``iterations`` are those of new SCRAM verifiers; ``name_limit`` is in characters; ``classes``
    are sets of rights by name.
    """

    iterations: int = 100_000
    name_limit: int = 32
    classes: Mapping[str, frozenset[str]] = {}

    def with_classes(self, granted: frozenset[str]) -> frozenset[str]:
        """Return rights with those of the classes that are among them."""
        if not self.classes:
            return granted
        return granted.union(*(self.classes.get(word, ()) for word in granted))


def passport_settings(passport: Passport, name_limit: int) -> PassportSettings:
    """Return the settings that the configuration gives; raises `ConfigError` for a wrong right."""
    known = ", ".join(RIGHTS)
    problems = [
        f"passport.classes.{name}: "
        + (f"there is no right {right}" if name not in RIGHTS else "is the name of a right")
        + f"; rights are: {known}"
        for name, rights in passport.classes.items()
        for right in rights
        if right not in RIGHTS or name in RIGHTS
    ]
    if problems:
        raise ConfigError(*problems)
    classes = {name: frozenset(rights) for name, rights in passport.classes.items()}
    return PassportSettings(passport.iterations, name_limit, classes)
