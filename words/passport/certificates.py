"""Client certificates that prove an identity (SASL EXTERNAL, RFC 4422 appendix A).

TLS has proved that the client has the private key; which certificate is whose stands here, by
fingerprint: the SHA-256 of its DER form. What changes anything is called within a turn.
"""

from __future__ import annotations

import re

from words.errors import BadInput, NameTaken, NotFound, TooMany
from words.journal.journal import Journal
from words.passport.identity import Identity
from words.passport.rows import read

MOST = 20
"""Certificates of one identity: one a device."""

_HEX = re.compile("[0-9a-fA-F]{64}")


def parse_fingerprint(text: str) -> bytes:
    """Return the 32 bytes of 64 hexadecimal digits, with colons or without, else `BadInput`."""
    digits = text.replace(":", "")
    if not _HEX.fullmatch(digits):
        raise BadInput("fingerprint", "must be a SHA-256 in hexadecimal: 64 digits")
    return bytes.fromhex(digits)


class Certificates:
    """The certificates of all identities of one hub."""

    def __init__(self, journal: Journal) -> None:
        self._store = journal.store
        self._ids = journal.ids

    def add(self, identity: Identity, fingerprint: str) -> None:
        """Let a certificate prove this identity; raises `BadInput`, `NameTaken`, `TooMany`."""
        digest = parse_fingerprint(fingerprint)
        if self.owner(fingerprint) is not None:
            raise NameTaken(fingerprint)
        if len(self.list(identity)) >= MOST:
            raise TooMany("certificates", MOST)
        self._store.write(
            "INSERT INTO certificates (fingerprint, identity, created) VALUES (?, ?, ?)",
            digest,
            identity.id,
            self._ids.next() // 1000,
        )

    def remove(self, identity: Identity, fingerprint: str) -> None:
        """Forget a certificate; raises `BadInput`, `NotFound`."""
        if self.owner(fingerprint) != identity.id:
            raise NotFound(fingerprint)
        self._store.write(
            "DELETE FROM certificates WHERE fingerprint = ?", parse_fingerprint(fingerprint)
        )

    def list(self, identity: Identity) -> tuple[str, ...]:
        """Return the fingerprints of an identity in hexadecimal, the oldest first."""
        rows = read(
            self._store,
            "SELECT fingerprint FROM certificates WHERE identity = ? ORDER BY created, fingerprint",
            identity.id,
        )
        return tuple(digest.hex() for (digest,) in rows)

    def owner(self, fingerprint: str) -> int | None:
        """Return the id of the identity that a certificate proves; raises `BadInput`."""
        rows = read(
            self._store,
            "SELECT identity FROM certificates WHERE fingerprint = ?",
            parse_fingerprint(fingerprint),
        )
        return int(rows[0][0]) if rows else None
