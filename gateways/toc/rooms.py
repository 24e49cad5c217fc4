"""The numbers of rooms: small, from 1 (naim takes 0 for none), the same for all clients."""

from __future__ import annotations

from words.names import GroupKey, group_key

MOST = 100_000
"""Rooms whose numbers are remembered; then the oldest of those that nobody is in are forgotten."""


class Rooms:
    """Groups by the numbers that TOC clients know them by. A number is never used again."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._groups: dict[int, int] = {}
        self._by_name: dict[GroupKey, int] = {}
        self._inside: dict[int, int] = {}
        self._last = 0

    def number(self, group: int, name: str) -> int:
        """Return a group's number, a new one where it has none; it may have another name now."""
        number = self._numbers.get(group)
        if number is None:
            self._last = number = self._last + 1
            self._numbers[group] = number
            self._names[number] = name
            self._groups[number] = group
            self._by_name[group_key(name)] = number
            if len(self._names) > MOST:
                self._forget()
        elif self._names[number] != name:
            self._by_name.pop(group_key(self._names[number]), None)
            self._names[number] = name
            self._by_name[group_key(name)] = number
        return number

    def known(self, group: int) -> int:
        """Return a group's number, 0 where it has none."""
        return self._numbers.get(group, 0)

    def called(self, name: str) -> int:
        """Return the number of the group of this name, 0 where it has none."""
        return self._by_name.get(group_key(name), 0)

    def name(self, number: int) -> str:
        """Return the name of the group with a number, "" for none."""
        return self._names.get(number, "")

    def entered(self, number: int) -> None:
        """Note that somebody is in a room."""
        self._inside[number] = self._inside.get(number, 0) + 1

    def left(self, number: int) -> None:
        """Note that one of them isn't any more."""
        self._inside[number] -= 1
        if not self._inside[number]:
            del self._inside[number]

    def _forget(self) -> None:
        for number in list(self._names)[: MOST // 10]:
            if number not in self._inside:
                key = group_key(self._names.pop(number))
                del self._numbers[self._groups.pop(number)]
                if self._by_name.get(key) == number:
                    del self._by_name[key]
