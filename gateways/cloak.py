"""Cloaked hosts: what others see instead of an address, the same for the same address."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from ipaddress import ip_address
from pathlib import Path

from words.config import Cloak as Settings
from words.errors import ConfigError

KEY_BYTES = 32
SHOWN = 12  # characters of base32: 60 bits, so two addresses don't look the same by chance
NETWORK_SHOWN = 6  # the same of a network: some 30 bits
ADDRESS_MAX = 45  # characters of an IPv6 address with an IPv4 one in it
REMEMBERED = 10_000  # addresses whose cloak is kept: as many as may be connected
NETWORKS = {4: (24, 16), 6: (64, 48)}
"""Lengths of the networks that a ban can cover without knowing the address."""


def longest_host(settings: Settings) -> int:
    """Return the characters of the longest host that is shown."""
    if not settings.enabled:
        return ADDRESS_MAX
    networks = max(len(lengths) for lengths in NETWORKS.values())
    return SHOWN + networks * (NETWORK_SHOWN + 1) + 1 + len(settings.suffix)


class Cloak:
    """Makes ``host.network.wider-network.suffix`` of an address, each part keyed and hashed."""

    def __init__(self, settings: Settings, data: Path) -> None:
        self._settings = settings
        self._key = _key(data / settings.key_file)
        self._shown: dict[str, str] = {}

    def address(self, address: str) -> str:
        """Return the host that is shown for somebody who comes from this address."""
        shown = self._shown.get(address)
        if shown is None:
            if len(self._shown) >= REMEMBERED:
                self._shown.clear()
            shown = self._shown[address] = self._make(address)
        return shown

    def _make(self, address: str) -> str:
        if address == "local":
            return f"local.{self._settings.suffix}"
        if not self._settings.enabled:
            return f"0{address}" if address.startswith(":") else address
        here = ip_address(address)
        parts = [self._hash(here.packed)]
        parts += [
            self._hash(here.packed[: length // 8] + bytes([length]))[:NETWORK_SHOWN]
            for length in NETWORKS[here.version]
        ]
        return f"{'.'.join(parts)}.{self._settings.suffix}"

    def identity(self, number: int) -> str:
        """Return the host that is shown for an identity's own participant, wherever it is."""
        return f"{self._hash(b'identity %d' % number)}.id.{self._settings.suffix}"

    def _hash(self, data: bytes) -> str:
        digest = hashlib.blake2b(data, key=self._key, digest_size=8).digest()
        return base64.b32encode(digest).decode().lower()[:SHOWN]


def _key(path: Path) -> bytes:
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"irc.cloak.key_file: {path}: {error.strerror}") from error
    if len(key) < KEY_BYTES:
        raise ConfigError(f"irc.cloak.key_file: {path} is too short: delete it to have a new one")
    return key[:64]
