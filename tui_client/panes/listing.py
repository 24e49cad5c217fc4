"""A list of rows, drawn when they are seen: the base of the lists at the sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message as Posted
from textual.strip import Strip
from textual.widget import Widget

from tui_client.text.safe import clip
from tui_client.widgets.palette import Palette

Part = tuple[str, Style]
"""A stretch of text in one style; texts are safe already (`tui_client.text.safe`)."""


ROOMY = 18
"""Columns from which on a list at the side has a blank at both edges."""


class Row(NamedTuple):
    """A row: what stands left is cut to make room for what stands right.

    ``target``: what choosing the row is about, None for a heading. ``current``: it is shown as
    the one that is open. ``tail``: it goes with the row above, which has the same target.
    """

    left: tuple[Part, ...]
    right: tuple[Part, ...] = ()
    target: Any = None
    current: bool = False
    tail: bool = False


class Listing(Widget, can_focus=True):
    """Rows, of which those with a target can be chosen by key or click."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Listing { background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor(-1)", "Up", show=False),
        Binding("down", "cursor(1)", "Down", show=False),
        Binding("pageup", "cursor(-10)", "Page up", show=False),
        Binding("pagedown", "cursor(10)", "Page down", show=False),
        Binding("home", "cursor(-100000)", "First", show=False),
        Binding("end", "cursor(100000)", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    @dataclass
    class Chosen(Posted):
        """A row was chosen, with ``button`` 3 of the mouse for what one may do with it."""

        listing: Listing
        target: Any
        button: int = 1

        @property
        def control(self) -> Listing:
            """Return the list."""
            return self.listing

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: Sequence[Row] = ()
        self.top = 0
        self.cursor: int | None = None
        self._hover: int | None = None
        self._palette: Palette | None = None

    @property
    def pad(self) -> int:
        """Return how many blanks stand at both sides of a row."""
        return 0

    @property
    def palette(self) -> Palette:
        """Return the styles of the theme that is on."""
        if self._palette is None:
            self._palette = Palette.of(self.app, self.background_colors[1].hex6)
        return self._palette

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        super().notify_style_update()
        if self._palette is not None:
            self._palette = None
            self.refresh()
            self.restyled()

    def restyled(self) -> None:
        """Make the rows anew: the theme is another."""

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; the cursor stays on its target. What stays as it was isn't redrawn."""
        old, before = self.target, (self.rows, self.top, self.cursor)
        self.rows = rows
        if self.cursor is not None:
            found = [at for at, row in enumerate(rows) if old is not None and row.target == old]
            self.cursor = found[0] if found else self._next(min(self.cursor, len(rows)), -1)
        if self.cursor is None and self.has_focus:
            self._begin()
        self._keep_in_sight()
        self._redraw(*before)

    def _redraw(self, rows: Sequence[Row], top: int, cursor: int | None) -> None:
        """Draw the rows anew that are others than these were."""
        if (top, cursor) != (self.top, self.cursor):
            self.refresh()
            return
        height = self.size.height
        old, new = rows[top : top + height], self.rows[top : top + height]
        changed = [at for at, pair in enumerate(zip_longest(old, new)) if pair[0] != pair[1]]
        if changed:
            self.refresh(*(Region(0, at, self.size.width, 1) for at in changed))

    @property
    def target(self) -> Any:
        """Return what the cursor is on."""
        if self.cursor is None or self.cursor >= len(self.rows):
            return None
        return self.rows[self.cursor].target

    def select(self, target: Any) -> None:
        """Put the cursor on a target."""
        for at, row in enumerate(self.rows):
            if row.target == target:
                self.cursor = at
                self._keep_in_sight()
                self.refresh()
                return

    def _next(self, start: int, step: int) -> int | None:
        """Return the nearest row with a target, in one direction and then in the other."""
        forward = range(start, len(self.rows)) if step > 0 else range(start - 1, -1, -1)
        for at in forward:
            if self._begins(at):
                return at
        return None

    def _begins(self, at: int) -> bool:
        return self.rows[at].target is not None and not self.rows[at].tail

    def action_cursor(self, step: int) -> None:
        """Move the cursor by so many rows that can be chosen."""
        places = [at for at in range(len(self.rows)) if self._begins(at)]
        if not places:
            return
        if self.cursor not in places:
            self.cursor = places[0 if step > 0 else -1]
        else:
            at = places.index(self.cursor) + step
            self.cursor = places[max(0, min(at, len(places) - 1))]
        self._keep_in_sight()
        self.refresh()

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self.target is not None:
            self.post_message(self.Chosen(self, self.target))

    def _keep_in_sight(self) -> None:
        height = max(1, self.size.height)
        if self.cursor is not None:
            at = self.cursor
            if at <= self.top:
                self.top = at - 1 if at and self.rows[at - 1].target is None else at
            self.top = max(self.top, at - height + 1)
        self.top = max(0, min(self.top, len(self.rows) - height))

    def on_focus(self) -> None:
        """Show the cursor, on what is open."""
        if self.cursor is None:
            self._begin()
        self._keep_in_sight()
        self.refresh()

    def _begin(self) -> None:
        current = [at for at, row in enumerate(self.rows) if row.current]
        self.cursor = current[0] if current else self._next(0, 1)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.cursor = None
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight; what came into sight was drawn before this."""
        self._keep_in_sight()
        self.refresh()

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer."""
        at = self.top + event.get_content_offset_capture(self).y
        if 0 <= at < len(self.rows) and self.rows[at].target is not None:
            event.stop()
            self.post_message(self.Chosen(self, self.rows[at].target, event.button))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what a click would choose."""
        at = self.top + event.y
        self._hover_on(at - (at < len(self.rows) and self.rows[at].tail))

    def on_leave(self) -> None:
        """The pointer is elsewhere."""
        self._hover_on(None)

    def _hover_on(self, at: int | None) -> None:
        if at != self._hover:
            self._hover = at
            self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        self._scroll(event, -3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        self._scroll(event, 3)

    def _scroll(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        self.top = max(0, min(self.top + rows, len(self.rows) - self.size.height))
        self.refresh()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Render a row."""
        width = self.size.width
        at = self.top + y
        palette = self.palette
        if not 0 <= at < len(self.rows):
            return Strip.blank(width, palette.text)
        row = self.rows[at]
        strip = drawn(row, width, palette.text, self.pad)
        at -= row.tail
        if at == self.cursor and self.has_focus:
            lit = Segment.apply_style(strip, post_style=palette.selection)
            return Strip(lit, strip.cell_length)
        if row.current or (at == self._hover and row.target is not None):
            return Strip(Segment.apply_style(strip, post_style=palette.cursor), strip.cell_length)
        return strip


def drawn(row: Row, width: int, base: Style, pad: int = 0) -> Strip:
    """Return a row as a strip of this width, with so many blanks at its sides."""
    edge = [Segment(" " * pad, base)] if pad else []
    width -= 2 * pad
    right = [Segment(text, base + style) for text, style in row.right]
    taken = sum(segment.cell_length for segment in right)
    if taken > width:
        right, taken = [], 0
    room = width - taken - (1 if taken else 0)
    left: list[Segment] = []
    used = 0
    for text, style in row.left:
        if used >= room:
            break
        text = text if cell_len(text) <= room - used else clip(text, room - used)
        left.append(Segment(text, base + style))
        used += cell_len(text)
    blank = Segment(" " * (width - used - taken), base)
    return Strip([*edge, *left, blank, *right, *edge], width + 2 * pad)
