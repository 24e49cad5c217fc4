"""The verbs of the admin service, each written once, for a running hub and a stopped one.

A verb has two steps: what blocks (hashing a password) is prepared in a thread, then it acts,
within a turn where a hub runs. Acting refuses before it writes anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from words import __version__
from words.errors import BadInput, NotFound, StorageFull
from words.events import Left
from words.passport.register import Register
from words.passport.scram import Verifier, make_verifier
from words.storage.store import Store

if TYPE_CHECKING:  # a stopped hub's verbs need none of its imports
    from words.chat.service import ChatService

Result: TypeAlias = Any
"""Values that JSON has."""

PAGE = 1000
"""Identities in one answer to ``user-list``: some milliseconds of a turn."""


class Domain(msgspec.Struct, frozen=True):
    """What the verbs act on. Of a stopped hub there is the storage only."""

    store: Store
    register: Register
    service: ChatService | None = None
    facts: Callable[[], Mapping[str, Result]] = dict
    """What only the running process knows, for ``status``."""


class Name(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of a verb that needs a name."""

    name: str


class NameAndPassword(Name, forbid_unknown_fields=True):
    """Arguments of a verb that sets a password."""

    password: str


class Page(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of a list: what comes ``after`` a name."""

    after: str = ""


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No arguments."""


class Verb(NamedTuple):
    """One row of the table."""

    arguments: type[msgspec.Struct]
    act: Callable[[Domain, Any, Verifier | None], Result]
    writes: bool = True


class Call:
    """A verb with its arguments; raises `NotFound`, `BadInput` where there is no such thing."""

    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        verb = VERBS.get(name)
        if verb is None:
            raise NotFound(f"verb {name}")
        self.verb = verb
        self._verifier: Verifier | None = None
        try:
            self._arguments = msgspec.convert(arguments, verb.arguments)
        except msgspec.ValidationError as error:
            raise BadInput(name, str(error)) from None

    def prepare(self, iterations: int) -> None:
        """Do what blocks; raises `BadInput`, `TooLong` for what can't be a password."""
        if isinstance(self._arguments, NameAndPassword):
            self._verifier = make_verifier(self._arguments.password, iterations)

    def act(self, domain: Domain) -> Result:
        """Do the rest, within a turn; raises what the verb refuses."""
        if self.verb.writes and domain.store.free_space() <= 0:
            raise StorageFull
        return self.verb.act(domain, self._arguments, self._verifier)


def _user_add(domain: Domain, arguments: NameAndPassword, verifier: Verifier | None) -> Result:
    assert verifier is not None
    identity = domain.register.add(arguments.name, verifier)
    return {"name": identity.name}


def _user_passwd(domain: Domain, arguments: NameAndPassword, verifier: Verifier | None) -> Result:
    assert verifier is not None
    identity = domain.register.require(arguments.name)
    domain.register.set_verifier(identity.name, verifier)
    return {"name": identity.name}


def _user_list(domain: Domain, arguments: Page, _: object) -> Result:
    return [
        {"name": identity.name, "rights": sorted(identity.rights), "suspended": identity.suspended}
        for identity in domain.register.list(arguments.after, PAGE)
    ]


def _user_remove(domain: Domain, arguments: Name, _: object) -> Result:
    identity = domain.register.require(arguments.name)
    if domain.service is not None:
        _dismiss(domain.service, identity.id)
    # Those of groups that aren't in memory: closed, with an event, when the group is loaded.
    domain.store.write("UPDATE members SET durable = 0 WHERE participant = ?", identity.id)
    domain.register.remove(identity.name)
    return {"name": identity.name}


def _dismiss(service: ChatService, identity: int) -> None:
    """End the connections and memberships of an identity."""
    reason = "The account was removed"
    participant = service.registry.by_id.get(identity)
    if participant is None:
        return
    for attachment in list(participant.attachments):
        attachment.outlet.close(reason)
    for group in list(participant.groups.values()):
        service.happen(group, Left(*service.registry.stamp(group), participant.actor, reason))
    if service.registry.by_id.get(identity) is participant:
        service.registry.remove(participant)


def _status(domain: Domain, _: object, __: object) -> Result:
    store, facts = domain.store, domain.facts()
    known = {
        "running": domain.service is not None,
        "version": __version__,
        "pid": os.getpid() if domain.service else None,
        "data": str(store.path.parent),
        "log_bytes": store.log_size(),
        "free_bytes": store.free_space(),
        **facts,
    }
    if not facts.get("held"):  # what waits to be written may not be told
        known["identities"] = store.read("SELECT count(*) FROM identities")[0][0]
        known["groups_stored"] = store.read("SELECT count(*) FROM groups")[0][0]
    return known


VERBS: dict[str, Verb] = {
    "user-add": Verb(NameAndPassword, _user_add),
    "user-passwd": Verb(NameAndPassword, _user_passwd),
    "user-list": Verb(Page, _user_list, writes=False),
    "user-remove": Verb(Name, _user_remove),
    "status": Verb(Nothing, _status, writes=False),
}
