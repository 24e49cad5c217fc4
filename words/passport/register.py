"""The set of identities, as rows of the storage.

What changes it writes with the turn's transaction: call it within a turn, and tell nobody
before that turn has spoken. Reading is short and may be done at any time; outside of a turn it
may see what a disk that is full keeps from being committed, but then nothing is said either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from words.errors import NameTaken, NotFound
from words.journal.journal import Journal
from words.lookalikes import skeleton
from words.names import check_participant_name, participant_key
from words.passport.identity import Identity, PassportSettings
from words.passport.rows import from_words, key_of, read, to_words
from words.passport.scram import Verifier

_COLUMNS = "SELECT id, name, rights, suspended, verifier FROM identities"


class Row(NamedTuple):
    """A row of ``identities``."""

    id: int
    name: str
    rights: str
    suspended: int
    verifier: bytes

    def identity(self, settings: PassportSettings, proof: int) -> Identity:
        """Return who it is."""
        rights = settings.with_classes(to_words(self.rights))
        return Identity(self.id, self.name, rights, bool(self.suspended), proof=proof)


class Register:
    """The identities of one hub. ``settings`` may be replaced at any time."""

    def __init__(self, journal: Journal, settings: PassportSettings) -> None:
        self.settings = settings
        self._ids = journal.ids
        self._store = journal.store
        self._changed: dict[int, int] = {}  # how often since the start a password was, by id

    def get(self, name: str) -> Identity | None:
        """Return the identity called this, in any spelling; any string is taken."""
        row = self._row(name)
        return self._identity(row) if row else None

    def by_id(self, number: int) -> Identity | None:
        """Return the identity with this id."""
        rows = read(self._store, f"{_COLUMNS} WHERE id = ?", number)
        return self._identity(Row(*rows[0])) if rows else None

    def list(self, after: str = "", limit: int = 100) -> tuple[Identity, ...]:
        """Return at most ``limit`` identities, in the order of their keys, that follow a name."""
        rows = read(
            self._store, f"{_COLUMNS} WHERE key > ? ORDER BY key LIMIT ?", key_of(after), limit
        )
        return tuple(self._identity(Row(*row)) for row in rows)

    def add(
        self, name: str, verifier: Verifier, rights: Iterable[str] = (), number: int = 0
    ) -> Identity:
        """Make an identity; ``number`` is that of the guest who becomes it.

        Raises `BadName`, `TooLong`, `NameTaken`, `BadInput` for a right.

        A name is taken too where it looks like another identity's. Whether a guest goes by
        this name just now is for the chat service to say.
        """
        check_participant_name(name, self.settings.name_limit)
        given = from_words(rights)
        looks = skeleton(name)
        if self._row(name) or read(
            self._store, "SELECT 1 FROM identities WHERE skeleton = ?", looks
        ):
            raise NameTaken(name)
        new = self._ids.next()
        number = number or new
        self._store.write(
            "INSERT INTO identities (id, name, key, verifier, rights, created, skeleton)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            number,
            name,
            participant_key(name),
            verifier.pack(),
            given,
            new // 1000,
            looks,
        )
        return Identity(number, name, self.settings.with_classes(to_words(given)))

    def set_verifier(self, name: str, verifier: Verifier) -> None:
        """Give an identity another password; raises `NotFound`.

        Those of it who are here stay, but what they administer ends (`Authorizer.rights_now`).
        """
        self._update("verifier", verifier.pack(), name)
        number = self.require(name).id
        self._changed[number] = self._changed.get(number, 0) + 1

    def granted(self, identity: Identity) -> frozenset[str]:
        """Return the rights and classes that an identity was given, as they are kept."""
        rows = read(self._store, "SELECT rights FROM identities WHERE id = ?", identity.id)
        return to_words(rows[0][0]) if rows else frozenset()

    def set_rights(self, name: str, rights: Iterable[str]) -> None:
        """Replace the rights of an identity; raises `NotFound`, `BadInput`."""
        self._update("rights", from_words(rights), name)

    def suspend(self, name: str, suspended: bool) -> None:
        """Keep an identity from logging in, or let it again; raises `NotFound`.

        Those of it who are here stay: the caller ends them.
        """
        self._update("suspended", int(suspended), name)

    def remove(self, name: str) -> Identity:
        """Remove an identity with all its credentials; raises `NotFound`.

        Its memberships and history are the chat service's.
        """
        identity = self.require(name)
        self._store.write("DELETE FROM app_passwords WHERE identity = ?", identity.id)
        self._store.write("DELETE FROM certificates WHERE identity = ?", identity.id)
        self._store.write("DELETE FROM identities WHERE id = ?", identity.id)
        return identity

    def require(self, name: str) -> Identity:
        """Return the identity called this; raises `NotFound`."""
        identity = self.get(name)
        if identity is None:
            raise NotFound(name)
        return identity

    def _update(self, column: str, value: object, name: str) -> None:
        identity = self.require(name)
        self._store.write(f"UPDATE identities SET {column} = ? WHERE id = ?", value, identity.id)

    def _identity(self, row: Row) -> Identity:
        return row.identity(self.settings, self._changed.get(row.id, 0))

    def _row(self, name: str) -> Row | None:
        key = key_of(name)
        rows = read(self._store, f"{_COLUMNS} WHERE key = ?", key) if key else ()
        return Row(*rows[0]) if rows else None
