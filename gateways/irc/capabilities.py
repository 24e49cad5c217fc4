"""The capabilities that a client may ask for, one row each; announced only when whole.

Source: https://ircv3.net/specs/ and, for each row, the specification of the same name.
"""

from __future__ import annotations

from enum import IntFlag, auto


class Cap(IntFlag):
    """Capabilities as bits; a client's are the sum of those it asked for."""

    NONE = 0
    SERVER_TIME = auto()
    MESSAGE_TAGS = auto()
    ACCOUNT_TAG = auto()
    EXTENDED_JOIN = auto()
    AWAY_NOTIFY = auto()
    ACCOUNT_NOTIFY = auto()
    CHGHOST = auto()
    SETNAME = auto()
    INVITE_NOTIFY = auto()
    BATCH = auto()
    ECHO_MESSAGE = auto()
    LABELED_RESPONSE = auto()
    MULTI_PREFIX = auto()
    USERHOST_IN_NAMES = auto()
    CAP_NOTIFY = auto()
    SASL = auto()
    STANDARD_REPLIES = auto()
    CHATHISTORY = auto()
    EVENT_PLAYBACK = auto()


CAPABILITIES: dict[str, Cap] = {
    "account-notify": Cap.ACCOUNT_NOTIFY,
    "account-tag": Cap.ACCOUNT_TAG,
    "away-notify": Cap.AWAY_NOTIFY,
    "batch": Cap.BATCH,
    "cap-notify": Cap.CAP_NOTIFY,
    "chghost": Cap.CHGHOST,
    "draft/chathistory": Cap.CHATHISTORY,
    "draft/event-playback": Cap.EVENT_PLAYBACK,
    "echo-message": Cap.ECHO_MESSAGE,
    "extended-join": Cap.EXTENDED_JOIN,
    "invite-notify": Cap.INVITE_NOTIFY,
    "labeled-response": Cap.LABELED_RESPONSE,
    "message-tags": Cap.MESSAGE_TAGS,
    "multi-prefix": Cap.MULTI_PREFIX,
    "sasl": Cap.SASL,
    "server-time": Cap.SERVER_TIME,
    "setname": Cap.SETNAME,
    "standard-replies": Cap.STANDARD_REPLIES,
    "userhost-in-names": Cap.USERHOST_IN_NAMES,
}

NAMES: dict[Cap, str] = {cap: name for name, cap in CAPABILITIES.items()}

TOLD = Cap.SERVER_TIME | Cap.MESSAGE_TAGS | Cap.ACCOUNT_TAG | Cap.EXTENDED_JOIN
"""What changes how an event of a group is written: 16 forms, however many sets there are."""

ASIDE = TOLD | Cap.AWAY_NOTIFY | Cap.ACCOUNT_NOTIFY | Cap.CHGHOST | Cap.SETNAME | Cap.INVITE_NOTIFY
"""What changes how an event of no group is written, or whether it is told at all."""
