"""LIST: which channels there are.

Source: Modern IRC, LIST message and the ELIST parameter (U).
"""

from __future__ import annotations

from collections.abc import Callable

from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.formatting import parse
from gateways.irc.names import group_of, shown
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat import policy
from words.chat.group import Group
from words.names import group_key


@command("LIST", cost=4.0)
def handle_list(session: Session, message: Message) -> None:
    """List channels: all, those named, or those with more (>N) or fewer (<N) members."""
    words = [word for word in (message.params[0] if message.params else "").split(",") if word]
    tests = [test for word in words if (test := _by_size(word))]
    names = {group_key(group_of(word)) for word in words if not _by_size(word)}
    session.reply(n.RPL_LISTSTART)
    for group in list(session.ircd.service.registry.groups.values()):
        if not group.members or not policy.may_see(group, session.me.participant):
            continue
        if (names and group.key not in names) or not all(test(group) for test in tests):
            continue
        topic = parse(group.facts.topic)[0]
        session.reply(n.RPL_LIST, shown(group.name), str(len(group.members)), topic)
    session.reply(n.RPL_LISTEND)


def _by_size(word: str) -> Callable[[Group], bool] | None:
    number = word[1:]
    if not (number.isascii() and number.isdigit()):
        return None
    size = int(number)
    if word[0] == ">":
        return lambda group: len(group.members) > size
    if word[0] == "<":
        return lambda group: len(group.members) < size
    return None
