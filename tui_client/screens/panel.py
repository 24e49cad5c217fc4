"""A panel over the screen: what is known about something, and what one may do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_client.panes.listing import Listing, Row
from tui_client.text.safe import clean, clean_line
from tui_client.text.wrap import wrap

TEXT = 40
"""Columns of a fact."""

LABEL = 11
"""Columns of what stands before a fact."""


class Act(NamedTuple):
    """Something that one may do; the panel is closed first."""

    label: str
    do: Callable[[], Awaitable[None] | None]


class Fact(NamedTuple):
    """A line of a panel: what it is about, and what is so. Both are cleaned when shown."""

    label: str
    text: str


class Panel(ModalScreen[Act]):
    """See the module."""

    CSS = """
    Panel { align: right middle; }
    Panel > Vertical {
        width: 60; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        background: $surface; border: round $primary;
    }
    Panel VerticalScroll {
        height: auto; scrollbar-size-vertical: 1; scrollbar-color: $primary 50%;
        scrollbar-background: $surface;
    }
    Panel Static { height: auto; margin: 0 0 1 0; }
    Panel Listing { height: auto; background: $surface; }
    """
    HELP = """What is known about this, and what you may do: choose with the arrows and Enter."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close", show=False)]

    def __init__(self, title: str, facts: Sequence[Fact], acts: Sequence[Act]) -> None:
        super().__init__()
        self._heading = title
        self._facts = facts
        self._acts = acts

    def compose(self) -> ComposeResult:
        """Show the facts, then what can be done."""
        with Vertical() as box:
            box.border_title = Content(clean_line(self._heading, empty="?"))
            box.border_subtitle = "Enter does it · Esc closes"
            with VerticalScroll(can_focus=False):
                yield Static(Content("\n").join(_line(fact) for fact in self._facts))
            yield Listing(id="acts")

    def on_mount(self) -> None:
        """Begin at what can be done."""
        acts = self.query_one("#acts", Listing)
        acts.show_rows(
            [Row(((f" {clean_line(act.label)}", Style()),), target=act) for act in self._acts]
        )
        height = self.app.size.height
        acts.styles.height = most = max(1, min(len(self._acts), height // 2))
        self.query_one(VerticalScroll).styles.max_height = max(3, height - most - 2)
        acts.focus()

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        event.stop()
        self.dismiss(event.target)


def _line(fact: Fact) -> Content:
    label = fact.label.ljust(LABEL)
    text = clean(fact.text)[0]
    lines = [text[start:end] for start, end in wrap(text, TEXT)]
    return Content.assemble((label, "dim"), ("\n" + " " * LABEL).join(lines))
