"""The hub's own filter, and what filters did."""

from __future__ import annotations

import msgspec

from words.admin.base import Domain, Nothing, Result, Verb
from words.errors import NoSuchGroup
from words.names import group_key

PAGE = 200
"""Entries of the log in one answer."""

LAST = 2**62


class OneRule(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``filter-add``, ``filter-remove``: a rule as `words.chat.rules` has it."""

    target: str
    why: str = ""


class LogPage(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of ``filter-log``: of a group, or (without one) of direct messages."""

    name: str = ""
    before: int = LAST


def _add(domain: Domain, arguments: OneRule, _: object) -> Result:
    return {"name": domain.filter.add_rule(arguments.target, "")}


def _remove(domain: Domain, arguments: OneRule, _: object) -> Result:
    return {"name": domain.filter.remove_rule(arguments.target)}


def _list(domain: Domain, _: object, __: object) -> Result:
    return domain.filter.rules()


def _log(domain: Domain, arguments: LogPage, _: object) -> Result:
    number = 0
    if arguments.name:
        rows = domain.store.read("SELECT id FROM groups WHERE key = ?", group_key(arguments.name))
        if not rows:
            raise NoSuchGroup(arguments.name)
        number = rows[0][0]
    return domain.filter.log(number, arguments.before, PAGE)


VERBS = {
    "filter-add": Verb(OneRule, _add, "bans"),
    "filter-remove": Verb(OneRule, _remove, "bans"),
    "filter-list": Verb(Nothing, _list, "bans", writes=False),
    "filter-log": Verb(LogPage, _log, "bans", writes=False),
}
