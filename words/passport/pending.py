"""Accounts that are asked for and not made yet: whose mail address has to be proved first.

In memory only: who asked before a restart asks again.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import NamedTuple

from words.errors import AuthenticationFailed, NameTaken, TooMany
from words.names import ParticipantKey, participant_key
from words.passport.attempts import source_of
from words.passport.scram import Verifier

MOST = 1000
"""Accounts that wait for their code."""

HOLD = 3600.0
"""Seconds that a code may be used."""

TRIES = 5
"""Wrong codes after which there is none any more: it has 30 random bits or so. As many again are
looked at from elsewhere, where who asked may be too, and strangers can't take it from him."""

DIGITS = 9


class Waiting(NamedTuple):
    """An account that waits for its code."""

    name: str
    verifier: Verifier
    code: str
    source: str
    expires: float
    tries: int = 0
    elsewhere: int = 0


class Pending:
    """Accounts that wait. ``now`` gives seconds that never go back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._waiting: dict[ParticipantKey, Waiting] = {}

    def add(self, name: str, verifier: Verifier, address: str) -> str:
        """Keep what an account will be; return the code that makes it.

        Raises `NameTaken` where somebody elsewhere is about to have this name, `TooMany`.
        """
        now, source = self._now(), source_of(address)
        self._waiting = {key: each for key, each in self._waiting.items() if each.expires > now}
        key = participant_key(name)
        if key in self._waiting and self._waiting[key].source != source:
            raise NameTaken(name)
        if key not in self._waiting and len(self._waiting) >= MOST:
            raise TooMany("new accounts", MOST)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        self._waiting[key] = Waiting(name, verifier, code, source, now + HOLD)
        return code

    def take(self, name: str, code: str, address: str) -> tuple[str, Verifier]:
        """Return name and verifier of the account that this code makes; it makes it once.

        Raises `AuthenticationFailed`.
        """
        key = participant_key(name)
        waiting = self._waiting.get(key)
        if waiting is None or waiting.expires <= self._now():
            raise AuthenticationFailed
        here = waiting.source == source_of(address)
        if not here and waiting.elsewhere >= TRIES:
            raise AuthenticationFailed
        if not hmac.compare_digest(waiting.code.encode(), code.encode()):
            tries, elsewhere = waiting.tries + here, waiting.elsewhere + (not here)
            self._waiting[key] = waiting._replace(tries=tries, elsewhere=elsewhere)
            if tries >= TRIES:
                del self._waiting[key]
            raise AuthenticationFailed
        del self._waiting[key]
        return waiting.name, waiting.verifier
