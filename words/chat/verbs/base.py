"""What all verbs share: the attachment's participant, service, and how it hears itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import count
from typing import TYPE_CHECKING, Any

from words.chat import policy
from words.chat.fanout import Listener, encoded
from words.chat.group import Group
from words.chat.participant import Participant
from words.errors import (
    BadInput,
    CannotReach,
    CannotSpeak,
    CannotStore,
    NoSuchGroup,
    NoSuchParticipant,
    TooLong,
)
from words.events import Actor, ConversationEvent, Event, GroupRenamed
from words.interfaces import Form, Outlet

if TYPE_CHECKING:
    from words.chat.service import ChatService

MAX_TOKEN = 128  # characters; a UUID has 36
MAX_REASON = 390  # characters; as a topic

_NUMBERS = count(1)

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS_OR_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def check_text(text: str, *, lines: bool = False) -> None:
    """Raise `BadInput` for control characters; TAB and, with ``lines``, LF may be in a text.

    What has no UTF-8 is `CannotStore`, in passing events too: no form could tell it.
    """
    if text.isprintable():
        return
    if _SURROGATES.search(text):
        raise CannotStore("a lone surrogate")
    found = (_CONTROLS if lines else _CONTROLS_OR_BREAKS).search(text.replace("\t", " "))
    if found:
        raise BadInput("control character", f"{found.group()!a}")


def check_token(token: str) -> None:
    """Raise what keeps a token from being stored: before anything has come of it."""
    check_text(token)
    if len(token) > MAX_TOKEN:
        raise TooLong("token", MAX_TOKEN)


def check_reason(reason: str) -> None:
    """Raise what keeps a reason from being told: why somebody goes, or is sent away."""
    check_text(reason)
    if len(reason) > MAX_REASON:
        raise TooLong("reason", MAX_REASON)


def silenced(other: Participant, speaker: Participant) -> bool:
    """Return whether somebody doesn't want to hear what the speaker says directly."""
    if not other.silences:
        return False
    return any(fits(speaker.shown) for fits in other.silences.values())


class Verbs(Listener):
    """An attachment without its verbs.

    ``echo``: whether it is told what it said itself. ``capture``: while this is a list, what
    it would be told of its own doings goes there, as pieces of its form, and not to its outlet:
    so a gateway can answer one command with all that came of it. ``curious``: whether it is told
    what changes about the people whose names it watches (`words.chat.watching`), not only that
    they come and go. ``subscriptions``: the keys of metadata of which it is told; None: all.
    ``app_password``: the label of the one that it came by. ``number``: no other one has it.
    """

    __slots__ = (
        "_ignored",
        "active",
        "app_password",
        "away",
        "capture",
        "curious",
        "echo",
        "moved",
        "number",
        "participant",
        "rehosted",
        "service",
        "subscriptions",
    )

    def __init__(
        self,
        service: ChatService,
        participant: Participant,
        forms: tuple[Form, Form],
        outlet: Outlet,
    ) -> None:
        super().__init__(*forms, outlet)
        self.service = service
        self.participant = participant
        self.away: str | None = None
        self.echo = False
        self.curious = False
        self.capture: list[Any] | None = None
        self.active = 0.0
        self.app_password = ""
        self.number = next(_NUMBERS)
        self.subscriptions: Collection[str] | None = None
        self.moved: Callable[[Group, GroupRenamed], None] | None = None
        """Called when a group of his has another name, within the turn."""
        self.rehosted: Callable[[Participant, Actor], None] | None = None
        """Called when somebody in a group of his is shown with another user or host, within the
        turn, with how he was shown before; for nobody where too many would have to be told."""
        self._ignored = service.persons.ignorers.owners

    def group(self, name: str) -> Group:
        """Return the group of this name as this participant may know it, or `NoSuchGroup`."""
        group = self.service.registry.group(name)
        if group is None or (group.settings.secret and self.participant.id not in group.members):
            raise NoSuchGroup(name)
        return group

    def somebody(self, name: str) -> Participant:
        """Return the participant of this name who is here, or raise `NoSuchParticipant`: also where
        he doesn't want to be reached, and shares no group."""
        participant = self.service.registry.participant(name)
        if participant is None:
            raise NoSuchParticipant(name)
        if self.participant.groups.keys().isdisjoint(participant.groups):
            self.reach(participant)
        return participant

    def addressee(self, name: str) -> Participant:
        """Return who is called this and may be written to: for identities, others who aren't here
        too. To be used at once, not kept. Raises `NoSuchParticipant`, also where he doesn't want to
        be reached.
        """
        registry = self.service.registry
        other = registry.participant(name)
        if other is None and self.participant.identity:
            other = registry.identity(name)
        if other is None or not self.service.persons.admits(other, self.participant):
            raise NoSuchParticipant(name)
        return other

    def reach(self, other: Participant) -> None:
        """Raise `NoSuchParticipant` where the other doesn't want to be reached."""
        if not self.service.persons.admits(other, self.participant):
            raise NoSuchParticipant(other.name)

    def _reach_with(self, other: Participant, query: str = "") -> None:
        """Raise `NoSuchParticipant`, `CannotReach` where one can't write to another."""
        self.reach(other)
        if other.accounts_only and not self.participant.actor.account:
            raise CannotReach(other.name, "accounts only")
        if query and other.no_queries:
            raise CannotReach(other.name, "no queries between programs")

    def _free(self, group: Group) -> bool:
        """Return whether one may say in a group what one likes, by a role."""
        member = group.members.get(self.participant.id)
        roles = group.roles(self.service.settings.roles)
        return member is not None and roles.have(member.roles, "speak")

    def _require_open(self, group: Group, text: str) -> None:
        """Raise `CannotSpeak` for a text beside what is said, such as a topic, where one is muted,
        or a filter refuses it."""
        if not text or self._free(group):
            return
        policy.not_muted(group, self.participant)
        if not self.service.guard.passes(group, text):
            raise CannotSpeak(group.name, "filtered")

    def _reason(self, group: Group, reason: str) -> str:
        """Return why one leaves or takes something back, "" where one can't say it."""
        try:
            self._require_open(group, reason)
        except CannotSpeak:
            return ""
        return reason

    def _happen(
        self,
        group: Group,
        event: ConversationEvent,
        joining: Participant | None = None,
        skip: Collection[Listener] | None = None,
    ) -> None:
        """Let an event of this attachment's doing come to pass in a group."""
        self.service.turn.require_space()
        self.service.seal_elsewhere(self.participant, group)
        skip = self._not_told() if skip is None else skip
        self.service.happen(group, event, joining=joining, skip=skip)
        self._capture(event, group.name)

    def _not_told(self, echo: bool = True) -> Collection[Listener]:
        """Return whom not to tell of this attachment's doing: itself, if it is told otherwise."""
        return () if echo and self.capture is None else (self,)

    def _unheard(self, skip: Collection[Listener]) -> Collection[Listener]:
        """Return ``skip`` with the connections of those who ignore what this one says."""
        return (*skip, *self.service.persons.deaf(self.participant)) if self._ignored else skip

    def _capture(self, event: Event, where: str) -> None:
        """Let this attachment, if it captures, have an event that has come to pass."""
        if self.capture is not None and (piece := encoded(self.form, event, where)) is not None:
            self.capture.append(piece)

    def _tell_self(self, event: Event) -> None:
        """Tell this attachment an event of its own doing that concerns no conversation."""
        if self.capture is None:
            self.service.fanout.tell_all((self,), event)
            return
        piece = encoded(self.aside, event, "")
        if piece is not None:
            self.capture.append(piece)
