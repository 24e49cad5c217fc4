"""Entries of a group's lists: whom they mean, and how they are written in the one form kept.

    ann!*@*            who is shown so; `*` is any run of characters, `?` any one
    account:ann        who is logged in so; `!account:*` is who isn't logged in
    realname:*spam*    who calls himself so
    guest:*!*@*.net    who is shown so and isn't logged in
    group:lobby        who is in that group, unless it is secret
    mute:ENTRY         whom ENTRY means: he may come in, and may not speak

The kinds are those that Ergo and InspIRCd have as extended bans. Nothing here compiles a pattern:
matching costs at most an entry's length times that of what it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeAlias

from words.chat.masks import looks_like_address, matcher, normalise
from words.errors import BadName
from words.names import check_group_name, group_key, participant_key

if TYPE_CHECKING:
    from words.chat.participant import Participant

KINDS = ("account", "realname", "guest", "group")
"""What an entry may be besides a mask; `mute` stands before any of them."""

MUTE = "mute:"
MAX_ENTRY = 256
"""Characters of an entry."""

Fits: TypeAlias = "Callable[[Participant], bool]"


def normal_entry(text: str) -> str:
    """Return an entry in the one form that is kept; raises ValueError for what is none."""
    if len(text) > MAX_ENTRY or not text.isprintable() or " " in text:
        raise ValueError(f"no entry: {text[:MAX_ENTRY]!r}")
    if text.startswith(MUTE):
        return MUTE + _plain(text.removeprefix(MUTE))
    return _plain(text)


def means_nobody(entry: str) -> bool:
    """Return whether an entry is a mask whose host looks like an address and is none.

    Networks are the hub's (`words.chat.bans`): groups know addresses only as they are shown.
    """
    kind = entry.removeprefix(MUTE).removeprefix("!").partition(":")[0]
    host = entry.rpartition("@")[2]
    if (kind in KINDS and kind != "guest") or not looks_like_address(host):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def _plain(text: str) -> str:
    negated = text.startswith("!")
    kind, colon, value = text.removeprefix("!").partition(":")
    if not colon or kind not in KINDS:
        return normalise(text)
    if not value:
        raise ValueError(f"no entry: {text!r}")
    if kind == "guest":
        value = normalise(value)
    elif kind == "group":
        try:
            check_group_name(value, MAX_ENTRY)
        except BadName as error:
            raise ValueError(str(error)) from None
    return f"{'!' if negated else ''}{kind}:{value}"


@lru_cache(4096)  # as many as 40 groups with full lists
def fits(entry: str) -> Fits:
    """Return what tells whether an entry, in its normal form, means a participant."""
    text = entry.removeprefix(MUTE)
    negated = text.startswith("!")
    kind, colon, value = text.removeprefix("!").partition(":")
    if not colon or kind not in KINDS:
        return _shown(text)
    found = _OF_KIND[kind](value)
    return (lambda participant: not found(participant)) if negated else found


def _shown(mask: str) -> Fits:
    matches = matcher(mask, participant_key)
    return lambda participant: matches(participant.shown)


def _account(mask: str) -> Fits:
    matches = matcher(mask, participant_key)

    def found(participant: Participant) -> bool:
        account = participant.actor.account
        return bool(account) and matches(account)

    return found


def _real_name(mask: str) -> Fits:
    matches = matcher(mask, participant_key)
    return lambda participant: matches(participant.real_name)


def _guest(mask: str) -> Fits:
    matches = matcher(mask, participant_key)
    return lambda participant: not participant.actor.account and matches(participant.shown)


def _group(name: str) -> Fits:
    key = group_key(name)

    def found(participant: Participant) -> bool:
        groups = participant.groups.values()
        return any(group.key == key and not group.settings.secret for group in groups)

    return found


_OF_KIND: dict[str, Callable[[str], Fits]] = {
    "account": _account,
    "realname": _real_name,
    "guest": _guest,
    "group": _group,
}
