"""Message tags: the text between `@` and the first blank of a line, to and from a dict.

Source: IRCv3 message-tags. Tag names are opaque: `+` (client-only) and `vendor/` stay in the key.
"""

import re
from collections.abc import Mapping

# "<client_max> (4096) :: '@' <tag_data 4094> ' '": IRCv3 message-tags, Size limit.
CLIENT_TAGS_MAX = 4096
# "<combined_max> (8191)": what a client must be ready to receive, same section.
TAGS_MAX = 8191

# IRCv3 message-tags, Escaping values. NUL has no escape, so it is left out.
_ESCAPES = {
    ord(";"): "\\:",
    ord(" "): "\\s",
    ord("\\"): "\\\\",
    ord("\r"): "\\r",
    ord("\n"): "\\n",
    0: "",
}
_UNESCAPES = {"\\:": ";", "\\s": " ", "\\\\": "\\", "\\r": "\r", "\\n": "\n"}
_ESCAPED = re.compile(r"\\.?", re.DOTALL)
# `<key> ::= [ '+' ] [ <vendor> '/' ] <letters, digits, hyphens>`, and the vendor is a host name.
_KEY = re.compile(r"\+?(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")


class BadTag(ValueError):
    """A tag that may not be sent: a key outside the grammar, or a section that is too long."""


def _unescaped(found: re.Match[str]) -> str:
    sequence = found[0]
    # An unknown escape is its character; a lone backslash at the end is nothing.
    return _UNESCAPES.get(sequence, sequence[1:])


def unescape(value: str) -> str:
    """The value of a tag, from its form on the wire; never fails."""
    return _ESCAPED.sub(_unescaped, value) if "\\" in value else value


def escape(value: str) -> str:
    """A tag's value in its form on the wire; `unescape` gives it back (without NUL)."""
    return value.translate(_ESCAPES)


def parse(data: str) -> dict[str, str]:
    """Tags from tag data (no `@`, no blank). The last of equal keys wins; no value is "".

    A missing value and an empty one are the same ("Implementations MUST interpret empty tag values
    as equivalent to missing tag values"). Keys are not checked: a server ignores what it doesn't
    know.
    """
    tags: dict[str, str] = {}
    for tag in data.split(";"):
        key, _, value = tag.partition("=")
        if key:
            tags[key] = unescape(value)
    return tags


def section(tags: Mapping[str, str]) -> bytes:
    """`@key=value;key ` with its blank, ready to stand before a line; b"" for no tags.

    Give the server's tags before the client-only ones. Raises BadTag for a key outside the
    grammar, a value that isn't UTF-8 (a lone surrogate), and more than TAGS_MAX bytes.
    """
    if not tags:
        return b""
    parts = []
    for key, value in tags.items():
        if not _KEY.fullmatch(key):
            raise BadTag(f"tag key {key!r}")
        parts.append(f"{key}={escape(value)}" if value else key)
    try:
        data = f"@{';'.join(parts)} ".encode()
    except UnicodeEncodeError as error:
        raise BadTag("tag value is not UTF-8") from error
    if len(data) > TAGS_MAX:
        raise BadTag(f"{len(data)} bytes of tags, at most {TAGS_MAX}")
    return data
