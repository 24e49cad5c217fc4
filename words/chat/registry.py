"""Who and what is in memory, found by name or number; groups are loaded when they are needed.

A group is in memory while it has members. When one is loaded, memberships that were bound to
connections of an earlier process are closed first, with one `MembersLost`: so there are no
ghosts, and a start costs nothing however many there were.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from words.chat import policy
from words.chat.fanout import Fanout, Listener
from words.chat.group import Facts, Group, Member
from words.chat.participant import OFFLINE, Direct, Participant
from words.chat.persons import Persons
from words.chat.roles import Roles
from words.events import Actor, Event, MembersLost
from words.journal.journal import Journal
from words.lookalikes import skeleton
from words.names import GroupKey, ParticipantKey, group_key, participant_key

E = TypeVar("E", bound=Event)

HUB = Actor(0, "", "", "")
"""The actor of what nobody did."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Facts).decode


def now_ms() -> int:
    """Return the time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Registry:
    """Participants, groups and direct conversations that are in memory."""

    def __init__(
        self,
        journal: Journal,
        fanout: Fanout,
        identity_actor: Callable[[int, str], Actor],
        roles: Callable[[], Roles],
    ) -> None:
        self._journal = journal
        self._store = journal.store
        self._fanout = fanout
        self._identity_actor = identity_actor
        self._roles = roles
        self.expiring: dict[GroupKey, int] = {}
        """When the first entry ends of those groups in memory that have one that does."""
        self.persons = Persons(journal, fanout, lambda: self.by_id.values())
        self.participants: dict[ParticipantKey, Participant] = {}
        self.by_id: dict[int, Participant] = {}
        self.groups: dict[GroupKey, Group] = {}
        self.hidden = 0
        """Participants who don't want to be found."""

    def participant(self, name: str) -> Participant | None:
        """Return who is called this and is in memory (perhaps without a connection)."""
        return self.participants.get(participant_key(name))

    def add(self, participant: Participant) -> None:
        """Let a participant be found."""
        self.participants[participant.key] = participant
        self.by_id[participant.id] = participant

    def remove(self, participant: Participant) -> None:
        """Forget a participant; his direct conversations stay in the storage."""
        del self.participants[participant.key]
        del self.by_id[participant.id]
        self.hidden -= participant.hidden
        for number in participant.directs:
            other = self.by_id.get(number)
            if other is not None:
                other.directs.pop(participant.id, None)

    def rename(self, participant: Participant, actor: Actor) -> None:
        """Let a participant be found by the name of his new actor."""
        del self.participants[participant.key]
        participant.actor = actor
        participant.key = participant_key(actor.name)
        self.participants[participant.key] = participant

    def group(self, name: str) -> Group | None:
        """Return the group of this name with members, or registered; None if there is none."""
        key = group_key(name)
        group = self.groups.get(key)
        if group is None:
            group = self._load(key)
            if group is not None and (group.members or group.facts.registered):
                self.groups[key] = group
                self.note_expiry(group)
                return group
            return None
        return group

    def open_group(self, name: str) -> Group:
        """Return the group of this name for a joining; a new one if there never was one."""
        group = self.group(name)
        if group is None:
            key = group_key(name)
            group = self._load(key) or self._create(name)
            self.groups[key] = group
        return group

    def _create(self, name: str) -> Group:
        group = Group(self._journal.ids.next(), name, Facts(now_ms()), self._fanout, 0, 0)
        self.save(group)
        return group

    def _load(self, key: GroupKey) -> Group | None:
        rows = self._store.read("SELECT id, name, facts FROM groups WHERE key = ?", key)
        if not rows:
            return None
        number, name, facts = rows[0]
        end = self._journal.end(number)
        group = Group(number, name, _decode(facts), self._fanout, end.sequence, end.time)
        lost = 0
        for member, durable, since, roles in self._store.read(
            "SELECT participant, durable, since, roles FROM members WHERE conversation = ?",
            number,
        ):
            if durable:
                self._restore(group, member, since, tuple(roles.split()))
            else:
                lost += 1
        if lost:
            self._close_lost(group, lost)
        return group

    def _restore(self, group: Group, number: int, since: int, roles: tuple[str, ...]) -> None:
        participant = self.by_id.get(number) or self._absent(number)
        if participant is not None:
            group.members[number] = Member(participant, since, True, roles)
            participant.groups[group.id] = group
            for attachment in participant.attachments:
                group.audience.add(attachment)

    def _absent(self, number: int) -> Participant | None:
        name = self.identity_name(number)
        if not name:
            return None
        participant = Participant(self._identity_actor(number, name), identity=number)
        participant.away = OFFLINE
        self.add(participant)
        return participant

    def _close_lost(self, group: Group, count: int) -> None:
        event = MembersLost(*self.stamp(group), HUB, count)
        self._journal.append(event)
        group.apply(event)
        self._store.write("DELETE FROM members WHERE conversation = ? AND NOT durable", group.id)
        self.save(group)

    def stamp(self, conversation: Group | Direct) -> tuple[int, int, int, int]:
        """Return conversation, sequence, id and time for the next event of a conversation."""
        number, now = self._journal.ids.stamp()
        last = conversation.time
        return conversation.id, conversation.sequence + 1, number, now if now > last else last

    def own_stamp(self, participant: Participant) -> tuple[int, int, int, int]:
        """Return the same for the log of a participant's own; a guest has none."""
        return self.stamp(self.persons.own(participant)) if participant.identity else self.passing()

    @staticmethod
    def public(event: E) -> E:
        """Return an event of somebody's own log as others are told it."""
        return msgspec.structs.replace(event, conversation=0, sequence=0)

    def passing(self) -> tuple[int, int, int, int]:
        """Return the same for an event of no conversation."""
        return 0, 0, *self._journal.ids.stamp()

    def save(self, group: Group) -> None:
        """Write the group's facts in this turn."""
        self._store.write(
            "INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?)",
            group.id,
            group.key,
            group.name,
            _encode(group.facts),
        )

    def save_registration(self, group: Group) -> None:
        """Write, in this turn, whose registered group it is, or that it is none."""
        if group.facts.registered:
            self._store.write(
                "INSERT OR REPLACE INTO registered VALUES (?, ?, ?)",
                group.id,
                group.facts.founder,
                skeleton(group.name),
            )
        else:
            self._store.write("DELETE FROM registered WHERE conversation = ?", group.id)

    def linked(self, group: Group) -> bool:
        """Return whether a bridge's room is one conversation with the group."""
        rows = self._store.read("SELECT DISTINCT group_name FROM links")
        return any(group_key(name) == group.key for (name,) in rows)

    def free_name(self, name: str) -> None:
        """Let go of a name that an empty group had: its history stays, under no name."""
        self._store.write(
            "UPDATE groups SET key = key || char(10) || id WHERE key = ?", group_key(name)
        )

    def renamed(self, group: Group, before: str) -> None:
        """Let a group be found by its new name, and write that."""
        key = group_key(before)
        self.groups.pop(key, None)
        self.expiring.pop(key, None)
        self.groups[group.key] = group
        self.note_expiry(group)
        self.save(group)
        self.save_registration(group)

    def looks_registered(self, name: str, but: GroupKey | None = None) -> bool:
        """Return whether a registered group has another name that looks like this one.

        ``but`` is the key of one that doesn't matter.
        """
        rows = self._store.read(
            "SELECT key FROM registered JOIN groups ON groups.id = conversation"
            " WHERE registered.skeleton = ?",
            skeleton(name),
        )
        return any(key not in (group_key(name), but) for (key,) in rows)

    def founded_by(self, identity: int) -> int:
        """Return how many groups an identity has registered."""
        rows = self._store.read("SELECT count(*) FROM registered WHERE founder = ?", identity)
        return int(rows[0][0])

    def save_member(self, group: Group, number: int) -> None:
        """Write one membership, or its end, in this turn."""
        member = group.members.get(number)
        if member is None:
            self._store.write(
                "DELETE FROM members WHERE conversation = ? AND participant = ?", group.id, number
            )
            return
        self._store.write(
            "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?)",
            group.id,
            number,
            member.durable,
            member.since,
            " ".join(member.roles),
        )

    def note_expiry(self, group: Group) -> None:
        """Remember when the first of a group's entries ends, if one does."""
        if expiry := group.facts.next_expiry:
            self.expiring[group.key] = expiry
        else:
            self.expiring.pop(group.key, None)

    def unload(self, group: Group) -> None:
        """Drop a group from memory if nobody is in it."""
        if not group.members:
            self.groups.pop(group.key, None)
            self.expiring.pop(group.key, None)

    def reload(self, group: Group) -> None:
        """Make a group again what the storage and this turn's writes say it is."""
        number = group.id
        ((facts,),) = self._store.read("SELECT facts FROM groups WHERE id = ?", number)
        end = self._journal.end(number)
        group.facts, group.sequence, group.time = _decode(facts), end.sequence, end.time
        for member in group.members.values():
            member.participant.groups.pop(number, None)
        self._fanout.seal(group.audience)
        for listener in list(group.audience):
            group.audience.remove(listener)
        group.members.clear()
        for member_id, durable, since, roles in self._store.read(
            "SELECT participant, durable, since, roles FROM members WHERE conversation = ?",
            number,
        ):
            participant = self.by_id.get(member_id)
            if participant is not None:
                group.members[member_id] = Member(
                    participant, since, bool(durable), tuple(roles.split())
                )
                participant.groups[number] = group
                for attachment in participant.attachments:
                    group.audience.add(attachment)

    def direct(self, one: Participant, other: Participant) -> Direct:
        """Return the direct conversation of two participants, made when there is none."""
        direct = one.directs.get(other.id)
        if direct is None:
            low, high = sorted((one.id, other.id))
            rows = self._store.read("SELECT id FROM directs WHERE low = ? AND high = ?", low, high)
            if rows:
                number = rows[0][0]
                end = self._journal.end(number)
                direct = Direct(number, end.sequence, end.time)
            else:
                direct = Direct(self._journal.ids.next(), 0, 0)
                self._store.write("INSERT INTO directs VALUES (?, ?, ?)", low, high, direct.id)
                self._note_guest(direct.id, one, other)
            one.directs[other.id] = other.directs[one.id] = direct
        return direct

    def _note_guest(self, conversation: int, one: Participant, other: Participant) -> None:
        """Keep what a guest is called whom an identity talks with: it reads that later."""
        for guest, partner in ((one, other), (other, one)):
            if partner.identity and not guest.identity and not guest.actor.origin:
                sql = "INSERT INTO guests VALUES (?, ?, ?)"
                self._store.write(sql, conversation, guest.key, guest.name)

    def talked(self, direct: Direct) -> None:
        """Write, to the minute, when something was last said in a direct conversation."""
        minute = direct.time // 60_000
        if minute != direct.minute:
            direct.minute = minute
            self._store.write("INSERT OR REPLACE INTO talked VALUES (?, ?)", direct.id, minute)

    def identity(self, name: str) -> Participant | None:
        """Return the own participant of an identity: a new one, not to be found, if nobody has
        loaded it. To be used at once, and not kept."""
        rows = self._store.read(
            "SELECT id, name FROM identities WHERE key = ?", participant_key(name)
        )
        if not rows:
            return None
        number, shown = rows[0]
        here = self.by_id.get(number)
        if here is not None:
            return here
        absent = Participant(self._identity_actor(number, shown), identity=number)
        absent.away = OFFLINE
        return absent

    def identity_name(self, number: int) -> str:
        """Return the name of an identity by its number, "" for none."""
        rows = self._store.read("SELECT name FROM identities WHERE id = ?", number)
        return str(rows[0][0]) if rows else ""

    def identity_number(self, name: str) -> int | None:
        """Return the number of the identity of this name, or None."""
        rows = self._store.read("SELECT id FROM identities WHERE key = ?", participant_key(name))
        return int(rows[0][0]) if rows else None

    def direct_number(self, one: int, other: int) -> int | None:
        """Return the number of the direct conversation of two participants, if there is one."""
        low, high = sorted((one, other))
        rows = self._store.read("SELECT id FROM directs WHERE low = ? AND high = ?", low, high)
        return int(rows[0][0]) if rows else None

    def direct_with_guest(self, number: int, name: str) -> int | None:
        """Return the number of the last direct conversation with a guest who was called this."""
        rows = self._store.read(
            "SELECT max(id) FROM directs JOIN guests ON conversation = id"
            " WHERE (low = ?1 OR high = ?1) AND key = ?2",
            number,
            participant_key(name),
        )
        return rows[0][0]  # type: ignore[no-any-return]

    def direct_partners(
        self, participant: Participant, start: int, stop: int, limit: int, *, newest: bool
    ) -> list[tuple[int, str]]:
        """Return (conversation, name) of everybody the participant talked with directly, last
        between two times (milliseconds; to the minute, so there may be some more).

        Of more than ``limit`` the last ones, or else the first ones.
        Of guests who are gone it is the last one of a name that nobody else has now.
        """
        number = participant.id
        partners: list[tuple[int, str]] = []
        guests: dict[str, tuple[int, str]] = {}
        for conversation, other, name, guest in self._store.read(
            "SELECT directs.id, low + high - ?1, identities.name, guests.name FROM directs"
            " LEFT JOIN identities ON identities.id = low + high - ?1"
            " LEFT JOIN guests ON guests.conversation = directs.id"
            " AND NOT EXISTS (SELECT 1 FROM identities WHERE identities.key = guests.key)"
            " JOIN talked ON talked.conversation = directs.id AND minute BETWEEN ?2 AND ?3"
            " WHERE low = ?1 OR high = ?1"
            f" ORDER BY minute {'DESC' if newest else 'ASC'}, directs.id LIMIT ?4",
            number,
            max(0, start) // 60_000,
            min(stop, 2**62) // 60_000,
            2 * limit,  # some of the minutes may be outside
        ):
            here = self.by_id.get(other)
            if shown := here.name if here else name:
                partners.append((conversation, shown))
            elif guest and participant_key(guest) not in self.participants:
                guests[guest] = (conversation, guest)
        return partners + list(guests.values())

    def talked_since(
        self, participant: Participant, time: int, limit: int
    ) -> list[tuple[int, str]]:
        """Return (conversation, name) of the direct conversations with something said since a
        time (milliseconds), to the minute; the latest ones. Guests who are gone have no name."""
        found: list[tuple[int, str]] = []
        for conversation, other, name in self._store.read(
            "SELECT directs.id, low + high - ?1, identities.name FROM directs"
            " JOIN talked ON talked.conversation = directs.id"
            " LEFT JOIN identities ON identities.id = low + high - ?1"
            " WHERE (low = ?1 OR high = ?1) AND minute >= ?2 ORDER BY minute DESC LIMIT ?3",
            participant.id,
            time // 60_000,
            limit,
        ):
            here = self.by_id.get(other)
            shown = here.name if here else name
            if shown:
                found.append((conversation, shown))
        return found

    def near(
        self, participant: Participant, *, presence: bool = False, beside: Group | None = None
    ) -> dict[Listener, None]:
        """Return the listeners of everyone who shares a group, his own included, and of those
        who have him among their contacts and may see him; once each.

        With ``presence`` those who share a group must be ones who may see him too. Without those
        who listen to the group ``beside``.
        """
        near: dict[Listener, None] = dict.fromkeys(participant.attachments)
        for group in participant.groups.values():
            if group is beside:
                continue
            if group.settings.auditorium:
                hidden_from = set(policy.unseeing(group, participant, self._roles()))
                near.update((each, None) for each in group.audience if each not in hidden_from)
                continue
            for listeners in group.audience.forms.values():
                near.update(listeners)
        persons = self.persons
        if presence and participant.person is not None and participant.person.restricted:
            for group in participant.groups.values():
                for member in group.members.values():
                    if not persons.admits(participant, member.participant):
                        for attachment in member.participant.attachments:
                            near.pop(attachment, None)
        if persons.watchers.owners:
            for watcher in persons.watching(participant):
                near.update(dict.fromkeys(watcher.attachments))
        if beside is not None:
            for listener in [each for each in near if each in beside.audience]:
                del near[listener]
        return near
