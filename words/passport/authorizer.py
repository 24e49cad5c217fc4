"""The set of identities and the one way in.

A plain password costs a tenth of a second of a processor, so such checks wait in a queue that
is fair by source (`words.passport.queue`), unless the same one was right before. SCRAM costs
next to nothing and never waits. A login that is unknown is answered and costs as a known one:
it has a false verifier, the same each time.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import msgspec

from words.errors import AuthenticationFailed, BadInput, Busy
from words.journal.journal import Journal
from words.passport.app_passwords import AppPasswords
from words.passport.attempts import Attempts, source_of
from words.passport.certificates import Certificates
from words.passport.identity import Identity, PassportSettings, Suspended
from words.passport.queue import FairQueue
from words.passport.register import Register
from words.passport.remembered import Remembered
from words.passport.rows import key_of, read
from words.passport.scram import (
    LEAST_ITERATIONS,
    SALT,
    ScramServer,
    Verifier,
    check,
    make_verifier,
)

InThread = Callable[..., Awaitable[Any]]
"""Runs a function with its arguments in a thread: `Reactor.in_thread`."""

InTurn = Callable[[Callable[[], None]], Awaitable[None]]
"""Runs a function within a turn and returns when it has spoken: `Turn.call`."""


class _Attempt(NamedTuple):
    key: str
    source: str
    password: str
    verifier: Verifier


class _Outcome(NamedTuple):
    right: bool
    stronger: Verifier | None = None


class Authorizer(Register):
    """Who may come in. All of it belongs to the loop's thread."""

    def __init__(
        self,
        journal: Journal,
        in_thread: InThread,
        in_turn: InTurn,
        settings: PassportSettings,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(journal, settings)
        self.app_passwords = AppPasswords(journal)
        self.certificates = Certificates(journal)
        self._in_thread = in_thread
        self._in_turn = in_turn
        self._attempts = Attempts(now)
        self._remembered = Remembered()
        self._queue: FairQueue[_Outcome] = FairQueue(self._attempts.suspect)
        ((self._secret,),) = read(
            self._store, "SELECT value FROM secrets WHERE name = 'false-salt'"
        )

    @property
    def waiting(self) -> int:
        """Password checks that wait."""
        return self._queue.waiting

    @property
    def right(self) -> int:
        """Logins that were right since the start."""
        return self._attempts.right

    @property
    def wrong(self) -> int:
        """Logins that were wrong."""
        return self._attempts.wrong

    async def make_verifier(self, password: str) -> Verifier:
        """Return a verifier of the configured strength; raises `BadInput`, `TooLong`, `Busy`."""
        made: Verifier = await self._in_thread(make_verifier, password, self.settings.iterations)
        return made

    async def check_password(self, name: str, password: str, *, address: str) -> Identity:
        """Return whose login name and password these are.

        Raises `AuthenticationFailed`, the same for whatever is wrong (`Suspended` only to who
        has the password), `TooMany` after too many failures, and `Busy` when too many wait.
        Not for use within a turn; whoever is cancelled here leaves the queue.
        """
        key, source = key_of(name), source_of(address)
        while True:
            verifier = self.verifier(name, address=address)
            if self._remembered.has(key, password, verifier):
                return self.proven(name, verifier, address=address)
            attempt = _Attempt(key, source, password, verifier)
            outcome = await self._queue.run(source, partial(self._check, attempt))
            if not outcome.right:
                raise AuthenticationFailed
            if self._stored(name) == verifier.pack():
                break  # else it was changed or made stronger meanwhile: check that
        identity = self.proven(name, verifier, address=address)
        if outcome.stronger:
            self._remembered.add(key, password, outcome.stronger)
            await self._in_turn(partial(self._renew, identity.id, verifier, outcome.stronger))
        return identity

    async def _check(self, attempt: _Attempt) -> _Outcome:
        """Check a password whose turn it is; others may have been checked while it waited."""
        key, source, password, verifier = attempt
        self._attempts.require(source, key)
        if self._remembered.has(key, password, verifier):
            return _Outcome(True)
        if not await self._in_thread(check, verifier, password):
            self._attempts.failed(source, key)
            return _Outcome(False)
        self._remembered.add(key, password, verifier)
        if "/" in key or verifier.iterations >= self.settings.iterations:
            return _Outcome(True)
        with suppress(Busy):
            return _Outcome(True, await self.make_verifier(password))
        return _Outcome(True)

    def _renew(self, number: int, old: Verifier, new: Verifier) -> None:
        """Store a stronger verifier of the same password, if it is the same still."""
        self._store.write(
            "UPDATE identities SET verifier = ? WHERE id = ? AND verifier = ?",
            new.pack(),
            number,
            old.pack(),
        )

    def scram(self, address: str) -> ScramServer:
        """Return the hub's side of one SCRAM-SHA-256 login."""
        return ScramServer(self, address)

    def by_certificate(self, fingerprint: str) -> Identity:
        """Return whose certificate a client has proved to have; 64 hexadecimal digits.

        Raises `AuthenticationFailed`, and `Suspended`.
        """
        try:
            number = self.certificates.owner(fingerprint)
        except BadInput:
            raise AuthenticationFailed from None
        identity = self.by_id(number) if number is not None else None
        if identity is None:
            raise AuthenticationFailed
        if identity.suspended:
            raise Suspended
        return msgspec.structs.replace(identity, certificate=fingerprint)

    def admit(self, login: str, *, address: str) -> None:
        """Raise `TooMany` while this address may not try this login name."""
        self._attempts.require(source_of(address), key_of(login))

    def verifier(self, login: str, *, address: str) -> Verifier:
        """Return the verifier of a login name, a false one if it is unknown.

        Raises `TooMany` while this address may not try it.
        """
        self.admit(login, address=address)
        false = self._false(key_of(login))  # made for known names too, for the time it takes
        return Verifier.unpack(self._stored(login) or false.pack())

    def proven(self, login: str, verifier: Verifier, *, address: str) -> Identity:
        """Take a proof that was good for this verifier; return who it is.

        Raises `AuthenticationFailed` when the password has changed since, `Suspended`.
        """
        name, _, label = login.partition("/")
        identity = self.get(name)
        if identity is None or self._stored(login) != verifier.pack():
            raise AuthenticationFailed
        self._attempts.succeeded(source_of(address), key_of(login))
        if identity.suspended:
            raise Suspended
        return self.app_passwords.limited(identity, label) if label else identity

    def md5_digest(self, login: str, *, address: str) -> bytes:
        """Return what the stock challenge of PB is checked with, random bytes where there is none.

        Raises `TooMany` while this address may not try this login name.
        """
        self.admit(login, address=address)
        name, _, label = login.partition("/")
        identity = self.get(name)
        found = self.app_passwords.md5(identity.id, label) if identity and label else None
        return found or secrets.token_bytes(16)

    def proven_md5(self, login: str, *, address: str) -> Identity:
        """Take a proof that was good for what `md5_digest` gave; return who it is.

        Raises `AuthenticationFailed` when the app password was revoked since, `Suspended`.
        """
        name, _, label = login.partition("/")
        identity = self.get(name)
        if identity is None or not self.app_passwords.md5(identity.id, label):
            raise AuthenticationFailed
        self._attempts.succeeded(source_of(address), key_of(login))
        if identity.suspended:
            raise Suspended
        return self.app_passwords.limited(identity, label)

    def still(self, before: Identity) -> Identity | None:
        """Return how somebody who has come in is now, with the rights that he has still; None if
        he couldn't come in any more: removed, suspended, or by an app password that was revoked.
        """
        identity = self.by_id(before.id)
        if identity is None or identity.suspended:
            return None
        if before.label:
            if self.app_passwords.verifier(identity.id, before.label) is None:
                return None
            return self.app_passwords.limited(identity, before.label)
        return identity

    def stands(self, before: Identity) -> bool:
        """Return whether what somebody has proved is good still: who could come in again, but by
        another password or an app password made anew, hasn't proved that.
        """
        identity = self.still(before)
        if identity is None or identity.proof != before.proof:
            return False
        return not before.certificate or self.certificates.owner(before.certificate) == identity.id

    def rights_now(self, before: Identity) -> frozenset[str]:
        """Return what somebody may administer now, of what he could when he came in."""
        identity = self.still(before)
        if identity is None or not self.stands(before):
            return frozenset()
        return before.rights & identity.rights

    def failed(self, login: str, *, address: str) -> None:
        """Count a wrong proof."""
        self._attempts.failed(source_of(address), key_of(login))

    def _stored(self, login: str) -> bytes | None:
        """Return the packed verifier of a login name.

        For an unknown name the next one's row is read, since finding nothing would be faster.
        """
        name, slash, label = login.partition("/")
        key = key_of(name)
        rows = read(
            self._store,
            "SELECT key, id, verifier FROM identities WHERE key >= ? ORDER BY key LIMIT 1",
            key,
        )
        found, number, packed = rows[0] if rows else ("", 0, None)
        if found != key:
            number, packed = 0, None
        return self.app_passwords.verifier(number, label) if slash else packed

    def _false(self, key: str) -> Verifier:
        """Return the verifier of an unknown name: always the same, and looking like any other.

        The iterations are those of some identity that the secret hash of the name chooses: from
        when they are raised until all have logged in again, either number means nothing.
        """
        made = hmac.digest(self._secret, key.encode(), "sha512")
        if "/" in key:
            return Verifier(LEAST_ITERATIONS, made[:SALT], made[:32], made[32:])
        place = "".join(chr(ord("a") + byte % 26) for byte in made[-3:])
        rows = read(
            self._store,
            "SELECT verifier FROM identities WHERE key >= ? ORDER BY key LIMIT 1",
            place,
        )
        iterations = Verifier.unpack(*rows[0]).iterations if rows else self.settings.iterations
        return Verifier(iterations, made[:SALT], made[:32], made[32:])
