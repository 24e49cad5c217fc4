"""One's own things: contacts, privacy, invitations, what one says of oneself.

It is small, and events of it aren't read back: all of it is read anew after each sign-on, and when
it was changed, by this client or by another one. So what a program shows is what the hub has, also
when it was changed while the connection was gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple, TypeVar, get_args

from words.errors import LoginRequired, WordsError
from words.events import Event, InvitationEnded, Invited, PersonEvent, Renamed
from words.remote.chat import Chat
from words.remote.values import ContactInfo, InvitationInfo, PrivacyInfo, StandingInfo
from words.spread.errors import SpreadError

log = logging.getLogger(__name__)
T = TypeVar("T")

CHANGING = frozenset(
    (
        *("put_contact", "remove_contact", "add_circle", "remove_circle", "rename_circle"),
        *("set_privacy", "permit", "deny", "ignore", "set_profile", "set_real_name"),
        *("join", "decline"),
    )
)
"""Verbs after which it is read again: who has called them isn't told."""


class Own(NamedTuple):
    """All of it, in its place in the stream. Guests have no contacts and invitations."""

    contacts: dict[str, list[ContactInfo]]
    standings: list[StandingInfo]
    invitations: list[InvitationInfo]
    privacy: PrivacyInfo
    real_name: str
    profile: str


def concerns(event: Event, me: int) -> bool:
    """Return whether it is to be read again: another client has changed it, somebody has asked one
    in, or one has another name."""
    mine = event.actor.id == me and isinstance(event, (*get_args(PersonEvent), Renamed))
    return mine or isinstance(event, Invited | InvitationEnded)


class OwnReader:
    """Reads it through ``chat`` for somebody who is called ``name()``, and hands it to ``put``."""

    def __init__(self, chat: Chat, name: Callable[[], str], put: Callable[[Own], None]) -> None:
        self._chat = chat
        self._name = name
        self._put = put
        self._changed = False
        self._task: asyncio.Task[None] | None = None

    def changed(self) -> None:
        """Have it read again: once, however often it changes until then."""
        self._changed = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read(), name="what is one's own")

    async def close(self) -> None:
        """End what is being read."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        while self._changed:
            self._changed = False
            try:
                own = await self._own()
            except (WordsError, SpreadError) as error:  # the end, or one has another name
                log.info("what is one's own can't be read: %s", error)
            else:
                if not self._changed:
                    self._put(own)

    async def _own(self) -> Own:
        chat, name = self._chat, self._name()
        return Own(
            await _unless_guest(chat.contacts(), {}),
            await _unless_guest(chat.standings(), []),
            await _unless_guest(chat.invitations(), []),
            await chat.privacy(),
            (await chat.whois(name)).real_name,
            await chat.profile(name),
        )


async def _unless_guest(reading: Awaitable[T], nothing: T) -> T:
    with suppress(LoginRequired):
        return await reading
    return nothing
