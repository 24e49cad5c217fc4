"""Hubs for commands: each test that wants ``some_hub`` runs on a running one and a stopped one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.hub import HubProcess


@pytest.fixture(params=["running", "stopped"])
def some_hub(request: pytest.FixtureRequest, new_hub: Callable[..., HubProcess]) -> HubProcess:
    """Return a hub that runs, or one that did: its storage is there."""
    hub = new_hub().start()
    if request.param == "stopped":
        hub.stop()
    return hub
