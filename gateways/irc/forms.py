"""Events as IRC lines. A form is the few capabilities that change an encoding.

An encoder reads the event and nothing else; no line it makes outgrows 512 bytes without tags:
what is too long is split, and only the first piece has the message's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from gateways.irc import entries, modes, names, tags
from gateways.irc.capabilities import ASIDE, TOLD, Cap
from gateways.irc.codec import BODY_MAX
from gateways.irc.formatting import render
from gateways.irc.links import spelled
from gateways.irc.times import server_time
from gateways.irc.wrap import split_text
from words import events
from words.events import Actor, Event, Flags, message_id

EDIT_TAGS = 8000
"""Bytes of the tags of an EDIT: less than what a client must take (IRCv3 message-tags)."""

TAGGED = Cap.SERVER_TIME | Cap.MESSAGE_TAGS | Cap.ACCOUNT_TAG | Cap.OPER_TAG
"""What brings tags that tell of the author or the event."""

_MARKED = int(Flags.OPERATOR | Flags.BOT)

MODES_A_LINE = 4
"""Changes with an argument in one MODE line (ISUPPORT MODES)."""


def source(actor: Actor) -> str:
    """Return ``nick!user@host``; of the hub itself only its name, as of a server."""
    if actor.host == actor.user == "hub" and "." in actor.name:
        return actor.name
    return f"{actor.name}!{actor.user}@{actor.host}"


class IrcForm:
    """One way to write events; equal sets of capabilities share one object (see `form`)."""

    __slots__ = ("aside", "caps", "server", "untagged")

    def __init__(self, caps: int, server: str, aside: bool) -> None:
        self.caps = caps
        self.server = server
        self.aside = aside
        self.untagged = not caps & TAGGED

    def __repr__(self) -> str:
        return f"IrcForm({self.caps:#x})"

    def join(self, pieces: Sequence[bytes]) -> bytes:
        """Return the lines one after another."""
        return b"".join(pieces)

    def encode(self, event: Event, where: str) -> bytes | None:
        """Return the event's lines, None where this form has no words for it."""
        bodies = _BODIES[type(event)](self, event, where)
        if bodies is None or isinstance(bodies, bytes):
            return bodies
        head = "" if self.untagged or type(event) in _PLAIN else self.tags(event)
        if isinstance(bodies, str):
            data = f"{bodies}\r\n".encode()
            return f"@{head} ".encode() + data if head else data
        return self._several(event, head, bodies)

    def _several(self, event: Event, head: str, bodies: list[str]) -> bytes:
        rest = "" if self.untagged else self.tags(event, first=False)
        lines = [
            f"@{tag} {body}\r\n" if (tag := head if not number else rest) else f"{body}\r\n"
            for number, body in enumerate(bodies)
        ]
        return "".join(lines).encode()

    def tags(self, event: Event, extra: str = "", first: bool = True) -> str:
        """Return the event's tags without ``@``; ``extra`` stands before them."""
        caps = self.caps
        parts = [extra] if extra else []
        if caps & Cap.SERVER_TIME:
            parts.append(f"time={server_time(event.time)}")
        if caps & Cap.ACCOUNT_TAG and event.actor.account:
            parts.append(f"account={tags.escape(event.actor.account)}")
        if event.actor.flags & _MARKED:
            if caps & Cap.OPER_TAG and event.actor.flags & Flags.OPERATOR:
                parts.append("draft/oper")
            if caps & Cap.MESSAGE_TAGS and event.actor.flags & Flags.BOT:
                parts.append("bot")
        if caps & Cap.MESSAGE_TAGS and first:
            if event.id:
                parts.append(f"msgid={message_id(event.id)}")
            if type(event) is not events.Said or event.tags or event.reply_to:
                parts += [
                    f"{key}={tags.escape(value)}" if value else key
                    for key, value in _client_tags(event)
                ]
        return ";".join(parts)


@lru_cache(None)  # at most 2**12 of them
def _form(caps: int, server: str, aside: bool) -> IrcForm:
    return IrcForm(caps, server, aside)


def forms(caps: int, server: str) -> tuple[IrcForm, IrcForm]:
    """Return the form for groups and that for the rest, for these capabilities, of a hub that is
    called ``server``."""
    if not caps & Cap.BATCH:  # which draft/multiline depends on
        caps &= ~Cap.MULTILINE
    if not caps & Cap.MESSAGE_TAGS:
        caps &= ~Cap.MESSAGE_EDIT
    return _form(caps & TOLD, server, False), _form(caps & ASIDE, server, True)


def _client_tags(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the client tags of an event: its own, and those that say what IRC has no word for."""
    answered = 0
    if isinstance(event, events.Said | events.Signalled):
        held = event.tags or {}
        yield from held.items()
        if isinstance(event, events.Said) and held.keys().isdisjoint(names.REPLY_TAGS):
            answered = event.reply_to
    elif isinstance(event, events.Reacted):
        answered = event.message
        yield names.REACT_TAG if event.added else names.UNREACT_TAG, event.reaction
    elif isinstance(event, events.Edited):
        answered = event.message
    elif isinstance(event, events.Typing):
        yield names.TYPING_TAG, event.state
    if answered:
        for name in names.REPLY_TAGS:
            yield name, message_id(answered)


Bodies = str | list[str] | bytes | None
"""Lines without tags, or (bytes) whole ones."""

Addressed = events.Said | events.Signalled | events.Reacted | events.Typing | events.Edited
_PLAIN = frozenset({events.ReadMarked, events.Filtered})
"""What the server itself says: it has no tags of its author."""


def _said(form: IrcForm, event: events.Said, where: str) -> Bodies:
    if event.fate is not None and event.fate.redacted:
        return None
    command = "NOTICE" if event.kind == "notice" else "PRIVMSG"
    target = _target(event, where)
    head = f":{source(event.actor)} {command} {target} :"
    text = event.wire if event.form == "irc" else _text(event)
    if event.kind == "action":
        return _actions(head, text)
    if form.caps & Cap.MULTILINE and not _one_line(head, text):
        return _multiline(form, event, f"{command} {target}", target, text)
    return _lines(head, text)


def _one_line(head: str, text: str) -> bool:
    return _fits(head + text) and "\n" not in text and "\r" not in text


def _multiline(form: IrcForm, event: events.Said, command: str, target: str, text: str) -> bytes:
    """A message of several lines, or of one that is too long (IRCv3 draft/multiline).

    In a text as it came, "\\r" stands where the sender cut a line and wanted it joined again.
    """
    by = f":{source(event.actor)}"
    head = f"{by} {command} :"
    room = BODY_MAX - len(head.encode())
    reference = message_id(event.id)
    tags = form.tags(event)
    lines = [f"{f'@{tags} ' if tags else ''}{by} BATCH +{reference} draft/multiline {target}"]
    for line in text.split("\n"):
        joined = ""
        for cut in line.split("\r"):
            for piece in split_text(cut, room) or ("",):
                lines.append(f"@batch={reference}{joined} {head}{piece}")
                joined = ";draft/multiline-concat"
    lines.append(f"{by} BATCH -{reference}\r\n")
    return "\r\n".join(lines).encode()


def _target(event: Addressed, where: str) -> str:
    """Return whom something is said to, with the sign of a role that it is said to alone."""
    return names.ROLE_SIGNS.get(event.to, "") + names.shown(where) if where else event.to


def _lines(head: str, text: str) -> Bodies:
    if _one_line(head, text):
        return head + text
    room = BODY_MAX - len(head.encode())
    rows = text.replace("\r", "\n").split("\n")
    lines = [piece for row in rows for piece in split_text(row, room)]
    return lines and [head + line for line in lines]


def _text(event: events.Said | events.Edited) -> str:
    return render(*spelled(event.text, event.spans)) if event.spans else event.text


def _actions(head: str, text: str) -> Bodies:
    room = BODY_MAX - len(head.encode()) - len("\x01ACTION \x01")
    pieces = [piece for line in text.split("\n") for piece in split_text(line, room)] or [""]
    return [f"{head}\x01ACTION {piece}\x01" for piece in pieces]


def _signalled(form: IrcForm, event: events.Signalled, where: str) -> Bodies:
    target = _target(event, where)
    if event.query:
        command = "NOTICE" if event.answer else "PRIVMSG"
        return _cut(f":{source(event.actor)} {command} {target} :\x01{event.query}\x01")
    return _tagmsg(form, event, where)


def _tagmsg(
    form: IrcForm, event: events.Signalled | events.Reacted | events.Typing, where: str
) -> Bodies:
    """What is said by tags alone (see `_client_tags`)."""
    if not form.caps & Cap.MESSAGE_TAGS:
        return None
    return f":{source(event.actor)} TAGMSG {_target(event, where)}"


def _edited(form: IrcForm, event: events.Edited, where: str) -> Bodies:
    """To who doesn't know EDIT the new text with a star, as people write it by hand."""
    text = event.wire if event.form == "irc" else _text(event)
    if not text:
        return None
    target = _target(event, where)
    if form.caps & Cap.MESSAGE_EDIT:
        which = f"{names.MESSAGE_TAG}={message_id(event.message)}"
        head = f"{form.tags(event)};{which};{names.TEXT_TAG}={tags.escape(text)}"
        if len(head.encode()) <= EDIT_TAGS:
            return f"@{head} :{source(event.actor)} EDIT {target}\r\n".encode()
    return _lines(f":{source(event.actor)} PRIVMSG {target} :", f"* {text}")


def _redacted(form: IrcForm, event: events.Redacted, where: str) -> Bodies:
    if not form.caps & Cap.REDACTION:
        return None
    target = names.shown(where) if where else event.to
    reason = f" :{event.reason}" if event.reason else ""
    message = message_id(event.message)
    return _cut(f":{source(event.actor)} REDACT {target} {message}{reason}")


def _read_marked(form: IrcForm, event: events.ReadMarked, _: str) -> Bodies:
    if not form.caps & Cap.READ_MARKER:
        return None
    target = names.shown(event.where) if event.where else event.to
    return f":{form.server} MARKREAD {target} timestamp={server_time(event.upto_time)}"


def _filtered(form: IrcForm, event: events.Filtered, where: str) -> Bodies:
    """No specification has this: a notice to those who may kick."""
    text = f"Filter ({event.rule}): <{source(event.actor)}> {event.text}".replace("\n", " ")
    target = names.ROLE_SIGNS["operator"] + names.shown(where)
    return _cut(f":{form.server} NOTICE {target} :{text}")


def _metadata(form: IrcForm, event: events.MetadataChanged, _: str) -> Bodies:
    if not form.caps & Cap.METADATA:
        return None
    target = names.shown(event.group) if event.group else event.name
    value = "" if event.value is None else f" :{event.value}"
    return f":{source(event.actor)} METADATA {target} {event.key} *{value}"


def _fits(body: str) -> bool:
    size = len(body)
    return size <= BODY_MAX and (
        body.isascii() or size * 4 <= BODY_MAX or len(body.encode()) <= BODY_MAX
    )


def _cut(body: str) -> str:
    if _fits(body):
        return body
    return split_text(body, BODY_MAX)[0].rstrip(" ")


def _joined(form: IrcForm, event: events.Joined, where: str) -> Bodies:
    body = f":{source(event.actor)} JOIN {names.shown(where)}"
    if form.caps & Cap.EXTENDED_JOIN:
        return _cut(f"{body} {event.actor.account or '*'} :{event.real_name}")
    return body


def _left(_: IrcForm, event: events.Left, where: str) -> Bodies:
    if event.quit:  # read back from the history only: it was told as a Quit, once to each
        return _cut(f":{source(event.actor)} QUIT :{event.reason}")
    reason = f" :{event.reason}" if event.reason else ""
    return _cut(f":{source(event.actor)} PART {names.shown(where)}{reason}")


def _kicked(_: IrcForm, event: events.Kicked, where: str) -> Bodies:
    target = event.target.name
    reason = event.reason or event.actor.name
    return _cut(f":{source(event.actor)} KICK {names.shown(where)} {target} :{reason}")


def _topic(_: IrcForm, event: events.TopicChanged, where: str) -> Bodies:
    return _cut(f":{source(event.actor)} TOPIC {names.shown(where)} :{event.topic}")


def _mode_lines(event: Event, where: str, changes: list[modes.Change]) -> Bodies:
    head = f":{source(event.actor)} MODE {names.shown(where)}"
    room = BODY_MAX - len(head.encode())
    lines = modes.format_modes(changes, room, MODES_A_LINE)
    return [f"{head} {' '.join(line)}" for line in lines] or None


def _roles(_: IrcForm, event: events.RoleChanged, where: str) -> Bodies:
    changes = [
        modes.Change(
            "+" if change.added else "-", names.ROLE_LETTERS[change.role], change.target.name
        )
        for change in event.changes
        if change.role in names.ROLE_LETTERS
    ]
    return _mode_lines(event, where, changes)


def _argument(letter: str, change: events.SettingChange) -> str | None:
    """Return the argument of a mode, None where it has none."""
    if letter == "g":
        return entries.rule_shown(change.value)
    if letter in names.LISTS:
        return entries.entry_shown(change.value)
    if letter not in "k" + names.WITH_VALUE or not (change.added or letter == "k"):
        return None
    return names.shown(change.value) if letter == "f" else change.value


def _settings(_: IrcForm, event: events.SettingsChanged, where: str) -> Bodies:
    changes = []
    for change in event.changes:
        letter = names.SETTING_LETTERS.get(change.setting)
        if letter is not None:
            argument = _argument(letter, change)
            changes.append(modes.Change("+" if change.added else "-", letter, argument))
    return _mode_lines(event, where, changes)


def _invited(form: IrcForm, event: events.Invited, _: str) -> Bodies:
    if form.aside and not form.caps & Cap.INVITE_NOTIFY:
        return None
    return f":{source(event.actor)} INVITE {event.target.name} {names.shown(event.group)}"


def _renamed(_: IrcForm, event: events.Renamed, __: str) -> Bodies:
    return f":{source(event.actor)} NICK {event.name}"


def _quit(_: IrcForm, event: events.Quit, __: str) -> Bodies:
    return _cut(f":{source(event.actor)} QUIT :{event.reason}")


def _presence(form: IrcForm, event: events.PresenceChanged, _: str) -> Bodies:
    gone = event.away is None and not event.presence.here  # one who doesn't want to be seen
    if gone or not form.caps & Cap.AWAY_NOTIFY:
        return None
    text = "" if event.away is None else f" :{event.away}"
    return _cut(f":{source(event.actor)} AWAY{text}")


def _account(form: IrcForm, event: events.AccountChanged, _: str) -> Bodies:
    if not form.caps & Cap.ACCOUNT_NOTIFY:
        return None
    return f":{source(event.actor)} ACCOUNT {event.account or '*'}"


def _host(form: IrcForm, event: events.HostChanged, _: str) -> Bodies:
    if not form.caps & Cap.CHGHOST:
        return None
    return f":{source(event.actor)} CHGHOST {event.user} {event.host}"


def _profile(form: IrcForm, event: events.ProfileChanged, _: str) -> Bodies:
    if not form.caps & Cap.SETNAME or event.text is not None:
        return None
    return _cut(f":{source(event.actor)} SETNAME :{event.real_name}")


def _nothing(_: IrcForm, __: Event, ___: str) -> Bodies:
    return None


_BODIES: dict[type[Event], Callable[[IrcForm, Any, str], Bodies]] = {
    events.Said: _said,
    events.Signalled: _signalled,
    events.Joined: _joined,
    events.Left: _left,
    events.Kicked: _kicked,
    events.TopicChanged: _topic,
    events.RoleChanged: _roles,
    events.SettingsChanged: _settings,
    events.MembersLost: _nothing,
    events.Invited: _invited,
    events.Renamed: _renamed,
    events.Quit: _quit,
    events.PresenceChanged: _presence,
    events.AccountChanged: _account,
    events.HostChanged: _host,
    events.ProfileChanged: _profile,
    events.Edited: _edited,
    events.Redacted: _redacted,
    events.Reacted: _tagmsg,
    events.RegistrationChanged: _nothing,
    events.AccessChanged: _nothing,
    events.GroupRenamed: _nothing,
    events.InvitationEnded: _nothing,
    events.ContactChanged: _nothing,
    events.Permitted: _nothing,
    events.Denied: _nothing,
    events.Ignored: _nothing,
    events.PrivacyChanged: _nothing,
    events.Warned: _nothing,
    events.Typing: _tagmsg,
    events.ReadMarked: _read_marked,
    events.MetadataChanged: _metadata,
    events.IdleChanged: _nothing,
    events.Filtered: _filtered,
}
