"""What becomes of a text that is sent: without its marks, with its styles, and who is named."""

from __future__ import annotations

import re

from tui_client.conversation import Conversation
from tui_client.text import markup
from words.events import Span

_ADDRESSED = re.compile(r"(?<!\S)@(?P<at>[^\s@:,;!?]+)|\A(?P<name>[^\s@:,]+)(?=[:,] )")


def written(typed: str, conversation: Conversation) -> tuple[str, tuple[Span, ...]]:
    """Return the text and its spans; members are named by @name, or by name: at the beginning."""
    text, spans = markup.parse(typed)
    named = []
    for found in _ADDRESSED.finditer(text):
        name = (found["at"] or found["name"]).rstrip(".")
        member = conversation.members.named(name)
        if member is not None:
            end = found.start() + found[0].index(name) + len(name)
            named.append(Span(found.start(), end, "mention", member.name))
    return text, (*spans, *named)
