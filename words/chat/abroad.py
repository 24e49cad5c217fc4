"""People of one other network as participants of ours.

Who says something keeps his number, so that it can be edited years later. Names have the network's
behind them: ``zoe/libera``. No name of ours can have that sign, so nobody from elsewhere can pass
for one of us, and they reserve no names here. Everything runs within a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from words.chat import policy
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.service import ChatService
from words.errors import Banned
from words.events import Actor, Flags
from words.interfaces import Form, Outlet
from words.names import FOREIGN_SIGN, foreign_name, participant_key


class Abroad:
    """The people of one network. ``outlet`` gives each, by his number, his own outlet."""

    def __init__(
        self,
        service: ChatService,
        network: str,
        forms: tuple[Form, Form],
        outlet: Callable[[int], Outlet],
    ) -> None:
        self._service = service
        self._store = service.journal.store
        self._network = network
        self._forms = forms
        self._outlet = outlet
        self._people: dict[str, Attachment] = {}
        self._natives: dict[int, str] = {}
        self._stored: set[int] = set()

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Attachment]:
        return iter(list(self._people.values()))

    def natives(self) -> list[str]:
        """Return what the network calls those who are here."""
        return list(self._people)

    def get(self, native: str) -> Attachment | None:
        """Return somebody who is here."""
        return self._people.get(native)

    def native(self, number: int) -> str | None:
        """Return what the network calls a participant by his number, here now or not."""
        found = self._natives.get(number)
        if found is None:
            rows = self._store.read(
                "SELECT native FROM foreign_people WHERE id = ? AND network = ?",
                number,
                self._network,
            )
            found = rows[0][0] if rows else None
        return found

    def bring(
        self,
        native: str,
        name: str,
        real_name: str = "",
        user: str = "",
        forms: tuple[Form, Form] | None = None,
    ) -> Attachment:
        """Return the one connection of somebody whom the network tells apart as ``native``.

        With ``forms`` of his own he is a program: the bridge itself. Raises `Barred`.
        """
        found = self._people.get(native)
        if found is None:
            number = self._number(native)
            flags = int(Flags.BOT) if forms else 0
            shown = self._free(name, number)
            origin = self._network
            actor = Actor(number, shown, _word(user or name), origin, "", flags, origin)
            found = self._service.represent(
                actor, real_name, forms or self._forms, self._outlet(number)
            )
            self._people[native] = found
            self._natives[number] = native
        else:
            self._rename(found, name)
        found.active = self._service.turn.now()
        return found

    def rename(self, old: str, native: str, name: str) -> None:
        """Let somebody be told apart and called in another way from now on."""
        person = self._people.get(old)
        if person is None:
            return
        if native != old:
            self.dismiss(native, "Somebody else has this name now")
            self._people[native] = self._people.pop(old)
            self._natives[person.participant.id] = native
        self._rename(person, name)

    def _rename(self, person: Attachment, name: str) -> None:
        shown = self._free(name, person.participant.id)
        if shown != person.participant.name:
            person.be_called(shown)

    def dismiss(self, native: str, reason: str) -> None:
        """Let somebody go."""
        person = self._people.pop(native, None)
        if person is not None:
            self._natives.pop(person.participant.id, None)
            self._stored.discard(person.participant.id)
            self._service.detach(person, reason)

    def enter(self, person: Attachment, group: Group) -> None:
        """Make somebody a member: whoever linked the group asked all of the room in.

        Raises `Banned`, `TooMany`.
        """
        participant = person.participant
        if participant.id in group.members:
            return
        if policy.banned(group, participant):
            raise Banned(group.name)
        participant.invitations[group.id] = group.facts.epoch
        person.join(group.name)

    def remember(self, number: int) -> None:
        """Let a participant who is here keep his number for ever: something of his is stored."""
        native = self._natives.get(number)
        if native is not None and number not in self._stored:
            self._stored.add(number)
            self._store.write(
                "INSERT OR IGNORE INTO foreign_people VALUES (?, ?, ?)",
                number,
                self._network,
                native,
            )

    def _number(self, native: str) -> int:
        rows = self._store.read(
            "SELECT id FROM foreign_people WHERE network = ? AND native = ?", self._network, native
        )
        number = int(rows[0][0]) if rows else 0
        if not number or number in self._natives:  # whoever had this name has another one now
            return self._service.journal.ids.next()
        return number

    def _free(self, name: str, number: int) -> str:
        """Return what this participant may be called: nobody else here is called so."""
        registry = self._service.registry
        ends = ("" if each == 1 else f"-{each}" for each in count(1))
        names = (foreign_name(name, self._network, end) for end in ends)
        return next(
            each
            for each in names
            if (holder := registry.participants.get(participant_key(each))) is None
            or holder.id == number
        )

    def talked_since(self, minute: int) -> list[tuple[int, int]]:
        """Return the direct conversations with something said since a minute of Unix time.

        Each with the number of the one who is elsewhere.
        """
        return [
            (conversation, number)
            for number, conversation in self._store.read(
                "SELECT foreign_people.id, directs.id FROM talked"
                " JOIN directs ON directs.id = talked.conversation"
                " JOIN foreign_people ON foreign_people.id IN (low, high)"
                " WHERE network = ? AND minute >= ?",
                self._network,
                minute,
            )
        ]


def _word(text: str) -> str:
    """Return a user name that any wire can carry."""
    kept = foreign_name(text, "").removesuffix(FOREIGN_SIGN)
    return kept.encode()[:16].decode(errors="ignore") or "_"
