"""Which lines a letter becomes, by what the server can do; no I/O.

Source: IRCv3 message-tags, draft/multiline, draft/react, draft/message-redaction; RELAYMSG as
proposed in ircv3-specifications #417.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from gateways.bridges.irc.batches import CONCAT
from gateways.bridges.irc.rendering import CONTINUED, heads, lines
from gateways.bridges.network import Letter
from gateways.bridges.seal import Seal
from gateways.irc import tags
from gateways.irc.names import REACT_TAG, REPLY_TAGS, UNREACT_TAG

KEY_TAG, MARK_TAG, HOPS_TAG = "+words.chat/key", "+words.chat/mark", "+words.chat/hops"
MULTILINE, RELAYMSG = "draft/multiline", "draft/relaymsg"


def commands(
    letter: Letter,
    target: str,
    room: int,
    caps: Mapping[str, str],
    nick: str,
    number: int,
    seal: Seal,
) -> tuple[list[str], str]:
    """Return whole lines, without their ends, and the capability that they need, "" for none.

    ``room``: the bytes of text of a PRIVMSG; ``nick`` is ours; ``number`` is one that no other
    batch has. Raises ValueError for what can't be said in lines.
    """
    own: dict[str, str] = {}
    if "message-tags" in caps:
        mark = seal.make(letter.room, letter.key)
        own = {KEY_TAG: letter.key, MARK_TAG: mark, HOPS_TAG: ",".join(letter.hops)}
    if letter.act == "redact":
        return [f"REDACT {target} {each} :{letter.text}" for each in letter.target], ""
    if letter.act in ("react", "unreact"):
        name = REACT_TAG if letter.act == "react" else UNREACT_TAG
        own |= {name: letter.text, REPLY_TAGS[0]: letter.target[0]}
        return [f"{_tagged(own)}TAGMSG {target}"], ""
    if letter.act == "topic":
        return [f"TOPIC {target} :{letter.text}"], ""
    if letter.reply is not None and letter.reply.ids:
        own[REPLY_TAGS[0]] = letter.reply.ids[0]
    if _relays(letter, caps):
        return _relayed(letter, target, room, own, nick), RELAYMSG
    command = "NOTICE" if letter.kind == "notice" and not letter.author else "PRIVMSG"
    texts = lines(letter, room)
    if len(texts) > 1 and (made := _batch(letter, target, texts, own, caps, number)):
        return made, MULTILINE
    return _said([f"{command} {target} :{text}" for text in texts], own), ""


def _relays(letter: Letter, caps: Mapping[str, str]) -> bool:
    """Return whether the server lets us speak under the author's name."""
    return bool(
        RELAYMSG in caps
        and letter.room
        and letter.act == "say"
        and letter.kind != "notice"
        and letter.author
    )


def _relayed(
    letter: Letter, target: str, room: int, own: Mapping[str, str], nick: str
) -> list[str]:
    name = letter.author if "/" in letter.author else f"{letter.author}/{nick}"
    bare = replace(letter, author="", act="say")
    first, more = heads(bare)
    texts = lines(bare, room - len(name.encode()) - len("\x01ACTION \x01"))
    texts = [text.removeprefix(first).removeprefix(more) or " " for text in texts]
    if letter.kind == "action":
        texts = [f"\x01ACTION {text}\x01" for text in texts]
    return _said([f"RELAYMSG {target} {name} :{text}" for text in texts], own)


def _said(made: list[str], own: Mapping[str, str]) -> list[str]:
    """Mark the last line: where it is, all have arrived."""
    made[-1] = _tagged(own) + made[-1]
    return made


def _batch(
    letter: Letter,
    target: str,
    texts: list[str],
    own: Mapping[str, str],
    caps: Mapping[str, str],
    number: int,
) -> list[str]:
    """Return one message of several lines; nothing where the server takes none of this size."""
    limits = dict(each.partition("=")[::2] for each in caps.get(MULTILINE, "").split(","))
    most, rows = limits.get("max-bytes", ""), limits.get("max-lines", "1000000")
    if "batch" not in caps or not most.isdigit() or not rows.isdigit() or len(texts) > int(rows):
        return []
    first, more = heads(letter)
    plain = first.replace("[again] ", "")
    bare = [texts[0]]
    joined = [False]
    for text in texts[1:]:
        joined.append(text.startswith(more) and CONTINUED in more)
        bare.append(text.removeprefix(more) if joined[-1] else text.removeprefix(plain))
    if sum(len(text.encode()) + 1 for text in bare) > int(most):
        return []
    reference = f"w{number}"
    made = [f"{_tagged(own)}BATCH +{reference} {MULTILINE} {target}"]
    for text, concat in zip(bare, joined, strict=True):
        marks = {"batch": reference, **({CONCAT: ""} if concat else {})}
        made.append(f"{_tagged(marks)}PRIVMSG {target} :{text}")
    return [*made, f"BATCH -{reference}"]


def _tagged(values: Mapping[str, str]) -> str:
    return tags.section(values).decode() if values else ""
