"""What a participant keeps for himself: contacts, who may reach him, what he says of himself.

`Person.apply` is the only thing that changes a person, besides his read markers. It is pure, as
are the rules about who may reach whom and how warnings fade.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, get_args

import msgspec

from words.events import (
    ContactChanged,
    Denied,
    Event,
    Ignored,
    Permitted,
    PrivacyChanged,
    ProfileChanged,
    Warned,
)
from words.names import ParticipantKey, participant_key

K = TypeVar("K")
V = TypeVar("V")

Mode: TypeAlias = Literal["all", "none", "permit-list", "deny-list", "contacts"]
"""Who may reach somebody and see whether he is here; the lists count in their mode only."""

MODES: frozenset[str] = frozenset(get_args(Mode))
ListName: TypeAlias = Literal["permit", "deny", "ignore"]
LISTS: tuple[ListName, ...] = ("permit", "deny", "ignore")
Names: TypeAlias = dict[ParticipantKey, str]

FADING = 5 * 60_000
"""Milliseconds in which a warning level falls by one percent: all is forgiven in 8 hours."""

MOST = 100
"""The highest warning level, in percent."""

NAMED, ANONYMOUS = 10, 3
"""What a warning with a name adds to the level, and without one, in percent of what is left."""


class Contact(msgspec.Struct, frozen=True, gc=False):
    """A contact as its owner calls it."""

    name: str
    alias: str = ""
    note: str = ""


class Mark(NamedTuple):
    """How far a conversation was read: the last event's sequence number (0: none), and the time up
    to which, in milliseconds: of that event, or later."""

    sequence: int
    time: int


class Facts(msgspec.Struct):
    """What is stored of a person in one piece: ``real_name`` "" means the connection's.

    ``warned`` is the warning level as of ``warned_at`` (milliseconds).
    """

    real_name: str = ""
    text: str = ""
    mode: Mode = "deny-list"
    warned: int = 0
    warned_at: int = 0


class Person:
    """The private side of a participant."""

    __slots__ = ("circles", "facts", "lists", "marks")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.circles: dict[str, dict[ParticipantKey, Contact]] = {}
        self.lists: dict[ListName, Names] = {name: {} for name in LISTS}
        self.marks: dict[int, Mark] = {}

    @property
    def restricted(self) -> bool:
        """Whether there may be somebody who can't reach him."""
        mode = self.facts.mode
        return mode != "all" and (mode != "deny-list" or bool(self.lists["deny"]))

    def admits(self, keys: Collection[ParticipantKey]) -> bool:
        """Return whether a visitor with these names may reach him."""
        lists = self.lists
        return admitted(self.facts.mode, lists["permit"], lists["deny"], self.circles, keys)

    def has_contact(self, key: ParticipantKey) -> bool:
        """Return whether somebody of this name is among the contacts."""
        return any(key in circle for circle in self.circles.values())

    def level(self, now: int) -> int:
        """Return the warning level at a time (milliseconds)."""
        return faded(self.facts.warned, now - self.facts.warned_at)

    def apply(self, event: Event) -> None:
        """Change the person as the event says."""
        change = _APPLY.get(type(event))
        if change is not None:
            change(self, event)

    def _contact(self, event: ContactChanged) -> None:
        if event.name:
            key = participant_key(event.name)
            contact = Contact(event.name, event.alias, event.note)
            old = self.circles[event.circle]
            self.circles[event.circle] = placed(old, key, contact, event.place)
        elif event.renamed:
            self.circles = {
                event.renamed if name == event.circle else name: contacts
                for name, contacts in self.circles.items()
            }
        else:
            contacts = self.circles.get(event.circle, {})
            self.circles = placed(self.circles, event.circle, contacts, event.place)

    def _listed(self, event: Permitted | Denied | Ignored) -> None:
        names = self.lists[LIST_OF[type(event)]]
        key = participant_key(event.name)
        if event.added:
            names[key] = event.name
        else:
            names.pop(key, None)

    def _privacy(self, event: PrivacyChanged) -> None:
        self.facts.mode = msgspec.convert(event.mode, Mode)

    def _profile(self, event: ProfileChanged) -> None:
        if event.text is None:
            self.facts.real_name = event.real_name
        else:
            self.facts.text = event.text

    def _warned(self, event: Warned) -> None:
        self.facts.warned, self.facts.warned_at = event.level, event.time


def admitted(
    mode: Mode,
    permit: Collection[ParticipantKey],
    deny: Collection[ParticipantKey],
    circles: Mapping[str, Collection[ParticipantKey]],
    keys: Collection[ParticipantKey],
) -> bool:
    """Return whether a visitor with these names (his own, his account's) may reach somebody."""
    if mode == "all":
        return True
    if mode == "none":
        return False
    if mode == "deny-list":
        return not any(key in deny for key in keys)
    if mode == "permit-list":
        return any(key in permit for key in keys)
    return any(key in circle for circle in circles.values() for key in keys)


def faded(level: int, elapsed: int) -> int:
    """Return what a warning level has become after so many milliseconds."""
    return max(0, level - max(0, elapsed) // FADING)


def warned(level: int, anonymous: bool) -> int:
    """Return the level after one more warning."""
    if anonymous:
        return level + -(-(MOST - level) * ANONYMOUS // 100)  # rounded up: it always counts
    return min(MOST, level + NAMED)


def placed(order: dict[K, V], key: K, value: V, place: int) -> dict[K, V]:
    """Return the ordered mapping with ``key`` at ``place``, or (-1) without it."""
    if place >= len(order) and key not in order:
        return {**order, key: value}
    items = [item for item in order.items() if item[0] != key]
    if place >= 0:
        items.insert(place, (key, value))
    return dict(items)


LIST_OF: dict[type[Event], ListName] = {Permitted: "permit", Denied: "deny", Ignored: "ignore"}

_APPLY: dict[type[Event], Callable[[Person, Any], None]] = {
    ContactChanged: Person._contact,
    Permitted: Person._listed,
    Denied: Person._listed,
    Ignored: Person._listed,
    PrivacyChanged: Person._privacy,
    ProfileChanged: Person._profile,
    Warned: Person._warned,
}
