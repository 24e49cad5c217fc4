"""One's contacts, in circles (groups of contacts), in an order of one's own."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from words.chat.person import Contact, Person
from words.chat.verbs.base import Verbs, check_text
from words.errors import BadInput, Conflict, LoginRequired, NotFound, TooLong, TooMany
from words.events import ContactChanged, Presence
from words.names import participant_key

MAX_CONTACTS = 1000  # in all circles: what one sign-on has to read and tell
MAX_CIRCLES = 100
MAX_CONTACT_NAME = 128  # characters; people of bridged networks have longer names than ours
MAX_ALIAS = 64  # characters; shown in place of a name
MAX_NOTE = 512  # characters; some lines for oneself
LAST = MAX_CONTACTS


class Standing(NamedTuple):
    """How a contact is there just now, as far as one may know."""

    name: str
    away: str | None
    presence: Presence


class Contacts(Verbs):
    """Verbs about one's contacts; only identities' own participants have any."""

    __slots__ = ()

    def contacts(self) -> dict[str, tuple[Contact, ...]]:
        """Return the circles and who is in them, in their order; raises `LoginRequired`."""
        return {name: tuple(circle.values()) for name, circle in self._owner().circles.items()}

    def add_circle(self, circle: str, place: int = LAST) -> None:
        """Make a circle, or move one. Raises `TooMany`, `TooLong`, `BadInput`."""
        person = self._owner()
        check_line("circle", circle, MAX_ALIAS)
        if circle not in person.circles and len(person.circles) >= MAX_CIRCLES:
            raise TooMany("circles", MAX_CIRCLES)
        self._contact_changed(circle, place=_bounded(person.circles, circle, place))

    def remove_circle(self, circle: str) -> None:
        """Remove a circle and all contacts in it; raises `NotFound`."""
        self._circle(self._owner(), circle)
        self._contact_changed(circle)

    def rename_circle(self, circle: str, name: str) -> None:
        """Call a circle something else; raises `NotFound`, `Conflict` where there is one."""
        person = self._owner()
        self._circle(person, circle)
        check_line("circle", name, MAX_ALIAS)
        if name in person.circles:
            raise Conflict(f"there is a circle {name} already")
        self._contact_changed(circle, renamed=name)

    def put_contact(
        self, circle: str, name: str, alias: str = "", note: str = "", place: int = -1
    ) -> None:
        """Add a contact to a circle, which is made where there is none, or change it there.

        ``place`` -1 is where it is, or the last. Nobody needs to be called this.
        """
        person = self._owner()
        check_line("name", name, MAX_CONTACT_NAME)
        check_text(alias)
        check_text(note, lines=True)
        for what, text, limit in (("alias", alias, MAX_ALIAS), ("note", note, MAX_NOTE)):
            if len(text) > limit:
                raise TooLong(what, limit)
        key = participant_key(name)
        there = person.circles.get(circle, {})
        if key not in there:
            if sum(map(len, person.circles.values())) >= MAX_CONTACTS:
                raise TooMany("contacts", MAX_CONTACTS)
            place = LAST if place < 0 else place
        elif place < 0:
            place = list(there).index(key)
        if circle not in person.circles:
            self.add_circle(circle)
        place = _bounded(there, key, place)
        self._contact_changed(circle, name, alias, note, place)

    def remove_contact(self, name: str, circle: str = "") -> None:
        """Remove a contact from a circle, or from all; raises `NotFound`."""
        person = self._owner()
        key = participant_key(name)
        inside = [
            each
            for each, contacts in person.circles.items()
            if key in contacts and circle in ("", each)
        ]
        if not inside:
            raise NotFound(name)
        for each in inside:
            self._contact_changed(each, person.circles[each][key].name)

    def standing(self, name: str) -> Standing | None:
        """Return how somebody is there; None where nobody is, or doesn't want to be seen."""
        other = self.service.registry.participant(name)
        if other is None or not other.attachments:
            return None
        if not self.service.persons.admits(other, self.participant):
            return None
        return Standing(other.name, other.away, self.service.presence(other))

    def standings(self) -> list[Standing]:
        """Return how those of one's contacts are there who are."""
        keys = {key for circle in self._owner().circles.values() for key in circle}
        return [found for key in sorted(keys) if (found := self.standing(key))]

    def _owner(self) -> Person:
        if not self.participant.identity:
            raise LoginRequired("contacts")
        return self.service.persons.of(self.participant)

    def _circle(self, person: Person, circle: str) -> None:
        if circle not in person.circles:
            raise NotFound(circle)

    def _contact_changed(
        self,
        circle: str,
        name: str = "",
        alias: str = "",
        note: str = "",
        place: int = -1,
        renamed: str = "",
    ) -> None:
        self.service.turn.require_space()
        stamp = self.service.registry.own_stamp(self.participant)
        actor = self.participant.actor
        event = ContactChanged(*stamp, actor, circle, name, alias, note, place, renamed)
        self.service.persons.happen(self.participant, event, (self,))


def check_line(what: str, text: str, limit: int) -> None:
    """Raise `BadInput` or `TooLong` unless this is one line with something in it."""
    check_text(text)
    if not text or text != text.strip():
        raise BadInput(what, "is empty or begins or ends with a blank")
    if len(text) > limit:
        raise TooLong(what, limit)


def _bounded(order: Collection[str], key: str, place: int) -> int:
    """Return a place that there is, once ``key`` is among them."""
    if place < 0:
        raise BadInput("place", place)
    return min(place, len(order) - (key in order))
