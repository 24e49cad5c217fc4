"""What a bridge knows of a room of XMPP: who is there, under which nick; no I/O.

Source: XEP-0045 (Multi-User Chat), 7.2 entering, 7.6 changing nicknames, 7.14 leaving.
"""

from __future__ import annotations

from gateways.bridges import network as n
from gateways.bridges.xmpp.hearing import Memory
from gateways.bridges.xmpp.stanzas import Element, child, local

USER = "http://jabber.org/protocol/muc#user"

SELF, RENAMED = "110", "303"
"""Status codes: this is about yourself; under a new nick."""

AWAY = ("away", "xa", "dnd")

MOST_PEOPLE, STATUS = 20_000, 400
"""People of one room who are looked at, and characters of what each says of himself."""


class Room:
    """A room that we are in, or enter."""

    def __init__(self, name: str, nick: str) -> None:
        self.name = name
        """Its address."""
        self.nick = nick
        """Our own in it."""
        self.open = False
        self.topic: str | None = None
        """What it was when we entered."""
        self.archive = False
        """Whether the server keeps what is said in it, by ids."""
        self.memory = Memory()
        self.ghosts: set[str] = set()
        """Nicks of our own people."""
        self._people: dict[str, n.Person] = {}

    @property
    def people(self) -> tuple[n.Person, ...]:
        """Everybody there who isn't ours."""
        return tuple(self._people.values())

    def person(self, nick: str) -> n.Person:
        """Return who is called this, even when he is gone."""
        return self._people.get(nick) or n.Person(f"{self.name}/{nick}", nick)

    def is_ours(self, nick: str) -> bool:
        """Return whether it is our own nick or that of one of our people."""
        return nick == self.nick or nick in self.ghosts

    def presence(self, nick: str, presence: Element) -> list[n.News]:
        """Return what somebody's presence tells."""
        if self.is_ours(nick) or not nick:
            return []
        codes, item = status(presence)
        if presence.get("type") == "unavailable":
            return self._gone(nick, presence, codes, item)
        if presence.get("type"):
            return []
        before = self._people.get(nick)
        if before is None and len(self._people) >= MOST_PEOPLE:
            return []
        person = self._seen(nick, presence, item)
        self._people[nick] = person
        if before is None:
            already = [one for other, one in self._people.items() if other != nick]
            if any(one.native == person.native for one in already):
                return []
            return [n.PersonEntered(self.name, person)] if self.open else []
        return [n.PersonAway(person.native, person.away)] if before.away != person.away else []

    def _seen(self, nick: str, presence: Element, item: Element | None) -> n.Person:
        address = item.get("jid", "").partition("/")[0] if item is not None else ""
        show = next((each.text for each in presence if local(each) == "show"), None)
        text = next((each.text or "" for each in presence if local(each) == "status"), "")
        user = address.partition("@")[0] if address else ""
        away = text[:STATUS] if show in AWAY else None
        return n.Person(address or f"{self.name}/{nick}", nick, user=user, away=away)

    def _gone(
        self, nick: str, presence: Element, codes: set[str], item: Element | None
    ) -> list[n.News]:
        person = self._people.pop(nick, None)
        new = item.get("nick", "") if item is not None else ""
        if RENAMED in codes and new and not self.is_ours(new):
            if person is None:
                return []
            anonymous = person.native.startswith(f"{self.name}/")
            native = f"{self.name}/{new}" if anonymous else person.native
            self._people[new] = n.Person(native, new, user=person.user, away=person.away)
            return [n.PersonRenamed(person.native, self._people[new])]
        if person is None or any(one.native == person.native for one in self._people.values()):
            return []
        reason = next((each.text or "" for each in presence if local(each) == "status"), "")
        return [n.PersonLeft(self.name, person.native, reason)] if self.open else []


def status(presence: Element) -> tuple[set[str], Element | None]:
    """Return the status codes and the item of a presence in a room."""
    about = child(presence, USER, "x")
    if about is None:
        return set(), None
    codes = {each.get("code", "") for each in about.iterfind(f"{{{USER}}}status")}
    return codes, child(about, USER, "item")
