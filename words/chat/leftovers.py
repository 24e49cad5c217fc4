"""What guests leave behind and nobody can ever reach again: looked for, a slice at a time.

A guest's number is never used again, so a direct conversation of two guests who are gone is
nobody's; their tokens are known no more. A group in which nobody ever said anything, and nobody is,
has nothing to read. What an identity can read stays, and so does what anybody said in a group.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from words.events import HAPPENING

if TYPE_CHECKING:
    from words.chat.service import ChatService

LOOKED_AT = 200
"""Rows that are looked at in one slice: some milliseconds."""

DELETED = 500
"""Rows of a conversation that are deleted in one slice; one with more goes on next time."""

_DIRECTS = (
    "SELECT low, high, id, EXISTS (SELECT 1 FROM identities WHERE identities.id IN (low, high))"
    " OR EXISTS (SELECT 1 FROM foreign_people WHERE foreign_people.id IN (low, high))"
    " FROM directs WHERE (low, high) > (?, ?) ORDER BY low, high LIMIT ?"
)
"""Direct conversations, and whether somebody who comes again is in them."""

_GROUPS = (
    "SELECT id, key, EXISTS (SELECT 1 FROM members WHERE conversation = groups.id)"
    " OR EXISTS (SELECT 1 FROM registered WHERE conversation = groups.id)"
    " OR EXISTS (SELECT 1 FROM retentions WHERE conversation = groups.id)"
    f" OR EXISTS (SELECT 1 FROM history WHERE conversation = groups.id AND class <> {HAPPENING})"
    " FROM groups WHERE id > ? ORDER BY id LIMIT ?"
)
"""Groups, and whether there is a reason to keep them."""

_TOKENS = (
    "SELECT DISTINCT participant, EXISTS (SELECT 1 FROM identities WHERE id = participant)"
    " FROM tokens WHERE participant > ? ORDER BY participant LIMIT ?"
)

_OF_CONVERSATION = ("talked", "ends", "marks", "invitations", "guests", "filtered")
"""Tables with rows of a conversation, beside the history."""


class Leftovers:
    """One round after the other over direct conversations, groups and tokens."""

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self._journal = service.journal
        self._store = service.journal.store
        self._steps: list[Callable[[], bool]] = [self._directs, self._groups, self._tokens]
        self._step = 0
        self._at = (0, 0)

    def slice(self) -> bool:
        """Look at some, within a turn, and delete what is nobody's; return False at the end."""
        if self._steps[self._step]():
            return True
        self._at = (0, 0)
        self._step = (self._step + 1) % len(self._steps)
        return self._step != 0

    def _directs(self) -> bool:
        here = self._service.registry.by_id
        rows = self._store.read(_DIRECTS, *self._at, LOOKED_AT)
        for low, high, number, kept in rows:
            if not kept and low not in here and high not in here and not self._forget(number):
                return True  # there is more of it
            self._at = (low, high)
        return len(rows) == LOOKED_AT

    def _groups(self) -> bool:
        here = self._service.registry.groups
        rows = self._store.read(_GROUPS, self._at[0], LOOKED_AT)
        for number, key, kept in rows:
            if not kept and key not in here and not self._forget(number):
                return True
            self._at = (number, 0)
        return len(rows) == LOOKED_AT

    def _tokens(self) -> bool:
        here = self._service.registry.by_id
        rows = self._store.read(_TOKENS, self._at[0], LOOKED_AT)
        for number, kept in rows:
            if not kept and number not in here:
                self._store.write("DELETE FROM tokens WHERE participant = ?", number)
            self._at = (number, 0)
        return len(rows) == LOOKED_AT

    def _forget(self, conversation: int) -> bool:
        """Delete a conversation, or some of it; return whether there is nothing left to do.

        What is still in the journal's tail waits for the next round.
        """
        if conversation in self._journal.tail:
            return True
        rows = self._store.read(
            "SELECT conversation, class, sequence FROM history WHERE conversation = ? LIMIT ?",
            conversation,
            DELETED,
        )
        self._store.write_many(
            "DELETE FROM history WHERE conversation = ? AND class = ? AND sequence = ?", rows
        )
        if len(rows) == DELETED:
            return False
        for table in _OF_CONVERSATION:
            self._store.write(f"DELETE FROM {table} WHERE conversation = ?", conversation)
        self._store.write("DELETE FROM metadata WHERE owner = ?", conversation)
        self._store.write("DELETE FROM directs WHERE id = ?", conversation)
        self._store.write("DELETE FROM groups WHERE id = ?", conversation)
        return True
