"""Who may reach somebody, whom he doesn't want to hear, and warnings."""

from __future__ import annotations

from typing import NamedTuple

from words.chat.participant import Participant
from words.chat.person import MODES, ListName, Mode, warned
from words.chat.registry import HUB, now_ms
from words.chat.verbs.base import Verbs
from words.chat.verbs.contacts import MAX_CONTACT_NAME, check_line
from words.errors import BadInput, CannotWarn, LoginRequired, TooMany
from words.events import Denied, IdleChanged, Ignored, Permitted, PrivacyChanged, Warned
from words.names import participant_key

MAX_LISTED = 1000  # names on one list; as many as contacts

WARNABLE = 10 * 60_000
"""Milliseconds after a direct message in which its author may be warned, once for each."""

_LISTED: dict[ListName, type[Permitted | Denied | Ignored]] = {
    "permit": Permitted,
    "deny": Denied,
    "ignore": Ignored,
}


class PrivacyState(NamedTuple):
    """What somebody has chosen, with the names as he wrote them."""

    mode: Mode
    permit: tuple[str, ...]
    deny: tuple[str, ...]
    ignore: tuple[str, ...]


class Privacy(Verbs):
    """Verbs about being reached. Guests have them too, while they are here."""

    __slots__ = ()

    def privacy(self) -> PrivacyState:
        """Return what one has chosen."""
        person = self.service.persons.of(self.participant)
        permit, deny, ignore = (tuple(names.values()) for names in person.lists.values())
        return PrivacyState(person.facts.mode, permit, deny, ignore)

    def set_privacy(self, mode: str) -> None:
        """Choose who may reach one: "all", "none", "permit-list", "deny-list" or "contacts"."""
        if mode not in MODES:
            raise BadInput("privacy", f"{mode!a} isn't one of: {', '.join(sorted(MODES))}")
        if mode == self.service.persons.of(self.participant).facts.mode:
            return
        stamp = self.service.registry.own_stamp(self.participant)
        self._chosen(PrivacyChanged(*stamp, self.participant.actor, mode))

    def permit(self, name: str, permitted: bool = True) -> None:
        """Put a name on the list of those who may reach one, or take it off. It counts in the
        mode "permit-list"."""
        self._list("permit", name, permitted)

    def deny(self, name: str, denied: bool = True) -> None:
        """The same for those who may not; it counts in the mode "deny-list", the first one."""
        self._list("deny", name, denied)

    def ignore(self, name: str, ignored: bool = True) -> None:
        """The same for those whose words one doesn't want to hear, in groups too."""
        self._list("ignore", name, ignored)

    def _list(self, which: ListName, name: str, added: bool) -> None:
        check_line("name", name, MAX_CONTACT_NAME)
        names = self.service.persons.of(self.participant).lists[which]
        if (participant_key(name) in names) == added:
            return
        if added and len(names) >= MAX_LISTED:
            raise TooMany(which, MAX_LISTED)
        stamp = self.service.registry.own_stamp(self.participant)
        self._chosen(_LISTED[which](*stamp, self.participant.actor, name, added))

    def _chosen(self, event: PrivacyChanged | Permitted | Denied | Ignored) -> None:
        """Let it happen, and tell those who now may or may no more see that one is here."""
        service = self.service
        service.turn.require_space()
        here = bool(self.participant.attachments)  # of who isn't, nothing changes for anybody
        watchers = list(service.persons.watchers.of(self.participant)) if here else []
        before = self._admitted(watchers)
        watches = set(service.watching.by(self.participant)) if here else set()
        service.persons.happen(self.participant, event, (self,))
        for watcher in before ^ self._admitted(watchers):
            service.tell_presence(self.participant, watcher)
        if here:
            now = set(service.watching.by(self.participant))
            for watch in watches ^ now:
                watch.told(self.participant, watch in now)

    def _admitted(self, watchers: list[Participant]) -> set[Participant]:
        admits = self.service.persons.admits
        return {watcher for watcher in watchers if admits(self.participant, watcher)}

    def warn(self, other: Participant, *, anonymous: bool = False) -> int:
        """Warn somebody for what he said directly of late; return his level in percent.

        Raises `LoginRequired`, `CannotWarn` where he said nothing, or was warned for it.
        """
        me = self.participant
        if not me.identity:
            raise LoginRequired("warn")
        self.reach(other)
        now = now_ms()
        if other is me or now - me.heard.get(other.id, 0) > WARNABLE:
            raise CannotWarn(other.name)
        service = self.service
        service.turn.require_space()
        level = warned(service.persons.of(other).level(now), anonymous)
        stamp = service.registry.own_stamp(other)
        event = Warned(*stamp, HUB if anonymous else me.actor, other.actor, level)
        service.persons.happen(other, event)
        del me.heard[other.id]
        self._tell_presence(other)
        return level

    def set_idle(self, seconds: float) -> None:
        """Say that one has been doing nothing for so long, here; 0: that one is back."""
        if not 0 <= seconds < 2**31:
            raise BadInput("idle", seconds)
        self.active = self.service.turn.now() - seconds
        self._tell_presence(self.participant)

    def _tell_presence(self, participant: Participant) -> None:
        registry = self.service.registry
        stamp = registry.passing()
        presence = self.service.presence(participant)
        event = IdleChanged(*stamp, participant.actor, participant.away, presence)
        near = registry.near(participant, presence=True)
        if participant is self.participant:
            near.pop(self, None)
        self.service.fanout.tell_all(near, event)
