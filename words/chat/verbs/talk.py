"""Saying something, to a group or to one participant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from words.chat import policy
from words.chat.fanout import Listener
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.verbs.base import Verbs, check_text, check_token, silenced
from words.errors import BadInput, CannotSpeak, NoSuchMessage, TooLong
from words.events import Actor, Event, MessageKind, Said, Signalled, Span, message_id
from words.journal.rows import event_of, row_of
from words.names import check_participant_name

CHARACTER_BYTES = 4  # the most that UTF-8 needs

HEARD = 64
"""People who said something directly that are remembered; who may be warned is among them."""


class Body(NamedTuple):
    """What is said. ``form`` and ``wire``: the text as it came, where spans lose something.

    ``name``: who says it, where a character is played. ``role``: said to its rank and above only;
    ``unaddressed``: its author said it to all. ``author``: who said it, where a relay speaks.
    """

    text: str
    kind: MessageKind = "text"
    spans: tuple[Span, ...] = ()
    tags: dict[str, str] | None = None
    form: str = ""
    wire: str = ""
    reply_to: int = 0
    name: str = ""
    role: str = ""
    unaddressed: bool = False
    author: Actor | None = None


STYLES = frozenset({"bold", "italic", "underline", "strike", "mono", "reverse", "color", "bgcolor"})
"""What a group may not want in its texts."""


SCENE = "Scene"
"""The name of a scene, who is nobody's character."""

NOBODY = "npc.fakeuser.invalid"
"""The host of characters: their user is the name of who plays them."""


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
        roles = service.settings.roles
        policy.may_speak(group, self.participant, roles)
        self._check(body)
        if body.reply_to:
            self._original(group.id, body.reply_to)
        service.turn.require_space()
        if body.name or group.restrained or service.guard.kept.texts:
            body = self._restrained(group, body)
        to = self._role(body) if body.role else ""
        event = self._said(service.registry.stamp(group), to, body)
        service.seal_elsewhere(self.participant, group)
        echo = self.echo or bool(body.name)  # nobody knows his own character without it
        skip = self._not_told(echo)
        if event.role:
            skip = (*skip, *policy.below(group, event.role, roles, self.participant))
        service.happen(group, event, skip=self._unheard(skip) if self._ignored else skip)
        if echo:
            self._echo(event, group)
        if token:
            self._keep_token(token, event)
        return event

    def _role(self, body: Body) -> str:
        """Return the role that a message is addressed to; raises `BadInput` for none."""
        if body.unaddressed:
            return ""
        if body.role not in self.service.settings.roles.by_name:
            raise BadInput("role", body.role)
        return body.role

    def _restrained(self, group: Group, body: Body, *, edit: bool = False) -> Body:
        """Return what becomes of a message in a group that restrains what is said.

        Raises `CannotSpeak`, `BadName` for a character's name.
        """
        settings = group.settings
        roles = self.service.settings.roles
        if body.name and not settings.roleplay:
            raise CannotSpeak(group.name, "no roleplaying")
        if body.name and body.name != SCENE:
            check_participant_name(body.name, self.service.settings.limits.name)
        if settings.no_styles or settings.strip_styles:
            body = _plain(group, body)
        if not self._guarded(group, body.text, edit=edit):
            return body
        if settings.op_moderated and not body.role:
            body = body._replace(role=roles.least("kick"), unaddressed=True)
        return body

    def _guarded(self, group: Group, text: str, *, edit: bool = False) -> bool:
        """Let the guard look at a text, unless its author may speak freely; return whether it did.

        Raises `CannotSpeak`.
        """
        if self._free(group):
            return False
        self.service.guard.check(group, self.participant, text, edit=edit)
        return True

    def say_to(self, other: Participant, body: Body, token: str = "") -> Said:
        """Say something to one participant; as `say`. For an identity elsewhere it is kept.

        Raises `NoSuchParticipant` too, where he doesn't want to be reached, and `CannotReach`.
        """
        if token:
            check_token(token)
            if said := self._said_before(token):
                return said
        self._reach_with(other)
        self._check(body)
        service = self.service
        service.turn.require_space()
        if service.guard.watching:
            service.guard.check_direct(self.participant, other, body.text)
        direct = service.registry.direct(self.participant, other)
        if body.reply_to:
            self._original(direct.id, body.reply_to)
        event = self._said(service.registry.stamp(direct), other.name, body)
        service.journal.append(event)
        direct.sequence, direct.time = event.sequence, event.time
        service.registry.talked(direct)
        note_heard(other.heard, self.participant.id, event.time)
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
        role: str = "",
    ) -> None:
        """Pass on client tags without a text, or a query between clients; nothing is stored.

        In a group to those only who have this role or a higher one.
        """
        stamp = self.service.registry.passing()
        actor = self.participant.actor
        if isinstance(to, Group):
            policy.may_speak(to, self.participant, self.service.settings.roles)
            if query and to.settings.no_queries:
                raise CannotSpeak(to.name, "no queries between programs")
            if query:
                self._guarded(to, query)
            event = Signalled(*stamp, actor, role, tags, query, answer)
            self.service.seal_elsewhere(self.participant, to)
            skip = (*self._unheard(self._not_told(self.echo)), *self._kept_from(to, role))
            self.service.fanout.publish(to.audience, event, skip)
            if self.echo:
                self._echo(event, to)
        else:
            self._reach_with(to, query)
            if query and self.service.guard.watching:
                self.service.guard.check_direct(self.participant, to, query)
            self._tell_direct(Signalled(*stamp, actor, to.name, tags, query, answer), to)

    def _kept_from(self, group: Group, role: str) -> Iterable[Listener]:
        """Return who isn't told what passes in a group: as with what is said."""
        roles = group.roles(self.service.settings.roles)
        if not role and group.settings.op_moderated and not self._free(group):
            role = roles.least("kick")
        return policy.below(group, role, roles, self.participant) if role else ()

    def _echo(self, event: Said | Signalled, group: Group) -> None:
        """Tell this attachment its own event where it isn't told as a member of the group."""
        if self.capture is not None:
            self._capture(event, group.name)
        elif self.participant.id not in group.members:
            self.service.fanout.tell(self, event, group.name)

    def _said(self, stamp: tuple[int, int, int, int], to: str, body: Body) -> Said:
        text, kind, spans, tags, form, wire, reply_to, name, role, _, author = body
        actor = author or self.participant.actor
        if name:
            shown = f"={name}=" if name == SCENE else f"*{name}*"
            actor = Actor(actor.id, shown, actor.name, NOBODY, "", actor.flags, actor.origin)
        return Said(*stamp, actor, text, kind, to, spans, tags, form, wire, reply_to, None, role)

    def _original(self, conversation: int, number: int) -> Said:
        """Return a message of a conversation by its id; raises `NoSuchMessage`."""
        said = self.service.history.find(conversation, number)
        if not isinstance(said, Said):
            raise NoSuchMessage(message_id(number))
        return said

    def _check(self, body: Body) -> None:
        limit = self.service.settings.limits.body
        text = body.text
        if len(text) * CHARACTER_BYTES > limit and len(text.encode("utf-8", "replace")) > limit:
            raise TooLong("message", limit)
        check_text(text, lines=True)

    def _tell_direct(self, event: Event, other: Participant) -> None:
        tell = self.service.fanout.tell
        deaf = self._unheard(()) if self._ignored else ()
        hears = other is self.participant or not silenced(other, self.participant)
        for attachment in other.attachments if hears else ():
            if attachment is not self and attachment not in deaf:
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


def _plain(group: Group, body: Body) -> Body:
    """Return a message without styles, or refuse one that has them."""
    if not any(span.style in STYLES for span in body.spans):
        return body
    if group.settings.no_styles:
        raise CannotSpeak(group.name, "no styled text")
    kept = tuple(span for span in body.spans if span.style not in STYLES)
    return body._replace(spans=kept, form="", wire="")


def note_heard(heard: dict[int, int], number: int, time: int) -> None:
    """Remember who said something directly, and when; of the oldest no more."""
    heard.pop(number, None)
    heard[number] = time
    if len(heard) > HEARD:
        del heard[next(iter(heard))]
