"""What the process is to the system: its user, its files, its sockets.

Everything that needs root is done here, before the loop runs and before the storage is opened:
then the process becomes an ordinary user's, for good.
"""

from __future__ import annotations

import grp
import logging
import os
import pwd
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from words import logs
from words.config import Config, Hub
from words.errors import ConfigError
from words.sockets import Sockets

log = logging.getLogger(__name__)

SPARE_FILES = 128
"""File descriptors for everything that isn't a client's connection."""


class Account(NamedTuple):
    """Whom the process becomes."""

    name: str
    uid: int
    gid: int


class Terminal:
    """The terminal that the process was started in, if that may end it.

    Whoever closes it sends SIGHUP to all that runs in it, the signal by which a daemon is asked to
    read its configuration again. What was started with nohup or has no terminal is a daemon.
    """

    def __init__(self) -> None:
        ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # by nohup
        self._attached = not ignored and _has_terminal()

    def gone(self) -> bool:
        """Return whether there was one, and is none any more."""
        return self._attached and not _has_terminal()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@contextmanager
def prepared(config: Config) -> Iterator[Sockets]:
    """Log, bind, write the pid file and drop privileges; give the sockets. Raises `ConfigError`."""
    account = _account(config.hub)
    start_log(config, account)
    _raise_file_limit(config.limits.connections)
    sockets = Sockets()
    with _pid_file(config.hub.pid_file):
        if account is not None:
            sockets.bind_all(config)
            _own_data(config.hub.data, account)
            _become(account)
        try:
            yield sockets
        finally:
            sockets.forget()


def step_down(config: Config) -> None:
    """Become the hub's user before touching its data, so that no file of it becomes root's."""
    account = _account(config.hub)
    if account is not None:
        _own_data(config.hub.data, account)
        _become(account)


def try_on(config: Config) -> None:
    """Become the hub's user where that can be, making nothing; what follows meets what it would.

    Raises `ConfigError` where there is no such user, or the data folder isn't that user's.
    """
    account = _named(config.hub)
    if account is not None and os.geteuid() == 0:
        if config.hub.data.exists():
            _check_owner(config.hub.data, account)
        _become(account)


def hand_over(config: Config) -> None:
    """Give the hub's user what root has put into the data folder; nothing for who isn't root."""
    account = _account(config.hub) if os.geteuid() == 0 else None
    if account is not None:
        for path in (config.hub.data, *config.hub.data.iterdir()):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def start_log(config: Config, account: Account | None = None) -> None:
    """Log to where the configuration says. Raises `ConfigError`."""
    settings = config.hub.log
    try:
        logs.configure(settings.level, settings.format, file=settings.file)
        if account is not None and settings.file is not None:
            os.chown(settings.file, account.uid, account.gid)  # it is reopened by that user
    except OSError as error:
        raise ConfigError(f"hub.log.file: {settings.file}: {error.strerror or error}") from error


def _account(hub: Hub) -> Account | None:
    """Return whom to become; None where that is who the process is already."""
    account = _named(hub)
    if account is None or os.geteuid() == account.uid:
        return None
    if os.geteuid() != 0:
        raise ConfigError(f"hub.user: only root can start the hub as {hub.user}")
    return account


def _named(hub: Hub) -> Account | None:
    """Return whom the configuration names, if anybody."""
    if not hub.user:
        if hub.group:
            raise ConfigError("hub.group: needs hub.user beside it")
        return None
    try:
        user = pwd.getpwnam(hub.user)
    except KeyError:
        raise ConfigError(f"hub.user: there is no user {hub.user} here") from None
    try:
        gid = grp.getgrnam(hub.group).gr_gid if hub.group else user.pw_gid
    except KeyError:
        raise ConfigError(f"hub.group: there is no group {hub.group} here") from None
    return Account(hub.user, user.pw_uid, gid)


def _become(account: Account) -> None:
    os.initgroups(account.name, account.gid)
    os.setgid(account.gid)
    os.setuid(account.uid)  # the real, the effective and the saved one: there is no way back


def _own_data(folder: Path, account: Account) -> None:
    """Make the data folder for the account, or refuse one that holds files of others."""
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            os.chown(folder, account.uid, account.gid)
        _check_owner(folder, account)
    except OSError as error:
        raise ConfigError(f"hub.data: {folder}: {error.strerror}") from error


def _check_owner(folder: Path, account: Account) -> None:
    try:
        for path in (folder, *folder.iterdir()):
            if path.lstat().st_uid != account.uid:
                raise ConfigError(
                    f"hub.data: {path} isn't {account.name}'s, and the hub runs as"
                    f" {account.name} (hub.user): chown -R {account.name}: {folder}"
                )
    except OSError as error:
        raise ConfigError(f"hub.data: {folder}: {error.strerror}") from error


@contextmanager
def _pid_file(path: Path | None) -> Iterator[None]:
    if path is None:
        yield
        return
    try:
        path.write_text(f"{os.getpid()}\n")
    except OSError as error:
        raise ConfigError(f"hub.pid_file: {path}: {error.strerror}") from error
    try:
        yield
    finally:
        with suppress(OSError):  # the folder may be root's: a pid of nobody is left then
            path.unlink()


def _raise_file_limit(connections: int) -> None:
    """Let the process have a file descriptor for each connection, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    infinite = resource.RLIM_INFINITY
    if soft == infinite or soft >= wanted:
        return
    if os.geteuid() == 0 and hard != infinite and hard < wanted:
        with suppress(OSError, ValueError):  # a container may forbid it even to root
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            return
    most = wanted if hard == infinite else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < connections:
        log.warning("limits.connections is %d, but only %d files can be opened", connections, most)
