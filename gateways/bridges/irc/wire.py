"""What an IRC server sends, and what it says of itself; no I/O.

Source: Modern IRC; IRCv3 message-tags; the ISUPPORT tokens of defs.ircdocs.horse.
"""

from __future__ import annotations

import re

import msgspec

from gateways.irc.codec import LINE_MAX, Malformed, NotUtf8, parse
from gateways.irc.tags import TAGS_MAX

RAW_MAX = TAGS_MAX + 16 * LINE_MAX
"""Bytes of one line that are taken: servers may have lines longer than 512 (ISUPPORT LINELEN)."""

MOST_TOKENS = 500
"""Tokens of RPL_ISUPPORT that are kept; servers have 60."""

_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


class Line(msgspec.Struct, frozen=True):
    """One line of a server."""

    command: str
    params: tuple[str, ...]
    nick: str = ""
    """The source up to its ``!``: somebody's nick, or the server's name."""
    user: str = ""
    host: str = ""
    tags: dict[str, str] = {}

    def param(self, number: int) -> str:
        """Return a parameter, "" where there is none."""
        return self.params[number] if -len(self.params) <= number < len(self.params) else ""


def read(data: bytes) -> Line | None:
    """Return what a line says, None for what is none. Old clients' bytes are taken as Latin-1."""
    try:
        message = parse(data)
    except NotUtf8:
        data = data.decode("latin-1").encode()
        return read(data)
    except Malformed:
        return None
    text = data.decode()
    if text.startswith("@"):
        text = text.partition(" ")[2].lstrip(" ")
    source = text[1:].partition(" ")[0] if text.startswith(":") else ""
    nick, _, rest = source.partition("!")
    user, _, host = rest.partition("@")
    return Line(message.command, tuple(message.params), nick, user, host, message.tags())


class Server:
    """What a server says that it is like (RPL_ISUPPORT)."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}

    def learn(self, tokens: tuple[str, ...]) -> None:
        """Take the parameters of one RPL_ISUPPORT, without the nick and the words at the end."""
        for token in tokens:
            name, _, value = token.partition("=")
            if name.startswith("-"):
                self.tokens.pop(name[1:], None)
            elif len(self.tokens) < MOST_TOKENS:
                self.tokens[name] = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)

    def number(self, name: str, default: int) -> int:
        """Return the value of a token that is a number."""
        value = self.tokens.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else default

    def fold(self, name: str) -> str:
        """Return a nick or channel as this server compares it (CASEMAPPING)."""
        mapping = self.tokens.get("CASEMAPPING", "rfc1459")
        if mapping == "ascii":
            return name.translate(_ASCII)
        if mapping == "rfc1459":
            return name.translate(_RFC1459)
        return name.translate(_STRICT) if mapping == "strict-rfc1459" else name.casefold()

    def is_room(self, target: str) -> bool:
        """Return whether a target is a channel."""
        return target[:1] in (self.tokens.get("CHANTYPES") or "#&")

    @property
    def signs(self) -> str:
        """What may stand before nicks in NAMES (PREFIX)."""
        return self.tokens.get("PREFIX", "(ov)@+").partition(")")[2]


_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ASCII = str.maketrans(_UPPER, _UPPER.lower())
_STRICT = str.maketrans(_UPPER + "[]\\", _UPPER.lower() + "{}|")
_RFC1459 = str.maketrans(_UPPER + "[]\\^", _UPPER.lower() + "{}|~")
