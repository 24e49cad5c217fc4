"""Who signs on, and the derived keys that are kept so that no password need be.

Deriving the keys of SCRAM from a password takes a tenth of a second; whoever has them needs
the password no more, for this hub. Keep them where secrets are kept.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Protocol

from words.spread.credentials import Anonymous, Credentials, Password
from words.spread.scram import Cached


class KeyStore(Protocol):
    """Where derived keys are kept, as texts: a keyring, a file, a dictionary."""

    def get(self, name: str) -> str | None:
        """Return what is kept under a name."""

    def put(self, name: str, secret: str) -> None:
        """Keep something under a name."""


class Who(Protocol):
    """Somebody who signs on."""

    def credentials(self, url: str) -> Credentials:
        """Return what to prove oneself with to the hub at this address."""

    def proved(self, url: str, credentials: Credentials) -> None:
        """The hub has accepted these."""


class Guest:
    """Nobody in particular: a new participant with each connection."""

    def credentials(self, url: str) -> Credentials:
        """Return nothing that proves anything."""
        return Anonymous()

    def proved(self, url: str, credentials: Credentials) -> None:
        """Keep nothing."""


class Login:
    """An identity, by its name (or ``name/label`` of an app password) and password.

    The password may be empty where ``keys`` has what was derived of it.
    """

    def __init__(self, name: str, password: str = "", keys: KeyStore | None = None) -> None:
        self.name = name
        self._password = password
        self._keys = keys
        self._cached: dict[str, Cached] = {}

    def credentials(self, url: str) -> Credentials:
        """Return what is derived already, or the password."""
        cached = self._cached.get(url)
        if cached is None and self._keys is not None:
            cached = _unpack(self._keys.get(place(self.name, url)))
        return Password(self.name, self._password, cached)

    def proved(self, url: str, credentials: Credentials) -> None:
        """Keep the derived keys."""
        cached = credentials.cached if isinstance(credentials, Password) else None
        if cached is None or cached == self._cached.get(url):
            return
        self._cached[url] = cached
        if self._keys is not None:
            self._keys.put(place(self.name, url), _pack(cached))


def place(name: str, url: str) -> str:
    """Return under which name the keys of an identity at a hub are kept."""
    return f"{name} at {url}"


def _pack(cached: Cached) -> str:
    salt, salted = (b64encode(each).decode() for each in (cached.salt, cached.salted))
    return json.dumps([salt, cached.iterations, salted])


def _unpack(text: str | None) -> Cached | None:
    """Return what `_pack` made this of; None for anything else, which is derived anew."""
    try:
        salt, iterations, salted = json.loads(text or "")
        return Cached(b64decode(salt), int(iterations), b64decode(salted))
    except (ValueError, TypeError):
        return None
