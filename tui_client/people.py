"""Members of groups and contacts, as a client knows them: from lists, then from events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from words.events import Event, IdleChanged, Joined, PresenceChanged
from words.names import ParticipantKey, participant_key
from words.remote.values import ContactInfo, MemberInfo, StandingInfo

Standing: TypeAlias = Literal["here", "away", "gone"]

RANKS = ("founder", "operator", "half-operator", "voice")
"""Roles of the hub's default configuration, the highest first; others stand after them."""


class Member(msgspec.Struct):
    """Somebody in a group. ``away``: the text, None when present. ``origin``: a bridged network."""

    name: str
    id: int
    account: str = ""
    roles: tuple[str, ...] = ()
    away: str | None = None
    origin: str = ""

    @property
    def role(self) -> str:
        """Return the highest role, "" for none."""
        return min(self.roles, key=rank, default="")


def rank(role: str) -> int:
    """Return where a role stands in a list of members: 0 first."""
    if not role:
        return len(RANKS) + 1
    return RANKS.index(role) if role in RANKS else len(RANKS)


class Members:
    """Those who are in one group. ``complete``: the list was read, not only heard of."""

    def __init__(self) -> None:
        self.complete = False
        self._by_id: dict[int, Member] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._by_id.values())

    def fill(self, listed: Iterable[MemberInfo]) -> None:
        """Take the whole list."""
        self._by_id = {
            each.id: Member(
                each.name, each.id, each.account, tuple(each.roles), each.away, each.origin
            )
            for each in listed
        }
        self.complete = True

    def clear(self) -> None:
        """Know nothing."""
        self._by_id.clear()
        self.complete = False

    def get(self, number: int) -> Member | None:
        """Return the member with this id."""
        return self._by_id.get(number)

    def named(self, name: str) -> Member | None:
        """Return the member with this name, however it is written."""
        key = participant_key(name)
        return next((each for each in self if participant_key(each.name) == key), None)

    def joined(self, event: Joined) -> None:
        """Add who came."""
        actor = event.actor
        self._by_id[actor.id] = Member(
            actor.name, actor.id, actor.account, event.roles, event.away, actor.origin
        )

    def gone(self, number: int) -> bool:
        """Remove a member; tell whether it was one."""
        return self._by_id.pop(number, None) is not None

    def sorted(self) -> list[Member]:
        """Return all: by role, who is present first, by name."""
        return sorted(
            self, key=lambda each: (rank(each.role), each.away is not None, each.name.casefold())
        )


class Contact(msgspec.Struct):
    """A contact. ``circle``: where its owner keeps it. Times in milliseconds, 0: not known."""

    name: str
    circle: str
    alias: str = ""
    note: str = ""
    here: bool = False
    away: str | None = None
    since: int = 0
    idle: int = 0
    level: int = 0

    @property
    def standing(self) -> Standing:
        """Return how the contact is there."""
        if not self.here:
            return "gone"
        return "here" if self.away is None else "away"


class Contacts:
    """All contacts of an account, by circle, in their owner's order."""

    def __init__(self) -> None:
        self.circles: dict[str, list[Contact]] = {}

    def __iter__(self) -> Iterator[Contact]:
        for inside in self.circles.values():
            yield from inside

    def fill(
        self, circles: Mapping[str, Iterable[ContactInfo]], there: Iterable[StandingInfo]
    ) -> None:
        """Take the whole list, and who of them is there."""
        standings = {participant_key(each.name): each for each in there}
        self.circles = {
            circle: [_contact(circle, each, standings) for each in inside]
            for circle, inside in circles.items()
        }

    def named(self, name: str) -> Contact | None:
        """Return the first contact with this name, however it is written."""
        key = participant_key(name)
        return next((each for each in self if participant_key(each.name) == key), None)

    def stand(self, event: PresenceChanged | IdleChanged) -> bool:
        """Note how somebody is there; tell whether it is a contact."""
        key = participant_key(event.actor.name)
        found = [each for each in self if participant_key(each.name) == key]
        for each in found:
            each.here = event.presence.here
            each.away = event.away
            each.since = event.presence.since
            each.idle = event.presence.idle
            each.level = event.presence.level
        return bool(found)

    def left(self, event: Event) -> bool:
        """Note that somebody has left the hub; tell whether it is a contact."""
        contact = self.named(event.actor.name)
        if contact is not None:
            contact.here, contact.away = False, None
        return contact is not None


def _contact(
    circle: str, info: ContactInfo, standings: Mapping[ParticipantKey, StandingInfo]
) -> Contact:
    there = standings.get(participant_key(info.name))
    contact = Contact(info.name, circle, info.alias, info.note)
    if there is not None:
        contact.here, contact.away, contact.since = True, there.away, there.since
        contact.idle, contact.level = there.idle, there.level
    return contact
