"""One's own connections, over every gateway: listed and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.chat.connections import connections_of, end
from words.chat.verbs.base import Verbs
from words.errors import NotFound

if TYPE_CHECKING:
    from words.chat.attachment import Attachment


class Sessions(Verbs):
    """Verbs about where else one is."""

    __slots__ = ()

    def sessions(self, app_password: str | None = None) -> list[Attachment]:
        """Return all connections of one's account, this one too, in a lasting order; of a guest
        those of the guest. With the label of an app password, those that came by it.
        """
        mine, registry = self.participant, self.service.registry
        if not mine.actor.account:
            return list(mine.attachments)
        found = connections_of(registry, mine.actor.account, app_password)
        return sorted(found, key=lambda each: each.number)

    def end_sessions(self, session: str = "", app_password: str | None = None) -> int:
        """End one of them, those that came by an app password, or all; never this one.

        Return how many. Raises `NotFound` where it isn't one of them.
        """
        found = [each for each in self.sessions(app_password) if each is not self]
        if session:
            found = [each for each in found if str(each.number) == session]
        if not found and (session or app_password is not None):
            raise NotFound(session or f"connection by {app_password}")
        return end(found, f"Ended by {self.participant.name} from another connection")
