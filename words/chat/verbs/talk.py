"""Saying something, to a group or to one participant."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from words.chat import policy
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs.base import Verbs, check_text, check_token
from words.errors import TooLong
from words.events import MessageKind, Said, Signalled, Span
from words.journal.rows import event_of, row_of

CHARACTER_BYTES = 4  # the most that UTF-8 needs


class Body(NamedTuple):
    """What is said. ``form`` and ``wire``: the text as it came, where spans lose something."""

    text: str
    kind: MessageKind = "text"
    spans: tuple[Span, ...] = ()
    tags: dict[str, str] | None = None
    form: str = ""
    wire: str = ""


class Talk(Verbs):
    """Verbs that say something."""

    __slots__ = ()

    def say(self, group: Group, body: Body, token: str = "") -> Said:
        """Say something in a group; with a token that was used before, return what was said then.

        Raises `CannotSpeak`, `TooLong`, `BadInput`, `CannotStore`, `StorageFull`.
        """
        if token:
            check_token(token)
            if said := self._said_before(token):
                return said
        service = self.service
        policy.may_speak(group, self.participant, service.settings.roles)
        self._check(body)
        event = self._said(service.registry.stamp(group), "", body)
        service.turn.require_space()
        service.seal_elsewhere(self.participant, group)
        service.happen(group, event, skip=self._not_told(self.echo))
        if self.echo:
            self._echo(event, group)
        if token:
            self._keep_token(token, event)
        return event

    def say_to(self, other: Participant, body: Body, token: str = "") -> Said:
        """Say something to one participant; as `say`."""
        if token:
            check_token(token)
            if said := self._said_before(token):
                return said
        self._check(body)
        service = self.service
        service.turn.require_space()
        direct = service.registry.direct(self.participant, other)
        event = self._said(service.registry.stamp(direct), other.name, body)
        service.journal.append(event)
        direct.sequence, direct.time = event.sequence, event.time
        if token:
            self._keep_token(token, event)
        self._tell_direct(event, other)
        return event

    def signal(
        self,
        to: Group | Participant,
        tags: dict[str, str] | None,
        query: str = "",
        answer: bool = False,
    ) -> None:
        """Pass on client tags without a text, or a query between clients; nothing is stored."""
        stamp = self.service.registry.passing()
        actor = self.participant.actor
        if isinstance(to, Group):
            policy.may_speak(to, self.participant, self.service.settings.roles)
            event = Signalled(*stamp, actor, "", tags, query, answer)
            self.service.seal_elsewhere(self.participant, to)
            self.service.fanout.publish(to.audience, event, self._not_told(self.echo))
            if self.echo:
                self._echo(event, to)
        else:
            self._tell_direct(Signalled(*stamp, actor, to.name, tags, query, answer), to)

    def _echo(self, event: Said | Signalled, group: Group) -> None:
        """Tell this attachment its own event where it isn't told as a member of the group."""
        if self.capture is not None:
            self._capture(event, group.name)
        elif self.participant.id not in group.members:
            self.service.fanout.tell(self, event, group.name)

    def _said(self, stamp: tuple[int, int, int, int], to: str, body: Body) -> Said:
        text, kind, spans, tags, form, wire = body
        return Said(*stamp, self.participant.actor, text, kind, to, spans, tags, form, wire)

    def _check(self, body: Body) -> None:
        limit = self.service.settings.limits.body
        text = body.text
        if len(text) * CHARACTER_BYTES > limit and len(text.encode("utf-8", "replace")) > limit:
            raise TooLong("message", limit)
        check_text(text, lines=True)

    def _tell_direct(self, event: Said | Signalled, other: Participant) -> None:
        tell = self.service.fanout.tell
        for attachment in other.attachments:
            if attachment is not self:
                tell(attachment, event)
        if other is not self.participant:
            for attachment in self.participant.attachments:
                if attachment is not self:
                    tell(attachment, event)
        if self.echo:
            if self.capture is None:
                tell(self, event)
            else:
                self._capture(event, "")
        if other is self.participant:
            tell(self, event)

    def _said_before(self, token: str) -> Said | None:
        rows = self.service.journal.store.read(
            "SELECT event FROM tokens WHERE participant = ? AND token = ?",
            self.participant.id,
            token,
        )
        return msgspec.convert(event_of(rows[0][0]), Said) if rows else None

    def _keep_token(self, token: str, event: Said) -> None:
        self.service.journal.store.write(
            "INSERT INTO tokens VALUES (?, ?, ?, ?)",
            self.participant.id,
            token,
            event.time,
            row_of(event).event,
        )
