"""How the hub is, and what was done to it."""

from __future__ import annotations

import os

import msgspec

from words import __version__
from words.admin import acts
from words.admin.base import Domain, Nothing, Result, Verb
from words.errors import BadInput, NotFound
from words.journal.query import LATEST

MOST_ACTS = 1000
"""Acts in one answer: some milliseconds of a turn."""


class ActsPage(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of the list of acts: the newest ones before an id."""

    before: int = LATEST
    limit: int = 50


def _status(domain: Domain, _: object, __: object) -> Result:
    store, facts = domain.store, domain.facts()
    known = {
        "running": domain.running,
        "version": __version__,
        "pid": os.getpid() if domain.running else None,
        "data": str(store.path.parent),
        "log_bytes": store.log_size(),
        "free_bytes": store.free_space(),
        **facts,
    }
    if not facts.get("held"):  # what waits to be written may not be told
        known["identities"] = store.read("SELECT count(*) FROM identities")[0][0]
        known["groups_stored"] = store.read("SELECT count(*) FROM groups")[0][0]
        known["bans"] = store.read("SELECT count(*) FROM bans")[0][0]
        known["acts"] = acts.latest(domain.journal, LATEST, 1)
    return known


def _acts(domain: Domain, arguments: ActsPage, _: object) -> Result:
    if not 0 < arguments.limit <= MOST_ACTS:
        raise BadInput("limit", f"must be from 1 to {MOST_ACTS}")
    return acts.latest(domain.journal, arguments.before, arguments.limit)


def _reload(_: Domain, __: object, ___: object) -> Result:
    """Refuse: a running hub does this itself, outside of a turn."""
    raise NotFound("running hub")


VERBS = {
    "reload": Verb(Nothing, _reload, "admin", writes=False),
    "status": Verb(Nothing, _status, "status", writes=False),
    "acts": Verb(ActsPage, _acts, "status", writes=False),
}
