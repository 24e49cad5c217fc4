"""IRC's words for ours: channels for groups, letters for roles and settings."""

from __future__ import annotations

from functools import lru_cache

from words.chat.roles import Roles

CHANNEL_SIGN = "#"

ROLE_LETTERS = {
    "founder": "q",
    "protected": "a",
    "operator": "o",
    "half-operator": "h",
    "voice": "v",
}
ROLE_SIGNS = {
    "founder": "~",
    "protected": "&",
    "operator": "@",
    "half-operator": "%",
    "voice": "+",
}
ROLES_BY_SIGN = {sign: role for role, sign in ROLE_SIGNS.items()}
ROLES_BY_LETTER = {letter: role for role, letter in ROLE_LETTERS.items()}

SETTING_LETTERS = {
    "ban": "b",
    "except": "e",
    "invite": "I",
    "key": "k",
    "limit": "l",
    "invite_only": "i",
    "moderated": "m",
    "no_outside": "n",
    "registered_only": "R",
    "secret": "s",
    "topic_locked": "t",
    "filter": "g",
    "forward": "f",
    "slow": "W",
    "auditorium": "u",
    "op_moderated": "U",
    "registered_speak": "M",
    "no_queries": "C",
    "no_styles": "c",
    "strip_styles": "S",
    "roleplay": "E",
}
"""The letters of Ergo, then of InspIRCd (c, S, g), then of its module m_slowmode (W)."""

SETTINGS_BY_LETTER = {letter: setting for setting, letter in SETTING_LETTERS.items()}
REPLY_TAGS = ("+draft/reply", "+reply")
"""Client tags with the id of the message that is answered: clients know one or the other."""

MESSAGE_TAG, TEXT_TAG = "draft/target-msgid", "draft/edit-text"
"""Tags of EDIT: which message, and its new text."""

REACT_TAG, UNREACT_TAG, TYPING_TAG = "+draft/react", "+draft/unreact", "+typing"

BOT_MODE = "B"
"""The user mode of programs, and their flag in WHO (ISUPPORT BOT)."""

USER_MODES = "BRTZiow"
"""Bot, accounts only may write, no CTCP, TLS, invisible, operator, wallops; none has a value."""

LISTS = "beIg"
WITH_VALUE = "flW"
"""Settings that have a value when they are set; the key has one always."""

CHANMODES = f"{LISTS},k,{WITH_VALUE},CEMRSUcimnstu"
"""ISUPPORT CHANMODES: lists, always with a value, with one when set, flags."""


def shown(group: str) -> str:
    """Return the channel that a group is here."""
    return CHANNEL_SIGN + group


def is_channel(target: str) -> bool:
    """Return whether a target is a channel's name."""
    return target.startswith(CHANNEL_SIGN)


def group_of(channel: str) -> str:
    """Return the group's name that a channel's name means."""
    return channel[len(CHANNEL_SIGN) :]


def prefix_letters(roles: Roles) -> str:
    """Return the letters of the configured roles that IRC has letters for, highest first."""
    return "".join(ROLE_LETTERS[role.name] for role in roles.ordered if role.name in ROLE_LETTERS)


def prefix_token(roles: Roles) -> str:
    """Return the value of ISUPPORT PREFIX."""
    letters = prefix_letters(roles)
    signs = "".join(ROLE_SIGNS[ROLES_BY_LETTER[letter]] for letter in letters)
    return f"({letters}){signs}"


@lru_cache(256)  # sets of roles that members have: few
def signs(held: tuple[str, ...], roles: Roles) -> str:
    """Return the signs of these roles, highest first."""
    if not held:
        return ""
    return "".join(
        ROLE_SIGNS[role.name]
        for role in roles.ordered
        if role.name in held and role.name in ROLE_SIGNS
    )
