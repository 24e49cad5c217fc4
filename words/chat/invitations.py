"""Invitations that wait for an identity until they are used, revoked or declined."""

from __future__ import annotations

from typing import NamedTuple

from words.storage.store import Store

MOST = 100
"""Invitations that wait for one identity; of more the oldest is forgotten, so that nobody can
keep others from inviting."""


class Waiting(NamedTuple):
    """An invitation; ``epoch`` is the group's, which it opens, 0 if it opens nothing."""

    conversation: int
    epoch: int
    inviter: str
    time: int


class Invitations:
    """The invitations of all identities, in the storage."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, identity: int) -> list[Waiting]:
        """Return what waits for an identity, the oldest first."""
        rows = self._store.read(
            "SELECT conversation, epoch, inviter, time FROM invitations WHERE participant = ?"
            " ORDER BY time, conversation",
            identity,
        )
        return [Waiting(*row) for row in rows]

    def opening(self, identity: int) -> dict[int, int]:
        """Return the groups that an identity was asked into, with the epochs that this opens."""
        return {each.conversation: each.epoch for each in self.of(identity)}

    def keep(self, identity: int, waiting: Waiting) -> None:
        """Let an invitation wait."""
        self._store.write(
            "INSERT OR REPLACE INTO invitations VALUES (?, ?, ?, ?, ?)", identity, *waiting
        )
        self._store.write(
            "DELETE FROM invitations WHERE participant = ?1 AND conversation NOT IN"
            " (SELECT conversation FROM invitations WHERE participant = ?1"
            " ORDER BY time DESC, conversation DESC LIMIT ?2)",
            identity,
            MOST,
        )

    def drop(self, identity: int, conversation: int) -> None:
        """End an invitation, if there is one."""
        self._store.write(
            "DELETE FROM invitations WHERE participant = ? AND conversation = ?",
            identity,
            conversation,
        )
