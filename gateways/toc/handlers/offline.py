"""What people said to somebody who wasn't there: told at sign-on, with its time."""

from __future__ import annotations

import time
from contextlib import suppress

from gateways.toc.forms import instant, texts
from gateways.toc.limits import OFFLINE, OFFLINE_PEOPLE
from gateways.toc.session import Session
from gateways.toc.sflap import Frames, frames
from words.chat.verbs.reading import Wish
from words.errors import StorageFull
from words.events import Said

TOLD = "toc-told"
"""What is kept: the time (milliseconds) up to which everything was told."""


def note_told(session: Session) -> None:
    """Note that up to now everything was told, to one client of the identity at least."""
    session.heard = False
    with suppress(StorageFull):
        now = session.toc.milliseconds()
        session.toc.kept.put(session.identity, TOLD, str(now).encode())


def tell_missed(session: Session) -> None:
    """Tell what others said since the identity was here last by TOC."""
    me = session.me
    since = int(session.toc.kept.get(session.identity, TOLD) or b"0")
    now = session.toc.milliseconds()
    missed: list[Said] = []
    for conversed in me.conversations(since, now + 1, OFFLINE_PEOPLE):
        if not conversed.is_group:
            wish = Wish(OFFLINE, start=("time", since + 1), newest=True)
            missed += [
                each
                for each in me.read_direct(conversed.name, wish)
                if isinstance(each, Said) and each.actor.id != session.identity and _is_there(each)
            ]
    for event in sorted(missed, key=lambda event: event.id):
        session.send(_dated(session, event))
    note_told(session)


def _is_there(event: Said) -> bool:
    return event.fate is None or not event.fate.redacted


def _dated(session: Session, event: Said) -> Frames:
    """Return a message with its time before it, in UTC: no client shows one of its own."""
    stamp = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(event.time // 1000))
    name, auto = session.form.shown(event.actor.name), "T" if event.kind == "notice" else "F"
    stamped = [f"[{stamp}] ".encode() + text for text in texts(event)]
    return frames(instant(session.form, name, auto, text) for text in stamped)
