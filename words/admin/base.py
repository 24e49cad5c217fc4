"""What a verb of the admin service is, and what it acts on.

A verb has two steps: what blocks (hashing a password, asking the search index) is prepared in a
thread, then it acts, within a turn where a hub runs. Acting refuses before it writes anything.
What changes something is noted among the acts: who, what, why (`words.admin.acts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from words.admin import acts
from words.errors import BadInput, Forbidden, NotFound, StorageFull
from words.journal.index import SearchIndex
from words.journal.journal import Journal
from words.passport.app_passwords import AppPasswords
from words.passport.identity import RIGHTS, Right
from words.passport.register import Register
from words.passport.resets import Resets

if TYPE_CHECKING:  # a stopped hub's verbs need few of its imports
    from words.chat.bans import Bans
    from words.chat.kept_rules import Kept
    from words.chat.service import ChatService
    from words.config import Config

Result: TypeAlias = Any
"""Values that JSON has."""

PAGE = 1000
"""Rows in one answer: some milliseconds of a turn."""


class Domain:
    """What the verbs act on. ``live`` is the service of a running hub, None of a stopped one."""

    def __init__(
        self,
        register: Register,
        journal: Journal,
        service: Callable[[], ChatService],
        *,
        running: bool,
        facts: Callable[[], Mapping[str, Result]] = dict,
        index: SearchIndex | None = None,
        config: Callable[[], Config],
        bridges: Callable[[], list[Result]] = list,
    ) -> None:
        self.register = register
        self.journal = journal
        self.store = journal.store
        self.app_passwords = AppPasswords(journal)
        self.resets = Resets(journal)
        self.running = running
        self.facts = facts
        """What only the running process knows, for ``status``."""
        self.config = config
        self.bridges = bridges
        """How the bridges of a running hub are, for ``bridge-status``."""
        self.index = index or SearchIndex(journal.store.path)
        self.exports: dict[int, tuple[int, Iterator[list[dict[str, Result]]]]] = {}
        """Of each identity whose data is being exported: the next page, and what gives it."""
        self._service = service

    @cached_property
    def service(self) -> ChatService:
        """The chat service; that of a stopped hub has nobody in it."""
        return self._service()

    @property
    def live(self) -> ChatService | None:
        """The service of a running hub."""
        return self.service if self.running else None

    @cached_property
    def bans(self) -> Bans:
        """Who may not come in; of a stopped hub without the service, which takes long to load."""
        if self.running:
            return self.service.bans
        from words.chat.bans import Bans

        return Bans(self.journal, lambda: self.journal.ids.stamp()[1])

    @cached_property
    def filter(self) -> Kept:
        """The hub's own filter, in the same way."""
        if self.running:
            return self.service.guard.kept
        from words.chat.kept_rules import Kept

        return Kept(self.journal)


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No arguments."""


class Name(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of a verb about somebody or some group."""

    name: str


class Act(Name, forbid_unknown_fields=True):
    """The same of one that changes something: ``why`` is kept among the acts."""

    why: str = ""


class Page(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of a list: what comes ``after`` a name."""

    after: str = ""


class Verb(NamedTuple):
    """One row of the table. ``prepare`` gets what `Call.prepare` gets, and changes nothing."""

    arguments: type[msgspec.Struct]
    act: Callable[[Domain, Any, Any], Result]
    right: Right
    writes: bool = True
    prepare: Callable[[Domain, Any], Any] | None = None


class Caller(NamedTuple):
    """Who asks, and what he may. ``address`` is "" at the local socket."""

    name: str = "local"
    rights: frozenset[str] = frozenset({"admin"})


LOCAL = Caller()

LONGEST_NAME = 64  # characters of a user of the system


def local(name: str) -> Caller:
    """Return who asks at the local socket, by the name that he says he has there."""
    shown = "".join(char for char in name if char.isprintable())[:LONGEST_NAME]
    return Caller(f"local:{shown}") if shown else LOCAL


class Call:
    """A verb with its arguments.

    Raises `NotFound`, `BadInput` where there is no such thing, `Forbidden` where the caller has
    not the right.
    """

    def __init__(
        self,
        verbs: Mapping[str, Verb],
        name: str,
        arguments: Mapping[str, Any],
        caller: Caller = LOCAL,
    ) -> None:
        verb = verbs.get(name)
        if verb is None:
            raise NotFound(f"verb {name}")
        if not {"admin", verb.right} & caller.rights:
            raise Forbidden(f"the right {verb.right} is needed")
        self.verb = verb
        self._name = name
        self._caller = caller
        self._prepared: Any = None
        try:
            self._arguments = msgspec.convert(arguments, verb.arguments)
        except msgspec.ValidationError as error:
            raise BadInput(name, str(error)) from None
        acts.check(getattr(self._arguments, "why", ""))

    def prepare(self, domain: Domain) -> None:
        """Do what blocks, in any thread; raises what the verb refuses."""
        if self.verb.prepare is not None:
            self._prepared = self.verb.prepare(domain, self._arguments)

    def act(self, domain: Domain) -> Result:
        """Do the rest, within a turn; raises what the verb refuses."""
        if self.verb.writes and domain.store.free_space() <= 0:
            raise StorageFull
        if self.verb.right == "users" and self.verb.writes:
            self._require_over(domain)
        result = self.verb.act(domain, self._arguments, self._prepared)
        if self.verb.writes:
            acts.note(
                domain.journal,
                self._caller.name,
                self._name,
                acts.object_of(self._arguments, result),
                getattr(self._arguments, "why", ""),
            )
        return result

    def _require_over(self, domain: Domain) -> None:
        """Raise `Forbidden` for what would get the caller rights that he hasn't: an identity with
        them that he makes, or whose password he would choose."""
        register = domain.register
        given = frozenset[str](getattr(self._arguments, "rights", ()))
        identity = register.get(getattr(self._arguments, "name", ""))
        held = register.settings.with_classes(given) | (identity.rights if identity else given)
        beyond = held.intersection(RIGHTS) - self._caller.rights
        if beyond and "admin" not in self._caller.rights:
            raise Forbidden(f"that is for who has the right {min(beyond)} himself")
