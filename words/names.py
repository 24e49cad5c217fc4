"""Names and how they are compared: once, here, by type.

A *name* is what people see; a *key* is what is compared. Keys are made by `participant_key`
and `group_key` only, so that two spellings of one name can't meet as strangers anywhere.
Names of participants have no blanks and none of the characters that address people in any
of our protocols (``nick!user@host``, ``#group``, ``a,b``); letters and digits of any script
may be used. RFC 2812 2.3.1 gives the special characters.
"""

from __future__ import annotations

import unicodedata
from typing import NewType

from words.errors import BadName, TooLong

ParticipantKey = NewType("ParticipantKey", str)
GroupKey = NewType("GroupKey", str)

SPECIAL = frozenset("[]\\`_^{|}-")
NOT_FIRST = frozenset("0123456789-")
NOT_IN_GROUPS = frozenset(" ,\x07:")
FOREIGN_SIGN = "/"
"""Between the name and the network of somebody from elsewhere: no name of ours can have it."""
FOREIGN_BYTES = 64
"""Bytes of UTF-8 that such a name has at most, its network included: a nick of IRC has no more."""
_LETTERS = frozenset("LMN")  # Unicode general categories: letters, marks, numbers
MARKS = 30
"""Combining marks in a row that a text may have. Source: UAX #15, Stream-Safe Text Format; what
normalising costs grows with their square."""
SHORT = 1024
"""Characters of a text that may have any: a millisecond at worst."""


def fold(name: str) -> str:
    """Return a name without what case and compatible forms of characters differ in."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", safe(name)).casefold())


def safe(text: str) -> str:
    """Return a text without the marks that would make it slow to normalise."""
    if len(text) <= SHORT:
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        mark = char > "\u02ff" and unicodedata.combining(unicodedata.normalize("NFKD", char)[0])
        marks = marks + 1 if mark else 0
        if marks <= MARKS:
            kept.append(char)
    return "".join(kept)


def participant_key(name: str) -> ParticipantKey:
    """Return the comparable form of a participant's or identity's name (any string is taken)."""
    return ParticipantKey(fold(name))


def group_key(name: str) -> GroupKey:
    """Return the comparable form of a group's name (any string is taken)."""
    return GroupKey(fold(name))


def check_participant_name(name: str, limit: int) -> None:
    """Raise `BadName` or `TooLong` unless a participant may be called this.

    ``limit`` counts characters.
    """
    if not name:
        raise BadName(name, "is empty")
    if len(name) > limit:
        raise TooLong("name", limit)
    if name[0] in NOT_FIRST:
        raise BadName(name, "begins with a digit or a hyphen")
    for char in name:
        if not _usable(char):
            raise BadName(name, f"has a character that names can't have: {char!a}")
    _check_normal(name)


def check_group_name(name: str, limit: int) -> None:
    """Raise `BadName` or `TooLong` unless a group may be called this.

    ``limit`` counts characters. The name is without the sign that IRC puts before it.
    """
    if not name:
        raise BadName(name, "is empty")
    if len(name) > limit:
        raise TooLong("group name", limit)
    for char in name:
        if char in NOT_IN_GROUPS or unicodedata.category(char)[0] in "CZ":
            raise BadName(name, f"has a character that names can't have: {char!a}")
    _check_normal(name)


def _check_normal(name: str) -> None:
    if not name.isascii() and unicodedata.normalize("NFC", name) != name:
        raise BadName(name, "isn't in Unicode normal form C")


def foreign_name(name: str, network: str, end: str = "") -> str:
    """Return what somebody of another network is called here: ``name/network``.

    What names of ours can't have becomes ``_``. ``end`` tells apart those who are called the same.
    """
    room = FOREIGN_BYTES - len(FOREIGN_SIGN + network) - len(end)
    name = name[:SHORT]
    kept = "".join(char if _usable(char) else "_" for char in unicodedata.normalize("NFC", name))
    if not kept or kept[0] in NOT_FIRST:
        kept = f"_{kept}"
    cut = unicodedata.normalize("NFC", kept.encode()[:room].decode(errors="ignore"))
    return f"{cut}{end}{FOREIGN_SIGN}{network}"


def _usable(char: str) -> bool:
    if char.isascii():
        return char in SPECIAL or char.isalnum()
    return unicodedata.category(char)[0] in _LETTERS
