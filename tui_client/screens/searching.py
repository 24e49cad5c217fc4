"""Finding what was said: the hub looks for words, here or everywhere; and what mentioned one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from rich.style import Style

from tui_client.attention import mentions
from tui_client.panes.listing import Part, Row
from tui_client.records import Message
from tui_client.screens.finder import Finder
from tui_client.text.safe import clean_line, clean_name, clip
from tui_client.text.style import needle
from words.events import Said
from words.remote.happenings import Heard

if TYPE_CHECKING:
    from tui_client.conversation import Conversation
    from tui_client.screens.main import MainScreen
    from tui_client.store import Store
    from tui_client.widgets.palette import Palette

FOUND = 100
"""Messages that are found at once, the newest."""

AUTHOR = 12
"""Cells of a name."""

AROUND = 24
"""Characters before the first hit in a row."""


class Hit(NamedTuple):
    """A message that was found, and where."""

    name: str
    group: bool
    sequence: int


class Query(NamedTuple):
    """What was typed: words, and by whom (from:NAME)."""

    words: str
    author: str

    @classmethod
    def of(cls, typed: str) -> Query:
        """Read it."""
        author = ""
        words = []
        for word in typed.split():
            if word.startswith("from:"):
                author = word[5:]
            else:
                words.append(word)
        return cls(" ".join(words), author)


def open_search(screen: MainScreen, text: str) -> None:
    """Find what was said in this conversation, or (Tab) in all."""
    here = screen.current
    store = screen.session.store

    async def find(typed: str) -> Sequence[Row]:
        palette = finder.found.palette
        query = Query.of(typed)
        if not query.words:
            return [Row((("Words to look for, from:NAME for one author", palette.dim),))]
        group = here.name if here is not None and here.group else ""
        person = here.name if here is not None and not here.group else ""
        found = await screen.session.link.chat.search(
            query.words, group=group, person=person, author=query.author, limit=FOUND
        )
        pattern = needle(query.words)
        return [row for each in found if (row := _row(store, each, palette, pattern, here is None))]

    def elsewhere(finder: Finder) -> None:
        nonlocal here
        here = screen.current if here is None else None
        finder.entitle(title())
        finder.look()

    def title() -> str:
        return f"Search in {clean_name(here.title)}" if here is not None else "Search everywhere"

    def chosen(target: Any) -> None:
        if isinstance(target, Hit):
            _go(screen, store, target, needle(Query.of(finder.typed).words))

    finder = Finder(
        title(),
        find,
        prompt="words",
        text=text,
        slow=True,
        other=elsewhere,
        hint="Enter goes there · Tab here or everywhere · Esc closes",
    )
    screen.app.push_screen(finder, chosen)


def open_mentions(screen: MainScreen, text: str) -> None:
    """List what mentioned oneself, in all conversations, the newest first."""
    store = screen.session.store
    all_of_it: list[Heard] = []

    async def find(typed: str) -> Sequence[Row]:
        palette = finder.found.palette
        if not all_of_it:
            for word in store.words:
                all_of_it.extend(await screen.session.link.chat.search(word, limit=FOUND))
            all_of_it.sort(key=lambda each: -each.event.id)
        folded = typed.casefold()
        rows: list[Row] = []
        seen: set[int] = set()
        for each in all_of_it:
            event = each.event
            if not isinstance(event, Said) or event.id in seen or store.is_me(event):
                continue
            seen.add(event.id)
            if mentions(event, store.words) and folded in event.text.casefold():
                row = _row(store, each, palette, needle(" ".join(store.words)), True)
                rows += [row] if row else []
        return rows

    def chosen(target: Any) -> None:
        if isinstance(target, Hit):
            _go(screen, store, target, None)

    finder = Finder(
        "Mentions", find, prompt="words", text=text, hint="Enter goes there · Esc closes"
    )
    screen.app.push_screen(finder, chosen)


def _row(
    store: Store, heard: Heard, palette: Palette, pattern: re.Pattern[str] | None, where: bool
) -> Row | None:
    from tui_client.widgets.drawing import clock, day

    item = store.record(heard.event)
    event = heard.event
    if not isinstance(item, Message) or not isinstance(event, Said) or item.redacted:
        return None
    group = bool(heard.where)
    name = heard.where or (event.to if item.mine else item.author)
    left: list[Part] = [
        (f"{day(item.time)} {clock(item.time)}  ", palette.dim),
        (f"{_column(item.author)}  ", palette.name(item.author)),
        *_snippet(clean_line(item.text), pattern, palette),
    ]
    title = f"#{name}" if group else name
    right = ((clip(clean_name(title), 20), palette.dim),) if where else ()
    return Row(tuple(left), right, target=Hit(name, group, item.sequence))


def _column(author: str) -> str:
    """Return a name as wide as all the others."""
    name = clip(clean_name(author), AUTHOR)
    return name + " " * (AUTHOR - cell_len(name))


def _snippet(text: str, pattern: re.Pattern[str] | None, palette: Palette) -> list[Part]:
    first = pattern.search(text) if pattern is not None else None
    if first is not None and first.start() > 2 * AROUND:
        text = "…" + text[first.start() - AROUND :]
    parts: list[Part] = []
    done = 0
    for hit in pattern.finditer(text) if pattern is not None else ():
        parts += [(text[done : hit.start()], Style()), (hit[0], palette.hit)]
        done = hit.end()
    return [*parts, (text[done:], Style())]


def _go(screen: MainScreen, store: Store, hit: Hit, pattern: re.Pattern[str] | None) -> None:
    conversation: Conversation = store.conversation(hit.name, hit.group)
    screen.show(conversation)
    screen.view.search(pattern)
    screen.run_worker(screen.requests.go_near(conversation, hit.sequence), group="near")
