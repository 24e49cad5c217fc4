"""Client tags that are verbs of ours: reactions, typing, answers.

Source: IRCv3 client tags react, typing, reply. What doesn't fit a verb is passed on as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from gateways.irc.names import REACT_TAG, REPLY_TAGS, TYPING_TAG, UNREACT_TAG
from gateways.irc.session import Session
from words.chat.group import Group
from words.chat.participant import Participant
from words.errors import BadInput, NoSuchMessage
from words.events import TypingState, message_number

_STATES = frozenset(get_args(TypingState))


def answered(tags: Mapping[str, str] | None) -> int:
    """Return the number of the message that tags say is answered, 0 for none."""
    for name in REPLY_TAGS:
        if tags and (value := tags.get(name)):
            return message_number(value) or 0
    return 0


def done(session: Session, where: Group | Participant, tags: Mapping[str, str]) -> bool:
    """Do what the tags of a TAGMSG mean; return False where that is no verb of ours."""
    return _reacted(session, where, tags) or _typed(session, where, tags)


def _reacted(session: Session, where: Group | Participant, tags: Mapping[str, str]) -> bool:
    number = answered(tags)
    name = REACT_TAG if REACT_TAG in tags else UNREACT_TAG
    if not number or name not in tags:
        return False
    try:
        session.me.react(where, number, tags[name], name == REACT_TAG)
    except (NoSuchMessage, BadInput):
        return False  # one of long ago, or a picture: clients may know what it means
    return True


def _typed(session: Session, where: Group | Participant, tags: Mapping[str, str]) -> bool:
    state = tags.get(TYPING_TAG)
    if state not in _STATES or len(tags) > 1:
        return False
    me = session.me
    event = me.typing(where, cast(TypingState, state))
    if me.echo:
        piece = me.form.encode(event, where.name if isinstance(where, Group) else "")
        if piece is not None:
            session.send(piece)
    return True
