"""A whole conversation into a file, read from the hub page by page: text, Markdown, JSON lines."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui_client.records import Item, Message
from tui_client.text import markup
from tui_client.text.happenings import described
from tui_client.text.safe import clean, clean_name

if TYPE_CHECKING:
    from tui_client.conversation import Conversation
    from tui_client.link import Link

PAGE = 500


async def export(link: Link, conversation: Conversation, name: str = "") -> tuple[Path, int]:
    """Write all that one may read of it; return the file and how many messages are in it.

    A file that is there already is never overwritten: raises OSError.
    """
    path = Path(name).expanduser() if name else Path(_usual_name(conversation))
    form = FORMS.get(path.suffix, _as_text)
    count = 0
    with path.open("x", encoding="utf-8", errors="replace") as file:
        async for item in _items(link, conversation):
            file.write(form(item))
            count += isinstance(item, Message)
    return path.absolute(), count


async def _items(link: Link, conversation: Conversation) -> AsyncIterator[Item]:
    after = 0
    verb = link.chat.history if conversation.group else link.chat.history_with
    while page := await verb(conversation.name, after=after, limit=PAGE, newest=False):
        after = page[-1].event.sequence
        for item in link.store.records(page):
            yield item


def _usual_name(conversation: Conversation) -> str:
    safe = re.sub(r"[^\w.-]+", "_", conversation.name).strip("._") or "conversation"
    return f"words-{safe}-{time.strftime('%Y-%m-%d-%H%M%S')}.txt"


def _stamp(item: Item) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(item.time / 1000))


def _as_text(item: Item) -> str:
    if not isinstance(item, Message):
        return f"{_stamp(item)} {described(item.event)}\n"
    text = "(deleted)" if item.redacted else clean(item.text)[0]
    name = clean_name(item.author)
    who = f"* {name}" if item.kind == "action" else f"<{name}>"
    return f"{_stamp(item)} {who} {text.replace(chr(10), chr(10) + '    ')}\n"


def _as_markdown(item: Item) -> str:
    if not isinstance(item, Message):
        return f"*{_stamp(item)} {described(item.event)}*\n\n"
    text = "*deleted*" if item.redacted else markup.typed(*clean(item.text, item.spans))
    return f"**{clean_name(item.author)}** {_stamp(item)}  \n{text}\n\n"


def _as_json(item: Item) -> str:
    found: dict[str, object] = {"id": item.id, "time": item.time}
    if isinstance(item, Message):
        found |= {"author": item.author, "kind": item.kind, "text": item.text}
        found |= {"reply_to": item.reply_to} if item.reply_to else {}
        found |= {"edited": item.edited} if item.edited else {}
        found |= {"redacted": item.redacted} if item.redacted else {}
        if item.reactions:
            found["reactions"] = {
                each.text: [name for _, name in each.by] for each in item.reactions
            }
    else:
        found |= {"event": type(item.event).__name__, "author": item.event.actor.name}
        found["text"] = described(item.event)
    return json.dumps(found, ensure_ascii=False) + "\n"


FORMS: dict[str, Callable[[Item], str]] = {
    ".txt": _as_text,
    ".md": _as_markdown,
    ".jsonl": _as_json,
}
