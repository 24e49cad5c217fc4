"""A hub with two identities, and clients of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.hub import HubProcess
from words.client import Client, Login

PASSWORD = "correct horse"


@pytest.fixture
def people(new_hub: Callable[..., HubProcess]) -> HubProcess:
    """Return a hub that runs and knows alice and bob; talk isn't slowed."""
    hub = new_hub({"limits": {"flood": {"burst": 100000}}}).start()
    hub.add_user("alice", PASSWORD)
    hub.add_user("bob", PASSWORD)
    return hub


@pytest.fixture
def client(people: HubProcess) -> Callable[..., Client]:
    """Return what makes clients of that hub."""

    def make(name: str, **options: object) -> Client:
        return Client(people.pb_url, Login(name, PASSWORD), **options)  # type: ignore[arg-type]

    return make
