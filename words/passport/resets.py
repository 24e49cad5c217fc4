"""Codes that let somebody choose a new password without the old one: used once, soon expired.

An administrator makes one and hands it over by some way that he trusts. Only its hash is kept:
it has 128 random bits. What changes anything is called within a turn.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b32encode

from words.errors import AuthenticationFailed
from words.journal.journal import Journal
from words.passport.identity import Identity
from words.passport.rows import read

_BITS = 128


class Resets:
    """The codes that are out, one an identity: a new one takes the place of the last."""

    def __init__(self, journal: Journal) -> None:
        self._store = journal.store
        self._ids = journal.ids

    @staticmethod
    def make_code() -> str:
        """Return a new code: 26 letters and digits."""
        return b32encode(secrets.token_bytes(_BITS // 8)).decode().rstrip("=").lower()

    def add(self, identity: Identity, code: str, seconds: float) -> int:
        """Keep a code; return when it expires, in milliseconds."""
        expires = self._now() + int(seconds * 1000)
        self._store.write(
            "INSERT OR REPLACE INTO resets VALUES (?, ?, ?)", identity.id, _digest(code), expires
        )
        return expires

    def use(self, code: str) -> int:
        """Take a code back; return whose it was (an id). Raises `AuthenticationFailed`."""
        rows = read(
            self._store, "SELECT identity, expires FROM resets WHERE digest = ?", _digest(code)
        )
        if not rows or rows[0][1] <= self._now():
            raise AuthenticationFailed
        self.forget(rows[0][0])
        return int(rows[0][0])

    def pending(self, identity: Identity) -> int:
        """Return when the code of an identity expires, 0 if none is out."""
        rows = read(self._store, "SELECT expires FROM resets WHERE identity = ?", identity.id)
        return int(rows[0][0]) if rows and rows[0][0] > self._now() else 0

    def forget(self, identity: int) -> None:
        """Take back the code of the identity with this id, if one is out."""
        self._store.write("DELETE FROM resets WHERE identity = ?", identity)

    def _now(self) -> int:
        return self._ids.stamp()[1]


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.strip().lower().encode("utf-8", "replace")).digest()
