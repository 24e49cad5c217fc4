"""What a bridge knows of the rooms that it is in: who is there, and how each is called."""

from __future__ import annotations

import re

from gateways.bridges import network as n
from gateways.bridges.matrix.api import Json
from gateways.bridges.matrix.events import Where, table, text_of

MOST_NAMED = 100_000
"""People whose names are remembered; then those who were seen first are called by their ids."""

ID, NAME = 255, 256
"""Characters of a user id (Appendices, 4.2: bytes), and those of a name that are looked at."""

_LOCALPART = re.compile(r"[a-z0-9._/+-]")


def localpart(name: str) -> str:
    """Return a name of ours as a part of a Matrix user id, reversibly.

    Source: Matrix 1.11, Appendices, "Mapping from other character sets"; our names fold case.
    """
    return "".join(
        char if _LOCALPART.fullmatch(char) else "".join(f"={byte:02x}" for byte in char.encode())
        for char in name.lower()
    )


class People:
    """Everybody that was seen, by user id, and which of them are our own accounts."""

    def __init__(self, ghosts: str) -> None:
        self._ghosts = ghosts
        self._named: dict[str, n.Person] = {}
        self.own = ""

    def person(self, user: str) -> n.Person:
        """Return somebody; who wasn't named is called by his id."""
        return self._named.get(user) or n.Person(user, user[1:].partition(":")[0])

    def is_ours(self, user: str) -> bool:
        """Return whether it is our account or a ghost of ours."""
        name, _, server = user[1:].partition(":")
        ours = self.own.partition(":")[2]
        return user == self.own or bool(
            self._ghosts and server == ours and name.startswith(self._ghosts)
        )

    def ghost(self, name: str) -> str:
        """Return the user id of the ghost of somebody here."""
        return f"@{self._ghosts}{localpart(name)}:{self.own.partition(':')[2]}"

    def named(self, user: str, name: str) -> n.Person | None:
        """Note what somebody is called; return him if it is new."""
        before = self.person(user)
        person = n.Person(user, name[:NAME].strip() or user[1:].partition(":")[0])
        if person == before:
            return None
        self._named[user] = person
        if len(self._named) > MOST_NAMED:
            del self._named[next(iter(self._named))]
        return person


class Room:
    """A room that we are in. ``name`` is what the engine calls it, "" for a direct one."""

    def __init__(self, number: str, name: str, server: str, people: People) -> None:
        self.number = number
        self.name = name
        self._people = people
        self.where = Where(name, server, people.person, people.is_ours)

    def member(self, event: Json) -> list[n.News]:
        """Return what a membership event tells."""
        user, content = text_of(event.get("state_key")), table(event.get("content"))
        before = table(table(event.get("unsigned")).get("prev_content"))
        if not 0 < len(user) <= ID or not self.name or self._people.is_ours(user):
            return []
        if content.get("membership") == "join":
            known = self._people.person(user)
            renamed = self._people.named(user, text_of(content.get("displayname")))
            if before.get("membership") != "join":
                return [n.PersonEntered(self.name, renamed or known)]
            return [n.PersonRenamed(user, renamed)] if renamed else []
        if before.get("membership") == "join" or not before:
            return [n.PersonLeft(self.name, user, text_of(content.get("reason")))]
        return []
