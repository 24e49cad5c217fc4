"""The local admin socket: a line of JSON asks for a verb, a line of JSON answers.

``{"verb": "user-list", "args": {}}`` gives ``{"result": ...}`` or ``{"error": code, "text": ...}``.
Who may connect is who runs the hub, or root: by the file's mode, and by asking the kernel.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from words.admin.base import Caller, local
from words.admin.texts import explain
from words.errors import ConfigError, InternalError, WordsError

log = logging.getLogger(__name__)

MAX_REQUEST = 64 * 1024
"""Bytes of one line."""

Perform = Callable[[str, Mapping[str, Any], Caller], Awaitable[Any]]
"""What does a verb for somebody and returns what JSON has, or raises a `WordsError`."""


class _Request(msgspec.Struct):
    verb: str
    args: dict[str, Any] = {}
    by: str = ""


_decode = msgspec.json.Decoder(_Request).decode
_encode = msgspec.json.Encoder().encode


class AdminSocket:
    """A listener on a Unix socket; ``perform`` does what is asked."""

    def __init__(self, path: Path, perform: Perform) -> None:
        self.path = path
        self._perform = perform
        self._server: asyncio.AbstractServer | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen; raises `ConfigError` where that can't be."""
        try:
            listener = _bind(self.path)
        except OSError as error:
            text = error.strerror or str(error)
            raise ConfigError(f"hub.admin_socket: {self.path}: {text}") from error
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=MAX_REQUEST
        )

    async def stop(self) -> None:
        """Stop listening, hang up and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._clients):
            writer.close()
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            if _may_ask(writer.get_extra_info("socket")):
                await self._answer_all(reader, writer)
        except ConnectionError:
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readline()
            except ValueError:  # longer than the limit: where the next one begins is unknown
                writer.write(_error("too-long", f"a request has at most {MAX_REQUEST} bytes"))
                return
            if not line:
                return
            writer.write(await self._answer(line))
            await writer.drain()

    async def _answer(self, line: bytes) -> bytes:
        try:
            request = _decode(line)
        except msgspec.MsgspecError as error:
            return _error("bad-input", f"not a request: {error}")
        try:
            result = await self._perform(request.verb, request.args, local(request.by))
        except WordsError as error:
            return _error(error.code, explain(error))
        except Exception:
            log.exception("admin verb %s failed", request.verb)
            return _error(InternalError.code, explain(InternalError()))
        return _encode({"result": result}) + b"\n"


def _error(code: str, text: str) -> bytes:
    return _encode({"error": code, "text": text}) + b"\n"


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
