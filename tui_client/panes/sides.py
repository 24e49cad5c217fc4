"""The conversations that are looked at: one, or two side by side, of which one has the composer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message as Posted

from tui_client.conversation import Conversation
from tui_client.panes.lines import TopicBar
from tui_client.widgets.message_view import MessageView

ENOUGH = 120
"""Columns of the terminal from which on two have room: some 48 for each, beside the roster."""


class Pane(Vertical):
    """A conversation: what it is about, and what is said in it."""

    DEFAULT_CSS = """
    Pane { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Pressed(Posted):
        """The mouse was pressed in it."""

        pane: Pane

    def __init__(self) -> None:
        super().__init__()
        self.topic = TopicBar()
        self.view = MessageView()

    def compose(self) -> ComposeResult:
        """Stack them."""
        yield self.topic
        yield self.view

    @property
    def conversation(self) -> Conversation | None:
        """Return what is looked at."""
        return self.view.conversation

    def show(self, conversation: Conversation | None) -> None:
        """Show another conversation, None: nothing."""
        self.topic.show(conversation)
        self.view.show(conversation)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Tell of it: what is clicked on is what one looks at."""
        self.post_message(self.Pressed(self))


class Sides(Horizontal):
    """See the module. ``pane`` is the one that is written in, ``other`` the one beside it, which
    shows a conversation where there are two; it is hidden while the terminal is too narrow.
    """

    DEFAULT_CSS = """
    Sides { width: 1fr; height: 1fr; }
    Sides.-two Pane:last-child { border-left: solid $panel; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.pane, self.other = Pane(), Pane()
        self.other.display = False

    def compose(self) -> ComposeResult:
        """Stand them beside each other."""
        yield self.pane
        yield self.other

    def __iter__(self) -> Iterator[Pane]:
        """Return the panes in sight."""
        yield self.pane
        if self.other.display:
            yield self.other

    @property
    def two(self) -> bool:
        """Return whether two are wanted, also where there is no room for both."""
        return self.other.conversation is not None

    def pane_of(self, conversation: Conversation) -> Pane | None:
        """Return the pane in sight that shows a conversation."""
        return next((each for each in self if each.conversation is conversation), None)

    def place(self) -> None:
        """Have the other one stand at the right."""
        self.move_child(self.other, after=self.pane)

    def turn(self) -> None:
        """Look at the other one."""
        self.pane, self.other = self.other, self.pane
        self.fit()

    def fit(self) -> bool:
        """Show both where there are two and room for them; tell whether that is news."""
        before = self.has_class("-two")
        both = self.two and self.app.size.width >= ENOUGH
        self.pane.display, self.other.display = True, both
        self.set_class(both, "-two")
        self.pane.topic.mark = "here" if both else ""
        self.other.topic.mark = "beside" if both else ""
        for pane in (self.pane, self.other):
            pane.topic.renew()
        return both is not before
