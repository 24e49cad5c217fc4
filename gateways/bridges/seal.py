"""What shows that a message is one of ours when we hear it again.

A message carries its key, so that it is known in an archive after a kill. Everybody there sees keys
and could foretell the next one, or say a message under one that is still under way; so each has a
mark beside it that only this hub can make.
"""

from __future__ import annotations

import hashlib
import hmac

DIGITS = 32
"""Hexadecimal digits of a mark, 128 bits (RFC 2104 section 5: at least 80)."""


class Seal:
    """Makes the marks of a hub, with a secret that it keeps for ever."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def make(self, room: str, key: str) -> str:
        """Return the mark of a key; it counts in no other room."""
        made = hmac.new(self._secret, f"{room} {key}".encode(), hashlib.sha256)
        return made.hexdigest()[:DIGITS]

    def known(self, room: str, key: str, mark: str) -> str:
        """Return the key, "" where its mark isn't ours."""
        if not key:
            return ""
        expected = self.make(room, key)
        return key if hmac.compare_digest(mark.encode(), expected.encode()) else ""
