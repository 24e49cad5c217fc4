"""Passwords that were right while this hub lives, as keyed hashes in memory.

Who reconnects is let in without computing again. The hash covers the stored verifier: a
changed password makes what was remembered worthless. The key is made anew by each process.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from hashlib import blake2b

from words.passport.scram import Verifier

REMEMBERED = 32_768
"""Successes kept, 6 MB; above it the one unused for longest goes, and its next login is slow."""


class Remembered:
    """A bounded set of (login, password, verifier); ``most`` is the bound."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def add(self, login: str, password: str, verifier: Verifier) -> None:
        """Remember that this was right."""
        self._seen[self._hash(login, password, verifier)] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def has(self, login: str, password: str, verifier: Verifier) -> bool:
        """Return whether just this was right before."""
        digest = self._hash(login, password, verifier)
        if digest not in self._seen:
            return False
        self._seen.move_to_end(digest)
        return True

    def _hash(self, login: str, password: str, verifier: Verifier) -> bytes:
        made = blake2b(verifier.pack(), digest_size=16, key=self._key)
        name = login.encode(errors="surrogatepass")
        made.update(len(name).to_bytes(4, "big"))
        made.update(name)
        made.update(password.encode(errors="surrogatepass"))
        return made.digest()
