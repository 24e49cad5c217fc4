"""What a configuration needs around it: looked at as the hub would at its start, nothing made."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from words.config import Bridge, Config
from words.errors import ConfigError, WordsError
from words.sockets import listens, shown

UNIX_PATH = 107
"""Bytes of the path of a Unix socket (sun_path of unix(7), with its final zero)."""


def problems(config: Config) -> Iterator[str]:
    """Yield what is missing or can't be used, a line each.

    Root becomes the hub's user: what root does at the start is looked at before.
    """
    from words.process import try_on

    hub = config.hub
    yield from _to_write("hub.log.file", hub.log.file)
    yield from _to_write("hub.pid_file", hub.pid_file)
    if not (made := hub.data.exists()):
        yield from _data(hub.data)
    for kind, listen in listens(config):
        if listen.unix is not None:
            yield from _socket(f"{kind}.listen {shown(listen)}", listen.unix)
    try:
        try_on(config)
    except ConfigError as error:
        yield str(error)
        return
    if made:
        yield from _data(hub.data)
    yield from _socket("hub.admin_socket", hub.admin_path, folder=hub.data)
    yield from _programs(config)
    yield from _certificates(config)
    for number, bot in enumerate(config.bots):
        yield from _bot(f"bots[{number}].file", bot.file)
    for number, bridge in enumerate(config.bridges):
        yield from _bridge(f"bridges[{number}]", bridge)


def _to_write(place: str, file: Path | None) -> Iterator[str]:
    if file is None:
        return
    if file.is_dir():
        yield f"{place}: {file}: {os.strerror(errno.EISDIR)}"
    elif not (file if file.exists() else file.parent).exists():
        yield f"{place}: {file}: {os.strerror(errno.ENOENT)}"
    elif not os.access(file if file.exists() else file.parent, os.W_OK):
        yield f"{place}: {file}: can't be written"


def _data(folder: Path) -> Iterator[str]:
    """Look at the folder of everything, or at where it would be made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        yield f"hub.data: {there}: {os.strerror(errno.ENOTDIR)}"
    elif not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        yield f"hub.data: {there}: can't be written"
    elif there == folder:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not os.access(path, os.R_OK | os.W_OK):
                yield f"hub.data: {path}: can't be read and written"


def _socket(place: str, path: Path, *, folder: Path | None = None) -> Iterator[str]:
    """Look at where a Unix socket is to be; one in ``folder`` is looked at for its length only."""
    if len(os.fsencode(path)) > UNIX_PATH:
        yield f"{place}: {path}: longer than the path of a socket may be ({UNIX_PATH} bytes)"
    elif path.parent != folder:
        yield from _to_write(place, path)


def _programs(config: Config) -> Iterator[str]:
    """Look for programs and packages."""
    if config.hub.loop != "auto":
        from words.reactor import loop_factory

        try:
            loop_factory(config.hub.loop)
        except ConfigError as error:
            yield str(error)
    if config.hub.gateways:
        from words.hub import load_gateway  # 0.2 s: only for gateways of others

        for name in config.hub.gateways:
            try:
                load_gateway(name)
            except ConfigError as error:
                yield str(error)
    command = config.passport.mail_command
    if command and shutil.which(command[0]) is None:
        yield f"passport.mail_command: there is no program {command[0]}"


def _certificates(config: Config) -> Iterator[str]:
    for kind, listen in listens(config):
        if listen.tls is None:
            continue
        from gateways.tls import secured  # 0.05 s: only where there is TLS

        try:
            secured(listen, f"{kind}.listen {shown(listen)}")
        except ConfigError as error:
            yield str(error)


def _bot(place: str, file: Path) -> Iterator[str]:
    """Look whether it is Python; what it does is not for root to find out."""
    try:
        compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    except OSError as error:
        yield f"{place}: {file}: {error.strerror}"
    except (SyntaxError, ValueError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) else ""
        yield f"{place}: {file}: {line}{error.args[0]}"


def _bridge(place: str, bridge: Bridge) -> Iterator[str]:
    import ssl

    from gateways.bridges import networks

    try:
        networks.load(bridge.network)
    except WordsError as error:
        yield f"{place}: {error}"
    settings = getattr(bridge, bridge.network)
    files = {
        f"{bridge.network}.ca": settings.ca,
        f"{bridge.network}.certificate": getattr(settings, "certificate", None),
        "password_file": bridge.password_file,
    }
    for key, file in files.items():
        if file is None:
            continue
        try:
            if key.endswith(".ca"):
                ssl.create_default_context(cafile=str(file))
            elif key.endswith(".certificate"):
                ssl.create_default_context().load_cert_chain(file)
            else:
                file.read_text("utf-8")
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            yield f"{place}.{key}: {file}: {getattr(error, 'strerror', None) or error}"
