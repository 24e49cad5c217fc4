"""Removing an identity with all its data: at once what others could meet, the rest in slices.

`Removals.begin` is one turn: its connections and memberships end, its groups go to their
successors, its contacts, lists and settings are gone, and its name is free. What it said is then
emptied slice by slice, its direct conversations and the log of its own are deleted; how far
that has come is stored, so it goes on after a crash.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.person import ListName
from words.chat.registry import HUB
from words.errors import NotFound
from words.events import (
    AccessChanged,
    Actor,
    ContactChanged,
    ConversationEvent,
    Denied,
    Edited,
    Ignored,
    Joined,
    Kicked,
    Left,
    Permitted,
    PersonEvent,
    RegistrationChanged,
    RoleChanged,
    Said,
)
from words.journal.journal import SLICE_ROWS
from words.journal.redaction import emptied
from words.journal.scan import Place, in_history, pattern
from words.names import participant_key

if TYPE_CHECKING:
    from words.chat.service import ChatService

REASON = "The account was removed"

GONE = "-removed"
"""What stands for the name; nobody can be called this, since it begins with a hyphen."""

SLICE = 500
"""Rows deleted in one slice: a few milliseconds."""

_PRIVATE = (
    "DELETE FROM people WHERE participant = ?",
    "DELETE FROM circles WHERE participant = ?",
    "DELETE FROM contacts WHERE participant = ?",
    "DELETE FROM listed WHERE participant = ?",
    "DELETE FROM marks WHERE participant = ?",
    "DELETE FROM metadata WHERE owner = ?",
    "DELETE FROM kept WHERE participant = ?",
    "DELETE FROM filtered WHERE participant = ?",
    "DELETE FROM struck WHERE participant = ?",
    "DELETE FROM invitations WHERE participant = ?",
    "DELETE FROM tokens WHERE participant = ?",
    "DELETE FROM app_passwords WHERE identity = ?",
    "DELETE FROM certificates WHERE identity = ?",
    "DELETE FROM identities WHERE id = ?",
)


_LISTED: dict[str, tuple[ListName, type[Permitted | Denied | Ignored]]] = {
    "permit": ("permit", Permitted),
    "deny": ("deny", Denied),
    "ignore": ("ignore", Ignored),
}

_OF_OTHERS = (
    "INSERT OR IGNORE INTO struck"
    " SELECT participant, 'circle', circle, name FROM contacts WHERE key = ?",
    "INSERT OR IGNORE INTO struck SELECT participant, list, '', name FROM listed WHERE key = ?",
    "DELETE FROM contacts WHERE key = ?",
    "DELETE FROM listed WHERE key = ?",
)
"""The name goes from the lists of others at once; they are told by and by, from ``struck``."""

STRIKES = 100
"""People in whose logs it is noted, in one slice, that a name is on their lists no more."""


class Removals:
    """The removals that are under way in one hub."""

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self._journal = service.journal
        self._store = service.journal.store
        self.pending = bool(
            self._store.read("SELECT 1 FROM removals UNION ALL SELECT 1 FROM struck LIMIT 1")
        )

    def begin(self, name: str) -> None:
        """Remove an identity; raises `NotFound`. Within a turn."""
        rows = self._store.read(
            "SELECT id, name, key FROM identities WHERE key = ?", participant_key(name)
        )
        if not rows:
            raise NotFound(name)
        number, name, key = rows[0]
        self._service.turn.require_space()
        self._dismiss(number, name)
        self._hand_over(number, name, key)
        for sql in _PRIVATE:
            self._store.write(sql, number)
        for note in _OF_OTHERS:  # the name may be somebody else's soon
            self._store.write(note, key)
        self._service.persons.forget(number, key)
        now = time.time_ns() // 1_000_000
        self._store.write(
            "INSERT OR REPLACE INTO removals (participant, key, started) VALUES (?, ?, ?)",
            number,
            name,
            now,
        )
        self.pending = True

    def _dismiss(self, number: int, name: str) -> None:
        """End the connections and memberships of the identity."""
        service = self._service
        registry = service.registry
        for (group,) in self._store.read(
            "SELECT name FROM members JOIN groups ON groups.id = conversation"
            " WHERE participant = ? AND durable",
            number,
        ):
            registry.group(group)  # loading a group finds its durable members
        participant = registry.by_id.get(number)
        if participant is not None:  # who stays for good would be seen away, and then leaving
            for each in list(participant.groups.values()):
                service.happen(each, Left(*registry.stamp(each), participant.actor, REASON))
        key = participant_key(name)
        for other in list(registry.by_id.values()):
            if other.id == number or participant_key(other.actor.account) == key:
                for attachment in list(other.attachments):
                    attachment.outlet.close(REASON)
                    service.detach(attachment, REASON)
        if participant is not None and registry.by_id.get(number) is participant:
            registry.remove(participant)

    def _hand_over(self, number: int, name: str, key: str) -> None:
        """Give the identity's groups to their successors, and strike it from all others."""
        registry = self._service.registry
        for group_name, founder in self._store.read(
            "SELECT groups.name, founder FROM registered JOIN groups ON groups.id = conversation"
            " WHERE founder = ? OR instr(facts, ?) OR instr(facts, ?)",
            number,
            pattern(name),
            pattern(key),
        ):
            group = registry.group(group_name)
            if group is None:
                continue
            if key in group.facts.access:
                self._happen(group, AccessChanged(*registry.stamp(group), HUB, name, ""))
            if founder == number:
                self._succeed(group)
            elif participant_key(group.facts.successor) == key:
                facts = group.facts
                self._registration(group, facts.founder_name, facts.founder)

    def _succeed(self, group: Group) -> None:
        successor = group.facts.successor
        other = self._service.registry.identity(successor) if successor else None
        if other is not None:
            self._registration(group, other.name, other.identity)
            self._service.founder_changed(group, HUB, "")
        else:
            self._registration(group, "", 0)
            self._service.registry.unload(group)

    def _registration(self, group: Group, founder: str, number: int) -> None:
        stamp = self._service.registry.stamp(group)
        self._happen(group, RegistrationChanged(*stamp, HUB, founder, number))

    def _happen(self, group: Group, event: ConversationEvent) -> None:
        self._service.happen(group, event)

    # The rest

    def slice(self) -> bool:
        """Do some of what is left, within a turn; return whether there is more."""
        if self._strike():
            return True
        rows = self._store.read(
            "SELECT participant, key, started, conversation, class, sequence FROM removals LIMIT 1"
        )
        if not rows:
            self.pending = False
            return False
        number, name, started, *place = rows[0]
        oldest = self._journal.oldest()
        if oldest is not None and oldest <= started and self._journal.move(SLICE_ROWS):
            return True
        if self._delete_own(number):
            return True
        self._empty(number, name, started, Place(*place))
        return True

    def _strike(self) -> bool:
        """Tell some of those who had the name on a list, here or not; return whether it did."""
        rows = self._store.read(
            "SELECT struck.participant, identities.name, list, circle, struck.name FROM struck"
            " LEFT JOIN identities ON identities.id = struck.participant LIMIT ?",
            STRIKES,
        )
        for number, owner, listed, circle, name in rows:
            self._store.write(
                "DELETE FROM struck WHERE participant = ? AND list = ? AND circle = ? AND name = ?",
                number,
                listed,
                circle,
                name,
            )
            if owner is not None:
                self._tell(number, owner, listed, circle, name)
        return bool(rows)

    def _tell(self, number: int, owner: str, listed: str, circle: str, name: str) -> None:
        service = self._service
        participant = service.registry.by_id.get(number)
        if participant is None:
            actor = service.identity_actor(number, owner)
            participant = Participant(actor, identity=number)
        person = service.persons.of(participant)
        stamp = service.registry.own_stamp(participant)
        event: PersonEvent
        if listed == "circle":
            contacts = person.circles.get(circle)
            if contacts is None or participant_key(name) in contacts:
                return  # the circle is gone, or the name was put there anew
            event = ContactChanged(*stamp, participant.actor, circle, name)
        elif participant_key(name) in person.lists[_LISTED[listed][0]]:
            return
        else:
            event = _LISTED[listed][1](*stamp, participant.actor, name, False)
        service.persons.happen(participant, event)

    def _delete_own(self, number: int) -> bool:
        """Delete some of the conversations that nobody else may keep; return whether it did."""
        directs = self._store.read(
            "SELECT id FROM directs WHERE low = ?1 OR high = ?1 LIMIT 1", number
        )
        conversation = directs[0][0] if directs else number
        rows = self._store.read(
            "SELECT conversation, class, sequence FROM history WHERE conversation = ? LIMIT ?",
            conversation,
            SLICE,
        )
        self._store.write_many(
            "DELETE FROM history WHERE conversation = ? AND class = ? AND sequence = ?", rows
        )
        if rows or not directs:
            return bool(rows)
        self._service.persons.forget_marks(conversation)
        for table, column in (
            ("talked", "conversation"),
            ("ends", "conversation"),
            ("guests", "conversation"),
            ("directs", "id"),
        ):
            self._store.write(f"DELETE FROM {table} WHERE {column} = ?", conversation)
        return True

    def _empty(self, number: int, name: str, started: int, place: Place) -> None:
        """Empty what the identity said in a slice of everything."""
        key = participant_key(name)
        found, after = in_history(self._journal, (pattern(number), pattern(name)), place)

        def is_gone(actor: Actor) -> bool:
            return actor.id == number or participant_key(actor.account) == key

        for event in found:
            if event.time <= started and (changed := without(event, is_gone, started)) != event:
                self._journal.rewrite(changed)
        if after is None:
            self._store.write("DELETE FROM removals WHERE participant = ?", number)
            return
        self._store.write(
            "UPDATE removals SET conversation = ?, class = ?, sequence = ? WHERE participant = ?",
            *after,
            number,
        )


def without(
    event: ConversationEvent, is_gone: Callable[[Actor], bool], time: int
) -> ConversationEvent:
    """Return an event that says nothing of those who are gone, but that somebody was there."""
    replace = msgspec.structs.replace

    def hidden(actor: Actor) -> Actor:
        return Actor(actor.id, GONE, GONE, GONE) if is_gone(actor) else actor

    if is_gone(event.actor):
        if isinstance(event, Said):
            event = emptied(event, time)
        elif isinstance(event, Edited):
            event = replace(event, text="", spans=(), form="", wire="")
        elif isinstance(event, Joined):
            event = replace(event, real_name="", away=None)
        elif isinstance(event, Left):
            event = replace(event, reason="")
        event = replace(event, actor=hidden(event.actor))
    if isinstance(event, Kicked):
        return replace(event, target=hidden(event.target))
    if isinstance(event, RoleChanged):
        changes = tuple(replace(each, target=hidden(each.target)) for each in event.changes)
        return replace(event, changes=changes)
    if isinstance(event, Said) and event.fate and event.fate.reactions:
        return _unnamed(event, is_gone)
    return event


def _unnamed(said: Said, is_gone: Callable[[Actor], bool]) -> Said:
    replace = msgspec.structs.replace
    assert said.fate
    reactions = tuple(
        replace(
            reaction,
            by=tuple(
                (number, GONE if is_gone(Actor(number, name, "", "")) else name)
                for number, name in reaction.by
            ),
        )
        for reaction in said.fate.reactions
    )
    return replace(said, fate=replace(said.fate, reactions=reactions))
