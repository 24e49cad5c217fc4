"""What the gateway keeps for accounts: who stays with no client, and what each client has seen.

Source: IRCv3 draft/persistence (as proposed). A client is known by the id that it gives with its
login (``account@client``, or the label of an app password), "" without one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Literal, TypeAlias

import msgspec

from gateways.irc.session import Session
from words.chat.keeping import Keeping
from words.errors import TooMany, WordsError

Setting: TypeAlias = Literal["ON", "OFF", "DEFAULT"]
SETTINGS: tuple[Setting, ...] = ("ON", "OFF", "DEFAULT")

CLIENTS = 20
"""Clients of one account that are told apart; of more the oldest is forgotten."""

STAYS, SEEN = "irc.stays", "irc.seen"


def keeping(session: Session) -> Keeping:
    """Return what is kept for identities."""
    return Keeping(session.ircd.service)


def chosen(session: Session) -> Setting:
    """Return what a client's account has chosen."""
    kept = keeping(session).get(session.identity, STAYS).decode()
    return next((each for each in SETTINGS if each == kept), "DEFAULT")


def stays(session: Session) -> bool:
    """Return whether an account stays when its last client is gone; others than the own
    participant of an account never do."""
    if session.attachment is None or not session.me.participant.identity:
        return False
    setting = chosen(session)
    if setting == "DEFAULT":
        return session.ircd.config.irc.durable_membership
    return setting == "ON"


def choose(session: Session, setting: Setting) -> None:
    """Stay, or don't, from now on; raises `TooMany` where too many have chosen to."""
    irc = session.ircd.config.irc
    if setting == "ON" and chosen(session) != "ON" and not irc.durable_membership:
        ((count,),) = session.ircd.service.journal.store.read(
            "SELECT count(*) FROM kept WHERE name = ? AND value = ?", STAYS, b"ON"
        )
        if count >= irc.always_on_limit:
            raise TooMany("people who stay", irc.always_on_limit)
    kept = b"" if setting == "DEFAULT" else setting.encode()
    keeping(session).put(session.identity, STAYS, kept)
    if session.attachment is not None and session.me.participant.identity:
        session.me.stay(stays(session))


# What a client has seen


def seen(session: Session) -> int:
    """Return until when (milliseconds) a client of an account was here last, 0 for never."""
    return _seen(session).get(session.client, 0)


def note_seen(session: Session, until: int) -> None:
    """Remember that a client has seen all until a time (milliseconds)."""
    known = _seen(session)
    known.pop(session.client, None)
    known[session.client] = until
    for oldest in sorted(known, key=known.__getitem__)[:-CLIENTS]:
        del known[oldest]
    with suppress(WordsError):  # without space on the disk more is shown again, and nothing lost
        keeping(session).put(session.identity, SEEN, msgspec.json.encode(known))


def _seen(session: Session) -> dict[str, int]:
    kept = keeping(session).get(session.identity, SEEN)
    return msgspec.json.decode(kept, type=dict[str, int]) if kept else {}
