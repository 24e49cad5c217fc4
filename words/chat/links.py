"""Bridges that were added, and which of their rooms are linked with which groups, in storage."""

from __future__ import annotations

from typing import NamedTuple

from words.errors import Conflict, NotFound
from words.names import check_group_name, group_key
from words.storage.store import Store

MAX_ROOM = 255
"""Characters of a room's name elsewhere; those of Matrix (255 bytes) are the longest."""


class Link(NamedTuple):
    """A room of a bridge's network and the group that it is one conversation with."""

    bridge: str
    room: str
    group: str


class Links:
    """What administrators chose. Writing is for within a turn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def bridges(self) -> dict[str, str]:
        """Return the settings (JSON) of the bridges that were added, by name."""
        return dict(self._store.read("SELECT name, settings FROM bridges ORDER BY name"))

    def add(self, name: str, settings: str) -> None:
        """Add a bridge; raises `Conflict` where there is one."""
        if name in self.bridges():
            raise Conflict(f"bridge {name} is there already")
        self._store.write("INSERT INTO bridges VALUES (?, ?)", name, settings)

    def remove(self, name: str) -> None:
        """Take away a bridge and its links; raises `NotFound`."""
        if name not in self.bridges():
            raise NotFound(f"bridge {name}")
        self._store.write("DELETE FROM bridges WHERE name = ?", name)
        self._store.write("DELETE FROM links WHERE bridge = ?", name)

    def links(self) -> list[Link]:
        """Return all links, in order of bridge and room."""
        return [
            Link(*row)
            for row in self._store.read(
                "SELECT bridge, room, group_name FROM links ORDER BY bridge, room"
            )
        ]

    def link(self, link: Link, group_limit: int) -> None:
        """Link a room with a group; raises `Conflict` where it is linked with another."""
        check_group_name(link.group, group_limit)
        for other in self.links():
            if other[:2] == link[:2] and group_key(other.group) != group_key(link.group):
                raise Conflict(f"{link.room} is linked with {other.group}")
        self._store.write("INSERT OR REPLACE INTO links VALUES (?, ?, ?)", *link)

    def unlink(self, bridge: str, room: str) -> Link:
        """End a link and return what it was; raises `NotFound`."""
        for link in self.links():
            if link[:2] == (bridge, room):
                self._store.write("DELETE FROM links WHERE bridge = ? AND room = ?", bridge, room)
                return link
        raise NotFound(f"link of {room}")
