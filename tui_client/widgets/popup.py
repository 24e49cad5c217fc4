"""What completion offers, above the composer: a few rows, one of them chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui_client.completion import Choice, Offer
from tui_client.text.safe import clean_line, clip

ROWS = 8
"""Choices that are seen at once."""


class Popup(Widget):
    """Shows an `Offer`, or nothing and takes no room."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "popup--row",
        "popup--chosen",
        "popup--detail",
        "popup--title",
    }
    DEFAULT_CSS = """
    Popup {
        display: none; height: auto; width: 1fr; background: $panel;
        &.-open { display: block; }
        .popup--row { color: $foreground; background: $panel; }
        .popup--chosen {
            color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold;
        }
        .popup--detail { color: $text-muted; background: $panel; }
        .popup--title { color: $text-accent; background: $panel; }
    }
    """

    @dataclass
    class Picked(Message):
        """A choice was clicked."""

        popup: Popup
        choice: Choice

    def __init__(self) -> None:
        super().__init__()
        self.offer: Offer | None = None
        self.chosen = 0
        self._top = 0

    @property
    def choice(self) -> Choice | None:
        """Return what is chosen now."""
        if self.offer is None or not self.offer.choices:
            return None
        return self.offer.choices[self.chosen]

    def show(self, offer: Offer | None) -> None:
        """Show another offer, None for none."""
        if offer == self.offer and not self.chosen:
            return
        before = self.get_content_height()
        self.offer, self.chosen, self._top = offer, 0, 0
        self.set_class(offer is not None, "-open")
        self.refresh(layout=self.get_content_height() != before)  # all panes are laid out then

    def step(self, step: int) -> None:
        """Choose the next one or the one before."""
        if self.offer is not None and self.offer.choices:
            self.chosen = (self.chosen + step) % len(self.offer.choices)
            self._top = min(max(self._top, self.chosen - ROWS + 1), self.chosen)
            self.refresh()

    def get_content_height(self, *args: object) -> int:
        """Return how many rows there are to show."""
        if self.offer is None:
            return 0
        return min(ROWS, len(self.offer.choices)) + bool(self.offer.title)

    def render_line(self, y: int) -> Strip:
        """Render the title, or a choice."""
        width, offer = self.size.width, self.offer
        if offer is None:
            return Strip.blank(width)
        if offer.title:
            if not y:
                style = self.get_component_rich_style("popup--title")
                return _strip([Segment(clip(f" {clean_line(offer.title)}", width), style)], width)
            y -= 1
        at = self._top + y
        if at >= len(offer.choices):
            return Strip.blank(width, self.get_component_rich_style("popup--row"))
        choice = offer.choices[at]
        lit = at == self.chosen
        row = self.get_component_rich_style("popup--chosen" if lit else "popup--row")
        aside = row if lit else self.get_component_rich_style("popup--detail")
        sign = "▸" if lit else " "
        room = max(cell_len(clean_line(each.label)) for each in offer.choices[self._top :][:ROWS])
        label = clip(clean_line(choice.label), width - 3)
        gap = " " * max(2, min(room, width // 2) - cell_len(label) + 2)
        segments = [
            Segment(f" {sign} {label}{gap}", row),
            Segment(clean_line(choice.detail), aside),
        ]
        return _strip(segments, width)

    def on_click(self, event: events.Click) -> None:
        """Pick what was clicked."""
        event.stop()
        if self.offer is None:
            return
        at = self._top + event.y - bool(self.offer.title)
        if 0 <= at < len(self.offer.choices):
            self.post_message(self.Picked(self, self.offer.choices[at]))


def _strip(segments: list[Segment], width: int) -> Strip:
    return Strip(segments).adjust_cell_length(width, segments[-1].style)
