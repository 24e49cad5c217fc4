"""Passwords for programs: each has a label, its own rights, and is revoked on its own.

The login name is ``name/label``. They are made here, of 128 random bits, so that few iterations
are enough: nobody can guess one, however fast. What changes anything is called within a turn.

Stock clients of Perspective Broker can only answer a challenge that needs the md5 of the
password at the server, which is as good as the password itself. So that is kept for those app
passwords only that were made for it, never for what people type.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b32encode
from collections.abc import Iterable

import msgspec

from words.errors import BadInput, NameTaken, NotFound, TooMany
from words.journal.journal import Journal
from words.passport.identity import Identity
from words.passport.rows import from_words, key_of, read, to_words
from words.passport.scram import LEAST_ITERATIONS, Verifier, make_verifier

MOST = 50
"""App passwords of one identity: a list that still can be read."""

_LABEL = re.compile(r"[\w.-]{1,32}")
_BITS = 128


class AppPassword(msgspec.Struct, frozen=True):
    """What may be shown of one. ``created`` is in milliseconds since 1970 UTC.

    ``md5``: whether stock PB clients may use it.
    """

    label: str
    scopes: frozenset[str]
    created: int
    md5: bool = False


def make_secret() -> tuple[str, Verifier]:
    """Return a new app password, 26 letters and digits to be shown once, and its verifier."""
    secret = b32encode(secrets.token_bytes(_BITS // 8)).decode().rstrip("=").lower()
    return secret, make_verifier(secret, LEAST_ITERATIONS)


def md5_of(secret: str) -> bytes:
    """Return what the stock challenge of PB is checked with."""
    return hashlib.md5(secret.encode(), usedforsecurity=False).digest()


class AppPasswords:
    """The app passwords of all identities of one hub."""

    def __init__(self, journal: Journal) -> None:
        self._store = journal.store
        self._ids = journal.ids

    def add(
        self,
        identity: Identity,
        label: str,
        verifier: Verifier,
        scopes: Iterable[str] = (),
        md5: bytes | None = None,
    ) -> None:
        """Keep one; ``scopes`` are the rights of the identity that it may use, none by default.

        With ``md5`` (see `md5_of`) stock PB clients may use it too.

        Raises `BadInput` for a label or scope, `NameTaken` for a label, `TooMany`.
        """
        if not _LABEL.fullmatch(label):
            raise BadInput("label", "must be 1 to 32 letters, digits, hyphens or dots")
        kept = self.list(identity)
        if len(kept) >= MOST:
            raise TooMany("app passwords", MOST)
        if key_of(label) in {key_of(other.label) for other in kept}:
            raise NameTaken(label)
        self._store.write(
            "INSERT INTO app_passwords (identity, key, label, verifier, scopes, created, md5)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            identity.id,
            key_of(label),
            label,
            verifier.pack(),
            from_words(scopes),
            self._ids.next() // 1000,
            md5,
        )

    def remove(self, identity: Identity, label: str) -> None:
        """Revoke one; raises `NotFound`. Ending what it let in is the caller's."""
        if self.verifier(identity.id, label) is None:
            raise NotFound(label)
        self._store.write(
            "DELETE FROM app_passwords WHERE identity = ? AND key = ?", identity.id, key_of(label)
        )

    def list(self, identity: Identity) -> tuple[AppPassword, ...]:
        """Return those of an identity by label."""
        rows = read(
            self._store,
            "SELECT label, scopes, created, md5 IS NOT NULL FROM app_passwords"
            " WHERE identity = ? ORDER BY key",
            identity.id,
        )
        return tuple(
            AppPassword(label, to_words(scopes), at, bool(md5)) for label, scopes, at, md5 in rows
        )

    def verifier(self, identity: int, label: str) -> bytes | None:
        """Return the packed verifier of one, if the identity with this id has it."""
        rows = read(
            self._store,
            "SELECT verifier FROM app_passwords WHERE identity = ? AND key = ?",
            identity,
            key_of(label),
        )
        return bytes(rows[0][0]) if rows else None

    def md5(self, identity: int, label: str) -> bytes | None:
        """Return the md5 of one, if the identity has it and it was made for stock PB clients."""
        rows = read(
            self._store,
            "SELECT md5 FROM app_passwords WHERE identity = ? AND key = ?",
            identity,
            key_of(label),
        )
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def limited(self, identity: Identity, label: str) -> Identity:
        """Return the identity as it is when it comes by this app password."""
        (one,) = (one for one in self.list(identity) if key_of(one.label) == key_of(label))
        rights = identity.rights & one.scopes
        replace = msgspec.structs.replace
        return replace(identity, rights=rights, label=one.label, proof=one.created)
