"""The arguments of a command, as every client of the time writes them, and the messages back.

A client separates arguments with blanks. One with special characters is in double quotes, or (as
clients in Tcl and Perl do) in braces, which nest; newlines may stand in either. A backslash takes
what follows as it is, in quotes, in braces and outside. Nothing here ever fails: a quote that
isn't closed ends with the command. All of it is bytes: no encoding is known here.

The server separates fields with colons and escapes nothing, so only the last may hold a colon.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BLANKS = b" \t\r\n"
_SPECIAL = re.compile(rb'[${}\[\]()"\\]')
_BARE = re.compile(rb"(?:\\.|[^\\ \t\r\n]|\\\Z)+", re.DOTALL)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_IN_BRACES = re.compile(rb"\\.|[{}]", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class Word(NamedTuple):
    """An argument; ``bare``: without quotes or braces; ``at``: where it begins."""

    value: bytes
    bare: bool
    at: int


class Command(NamedTuple):
    """A command: its name in lower case, its arguments, and all that it was."""

    name: str
    words: tuple[Word, ...]
    data: bytes

    def values(self) -> list[bytes]:
        """Return the arguments' values."""
        return [word.value for word in self.words]

    def from_word(self, place: int) -> bytes:
        """Return the argument at ``place``; where it is bare, with all that follows it.

        For what clients forget to quote: a room's name, a list over several lines.
        """
        if place >= len(self.words):
            return b""
        word = self.words[place]
        if not word.bare:
            return word.value
        return unescape(self.data[word.at :].rstrip(b" \t"))


def unescape(data: bytes) -> bytes:
    """Return the bytes without the backslashes that protect others."""
    return _ESCAPED.sub(rb"\1", data) if b"\\" in data else data


def quote(value: bytes) -> bytes:
    """Return an argument as TiK writes it: in quotes, with every special character escaped."""
    return b'"' + _SPECIAL.sub(lambda found: b"\\" + found[0], value) + b'"'


def parse(data: bytes) -> Command:
    """Return the command in a frame's payload."""
    words: list[Word] = []
    at = _skip(data, 0)
    while at < len(data):
        word, at = _word(data, at)
        words.append(word)
        at = _skip(data, at)
    if not words:
        return Command("", (), data)
    name = words[0].value.decode("ascii", "replace").lower()
    return Command(name, tuple(words[1:]), data)


def _skip(data: bytes, at: int) -> int:
    while at < len(data) and data[at] in BLANKS:
        at += 1
    return at


def _word(data: bytes, at: int) -> tuple[Word, int]:
    first = data[at : at + 1]
    if first == b'"':
        found = _QUOTED.match(data, at)
        assert found is not None
        return Word(unescape(found[1]), False, at), found.end()
    if first == b"{":
        stop = _closing(data, at)
        return Word(unescape(data[at + 1 : stop]), False, at), stop + 1
    found = _BARE.match(data, at)
    assert found is not None
    return Word(unescape(found[0]), True, at), found.end()


def _closing(data: bytes, at: int) -> int:
    """Return where the brace that opens at ``at`` is closed."""
    depth = 0
    for found in _IN_BRACES.finditer(data, at):
        if found[0] == b"{":
            depth += 1
        elif found[0] == b"}":
            depth -= 1
            if not depth:
                return found.start()
    return len(data)


class Unsendable(ValueError):
    """A field that would be read as two, or a message that no frame holds."""


def message(command: str, *fields: str | bytes, last: str | bytes | None = None) -> bytes:
    """Return a message of the server: ``COMMAND:field:field:last``.

    ``last`` may hold colons. NULs are left out: clients end a text at the first one. Raises
    `Unsendable` for a colon in another field.
    """
    parts = [command.encode()]
    for field in fields:
        data = field.encode() if isinstance(field, str) else field
        if b":" in data:
            raise Unsendable(f"a colon in a field of {command}: {data!r}")
        parts.append(data)
    if last is not None:
        parts.append(last.encode() if isinstance(last, str) else last)
    joined = b":".join(parts)
    return joined.replace(b"\0", b"") if b"\0" in joined else joined
