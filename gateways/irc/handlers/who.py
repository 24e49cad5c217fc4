"""WHO: the people of a channel, or those who fit a mask; with WHOX the fields that are asked for.

Source: Modern IRC, WHO message; IRCv3 whox, bot-mode, multi-prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gateways.irc import numerics as n
from gateways.irc import paced
from gateways.irc.capabilities import Cap
from gateways.irc.codec import BODY_MAX, Message
from gateways.irc.encode import reply, safe
from gateways.irc.forms import source
from gateways.irc.names import BOT_MODE, group_of, is_channel, shown, signs
from gateways.irc.session import Session
from gateways.irc.sight import address, admitted, away, groups, idle_seconds
from gateways.irc.table import Later, command
from gateways.irc.wrap import prefix
from words.chat import policy
from words.chat.group import Group
from words.chat.masks import matcher
from words.chat.participant import Participant
from words.errors import WordsError
from words.events import Flags

ROWS = 500
"""Rows of a WHO that isn't about one channel."""

LOOKED_AT = 500
"""People that are looked at in one part of an answer: some milliseconds."""

FIELDS = "tcuihsnfdlaor"
"""The fields of WHOX in the order of the answer. Clients ask for ``d`` (hops) and ``o`` (rank as an
operator of the channel) too, which ircu has between those of the specification."""


class Asked(NamedTuple):
    """What a WHO wants to know: WHOX fields (None: the old answer) and their token."""

    operators: bool = False
    fields: str | None = None
    token: str = "0"


@command("WHO", cost=3.0)
def handle_who(session: Session, message: Message) -> Later | None:
    """List the people of a channel, or those who fit a mask; with "o" operators only."""
    params = message.params
    mask = (params[0] if params else "") or "*"
    asked = _asked(params[1] if len(params) > 1 else "")
    people: Iterable[Participant | None] = ()
    group = None
    if not is_channel(mask):
        people = _found(session, "*" if mask == "0" else mask)
    elif (group := _visible(session, mask)) is not None:
        roles = session.ircd.service.settings.roles
        seen = policy.seen_members(group, session.me.participant, roles)
        people = [member.participant for member in seen]
    return paced.say(session, _rows(session, mask, asked, people, group))


def _asked(given: str) -> Asked:
    """Return what ``o%fields,token`` means."""
    flags, percent, rest = given.partition("%")
    operators = "o" in flags
    if not percent:
        return Asked(operators)
    fields, _, token = rest.partition(",")
    if not (token.isascii() and token.isdigit() and len(token) <= 3):
        token = "0"
    return Asked(operators, "".join(field for field in FIELDS if field in fields), token)


def _visible(session: Session, channel: str) -> Group | None:
    try:
        return session.me.group(group_of(channel))
    except WordsError:
        return None


def _found(session: Session, mask: str) -> Iterator[Participant | None]:
    """Yield who is called so, else who fits in nick, user, host, server or real name; None now
    and then, for the time that looking takes.

    Modern IRC, WHO message. Who is invisible and shares no channel is found by nick only.
    """
    registry = session.ircd.service.registry
    me = session.me.participant
    other = registry.participant(mask)
    if other is not None:
        if admitted(session, other):
            yield other
        return
    fits = matcher(mask)
    here = fits(session.ircd.name_shown)
    rows = 0
    for number, other in enumerate(list(registry.participants.values()), 1):
        if number % LOOKED_AT == 0:
            yield None
        if other.hidden and other is not me and me.groups.keys().isdisjoint(other.groups):
            continue
        actor = other.actor
        names = (actor.name, actor.user, actor.host, other.real_name, source(actor))
        if (here or any(map(fits, names))) and admitted(session, other):
            yield other
            rows += 1
            if rows == ROWS:
                return


def _rows(
    session: Session,
    mask: str,
    asked: Asked,
    people: Iterable[Participant | None],
    group: Group | None,
) -> Iterator[bytes]:
    row = _old_row if asked.fields is None else _new_row
    for other in people:
        if other is None:
            yield b""
            continue
        if group is not None and other.id not in group.members:
            continue  # gone between two parts of the answer
        if not asked.operators or other.actor.flags & Flags.OPERATOR:
            yield row(session, other, group or next(groups(session, other), None), asked)
    yield reply(n.RPL_ENDOFWHO, session.ircd.name_shown, session.name, safe(mask))


def _flags(session: Session, other: Participant, group: Group | None) -> str:
    flags = "H" if away(session, other) is None else "G"
    marks = other.actor.flags
    if marks & Flags.OPERATOR:
        flags += "*"
    if group is not None and (roles := group.members[other.id].roles):
        held = signs(roles, session.ircd.service.settings.roles)
        flags += held if session.has(Cap.MULTI_PREFIX) else held[:1]
    return flags + BOT_MODE if marks & Flags.BOT else flags


def _old_row(session: Session, other: Participant, group: Group | None, _: Asked) -> bytes:
    actor = other.actor
    server = session.ircd.name_shown
    channel = "*" if group is None else shown(group.name)
    flags = _flags(session, other, group)
    return _line(
        f":{server} {n.RPL_WHOREPLY.number} {session.name} {channel} {actor.user} {actor.host}"
        f" {server} {actor.name} {flags} :0 {other.real_name}"
    )


def _new_row(session: Session, other: Participant, group: Group | None, asked: Asked) -> bytes:
    assert asked.fields is not None
    values = [_VALUES[field](session, other, group, asked) for field in asked.fields]
    head = f":{session.ircd.name_shown} {n.RPL_WHOSPCRPL.number} {session.name}"
    return _line(" ".join([head, *values]))


def _line(body: str) -> bytes:
    if len(body) * 4 > BODY_MAX and len(body.encode()) > BODY_MAX:
        body = prefix(body, BODY_MAX)
    return f"{body}\r\n".encode()


Field = Callable[[Session, Participant, Group | None, Asked], str]

_VALUES: dict[str, Field] = {
    "t": lambda _, __, ___, asked: asked.token,
    "c": lambda _, __, group, ___: "*" if group is None else shown(group.name),
    "u": lambda _, other, __, ___: other.actor.user,
    "i": lambda session, other, _, __: address(session, other),
    "h": lambda _, other, __, ___: other.actor.host,
    "s": lambda session, _, __, ___: session.ircd.name_shown,
    "n": lambda _, other, __, ___: other.actor.name,
    "f": lambda session, other, group, _: _flags(session, other, group),
    "d": lambda _, __, ___, ____: "0",
    "l": lambda session, other, _, __: str(idle_seconds(session, other)),
    "a": lambda _, other, __, ___: other.actor.account or "0",
    "o": lambda _, __, ___, ____: "n/a",
    "r": lambda _, other, __, ___: f":{other.real_name}",
}
