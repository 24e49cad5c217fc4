"""Who may connect: one count for all gateways, all together and from each address.

Of IPv6 a network of 64 bits counts as one address: whoever has one has all of it.

A connection is counted as soon as it is accepted, before TLS or anything else is spent on it. So
that the storage and the administrator's commands can still open what they need, the last file
descriptors of the process are for them.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Collection
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from words.config import Limits, Listen
from words.passport.attempts import Counters, Limit, source_of
from words.typed_toml import Network

ADDRESSES = 4096
"""Addresses whose facts are remembered: reading one takes as long as all else of a connect."""

OFTEN = 100
"""Times that an address may connect at once, if it isn't allowed more connections than that..."""

FORGETS = 1.0
"""...then one in so many seconds: a handshake of TLS costs as much as a thousand messages."""

SPARE = 64
"""File descriptors that connections leave to the rest; of a small limit they leave a quarter."""

LINGERING = 256
"""Connections that count no more and may read their goodbye; further ones are just closed."""

LOCAL = "local"
"""The address of who comes by a Unix socket."""

CROWDED = ("too many connections from your address", "you connect too often")
"""Why somebody can't come in where it is because of his address, not because the hub is full."""


class _Facts(NamedTuple):
    """What an address says by itself."""

    plain: str
    source: str
    loopback: bool
    exempt: bool


def within(address: str, networks: Collection[Network]) -> bool:
    """Return whether a plain address is in one of these networks.

    Who comes by a Unix socket is, where there are any: the socket's mode has chosen him.
    """
    if not networks or address == LOCAL:
        return bool(networks)
    here = ip_address(address)
    return any(here in network for network in networks)


class Admission:
    """The count of connections, and what it is measured by."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self._now = now
        self._sources: Counter[str] = Counter()
        self.count = 0
        self.lingering = 0  # said goodbye to, or refused, and still reading why
        self.configure(limits)

    def configure(self, limits: Limits) -> None:
        """Follow a changed configuration; who is here already stays."""
        self._limits = limits
        often = Limit(max(OFTEN, limits.connections_per_address), FORGETS)
        self._comings = Counters(often, self._now, "connections")
        self._facts = lru_cache(ADDRESSES)(self._look)
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        endless = files == resource.RLIM_INFINITY
        self._files = 0 if endless else files - min(SPARE, files // 4)

    def facts(self, address: str) -> _Facts:
        """Return an address in its one plain form, whether it is loopback, and exempt."""
        return _Facts(LOCAL, LOCAL, True, True) if address in ("", LOCAL) else self._facts(address)

    def exempt(self, address: str) -> bool:
        """Return whether an address has no limit."""
        return self.facts(address).exempt

    def enter(self, address: str, descriptor: int, *, relay: bool = False) -> str:
        """Count a connection from a plain address; return why it can't stay, or "" if it can.

        One that can't isn't counted. The kernel gives the lowest descriptor that is free: a high
        one says that nearly all are taken. A ``relay`` brings people of other addresses.
        """
        refusal = self._full(descriptor) or ("" if relay else self._crowded(address))
        if not refusal:
            self.count += 1
            self._came(address, counted=not relay)
        return refusal

    def move(self, before: str, address: str) -> str:
        """Count a connection as of another address; return why it can't stay, or ""."""
        if self.facts(address).source == self.facts(before).source:
            return ""
        refusal = self._crowded(address)
        if not refusal:
            self._forget(before)
            self._came(address)
        return refusal

    def leave(self, address: str) -> None:
        """Forget a connection that was counted."""
        self.count -= 1
        self._forget(address)

    def may_linger(self, descriptor: int) -> bool:
        """Return whether a connection that isn't counted may stay for its last words."""
        return self.lingering < LINGERING and not self._scarce(descriptor)

    def _scarce(self, descriptor: int) -> bool:
        return bool(self._files) and descriptor >= self._files

    def _full(self, descriptor: int) -> str:
        if self.count >= self._limits.connections:
            return "too many connections"
        if self._scarce(descriptor):
            return "the server has no room for more connections"
        return ""

    def _crowded(self, address: str) -> str:
        here = self.facts(address)
        if here.exempt:
            return ""
        if self._sources[here.source] >= self._limits.connections_per_address:
            return CROWDED[0]
        return CROWDED[1] if self._comings.full(here.source) else ""

    def _came(self, address: str, *, counted: bool = True) -> None:
        here = self.facts(address)
        self._sources[here.source] += 1
        if counted and not here.exempt:
            self._comings.add(here.source)

    def _forget(self, address: str) -> None:
        source = self.facts(address).source
        self._sources[source] -= 1
        if self._sources[source] <= 0:
            del self._sources[source]

    def _look(self, address: str) -> _Facts:
        """Look at an address, without its zone; as IPv4 where it stands for one."""
        here = ip_address(address.partition("%")[0])
        here = getattr(here, "ipv4_mapped", None) or here
        exempt = any(here in network for network in self._limits.exempt)
        return _Facts(str(here), source_of(str(here)), here.is_loopback, exempt)


class Arrival:
    """Who comes: what is known of a connection before it says a word, and its place in the count.

    ``address`` is in its plain form, `LOCAL` over a Unix socket; ``private`` says that nobody on
    the way can read along; ``secure`` that there is TLS; ``certificate`` is the fingerprint of the
    one that the client has proved to have, or "".
    """

    __slots__ = ("_admission", "address", "certificate", "listen", "private", "secure", "since")

    def __init__(self, admission: Admission, listen: Listen, peer: object, since: float) -> None:
        facts = admission.facts(peer[0] if isinstance(peer, tuple) and peer else "")
        self._admission: Admission | None = None
        self.listen = listen
        self.address = facts.plain
        self.secure = listen.tls is not None
        self.private = self.secure or facts.loopback
        self.certificate = ""
        self.since = since

    @property
    def relayed(self) -> bool:
        """Whether a header of the PROXY protocol says where he really comes from."""
        return within(self.address, self.listen.proxy)

    def enter(self, admission: Admission, descriptor: int, *, relay: bool = False) -> str:
        """Take a place in the count; return why that can't be, or ""; see `Admission.enter`."""
        refusal = admission.enter(self.address, descriptor, relay=relay)
        if not refusal:
            self._admission = admission
        return refusal

    def move(self, address: str, *, secure: bool, private: bool) -> str:
        """Have come from elsewhere, as somebody trusted says; return why that can't be, or ""."""
        assert self._admission is not None
        refusal = self._admission.move(self.address, address)
        if not refusal:
            self.address, self.secure, self.private = address, secure, private
            self.certificate = ""
        return refusal

    def leave(self) -> None:
        """Give the place back, once."""
        if self._admission is not None:
            self._admission.leave(self.address)
            self._admission = None
