"""The admin service of a hub that doesn't run: the verbs act on the storage alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from words.admin.verbs import Call, Domain
from words.config import Config
from words.errors import NotFound
from words.journal.journal import Journal
from words.passport.identity import PassportSettings
from words.passport.register import Register
from words.storage.store import Store


def perform(config: Config, verb: str, arguments: Mapping[str, Any]) -> Any:
    """Do a verb and return its result; raises `StorageRefused` and what the verb refuses."""
    path = config.hub.data / "words.db"
    call = Call(verb, arguments)
    if not call.verb.writes and not path.exists():
        raise NotFound(f"storage in {config.hub.data} yet, and no hub runs")
    call.prepare(config.passport.iterations)
    store = Store(path, durability=config.storage.durability, reserve=config.storage.reserve)
    try:
        settings = PassportSettings(config.passport.iterations, config.chat.max_name_length)
        result = call.act(Domain(store, Register(Journal(store), settings)))
        store.close()
    finally:
        store.abandon()
    return result
