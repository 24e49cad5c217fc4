"""Who may not come in at all: by mask (``name!user@host`` as shown), account, address or network.

Kept in the storage, held in memory: each new connection is looked up. What changes anything is
called within a turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address, ip_network

import msgspec

from words.chat.masks import Matcher, looks_like_address, matcher, normalise
from words.errors import BadInput, Forbidden, NotFound, TooLong, TooMany
from words.events import Actor
from words.journal.journal import Journal
from words.names import participant_key

MOST = 5000
"""Bans of the hub: masks are tried one by one, that many take 2 ms."""

ACCOUNT = "account:"
MAX_TARGET = 200  # characters; a name, a user and a host have 180


class Barred(Forbidden):
    """``Barred(reason)``: the hub has banned whoever this is."""

    code = "barred"


class Ban(msgspec.Struct, frozen=True):
    """One ban. Times are in milliseconds since 1970 UTC; ``expires`` 0 is never.

    ``guests``: who has logged in may come in all the same.
    """

    target: str
    reason: str
    who: str
    created: int
    expires: int
    guests: bool = False


def normal_target(text: str) -> str:
    """Return a network, ``account:NAME`` (a mask too), or a whole mask, in the one form that is
    kept; raises `BadInput`."""
    if len(text) > MAX_TARGET:
        raise TooLong("ban", MAX_TARGET)
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        pass
    else:
        if not network.prefixlen:
            raise BadInput("ban", "would keep out everybody")
        return str(network)
    if looks_like_address(text):  # as a mask it would fit nobody
        raise BadInput("ban", f"{text} is no address and no network")
    try:
        account, value = text.startswith(ACCOUNT), text.removeprefix(ACCOUNT)
        mask: str = participant_key(value if account else normalise(value))  # as it is compared
        mask.encode()
    except ValueError:
        raise BadInput("ban", "is neither a mask nor a network") from None
    if not mask.strip("*?!@"):
        raise BadInput("ban", "would keep out everybody")
    return ACCOUNT + mask if account else mask


@lru_cache(MOST)
def _compiled(mask: str) -> Matcher:
    return matcher(mask, participant_key)


def _means(mask: str, shown: str, account: str) -> bool:
    """Return whether a mask, or an account's name, is that of somebody who is shown so."""
    if mask.startswith(ACCOUNT):
        return bool(account) and _compiled(mask.removeprefix(ACCOUNT))(account)
    return _compiled(mask)(shown)


def _shown(actor: Actor) -> str:
    return f"{actor.name}!{actor.user}@{actor.host}"


class Bans:
    """All bans of one hub. ``now`` gives milliseconds since 1970 UTC."""

    def __init__(self, journal: Journal, now: Callable[[], int]) -> None:
        self._store = journal.store
        self._now = now
        self._networks: dict[str, Ban] = {}
        self._masks: dict[str, Ban] = {}
        self._lengths: set[tuple[int, int]] = set()
        columns = "target, reason, who, created, expires, guests"
        for target, *row, guests in self._store.read(f"SELECT {columns} FROM bans"):
            reason, who, created, expires = row
            self._keep(Ban(target, reason, who, created, expires, bool(guests)))

    def add(
        self, target: str, reason: str, who: str, seconds: float = 0, *, guests: bool = False
    ) -> Ban:
        """Keep somebody out, for so long or (0) for ever; a ban of the same is replaced.

        Raises `BadInput`, `TooLong`, `TooMany`. Ending who is here is the caller's.
        """
        target = normal_target(target)
        self._drop_expired()
        if len(self._networks) + len(self._masks) >= MOST:
            raise TooMany("bans", MOST)
        now = self._now()
        ban = Ban(target, reason, who, now, now + int(seconds * 1000) if seconds else 0, guests)
        self._store.write(
            "INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?, ?)", *msgspec.structs.astuple(ban)
        )
        self._keep(ban)
        return ban

    def remove(self, target: str) -> Ban:
        """Let somebody in again; raises `NotFound`."""
        target = normal_target(target)
        ban = self._networks.pop(target, None) or self._masks.pop(target, None)
        if ban is None:
            raise NotFound(f"ban of {target}")
        self._store.write("DELETE FROM bans WHERE target = ?", target)
        return ban

    def list(self) -> list[Ban]:
        """Return those that hold, the newest first."""
        bans = [*self._networks.values(), *self._masks.values()]
        return sorted(filter(self._holds, bans), key=lambda ban: -ban.created)

    def of(self, actor: Actor | None, address: str) -> Ban | None:
        """Return a ban that fits somebody; before he has a name ``actor`` is None."""
        stranger = actor is not None and not actor.account
        if address and (ban := self._of_address(address, stranger)):
            return ban
        if actor is None or not self._masks:
            return None
        shown, account = _shown(actor), actor.account
        for mask, ban in self._masks.items():
            if _means(mask, shown, account) and self._holds(ban) and (stranger or not ban.guests):
                return ban
        return None

    def of_account(self, account: str) -> Ban | None:
        """Return a ban of an account, wherever it comes from."""
        for mask, ban in self._masks.items():
            if mask.startswith(ACCOUNT) and _means(mask, "", account) and self._holds(ban):
                return ban
        return None

    def would_fit(self, target: str, actor: Actor, address: str) -> bool:
        """Return whether a ban of this target would mean somebody."""
        try:
            return ip_address(address) in ip_network(target)
        except ValueError:
            return _means(target, _shown(actor), actor.account)

    def require(self, actor: Actor | None, address: str) -> None:
        """Raise `Barred` for somebody who is banned."""
        if ban := self.of(actor, address):
            raise Barred(ban.reason or "You are banned")

    def _of_address(self, address: str, stranger: bool) -> Ban | None:
        if not self._networks:
            return None
        try:
            here = ip_address(address)
        except ValueError:  # a Unix socket
            return None
        for version, length in self._lengths:
            if version == here.version:
                ban = self._networks.get(str(ip_network((here, length), strict=False)))
                if ban is not None and self._holds(ban) and (stranger or not ban.guests):
                    return ban
        return None

    def _keep(self, ban: Ban) -> None:
        try:
            network = ip_network(ban.target)
        except ValueError:
            self._masks[ban.target] = ban
        else:
            self._networks[ban.target] = ban
            self._lengths.add((network.version, network.prefixlen))

    def _holds(self, ban: Ban) -> bool:
        return not ban.expires or ban.expires > self._now()

    def _drop_expired(self) -> None:
        for bans in (self._networks, self._masks):
            for target in [target for target, ban in bans.items() if not self._holds(ban)]:
                del bans[target]
                self._store.write("DELETE FROM bans WHERE target = ?", target)
