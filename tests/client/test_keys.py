"""Keyrings: one that works, none, one that is stuck; keys that spare the password."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.backends.fail
import pytest

from tests.client.conftest import PASSWORD
from tests.support.hub import HubProcess
from words.client import Client, Keyring, Login, MemoryKeys
from words.client.signon import place


class Drawer(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Stuck(Drawer):
    """A keyring that waits for somebody who isn't there."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.until = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.until.wait()
        return None


@pytest.fixture(autouse=True)
def _own_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


async def test_a_keyring_keeps_and_forgets() -> None:
    keyring.set_keyring(Drawer())
    ring = Keyring()
    assert await ring.get("alice") is None
    assert await ring.put("alice", "secret")
    assert await ring.get("alice") == "secret"
    await ring.remove("alice")
    await ring.remove("alice")
    assert await ring.get("alice") is None
    assert ring.works


async def test_no_keyring_is_no_trouble() -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    ring = Keyring()
    assert await ring.get("alice") is None
    assert not await ring.put("alice", "secret")
    assert ring.works is False


async def test_a_stuck_keyring_is_asked_once() -> None:
    stuck = Stuck()
    keyring.set_keyring(stuck)
    ring = Keyring(seconds=0.05)
    assert await ring.get("alice") is None
    before = threading.active_count()
    assert await ring.get("bob") is None
    assert threading.active_count() == before
    stuck.until.set()


def test_a_stuck_keyring_lets_the_program_end() -> None:
    program = """
import asyncio, keyring
from tests.client.test_keys import Stuck
from words.client import Keyring
keyring.set_keyring(Stuck())
print(asyncio.run(Keyring(seconds=0.05).get("alice")))
"""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "None"), done.stderr
    assert time.monotonic() - begun < 30


async def test_kept_keys_spare_the_password(people: HubProcess) -> None:
    kept: dict[str, str] = {}
    async with Client(people.pb_url, Login("alice", PASSWORD, MemoryKeys(kept.__setitem__))):
        pass
    keys = MemoryKeys()
    for name, secret in kept.items():
        keys.fill(name, secret)
    assert list(kept) == [place("alice", people.pb_url)]
    assert PASSWORD not in kept[place("alice", people.pb_url)]
    async with Client(people.pb_url, Login("alice", "", keys)) as client:
        assert client.state is not None
        assert client.state.name == "alice"
