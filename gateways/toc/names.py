"""Screen names: what TOC calls people and rooms, and how a name that it can't carry is written.

Clients compare names without blanks and case, and some send them so (TiK keeps letters, digits
and ``#`` only). Fields are separated by colons and lists by blanks, so such characters of names
from elsewhere are written as ``=`` and two hexadecimal digits, which no name of ours has.
"""

from __future__ import annotations

import re

ROOM_MAX = 100  # characters of a room's name; nobody's screen shows more
_KEPT = re.compile('[=: "\\\\,\0-\x1f\x7f-\x9f\u2028\u2029]')
_WRITTEN = re.compile(b"=([0-9A-Fa-f]{2})")
_SQUASHED = re.compile("[^a-z0-9]")


def decode(data: bytes) -> str:
    """Return bytes of a client as text: UTF-8, or else each byte a character."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def shown(name: str) -> str:
    """Return a participant's name as a field of TOC; `meant` gives it back."""
    if not _KEPT.search(name):
        return name
    return "".join(_written(char) if _KEPT.match(char) else char for char in name)


def _written(char: str) -> str:
    return "".join(f"={byte:02X}" for byte in char.encode())


def meant(field: bytes) -> str:
    """Return the participant's name that a client's argument means, blanks left out."""
    packed = b"".join(field.split())
    if b"=" in packed:
        packed = _WRITTEN.sub(lambda found: bytes([int(found[1], 16)]), packed)
    return decode(packed)


def normal(name: str) -> str:
    """Return a screen name as clients compare it: without blanks, in lower case."""
    return "".join(name.split()).lower()


def squashed(name: str) -> str:
    """Return what TiK and Net::AIM keep of a name: letters and digits of ASCII."""
    return _SQUASHED.sub("", name.lower())


def room(name: str) -> str:
    """Return a group's name as a room's; `group` gives it back."""
    return shown(name)


def group(field: bytes) -> str:
    """Return the group that a room's name means: runs of blanks are one, written ``_``.

    Groups have no blanks in their names, and a room's name isn't compared by case.
    """
    words = _WRITTEN.sub(lambda found: bytes([int(found[1], 16)]), b" ".join(field.split()))
    return decode(words).lstrip("#").replace(" ", "_")[:ROOM_MAX]
