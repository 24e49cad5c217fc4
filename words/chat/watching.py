"""Names that connections watch for as long as they last: who comes, who goes, what changes.

Contacts are what a person keeps; this is one connection's, and nothing of it is stored. Who
doesn't admit the watcher is for him as one who isn't here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from words.chat.fanout import Listener
from words.chat.participant import Participant
from words.names import ParticipantKey, participant_key

if TYPE_CHECKING:
    from words.chat.attachment import Attachment

Told = Callable[[Participant, bool], None]
"""Called within a turn: somebody of a watched name is here now, or (False) no more."""


class Watch:
    """What one connection watches."""

    __slots__ = ("_index", "attachment", "names", "told")

    def __init__(
        self, index: dict[ParticipantKey, dict[Watch, None]], attachment: Attachment
    ) -> None:
        self._index = index
        self.attachment = attachment
        self.names: dict[ParticipantKey, str] = {}
        """The names as they were given."""
        self.told: Told = lambda _, __: None

    def add(self, name: str) -> None:
        """Watch a name from now on."""
        key = participant_key(name)
        if key not in self.names:
            self.names[key] = name
            self._index.setdefault(key, {})[self] = None

    def remove(self, name: str) -> None:
        """Watch a name no more."""
        key = participant_key(name)
        if self.names.pop(key, None) is not None:
            watches = self._index[key]
            del watches[self]
            if not watches:
                del self._index[key]

    def clear(self) -> None:
        """Watch nobody."""
        for name in list(self.names.values()):
            self.remove(name)


class Watching:
    """All that is watched."""

    def __init__(self, admits: Callable[[Participant, Participant], bool]) -> None:
        self._admits = admits
        self._index: dict[ParticipantKey, dict[Watch, None]] = {}
        self._watches: dict[Attachment, Watch] = {}

    def of(self, attachment: Attachment) -> Watch:
        """Return what a connection watches; it ends with the connection."""
        watch = self._watches.get(attachment)
        if watch is None:
            watch = self._watches[attachment] = Watch(self._index, attachment)
        return watch

    def end(self, attachment: Attachment) -> None:
        """Forget a connection that is gone."""
        watch = self._watches.pop(attachment, None)
        if watch is not None:
            watch.clear()

    def by(self, participant: Participant) -> Iterator[Watch]:
        """Yield the watches of the participant's name whose owners he admits."""
        for watch in list(self._index.get(participant.key, ())):
            if self._admits(participant, watch.attachment.participant):
                yield watch

    def listeners(self, participant: Participant) -> Iterator[Listener]:
        """Yield who is to be told what changes about the participant."""
        watchers = (watch.attachment for watch in self.by(participant))
        return (watcher for watcher in watchers if watcher.curious)

    def tell(self, participant: Participant, here: bool) -> None:
        """Say that somebody is here now under his name, or no more."""
        for watch in self.by(participant):
            watch.told(participant, here)
