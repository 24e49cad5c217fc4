"""The admin service of a hub that doesn't run: the verbs act on the storage alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from words.admin.base import Call, Domain, local
from words.admin.verbs import VERBS
from words.config import Config
from words.errors import NotFound
from words.journal.journal import Journal
from words.passport.identity import passport_settings
from words.passport.register import Register
from words.storage.store import Store

if TYPE_CHECKING:
    from words.chat.service import ChatService


def perform(config: Config, verb: str, arguments: Mapping[str, Any], by: str = "") -> Any:
    """Do a verb and return its result; raises `StorageRefused` and what the verb refuses."""
    path = config.hub.data / "words.db"
    call = Call(VERBS, verb, arguments, local(by))
    if verb == "reload" or (not call.verb.writes and not path.exists()):
        missing = f"storage in {config.hub.data} yet, and no hub runs: words init makes one"
        raise NotFound("running hub" if path.exists() else missing)
    store = Store(path, durability=config.storage.durability, reserve=config.storage.reserve)
    try:
        journal = Journal(store)
        settings = passport_settings(config.passport, config.chat.max_name_length)
        domain = Domain(
            Register(journal, settings),
            journal,
            lambda: _service(config, journal),
            running=False,
            config=lambda: config,
        )
        call.prepare(domain)
        result = call.act(domain)
        domain.index.close()
        if call.verb.writes:
            journal.close_turn()
            store.close()
    finally:
        store.abandon()
    return result


def _service(config: Config, journal: Journal) -> ChatService:
    """Return a chat service with nobody in it, whose turn is this one call."""
    from words.chat.fanout import Fanout
    from words.chat.service import ChatService
    from words.chat.settings import chat_settings

    fanout = Fanout(lambda: 0.0)
    return ChatService(chat_settings(config.chat), cast(Any, _Turn()), fanout, journal)


class _Turn:
    """What verbs need of a turn: free space was looked at before."""

    def require_space(self) -> None:
        """Let it be."""
