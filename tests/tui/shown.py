"""An app with a view and a place for writing, on a store that a test fills; no network."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tui_client.conversation import Conversation
from tui_client.people import Member
from tui_client.records import Happening, Item, Message, happening_of
from tui_client.store import Store
from tui_client.widgets.message_view import MessageView
from tui_client.widgets.writing import Writing
from words.events import Actor, Joined, Left

NOON = int(time.mktime((2026, 3, 4, 12, 0, 0, 0, 0, -1)) * 1000)


def said(number: int, text: str, author: str = "moshez", **more: object) -> Message:
    """Return a message; its time rises by a second with its number."""
    values = {"time": NOON + number * 1000, "author_id": sum(author.encode()), **more}
    return Message(number, number * 10, number, author=author, text=text, **values)  # type: ignore[arg-type]


def came(number: int, name: str, event: type[Joined] | type[Left] = Joined) -> Happening:
    """Return that somebody came or went."""
    actor = Actor(number, name, "u", "h")
    return happening_of(event(1, number, number * 10, NOON + number * 1000, actor))


def talk(items: list[Item], name: str = "twisted") -> Conversation:
    """Return a group with these items, all that there are."""
    store = Store("me")
    store.my_id = 1
    store.connection = "online"
    conversation = store.conversation(name, True, 1)
    conversation.inside = True
    last = items[-1].sequence if items else 0
    conversation.timeline.reset(items, 1, last)
    conversation.timeline.at_end = True
    conversation.newest = last
    for number, member in enumerate(["moshez", "glyph", "radix"], 100):
        conversation.members._by_id[number] = Member(member, number)
    return conversation


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    """Wait until something holds; the test's own time limit ends it."""
    while not holds():
        await pilot.pause(0.005)


class Shown(App[None]):
    """Shows one conversation; keeps what was asked for and written."""

    CSS = "Screen { layout: vertical; }"

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self.conversation = conversation
        self.asked: list[MessageView.Asked] = []
        self.written: list[Writing.Written] = []

    def compose(self) -> ComposeResult:
        """Stack them."""
        yield MessageView()
        yield Writing()

    def on_mount(self) -> None:
        """Show it."""
        self.view = self.query_one(MessageView)
        self.writing = self.query_one(Writing)
        self.composer = self.writing.composer
        self.view.show(self.conversation)
        self.writing.use(self.conversation.store, self.conversation)
        self.composer.focus()

    def on_message_view_asked(self, event: MessageView.Asked) -> None:
        """Keep it."""
        self.asked.append(event)

    def on_writing_written(self, event: Writing.Written) -> None:
        """Keep it."""
        self.written.append(event)

    @property
    def lines(self) -> list[str]:
        """Return the view's rows as they are on the screen."""
        height = self.view.size.height
        return [self.view.render_line(y).text.rstrip() for y in range(height)]
