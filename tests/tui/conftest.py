"""One hub for all tests here, with three people; each test has groups of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.hub import HubProcess

PASSWORD = "correct horse"


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return a hub that runs, and knows alice, bob and carol; talk isn't slowed."""
    hub = HubProcess(
        tmp_path_factory.mktemp("town"),
        {"limits": {"flood": {"burst": 100000}, "connections_per_address": 1000}},
    ).start()
    for name in ("alice", "bob", "carol"):
        hub.add_user(name, PASSWORD)
    yield hub
    hub.kill()
