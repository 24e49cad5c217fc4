"""The local admin socket: the `admin` service over Perspective Broker, for who runs the hub.

Who may connect is who runs the hub, or root: by the file's mode, and by asking the kernel. So
a login is anonymous; what the client gives as its mind is the name by which it wants its acts
to be noted. These connections are not driven by turns: while the storage can't be written an
administrator wants to know.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from words.admin.base import local
from words.admin.client import MESSAGE, SERVICE
from words.admin.perspective import Perform, admin_perspective
from words.admin.verbs import VERBS
from words.errors import ConfigError
from words.spread.broker import Broker
from words.spread.errors import Unauthorized
from words.spread.flavors import Perspective
from words.spread.limits import DEFAULT_LIMITS
from words.spread.login import ANONYMOUS, LoginRoot, Proven
from words.spread.scram import Keys
from words.spread.transport import Connection

log = logging.getLogger(__name__)

LIMITS = DEFAULT_LIMITS.replace(message=MESSAGE, send_buffer=2 * MESSAGE)


class AdminSocket:
    """A listener on a Unix socket; ``perform`` does what is asked, one of the ``verbs``."""

    def __init__(self, path: Path, perform: Perform, verbs: Iterable[str] = VERBS) -> None:
        self.path = path
        self._root = LoginRoot(_Doorman(perform, tuple(verbs)), (ANONYMOUS,))
        self._server: asyncio.AbstractServer | None = None
        self._connections: set[Connection] = set()

    async def start(self) -> None:
        """Listen; raises `ConfigError` where that can't be."""
        try:
            listener = _bind(self.path)
        except OSError as error:
            text = error.strerror or str(error)
            raise ConfigError(f"hub.admin_socket: {self.path}: {text}") from error
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(self._made, sock=listener)

    async def stop(self) -> None:
        """Stop listening, hang up and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.close()
        self.path.unlink(missing_ok=True)

    def _made(self) -> Connection:
        broker = Broker(listening=True, root=self._root, limits=LIMITS, report=_report)
        return Connection(broker, keepalive=None, keeper=self)

    def opened(self, connection: Connection) -> None:
        """Look who it is; see `words.spread.transport.Keeper`."""
        self._connections.add(connection)
        peer = connection.extra("socket")
        if not _may_ask(peer):
            connection.abort(PermissionError("not his to administer"))

    def ended(self, connection: Connection) -> None:
        """Forget it."""
        self._connections.discard(connection)


class _Doorman:
    """Lets everybody in who could connect."""

    def __init__(self, perform: Perform, verbs: tuple[str, ...]) -> None:
        self._perform = perform
        self._perspective = admin_perspective(verbs)

    async def scram_keys(self, name: str, broker: Any) -> Keys:
        """Refuse."""
        raise Unauthorized

    async def md5_digest(self, name: str, broker: Any) -> bytes:
        """Refuse."""
        raise Unauthorized

    async def log_in(self, proven: Proven) -> Perspective:
        """Return the perspective of the admin service."""
        if proven.service != SERVICE:
            raise Unauthorized
        caller = local(proven.mind if isinstance(proven.mind, str) else "")
        return self._perspective(self._perform, lambda: caller)

    def failed(self, mechanism: str, name: str, broker: Any) -> None:
        """Do nothing: nobody can fail."""


def _report(where: str, error: BaseException) -> None:
    log.error("admin socket: %s failed", where, exc_info=error)


def _bind(path: Path) -> socket.socket:
    """Return a bound socket that only its owner may open; what a killed hub left is removed."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
            else:
                raise OSError(0, "another hub listens there")
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _may_ask(peer: socket.socket) -> bool:
    """Return whether the other side runs as the same user, or as root."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # not Linux: there the file's mode must do
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    if uid in (0, os.geteuid()):
        return True
    log.warning("user %d may not use the admin socket", uid)
    return False
