"""RPL_ISUPPORT (005): what this server can do, as tokens.

Sources: Modern IRC, "RPL_ISUPPORT (005)" and "RPL_ISUPPORT Parameters"; IRCv3 where a row says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from gateways.irc.encode import reply, room
from gateways.irc.numerics import RPL_ISUPPORT

# "<client> <1-13 tokens> :are supported by this server": Modern IRC, RPL_ISUPPORT.
TOKENS_PER_LINE = 13

Value = str | int | None
"""None: the token stands alone."""


class Token(msgspec.Struct, frozen=True):
    """What a token may be given: `text` and `number` need a value, `flag` has none, `letter` may
    have one. `source`: where it is specified."""

    kind: Literal["text", "number", "flag", "letter"]
    source: str = "Modern IRC"


TOKENS = {
    "ACCOUNTEXTBAN": Token("text", "IRCv3 account-extban"),
    "AWAYLEN": Token("number"),
    "BOT": Token("text", "IRCv3 bot-mode"),
    "CASEMAPPING": Token("text"),
    "CHANLIMIT": Token("text"),
    "CHANMODES": Token("text"),
    "CHANNELLEN": Token("number"),
    "CHANTYPES": Token("text"),
    "CHATHISTORY": Token("number", "IRCv3 draft/chathistory"),
    "CLIENTTAGDENY": Token("text", "IRCv3 message-tags"),
    "ELIST": Token("text"),
    "EXCEPTS": Token("letter"),
    "EXTBAN": Token("text"),
    "FORWARD": Token("text", "Ergo"),
    "HOSTLEN": Token("number"),
    "INVEX": Token("letter"),
    "KEYLEN": Token("number", "irc-defs"),
    "KICKLEN": Token("number"),
    "KNOCK": Token("flag", "irc-defs"),
    "LINELEN": Token("number", "irc-defs"),
    "MAXLIST": Token("text"),
    "MAXTARGETS": Token("number"),
    "MODES": Token("number"),
    "MONITOR": Token("number", "IRCv3 monitor"),
    "MSGREFTYPES": Token("text", "IRCv3 draft/chathistory"),
    "NAMELEN": Token("number", "IRCv3 setname"),
    "NETWORK": Token("text"),
    "NICKLEN": Token("number"),
    "PREFIX": Token("text"),
    "SAFELIST": Token("flag"),
    "SAFERATE": Token("flag", "irc-defs"),
    "SILENCE": Token("number"),
    "STATUSMSG": Token("text"),
    "TARGMAX": Token("text"),
    "TOPICLEN": Token("number"),
    "USERIP": Token("flag", "irc-defs"),
    "USERLEN": Token("number"),
    "USERMODES": Token("text", "irc-defs"),
    "draft/ACCOUNTREQUIRED": Token("flag", "IRCv3 draft/account-registration"),
    "UTF8ONLY": Token("flag", "IRCv3 utf8-only"),
    "WHOX": Token("flag", "IRCv3 whox"),
    "draft/ICON": Token("text", "IRCv3 draft/network-icon"),
}

# "\x20 for the space character, \x5C for the backslash and \x3D for the equal character".
_ESCAPES = str.maketrans({" ": "\\x20", "\\": "\\x5C", "=": "\\x3D"})


def _fits(kind: str, value: Value) -> bool:
    if value is None:
        return kind in ("flag", "letter")
    if isinstance(value, int):
        return kind == "number" and value >= 0
    return kind in ("text", "letter") and value.isprintable()


def token(name: str, value: Value) -> str:
    """`NAME` or `NAME=value`, escaped. Raises ValueError for a name that isn't in TOKENS or a
    value that isn't of its kind. Text outside ASCII (a network's name) goes as UTF-8."""
    row = TOKENS.get(name)
    if row is None or not _fits(row.kind, value):
        raise ValueError(f"no value of ISUPPORT {name}: {value!r}")
    return name if value is None else f"{name}={str(value).translate(_ESCAPES)}"


def lines(tokens: Mapping[str, Value], server: str, client: str) -> Iterator[bytes]:
    """The 005 lines of `tokens`, in their order: at most 13 in a line, none over 512 bytes."""
    return _lines([token(name, value) for name, value in tokens.items()], server, client)


def changes(
    before: Mapping[str, Value], after: Mapping[str, Value], server: str, client: str
) -> Iterator[bytes]:
    """The 005 lines of what is new or has another value; what is gone is negated (Modern IRC)."""
    gone = [f"-{name}" for name in before if name not in after]
    new = [token(*each) for each in after.items() if each not in before.items()]
    return _lines(gone + new, server, client)


def _lines(words: Iterable[str], server: str, client: str) -> Iterator[bytes]:
    limit = room(RPL_ISUPPORT.number, client, source=server) - len(str(RPL_ISUPPORT.text))
    held: list[str] = []
    size = 0
    for word in words:
        needed = len(word.encode()) + 1
        if held and (len(held) == TOKENS_PER_LINE or size + needed > limit):
            yield reply(RPL_ISUPPORT, server, client, *held)
            held, size = [], 0
        held.append(word)
        size += needed
    if held:
        yield reply(RPL_ISUPPORT, server, client, *held)
