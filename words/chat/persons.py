"""Persons in and out of storage, and who looks at whom.

An identity's person is loaded with its first connection, or when somebody wants to reach it;
a guest's is in memory only. What happens to a person is an event in the log of his own, which
has the number of the identity. The two indexes go the other way: who has a name among his
contacts, and who ignores it, of those who are here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from words.chat.fanout import Fanout, Listener
from words.chat.participant import Direct, Participant
from words.chat.person import LIST_OF, LISTS, Contact, Facts, Mark, Person
from words.errors import InternalError
from words.events import (
    ContactChanged,
    Ignored,
    PersonEvent,
    PrivacyChanged,
    ProfileChanged,
    Warned,
)
from words.journal.journal import Journal
from words.names import ParticipantKey, participant_key

log = logging.getLogger(__name__)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Facts).decode


class Index:
    """For each name, which participants have it on a list of theirs."""

    def __init__(self) -> None:
        self.owners: dict[ParticipantKey, dict[Participant, None]] = {}
        """Always the same object: it is looked into for every message."""

    def put(self, key: ParticipantKey, owner: Participant, has: bool) -> None:
        """Note whether ``owner`` has this name on his list."""
        if has:
            self.owners.setdefault(key, {})[owner] = None
            return
        owners = self.owners.get(key)
        if owners is not None:
            owners.pop(owner, None)
            if not owners:
                del self.owners[key]

    def of(self, participant: Participant) -> Iterator[Participant]:
        """Return who has the participant's name, or his account's, on his list."""
        seen: set[int] = set()
        for key in participant.names():
            for owner in self.owners.get(key, ()):
                if owner.id not in seen:
                    seen.add(owner.id)
                    yield owner


class Persons:
    """The persons of all participants in memory."""

    def __init__(
        self,
        journal: Journal,
        fanout: Fanout,
        here: Callable[[], Iterable[Participant]],
    ) -> None:
        self._journal = journal
        self._here = here
        self._store = journal.store
        self._fanout = fanout
        self.watchers = Index()
        """Who has a name among his contacts."""
        self.ignorers = Index()
        """Who doesn't want to hear a name."""
        self._unsaved: dict[tuple[int, int], Mark] = {}

    # Loading

    def of(self, participant: Participant) -> Person:
        """Return a participant's person."""
        person = participant.person
        if person is None:
            person = self._load(participant.identity) if participant.identity else Person(Facts())
            participant.person = person
        return person

    def _load(self, number: int) -> Person:
        read = self._store.read
        rows = read("SELECT facts FROM people WHERE participant = ?", number)
        person = Person(_decode(rows[0][0]) if rows else Facts())
        for (circle,) in read(
            "SELECT circle FROM circles WHERE participant = ? ORDER BY place", number
        ):
            person.circles[circle] = {}
        for circle, key, *contact in read(
            "SELECT circle, key, name, alias, note FROM contacts WHERE participant = ?"
            " ORDER BY place",
            number,
        ):
            person.circles.setdefault(circle, {})[key] = Contact(*contact)
        for name, key, shown in read(
            "SELECT list, key, name FROM listed WHERE participant = ?", number
        ):
            if name in LISTS:
                person.lists[name][key] = shown
        return person

    def came(self, participant: Participant) -> None:
        """Note that the first connection of a participant is here."""
        if participant.identity:
            self._index(participant, True)

    def went(self, participant: Participant) -> None:
        """Note that the last connection of a participant is gone."""
        if participant.person is not None:
            self._index(participant, False)
            self.save_marks()

    def _index(self, participant: Participant, here: bool) -> None:
        person = self.of(participant)
        for circle in person.circles.values():
            for key in circle:
                self.watchers.put(key, participant, here)
        for key in person.lists["ignore"]:
            self.ignorers.put(key, participant, here)

    # Who may see and hear whom

    def admits(self, participant: Participant, visitor: Participant) -> bool:
        """Return whether the visitor may reach the participant and see that he is here."""
        if participant.person is None and not participant.identity:
            return True
        person = self.of(participant)
        return not person.restricted or participant is visitor or person.admits(visitor.names())

    def watching(self, participant: Participant) -> Iterable[Participant]:
        """Return those here who have him among their contacts and may see him."""
        if not self.watchers.owners:
            return ()
        return [
            watcher
            for watcher in self.watchers.of(participant)
            if watcher is not participant and self.admits(participant, watcher)
        ]

    def deaf(self, participant: Participant) -> list[Listener]:
        """Return the connections of those who ignore him."""
        return [
            attachment
            for ignorer in self.ignorers.of(participant)
            if ignorer is not participant
            for attachment in ignorer.attachments
        ]

    # What happens to a person

    def own(self, participant: Participant) -> Direct:
        """Return the log of a participant's own."""
        own = participant.own
        if own is None:
            end = self._journal.end(participant.id)
            own = participant.own = Direct(participant.id, end.sequence, end.time)
        return own

    def happen(
        self, participant: Participant, event: PersonEvent, skip: Collection[Listener] = ()
    ) -> None:
        """Store, apply and tell an event of a participant's own log, to his connections.

        Raises `CannotStore`, `InternalError`.
        """
        person = self.of(participant)
        concerned = _concerned(person, event)
        self._apply(participant, person, event)
        if participant.attachments:
            for key in concerned:
                self.watchers.put(key, participant, person.has_contact(key))
                self.ignorers.put(key, participant, key in person.lists["ignore"])
        others = [each for each in participant.attachments if each not in skip]
        self._fanout.tell_all(others, event)

    def _apply(self, participant: Participant, person: Person, event: PersonEvent) -> None:
        mark = self._journal.mark()
        if participant.identity:
            self._journal.append(event)
        try:
            person.apply(event)
        except Exception as error:
            log.exception("applying %s to %s failed", type(event).__name__, participant.name)
            self._journal.forget(mark)
            if participant.identity:
                participant.person = self._load(participant.identity)
            raise InternalError from error
        if participant.identity:
            own = self.own(participant)
            own.sequence, own.time = event.sequence, event.time
            self._save(participant.identity, person, event)

    def _save(self, number: int, person: Person, event: PersonEvent) -> None:
        write = self._store.write
        if isinstance(event, ContactChanged):
            self._save_contact(number, person, event)
        elif isinstance(event, PrivacyChanged | ProfileChanged | Warned):
            write("INSERT OR REPLACE INTO people VALUES (?, ?)", number, _encode(person.facts))
        elif name := LIST_OF.get(type(event)):
            key = participant_key(event.name)  # type: ignore[union-attr]
            shown = person.lists[name].get(key)
            if shown is None:
                write(
                    "DELETE FROM listed WHERE participant = ? AND list = ? AND key = ?",
                    number,
                    name,
                    key,
                )
            else:
                write("INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?)", number, name, key, shown)

    def _save_contact(self, number: int, person: Person, event: ContactChanged) -> None:
        write = self._store.write
        if not event.name:
            if event.renamed or event.place < 0:
                write(
                    "DELETE FROM contacts WHERE participant = ? AND circle = ?",
                    number,
                    event.circle,
                )
            write("DELETE FROM circles WHERE participant = ?", number)
            self._store.write_many(
                "INSERT INTO circles VALUES (?, ?, ?)",
                [(number, name, place) for place, name in enumerate(person.circles)],
            )
            if event.renamed:
                self._save_circle(number, event.renamed, person)
            return
        key = participant_key(event.name)
        contact = person.circles[event.circle].get(key)
        if contact is None:
            write(
                "DELETE FROM contacts WHERE participant = ? AND circle = ? AND key = ?",
                number,
                event.circle,
                key,
            )
        elif event.place == len(person.circles[event.circle]) - 1:
            write(
                "INSERT OR REPLACE INTO contacts VALUES (?, ?, ?, ?, ?, ?,"
                " (SELECT coalesce(max(place) + 1, 0) FROM contacts"
                " WHERE participant = ?1 AND circle = ?2))",
                number,
                event.circle,
                key,
                *msgspec.structs.astuple(contact),
            )
        else:
            write("DELETE FROM contacts WHERE participant = ? AND circle = ?", number, event.circle)
            self._save_circle(number, event.circle, person)

    def _save_circle(self, number: int, circle: str, person: Person) -> None:
        self._store.write_many(
            "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (number, circle, key, contact.name, contact.alias, contact.note, place)
                for place, (key, contact) in enumerate(person.circles[circle].items())
            ],
        )

    def forget(self, number: int, key: ParticipantKey) -> None:
        """Drop, in memory, the markers of an identity that is removed, and its name from lists."""
        self._unsaved = {place: mark for place, mark in self._unsaved.items() if place[0] != number}
        for participant in list(self._here()):
            person = participant.person
            if person is not None:
                for circle in person.circles.values():
                    circle.pop(key, None)
                for names in person.lists.values():
                    names.pop(key, None)
        self.watchers.owners.pop(key, None)
        self.ignorers.owners.pop(key, None)

    # Read markers

    def mark(self, participant: Participant, conversation: int) -> Mark | None:
        """Return how far a conversation was read."""
        person = self.of(participant)
        mark = person.marks.get(conversation)
        if mark is None and participant.identity:
            rows = self._store.read(
                "SELECT sequence, time FROM marks WHERE participant = ? AND conversation = ?",
                participant.identity,
                conversation,
            )
            mark = Mark(*rows[0]) if rows else None
            if mark:
                person.marks[conversation] = mark
        return mark

    def set_mark(self, participant: Participant, conversation: int, mark: Mark) -> None:
        """Note how far a conversation was read; it is written with `save_marks`."""
        self.of(participant).marks[conversation] = mark
        if participant.identity:
            self._unsaved[participant.identity, conversation] = mark

    def forget_marks(self, conversation: int) -> None:
        """Drop the markers of a conversation that is no more."""
        self._unsaved = {
            place: mark for place, mark in self._unsaved.items() if place[1] != conversation
        }
        self._store.write("DELETE FROM marks WHERE conversation = ?", conversation)

    @property
    def behind(self) -> bool:
        """Whether there are markers to be written."""
        return bool(self._unsaved)

    def save_marks(self) -> None:
        """Write the markers that were set since the last time, in this turn."""
        if self._unsaved:
            rows = [(*place, *mark) for place, mark in self._unsaved.items()]
            self._unsaved = {}
            self._store.write_many("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)", rows)


def _concerned(person: Person, event: PersonEvent) -> Collection[ParticipantKey]:
    """Return the names whose owners the event may put on a list or take off one."""
    if isinstance(event, ContactChanged) and not event.name:
        return set(person.circles.get(event.circle, ()))
    if isinstance(event, ContactChanged | Ignored):
        return (participant_key(event.name),)
    return ()
