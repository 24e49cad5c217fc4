"""LIST: which channels there are.

Source: Modern IRC, LIST message; ISUPPORT ELIST (C, M, N, T, U) and SAFELIST.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gateways.irc import numerics as n
from gateways.irc import paced
from gateways.irc.codec import Message
from gateways.irc.encode import reply
from gateways.irc.formatting import parse
from gateways.irc.handlers.server import elsewhere
from gateways.irc.names import group_of, is_channel, shown
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.chat import policy
from words.chat.group import Group
from words.chat.masks import Matcher, matcher
from words.chat.registry import now_ms
from words.names import group_key

CONDITIONS_MOST = 20
"""Names, masks and conditions of one LIST: each is tried on every channel."""

_COMPARISON = re.compile(r"([CT]?)([<>])(\d{1,9})", re.ASCII)


class Wanted(NamedTuple):
    """What a LIST asks for. ``masks`` and ``names``: one of them has to fit, if there are any."""

    tests: list[Callable[[Group], bool]]
    names: set[str]
    masks: list[Matcher]
    unwanted: list[Matcher]

    def has(self, group: Group) -> bool:
        """Return whether a channel is asked for."""
        channel = shown(group.name)
        return (
            all(test(group) for test in self.tests)
            and not any(fits(channel) for fits in self.unwanted)
            and (
                not (self.names or self.masks)
                or group.key in self.names
                or any(fits(channel) for fits in self.masks)
            )
        )


@command("LIST", cost=4.0)
def handle_list(session: Session, message: Message) -> Later | None:
    """List channels: all, those named, or by conditions. >N and <N: members; C>N and C<N: made
    so many minutes ago; T>N and T<N: topic of so many minutes ago; a mask; !a mask."""
    params = message.params
    words = params[0].split(",") if params else []
    more = params[1].split(",") if len(params) > 1 else []
    if all(map(_is_condition, more)):  # Modern IRC: names, then conditions
        words += more
    elif elsewhere(session, params[1]):  # RFC 2812: names, then a server
        return None
    words = [word for word in words if word]
    groups = list(session.ircd.service.registry.groups.values())
    return paced.say(session, _rows(session, _wanted(words[:CONDITIONS_MOST]), groups))


def _rows(session: Session, wanted: Wanted, groups: Iterable[Group]) -> Iterator[bytes]:
    server, client = session.ircd.name_shown, session.name
    me = session.me.participant
    yield reply(n.RPL_LISTSTART, server, client)
    for number, group in enumerate(groups, 1):
        if number % paced.LINES == 0:
            yield b""  # to look costs, too
        if group.members and policy.may_see(group, me) and wanted.has(group):
            topic = parse(group.facts.topic)[0]
            size = str(len(group.members))
            yield reply(n.RPL_LIST, server, client, shown(group.name), size, topic)
    yield reply(n.RPL_LISTEND, server, client)


def _is_condition(word: str) -> bool:
    return bool(not word or word[0] == "!" or _COMPARISON.fullmatch(word))


def _wanted(words: Iterable[str]) -> Wanted:
    wanted = Wanted([], set(), [], [])
    for word in words:
        if found := _COMPARISON.fullmatch(word):
            wanted.tests.append(_TESTS[found[1]](found[2], int(found[3])))
        elif word[0] == "!":
            wanted.unwanted.append(matcher(word[1:]))
        elif "*" in word or "?" in word:
            wanted.masks.append(matcher(word))
        else:  # what is no channel's name is nobody's
            wanted.names.add(group_key(group_of(word)) if is_channel(word) else "")
    return wanted


Test = Callable[[Group], bool]


def _by_size(sign: str, size: int) -> Test:
    if sign == ">":
        return lambda group: len(group.members) > size
    return lambda group: len(group.members) < size


def _by_age(sign: str, minutes: int, when: Callable[[Group], int]) -> Test:
    moment = now_ms() - 60_000 * minutes
    if sign == ">":
        return lambda group: 0 < when(group) < moment
    return lambda group: when(group) > moment


_TESTS: dict[str, Callable[[str, int], Test]] = {
    "": _by_size,
    "C": lambda sign, minutes: _by_age(sign, minutes, lambda group: group.facts.created),
    "T": lambda sign, minutes: _by_age(sign, minutes, lambda group: group.facts.topic_time),
}
