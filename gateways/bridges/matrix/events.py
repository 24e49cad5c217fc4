"""From events of Matrix rooms to news, and from letters to events; no I/O.

Every field of an event is what somebody wrote: each is looked at before it is believed. Source:
Matrix 1.11, Client-Server API: instant messaging, event relationships, redactions, reactions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from gateways.bridges import network as n
from gateways.bridges.inward import pieces
from gateways.bridges.markup import read, write
from gateways.bridges.matrix.api import Json
from words.events import MessageKind, Span

KEY, HOPS = "chat.words.key", "chat.words.hops"
"""Fields of ours in the content: of which letter it is, and where its message has been."""

FORMAT = "org.matrix.custom.html"

EVENT = 60_000
"""Bytes of content that one event may have: it is 65,536 with its envelope (size limits)."""

PIECE = EVENT // 4
"""Bytes of text of one event: an edit has its text twice, and JSON makes two of a quote."""

_KINDS: dict[str, MessageKind] = {"m.text": "text", "m.emote": "action", "m.notice": "notice"}
_TYPES: dict[MessageKind, str] = {kind: name for name, kind in _KINDS.items()}
_FILES = frozenset(("m.image", "m.file", "m.audio", "m.video"))


def text_of(value: Any) -> str:
    """Return a value if it is a text, else ""."""
    return value if isinstance(value, str) else ""


def table(value: Any) -> Json:
    """Return a value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


# News


class Where:
    """What is needed to tell an event: its room, who is who, which people are ours."""

    def __init__(
        self, room: str, server: str, person: Callable[[str], n.Person], own: Callable[[str], bool]
    ) -> None:
        self.room = room
        self.server = server
        self.person = person
        self.own = own
        self.reactions: dict[str, tuple[str, str]] = {}
        """Reactions by their event's id: to what, and which; so that one taken back is known."""


REACTIONS = 10_000
"""Reactions that are remembered, so that one that is taken back is known."""


def news(event: Json, where: Where, *, archived: bool = False) -> n.Seen | None:
    """Return what an event of a room's timeline tells, None for nothing."""
    kind, content = text_of(event.get("type")), table(event.get("content"))
    sender, number = text_of(event.get("sender")), text_of(event.get("event_id"))
    make = _READ.get(kind)
    if make is None or not sender or not number:
        return None
    if "state_key" in event and kind != "m.room.topic":
        return None
    time = event.get("origin_server_ts")
    hops = content.get(HOPS)
    own = where.own(sender)
    common: Json = {
        "room": where.room,
        "person": where.person(sender),
        "id": number,
        "key": text_of(content.get(KEY)) if own else "",
        "hops": tuple(map(text_of, hops[:100])) if isinstance(hops, list) else (),
        "time": time if isinstance(time, int) and 0 < time < 1 << 53 else 0,
        "archived": archived,
    }
    if own and not common["key"]:
        return None
    return make(event, content, where, common)


def _message(event: Json, content: Json, where: Where, common: Json) -> n.Seen | None:
    relation = table(content.get("m.relates_to"))
    if relation.get("rel_type") == "m.replace":
        new = table(content.get("m.new_content")) or content
        text, spans = _body(new, where)
        return n.EditSeen(
            **common, target=text_of(relation.get("event_id")), text=text, spans=spans
        )
    if not content:
        return None  # it was taken back since
    text, spans = _body(content, where)
    kind = _KINDS.get(text_of(content.get("msgtype")), "text")
    reply = text_of(table(relation.get("m.in_reply_to")).get("event_id"))
    if reply and content.get("format") != FORMAT:
        text = _without_quote(text)
    return n.MessageSeen(**common, text=text, spans=spans, kind=kind, reply_to=reply)


def _body(content: Json, where: Where) -> tuple[str, tuple[Span, ...]]:
    body = text_of(content.get("body"))
    if text_of(content.get("msgtype")) in _FILES:
        link = media(where.server, text_of(content.get("url")))
        text = f"{body}: {link}" if link else body
        start = len(text) - len(link)
        return text, (Span(start, len(text), "link", link),) if link else ()
    if content.get("format") == FORMAT and (html := text_of(content.get("formatted_body"))):
        text, spans = read(html)
        return (text, spans) if spans or "<mx-reply>" in html else (_plain(body, text), ())
    return body, ()


def _plain(body: str, text: str) -> str:
    """Return the plain form of what has no style, unless it says something else."""
    return body if body.split() == text.split() else text


def _without_quote(text: str) -> str:
    lines = text.split("\n")
    if not lines[0].startswith("> "):
        return text
    while lines and lines[0].startswith(">"):
        del lines[0]
    return "\n".join(lines[1:] if lines and not lines[0] else lines)


def media(server: str, address: str) -> str:
    """Return where what is at an ``mxc:`` address can be had, "" for none."""
    host, slash, name = address.removeprefix("mxc://").partition("/")
    safe = all(c.isalnum() or c in "._:-[]" for c in host + name)
    if not (address.startswith("mxc://") and host and slash and name and safe):
        return ""
    return f"{server.rstrip('/')}/_matrix/media/v3/download/{host}/{name}"


def _sticker(_: Json, content: Json, __: Where, common: Json) -> n.Seen:
    return n.MessageSeen(**common, text=f"({text_of(content.get('body')) or 'a sticker'})")


def _encrypted(_: Json, __: Json, ___: Where, common: Json) -> n.Seen:
    return n.MessageSeen(**common, text="(encrypted: it can't be read here)", kind="notice")


def _reaction(event: Json, content: Json, where: Where, common: Json) -> n.Seen | None:
    relation = table(content.get("m.relates_to"))
    target, reaction = text_of(relation.get("event_id")), text_of(relation.get("key"))
    if relation.get("rel_type") != "m.annotation" or not target or not reaction:
        return None
    where.reactions[common["id"]] = target, reaction
    if len(where.reactions) > REACTIONS:
        del where.reactions[next(iter(where.reactions))]
    return n.ReactionSeen(**common, target=target, reaction=reaction)


def _redaction(event: Json, content: Json, where: Where, common: Json) -> n.Seen | None:
    target = text_of(content.get("redacts")) or text_of(event.get("redacts"))
    taken = where.reactions.pop(target, None)
    if taken is not None:
        return n.ReactionSeen(**common, target=taken[0], reaction=taken[1], added=False)
    return n.RedactionSeen(**common, target=target, reason=text_of(content.get("reason")))


def _topic(_: Json, content: Json, __: Where, common: Json) -> n.Seen:
    return n.TopicSeen(**common, topic=text_of(content.get("topic")))


_READ: dict[str, Callable[[Json, Json, Where, Json], n.Seen | None]] = {
    "m.room.message": _message,
    "m.room.encrypted": _encrypted,
    "m.sticker": _sticker,
    "m.reaction": _reaction,
    "m.room.redaction": _redaction,
    "m.room.topic": _topic,
}


# Letters


def contents(letter: n.Letter, ghost: bool) -> list[Json]:
    """Return the contents of the events that say or edit a letter; with a ghost unnamed.

    One, but for a text that is too long for one event.
    """
    text, spans = letter.text, letter.spans
    if letter.reply is not None and not letter.reply.ids:
        quoted = f"> {letter.reply.name}: {letter.reply.text}".replace("\n", " ") + "\n"
        text, spans = quoted + text, _moved(spans, len(quoted))
    if letter.act == "tell":
        text = f"* {text}"
    elif not ghost:
        head = f"* {letter.author} " if letter.kind == "action" else f"<{letter.author}> "
        text, spans = head + text, _moved(spans, len(head))
    found = []
    for piece, inside in pieces(text, spans, PIECE):
        content: Json = {"msgtype": _msgtype(letter, ghost), "body": piece}
        html = write(piece, inside)
        styled = {**content, "format": FORMAT, "formatted_body": html}
        times = 2 if letter.act == "edit" else 1
        if inside and "<" in html and times * _size(styled) < EVENT:
            content = styled
        found.append(content)
    if letter.act == "edit":  # what has more parts than before goes on behind all
        edits = [_edit(new, each) for new, each in zip(found, letter.target, strict=False)]
        found = edits + found[len(edits) :]
    elif letter.reply is not None and letter.reply.ids:
        found[0]["m.relates_to"] = {"m.in_reply_to": {"event_id": letter.reply.ids[0]}}
    found[-1] |= marks(letter)  # the last alone: with it, all are there
    return found


def _edit(new: Json, target: str) -> Json:
    relation = {"rel_type": "m.replace", "event_id": target}
    return {**new, "body": f"* {new['body']}", "m.new_content": new, "m.relates_to": relation}


def _size(content: Json) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode())


def marks(letter: n.Letter) -> Json:
    """Return the fields by which a letter is known when it comes back."""
    return {KEY: letter.key, HOPS: list(letter.hops)}


def _msgtype(letter: n.Letter, ghost: bool) -> str:
    if letter.act == "tell":
        return "m.notice"
    return "m.text" if letter.kind == "action" and not ghost else _TYPES[letter.kind]


def _moved(spans: tuple[Span, ...], by: int) -> tuple[Span, ...]:
    return tuple(Span(s.start + by, s.end + by, s.style, s.value) for s in spans)
