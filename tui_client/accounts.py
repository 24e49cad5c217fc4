"""The accounts that one has saved: who one is, and at which hub. Never a password."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tui_client import files
from words.spread.address import PORT, parse


class Account(msgspec.Struct):
    """``name``: of the identity, "" for a guest. ``server``: an address of Perspective Broker.

    ``auto``: sign on when the program starts. ``keep``: keep what was derived of the password in
    the system's keyring. ``fingerprint``: of the certificate that one trusts at this hub, "" for
    the system's way. ``last``: when it was used, in milliseconds.
    """

    name: str
    server: str
    auto: bool = False
    keep: bool = True
    fingerprint: str = ""
    last: int = 0

    @property
    def label(self) -> str:
        """Return what it is called in lists."""
        return f"{self.name or 'guest'}@{host_of(self.server)}"


def host_of(server: str) -> str:
    """Return the short form of an address, as people say it."""
    try:
        kind, host, port = parse(server)
    except ValueError:
        return server
    if kind == "unix":
        return Path(host).name
    return host if port == PORT else f"{host}:{port}"


def full_address(typed: str) -> str:
    """Return the address that somebody means who types less; TLS unless it is this machine."""
    typed = typed.strip()
    if not typed or "://" in typed:
        return typed
    if typed.startswith("/"):
        return f"unix://{typed}"
    host = typed.rsplit(":", 1)[0].strip("[]")
    return f"pb://{typed}" if host in ("localhost", "127.0.0.1", "::1") else f"pbs://{typed}"


class Accounts:
    """The list, as it stands in a file; ``problem`` says why that couldn't be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.all: list[Account] = []
        self.problem = ""
        try:
            found = files.read_toml(path).get("account", [])
            self.all = msgspec.convert(found, list[Account])
        except files.BadFile as error:
            self.problem = str(error)
        except msgspec.ValidationError as error:
            self.problem = f"{path}: {error}"

    def named(self, label: str) -> Account | None:
        """Return an account by its label or, where only one has it, its name or host."""
        exact = [each for each in self.all if each.label == label]
        loose = [each for each in self.all if label in (each.name, host_of(each.server))]
        found = exact or loose
        return found[0] if len(found) == 1 else None

    def at(self, server: str) -> Account | None:
        """Return the account that was used last at an address."""
        return next((each for each in self.all if each.server == server), None)

    def put(self, account: Account) -> None:
        """Add or replace an account, and save; raises OSError."""
        others = [each for each in self.all if each.label != account.label]
        self.all = sorted([account, *others], key=lambda each: -each.last)
        self._save()

    def remove(self, account: Account) -> None:
        """Forget an account, and save; raises OSError."""
        self.all = [each for each in self.all if each.label != account.label]
        self._save()

    def _save(self) -> None:
        if self.problem:  # somebody may mend it; don't write over it
            raise OSError(self.problem)
        files.write(
            self.path, files.toml_tables("account", (msgspec.to_builtins(a) for a in self.all))
        )
