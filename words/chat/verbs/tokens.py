"""Doing something once, however often it is asked for: tokens for verbs that say nothing."""

from __future__ import annotations

from collections.abc import Callable

from words.chat.verbs.base import Verbs, check_token
from words.errors import NoSuchMessage
from words.journal.rows import event_of

_DONE = "\n"
"""Stands before these tokens in the table: no token of a client has it, so none of what was said
is like one of what was done."""


class Tokens(Verbs):
    """What a token does for verbs other than `say`, which keeps its own."""

    __slots__ = ()

    def once(self, token: str, act: Callable[[], object]) -> None:
        """Do something unless it was done with this token before; with "" in any case."""
        if not token:
            act()
            return
        check_token(token)
        if self._event(_DONE + token) is not None:
            return
        act()
        self.service.journal.store.write(
            "INSERT INTO tokens VALUES (?, ?, ?, x'')",
            self.participant.id,
            _DONE + token,
            self.service.registry.passing()[3],
        )

    def said_with(self, token: str) -> int:
        """Return the id of what was said with a token; raises `NoSuchMessage`."""
        check_token(token)
        event = self._event(token)
        if event is None:
            raise NoSuchMessage(token)
        return event_of(event).id

    def _event(self, token: str) -> bytes | None:
        rows = self.service.journal.store.read(
            "SELECT event FROM tokens WHERE participant = ? AND token = ?",
            self.participant.id,
            token,
        )
        return bytes(rows[0][0]) if rows else None
