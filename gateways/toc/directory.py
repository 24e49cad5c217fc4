"""The directory: what people say of where they live, and who may be found by it.

Nine fields, as AIM had them. The last says whether others may find one by the rest; without it an
entry is shown only to who asks for it by the name.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateways.toc.limits import FOUND
from words.chat.keeping import Keeping
from words.errors import TooMany

FIELDS = ("First", "Middle", "Last", "Maiden", "City", "State", "Country", "E-mail")
FIELD_MAX = 100  # characters of one field

ENTRY, LISTED = "toc-directory", "toc-listed"
"""What is kept: the fields as they came; the same to be searched, of those who may be found."""


FINDABLE = ("T", "Y")
"""What a client says who allows it: AOL's, and that of clients that know no field for e-mail."""


def fields_of(text: str) -> list[str]:
    """Return the fields, and the last word on whether one may be found, "" where they lack."""
    given = "".join(char for char in text if char.isprintable() and char != '"').split(":")
    fields = [" ".join(field.split())[:FIELD_MAX] for field in given[: len(FIELDS) + 1]]
    if len(fields) == len(FIELDS) and fields[-1].upper() in FINDABLE:
        fields.insert(-1, "")
    return fields + [""] * (len(FIELDS) + 1 - len(fields))


def sought(text: str) -> tuple[str, ...]:
    """Return what somebody searches for, "" for the fields that don't matter."""
    return tuple(field.casefold() for field in fields_of(text)[: len(FIELDS)])


class Directory:
    """The entries of all identities."""

    def __init__(self, kept: Keeping) -> None:
        self._kept = kept

    def put(self, identity: int, fields: Sequence[str]) -> None:
        """Keep an entry; within a turn."""
        *entry, findable = fields
        listed = ":".join(entry).casefold() if findable.upper() in FINDABLE else ""
        self._kept.put(identity, ENTRY, ":".join(entry).encode())
        self._kept.put(identity, LISTED, listed.encode())

    def get(self, identity: int) -> list[tuple[str, str]]:
        """Return what an entry says, by the fields' names."""
        fields = self._kept.get(identity, ENTRY).decode().split(":")
        return [each for each in zip(FIELDS, fields, strict=False) if each[1]]

    def find(self, wanted: Sequence[str]) -> list[int]:
        """Return the identities that have all of this in their entries; raises `TooMany`."""
        pattern = ":".join(_escaped(field) or "%" for field in wanted)
        found = self._kept.all(LISTED, pattern, FOUND + 1)
        if len(found) > FOUND:
            raise TooMany("found", FOUND)
        return [number for number, _ in found]


def _escaped(field: str) -> str:
    return field.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
