"""Listening sockets: bound here, or handed over by the init system; kept while they are wanted.

Knows no loop and no protocol. Sockets lie in a pool between two owners: bound as root before
privileges are dropped, given back by a listener that a reload removes until the reload holds.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from words.config import Config, Listen
from words.errors import ConfigError

FIRST_PASSED = 3
"""The first descriptor that the init system hands over (sd_listen_fds(3))."""

PRIVILEGED = (
    "ports below 1024 need a start as root with hub.user, CAP_NET_BIND_SERVICE, or a socket"
    " that the init system hands over"
)


TAKEN = (
    "in use by another program, perhaps another hub (ss -lnp shows which): end that one, or"
    " choose another place"
)


class Where(NamedTuple):
    """What a socket is bound to; how it is served (TLS, mode) may change."""

    address: str
    port: int | None
    unix: Path | None
    systemd: str


def where(listen: Listen) -> Where:
    """Return what a listener wants to be bound to."""
    return Where(listen.address, listen.port, listen.unix, listen.systemd)


def listens(config: Config) -> Iterator[tuple[str, Listen]]:
    """Yield every listener of the configuration that is enabled, with its table's name."""
    for kind in config.__struct_fields__:
        table = getattr(config, kind)
        if getattr(table, "enabled", True):
            for listen in getattr(table, "listen", ()):
                yield kind, listen


class Sockets:
    """Bound sockets: those that nobody serves just now, and who may be asked for copies."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._free: dict[Where, list[list[socket.socket]]] = {}
        self._used: dict[Where, list[socket.socket]] = {}
        for name, passed in _passed(os.environ if environ is None else environ).items():
            self._free[Where("", None, None, name)] = [passed]

    def bind_all(self, config: Config) -> None:
        """Bind what the configuration wants, for `take` to find. Raises `ConfigError`."""
        wanted = [(kind, listen) for kind, listen in listens(config) if not listen.systemd]
        for (_, listen), bound in [(each, self.take(*each)) for each in wanted]:
            self.give_back(listen, bound)

    def take(self, kind: str, listen: Listen) -> list[socket.socket]:
        """Return the sockets of a listener, bound but not listening. Raises `ConfigError`.

        One name can stand for several addresses, and so for several sockets.
        """
        at = where(listen)
        if free := self._free.get(at):
            found = free.pop()
        elif listen.port != 0 and at in self._used:
            # Another gateway's, and the configuration has no address twice: it is about to go.
            found = [one.dup() for one in self._used[at]]
        else:
            found = self._bind(kind, listen)
        self._used[at] = found
        return found

    def _bind(self, kind: str, listen: Listen) -> list[socket.socket]:
        place = f"{kind}.listen {shown(listen)}"
        if listen.systemd:
            raise ConfigError(f"{place}: no socket of this name was handed over at the start")
        try:
            return [_unix(listen.unix, listen.mode)] if listen.unix else _tcp(listen)
        except OSError as error:
            text = error.strerror or str(error)
            if error.errno == errno.EACCES and not listen.unix:
                text += f": {PRIVILEGED}"
            elif error.errno == errno.EADDRINUSE:
                text = TAKEN
            raise ConfigError(f"{place}: {text}") from error

    def give_back(self, listen: Listen, sockets: list[socket.socket]) -> None:
        """Keep sockets that a listener has no more use for, until `forget`."""
        self._free.setdefault(where(listen), []).append(sockets)
        self._leave(where(listen), sockets)

    def forget(self) -> None:
        """Close what nobody took; what the init system gave is kept for a later reload."""
        for place in [place for place in self._free if not place.systemd]:
            for sockets in self._free.pop(place):
                self._close(place, sockets)

    def drop(self, listen: Listen, sockets: list[socket.socket]) -> None:
        """Close sockets now; what the init system gave is kept."""
        if listen.systemd:
            self.give_back(listen, sockets)
        else:
            self._leave(where(listen), sockets)
            self._close(where(listen), sockets)

    def _leave(self, place: Where, sockets: list[socket.socket]) -> None:
        if self._used.get(place) is sockets:
            del self._used[place]

    def _close(self, place: Where, sockets: list[socket.socket]) -> None:
        for one in sockets:
            one.close()
        if place.unix and place not in self._used:
            with suppress(OSError):  # the folder may have been root's
                place.unix.unlink()


def shown(listen: Listen) -> str:
    """Return what a listener is called in messages."""
    if listen.systemd:
        return f"systemd:{listen.systemd}"
    if listen.unix:
        return str(listen.unix)
    address = f"[{listen.address}]" if ":" in listen.address else listen.address
    return f"{address}:{listen.port}"


def _passed(environ: Mapping[str, str]) -> dict[str, list[socket.socket]]:
    """Return the sockets that the init system handed over, by name."""
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    found: dict[str, list[socket.socket]] = {}
    for place in range(int(environ.get("LISTEN_FDS", "0"))):
        one = socket.socket(fileno=FIRST_PASSED + place)
        one.set_inheritable(False)
        one.setblocking(False)
        name = names[place] if place < len(names) else ""
        found.setdefault(name or "unknown", []).append(one)
    return found


def _tcp(listen: Listen) -> list[socket.socket]:
    bound: list[socket.socket] = []
    found = socket.getaddrinfo(
        listen.address, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    try:
        for family, kind, proto, _, address in dict.fromkeys(found):
            one = socket.socket(family, kind, proto)
            bound.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.setblocking(False)
            one.bind(address)
    except OSError:
        for one in bound:
            one.close()
        raise
    return bound


def _unix(path: Path, mode: int) -> socket.socket:
    _clear(path)
    one = socket.socket(socket.AF_UNIX)
    one.setblocking(False)
    before = os.umask(0o177)  # nobody comes in before the mode is set
    try:
        one.bind(str(path))
        os.chmod(path, mode)
    except OSError:
        one.close()
        raise
    finally:
        os.umask(before)
    return one


def _clear(path: Path) -> None:
    """Remove what a killed hub left; a socket somebody listens on makes the bind fail."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
