"""What people and groups say of themselves in keys and values."""

from __future__ import annotations

from words.chat import policy
from words.chat.fanout import Listener
from words.chat.group import Group
from words.chat.metadata import MAX_KEYS, Values, check_key, check_value
from words.chat.participant import Participant
from words.chat.verbs.base import Verbs
from words.errors import Forbidden, NotFound, TooMany
from words.events import MetadataChanged


class Metadata(Verbs):
    """Verbs about metadata. Everybody may read what he may know of."""

    __slots__ = ()

    def metadata(self, owner: Group | Participant) -> Values:
        """Return keys and values of somebody or of a group; raises `NoSuchParticipant`."""
        if isinstance(owner, Participant):
            self.reach(owner)
        return self.service.metadata.of(owner)

    def set_metadata(
        self, owner: Group | Participant, key: str, value: str | None, *, privileged: bool = False
    ) -> None:
        """Set a key of one's own or of a group that one may change, or (None) remove it.

        With ``privileged``, who looks after the hub, of anybody's. Raises `BadInput`, `TooLong`,
        `TooMany`, `NotFound` where there is nothing to remove, `NotMember`, `NeedsRight`,
        `Forbidden`.
        """
        check_key(key)
        if value is not None:
            check_value(value)
        if not privileged:
            self.may_set(owner)
        values = self.service.metadata.of(owner)
        if value is None and key not in values:
            raise NotFound(key)
        if value is not None and key not in values and len(values) >= MAX_KEYS:
            raise TooMany("keys", MAX_KEYS)
        if value is not None and values.get(key) == value:
            return
        self.service.turn.require_space()
        self._put(owner, key, value)

    def clear_metadata(
        self, owner: Group | Participant, *, privileged: bool = False
    ) -> tuple[str, ...]:
        """Remove all keys; return which there were. Raises as `set_metadata`."""
        if not privileged:
            self.may_set(owner)
        self.service.turn.require_space()
        keys = tuple(self.service.metadata.of(owner))
        for key in keys:
            self._put(owner, key, None)
        return keys

    def may_set(self, owner: Group | Participant) -> None:
        """Raise `NotMember`, `NeedsRight` or `Forbidden` where one may not change it."""
        if isinstance(owner, Group):
            policy.with_right(owner, self.participant, "settings", self.service.settings.roles)
        elif owner is not self.participant:
            raise Forbidden("metadata", owner.name)

    def _put(self, owner: Group | Participant, key: str, value: str | None) -> None:
        service = self.service
        service.metadata.put(owner, key, value)
        named = (owner.name, "") if isinstance(owner, Group) else ("", owner.name)
        stamp = service.registry.passing()
        event = MetadataChanged(*stamp, self.participant.actor, *named, key, value)
        service.fanout.tell_all(self._concerned(owner, key), event)

    def _concerned(self, owner: Group | Participant, key: str) -> list[Listener]:
        """Return who is told of a key: who subscribed to it, or to all, but not oneself."""
        service = self.service
        if isinstance(owner, Group):
            near = list(owner.audience)
        else:
            near = list(service.registry.near(owner, presence=True))
            near += [watch.attachment for watch in service.watching.by(owner)]
        return [
            each
            for each in dict.fromkeys(near)
            if each is not self
            and isinstance(each, Metadata)
            and (each.subscriptions is None or key in each.subscriptions)
        ]
