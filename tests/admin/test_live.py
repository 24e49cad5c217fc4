"""The admin service of a running hub while its storage can't be written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from words.chat.settings import chat_settings
from words.config import load
from words.errors import Busy, StorageFull
from words.hub import Hub
from words.reactor import Reactor
from words.sockets import Sockets
from words.storage.store import Store, Unsettled

ANN = {"name": "ann", "password": "x"}


@pytest.fixture
async def hub(reactor: Reactor, tmp_path: Path) -> AsyncIterator[Hub]:
    config = load(None, {"hub.data": str(tmp_path), "passport.iterations": 4096}, {})
    store = Store(tmp_path / "words.db", durability="process")
    yield Hub(reactor, config, chat_settings(config.chat), store, Sockets({}))
    store.abandon()


async def test_it_says_so_and_refuses(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await hub.perform("user-add", ANN)) == {"name": "ann"}

    def full() -> None:
        raise Unsettled("SQLITE_FULL: database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(hub.store, "commit", full)
        waits = hub.reactor.spawn(hub.perform("user-add", {**ANN, "name": "ben"}), name="waits")
        while not hub.turn.held:
            await hub.reactor.in_thread(bool)
        status = await hub.perform("status", {})
        assert status["held"]
        assert "identities" not in status
        await hub.perform("history-search", {"text": "hello", "since": 2**200})
        with pytest.raises(Busy):
            await hub.perform("user-add", {**ANN, "name": "cat"})
        assert not waits.done()
    assert await waits == {"name": "ben"}
    assert (await hub.perform("status", {}))["identities"] == 2


async def test_below_the_reserve_nothing_is_written(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub.store, "free_space", lambda: -1)
    with pytest.raises(StorageFull):
        await hub.perform("user-add", ANN)
    assert await hub.perform("user-list", {}) == []
