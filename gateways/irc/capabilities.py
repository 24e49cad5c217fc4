"""The capabilities that a client may ask for, one row each; announced only when whole.

Source: https://ircv3.net/specs/ and, for each row, the specification of the same name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateways.irc.session import Session


class Cap:
    """Capabilities as bits; a client's are the sum of those it asked for.

    Plain numbers: an enum's `&` costs as much as all else that a short message needs.
    """

    NONE = 0
    SERVER_TIME = 1 << 0
    MESSAGE_TAGS = 1 << 1
    ACCOUNT_TAG = 1 << 2
    EXTENDED_JOIN = 1 << 3
    AWAY_NOTIFY = 1 << 4
    ACCOUNT_NOTIFY = 1 << 5
    CHGHOST = 1 << 6
    SETNAME = 1 << 7
    INVITE_NOTIFY = 1 << 8
    BATCH = 1 << 9
    ECHO_MESSAGE = 1 << 10
    LABELED_RESPONSE = 1 << 11
    MULTI_PREFIX = 1 << 12
    USERHOST_IN_NAMES = 1 << 13
    CAP_NOTIFY = 1 << 14
    SASL = 1 << 15
    STANDARD_REPLIES = 1 << 16
    CHATHISTORY = 1 << 17
    EVENT_PLAYBACK = 1 << 18
    REDACTION = 1 << 19
    READ_MARKER = 1 << 20
    ACCOUNT_REGISTRATION = 1 << 21
    EXTENDED_ISUPPORT = 1 << 22
    NO_IMPLICIT_NAMES_RATIFIED = 1 << 23
    PRE_AWAY = 1 << 24
    WHOAMI = 1 << 25
    MULTILINE = 1 << 28
    METADATA = 1 << 29
    CHANNEL_RENAME = 1 << 30
    MESSAGE_EDIT = 1 << 31
    SEARCH = 1 << 32
    PLAYBACK = 1 << 33
    SELF_MESSAGE = 1 << 34
    RELAYMSG = 1 << 35
    PERSISTENCE = 1 << 36
    NO_IMPLICIT_NAMES_DRAFT = 1 << 37
    NO_IMPLICIT_NAMES_SOJU = 1 << 38
    NO_IMPLICIT_NAMES = (
        NO_IMPLICIT_NAMES_RATIFIED | NO_IMPLICIT_NAMES_DRAFT | NO_IMPLICIT_NAMES_SOJU
    )  # one of its names is enough
    OPER_TAG = 1 << 26
    EXTENDED_MONITOR = 1 << 27


CAPABILITIES: dict[str, int] = {
    "account-notify": Cap.ACCOUNT_NOTIFY,
    "account-tag": Cap.ACCOUNT_TAG,
    "away-notify": Cap.AWAY_NOTIFY,
    "batch": Cap.BATCH,
    "cap-notify": Cap.CAP_NOTIFY,
    "chghost": Cap.CHGHOST,
    "draft/account-registration": Cap.ACCOUNT_REGISTRATION,
    "draft/channel-rename": Cap.CHANNEL_RENAME,
    "draft/chathistory": Cap.CHATHISTORY,
    "draft/event-playback": Cap.EVENT_PLAYBACK,
    "draft/extended-isupport": Cap.EXTENDED_ISUPPORT,
    "draft/message-edit": Cap.MESSAGE_EDIT,
    "draft/message-redaction": Cap.REDACTION,
    "draft/metadata-2": Cap.METADATA,
    "draft/multiline": Cap.MULTILINE,
    "draft/no-implicit-names": Cap.NO_IMPLICIT_NAMES_DRAFT,
    "draft/oper-tag": Cap.OPER_TAG,
    "draft/persistence": Cap.PERSISTENCE,
    "draft/pre-away": Cap.PRE_AWAY,
    "draft/read-marker": Cap.READ_MARKER,
    "draft/relaymsg": Cap.RELAYMSG,
    "draft/whoami": Cap.WHOAMI,
    "echo-message": Cap.ECHO_MESSAGE,
    "extended-join": Cap.EXTENDED_JOIN,
    "extended-monitor": Cap.EXTENDED_MONITOR,
    "invite-notify": Cap.INVITE_NOTIFY,
    "labeled-response": Cap.LABELED_RESPONSE,
    "message-tags": Cap.MESSAGE_TAGS,
    "multi-prefix": Cap.MULTI_PREFIX,
    "no-implicit-names": Cap.NO_IMPLICIT_NAMES_RATIFIED,
    "sasl": Cap.SASL,
    "server-time": Cap.SERVER_TIME,
    "setname": Cap.SETNAME,
    "soju.im/account-required": Cap.NONE,  # it says something and can't be asked for
    "soju.im/no-implicit-names": Cap.NO_IMPLICIT_NAMES_SOJU,
    "soju.im/search": Cap.SEARCH,
    "standard-replies": Cap.STANDARD_REPLIES,
    "sts": Cap.NONE,
    "userhost-in-names": Cap.USERHOST_IN_NAMES,
    "znc.in/playback": Cap.PLAYBACK,
    "znc.in/self-message": Cap.SELF_MESSAGE,
}

TOLD = (
    Cap.SERVER_TIME
    | Cap.MESSAGE_TAGS
    | Cap.ACCOUNT_TAG
    | Cap.EXTENDED_JOIN
    | Cap.REDACTION
    | Cap.OPER_TAG
    | Cap.MULTILINE
    | Cap.MESSAGE_EDIT
)
"""What changes how an event of a group is written: 256 forms, however many sets there are."""

ASIDE = (
    TOLD
    | Cap.AWAY_NOTIFY
    | Cap.ACCOUNT_NOTIFY
    | Cap.CHGHOST
    | Cap.SETNAME
    | Cap.INVITE_NOTIFY
    | Cap.READ_MARKER
    | Cap.METADATA
)
"""What changes how an event of no group is written, or whether it is told at all."""

Value = Callable[["Session"], str | None]

VALUES: dict[str, Value] = {}
"""What computes the value of a capability for CAP LS, where it has one or isn't offered to all."""


def valued(name: str) -> Callable[[Value], Value]:
    """Let a function say a capability's value: "" without one, None where it isn't offered."""

    def put(function: Value) -> Value:
        VALUES[name] = function
        return function

    return put


def value_of(name: str, session: Session) -> str | None:
    """Return a capability's value for a client, "" without one, None where it isn't offered."""
    function = VALUES.get(name)
    return function(session) if function else ""


Offer: TypeAlias = tuple[str | None, ...]
"""A value (see `value_of`) for each row of `CAPABILITIES`, in its order."""


def offer_to(session: Session) -> Offer:
    """Return what a client is offered."""
    return tuple([value_of(name, session) for name in CAPABILITIES])
