"""From fields to bytes: what a client is sent. A field can never become a second line.

What each field may hold: CR, LF and NUL are refused in command, source and middle parameters
(`Unsendable`), become a blank in the text, and are escaped (NUL: left out) in a tag's value. A
middle parameter that is empty, has a blank or starts with a colon would shift the others: refused.
"""

from collections.abc import Mapping

from gateways.irc import tags as tag_codec
from gateways.irc.codec import BODY_MAX
from gateways.irc.numerics import Numeric
from gateways.irc.wrap import prefix

_AS_BLANK = {0: " ", 10: " ", 13: " "}


class Unsendable(ValueError):
    """Fields that make no line: bytes that would be read as something else, or too many."""


def _head(source: str, command: str, middles: tuple[str, ...]) -> str:
    for middle in middles:
        if not middle or middle[0] == ":" or " " in middle:
            raise Unsendable(f"middle parameter {middle!r} of {command}")
    if not command.isalnum() or not command.isascii() or " " in source:
        raise Unsendable(f"source {source!r}, command {command!r}")
    head = f":{source} {command}" if source else command
    if middles:
        head = f"{head} {' '.join(middles)}"
    if "\n" in head or "\r" in head or "\0" in head:
        raise Unsendable(f"CR, LF or NUL in {head!r}")
    return head


def line(
    command: str,
    *middles: str,
    text: str | None = None,
    source: str = "",
    tags: Mapping[str, str] | None = None,
) -> bytes:
    """One line with CR LF: `@tags :source COMMAND middle middle :text`.

    `text` always gets its colon, and is cut at a character boundary where the line (without tags)
    would outgrow 512 bytes: split it before, where nothing may be lost (`wrap.split_text`,
    `room`). Raises Unsendable, also when the rest leaves no room; BadTag for tags.
    """
    head = _head(source, command, middles)
    if text is None:
        body = head
    else:
        if "\n" in text or "\r" in text or "\0" in text:
            text = text.translate(_AS_BLANK)
        body = f"{head} :{text}"
    try:
        data = body.encode()
        if len(data) > BODY_MAX:
            data = _cut(head, text)
    except UnicodeEncodeError as error:
        raise Unsendable(f"not UTF-8: {body!r}") from error
    if tags:
        return tag_codec.section(tags) + data + b"\r\n"
    return data + b"\r\n"


def _cut(head: str, text: str | None) -> bytes:
    room = BODY_MAX - len(head.encode()) - 2
    if text is None or room < 0:
        raise Unsendable(f"line too long: {head!r}")
    return f"{head} :{prefix(text, room)}".encode()


ECHO_MAX = 256
"""Bytes of what a client gave that are sent back as a middle parameter; longer than any name."""


def safe(given: str) -> str:
    """What a client gave, as a middle parameter that can be sent back: "*" where it can't be.

    Ergo does the same; Modern IRC leaves it open.
    """
    if not given or given[0] == ":" or " " in given or "\0" in given:
        return "*"
    return prefix(given, ECHO_MAX)


def room(command: str, *middles: str, source: str = "") -> int:
    """Bytes of text that fit into such a line; negative when not even the rest does."""
    return BODY_MAX - len(_head(source, command, middles).encode()) - len(" :")


def reply(
    numeric: Numeric, server: str, client: str, *values: str, text: str | None = None
) -> bytes:
    """A numeric reply to `client` ("*" before it has a nick).

    `values` are those that the row names, in its order: `reply(ERR_NEEDMOREPARAMS, server,
    client, "JOIN")`. `text` takes the place of the row's text where more can be said. Raises
    Unsendable; ValueError for a wrong number of values.
    """
    middles, words = numeric.fill(values, text)
    return line(numeric.number, client, *middles, text=words, source=server)
