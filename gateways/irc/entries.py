"""Entries of lists as IRC writes them: extended bans, and rules of the filter.

Letters and names are InspIRCd's, as are `m:` (mute) and inversion by `!`; Ergo has `m:` too.
Sources: Modern IRC, EXTBAN; IRCv3 account-extban; the InspIRCd manual, "Extended bans" and
"Channel filter".
"""

from __future__ import annotations

from gateways.irc.names import CHANNEL_SIGN, group_of, is_channel
from words.chat.entries import MUTE, normal_entry
from words.chat.rules import ACTIONS

LETTERS = {"R": "account", "U": "guest", "j": "group", "r": "realname"}
NAMES = {
    "account": "account",
    "channel": "group",
    "realname": "realname",
    "unauthed": "guest",
    "guest": "guest",
}
BY_KIND = {kind: letter for letter, kind in LETTERS.items()}
MUTES = ("m", "mute")
EXTBAN = "," + "".join(sorted([*LETTERS, "m"]))
"""ISUPPORT EXTBAN: no prefix, these letters."""

ACCOUNT_EXTBAN = "R,account"
"""ISUPPORT ACCOUNTEXTBAN: what means somebody's account."""

PLAIN_RULE = "drop text "
"""What a mask alone means as a rule."""


def entry_of(text: str) -> str:
    """Return our entry for IRC's; raises ValueError for what is none."""
    kind, colon, rest = text.partition(":")
    if colon and kind in MUTES:
        if rest.partition(":")[0] in MUTES:
            raise ValueError("nobody is muted twice")
        return normal_entry(MUTE + _plain(rest))
    return normal_entry(_plain(text))


def _plain(text: str) -> str:
    negated = text.startswith("!")
    letter, colon, value = text.removeprefix("!").partition(":")
    kind = LETTERS.get(letter) or NAMES.get(letter)
    if not colon or kind is None:
        return text
    if kind == "group":
        if not is_channel(value):
            raise ValueError(f"no channel: {value!r}")
        value = group_of(value)
    return f"{'!' if negated else ''}{kind}:{value}"


def entry_shown(entry: str) -> str:
    """Return IRC's form of an entry."""
    if entry.startswith(MUTE):
        return f"m:{entry_shown(entry.removeprefix(MUTE))}"
    negated = entry.startswith("!")
    kind, colon, value = entry.removeprefix("!").partition(":")
    if not colon or kind not in BY_KIND:
        return entry
    sign = CHANNEL_SIGN if kind == "group" else ""
    return f"{'!' if negated else ''}{BY_KIND[kind]}:{sign}{value}"


def rule_of(text: str) -> str:
    """Return the rule that an argument of +g means: a mask alone is what is refused."""
    action, comma, _ = text.partition(",")
    if comma and action.partition(":")[0] in ACTIONS:
        return text.replace(",", " ", 2)
    return PLAIN_RULE + text


def rule_shown(rule: str) -> str:
    """Return a rule as an argument of +g: blanks are in none but between its three words."""
    if rule.startswith(PLAIN_RULE) and "," not in rule:
        return rule.removeprefix(PLAIN_RULE)
    return rule.replace(" ", ",", 2)
