"""A box in which one types, and what there is to that: the base of everything that finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input, Static

from tui_client.panes.listing import Listing, Row
from tui_client.refusals import sentence
from words.errors import WordsError
from words.spread.errors import SpreadError

Find = Callable[[str], Awaitable[Sequence[Row]]]
"""Returns the rows for what was typed; a row's target is the result of the screen."""


HIGHEST = 85
"""The box's height at most, in percent of the screen's."""

AROUND = 7
"""Rows of the box beside those that were found: edges, title, field, hint, what parts them."""


class Found(Listing, can_focus=False):
    """The rows; its cursor is seen while the focus is where one types."""

    DEFAULT_CSS = """
    Found { height: auto; max-height: 100%; background: $panel; }
    """

    def get_content_height(self, *args: object) -> int:
        """Return how many rows there are, or fit with what is around them into the box."""
        room = self.app.size.height * HIGHEST // 100 - AROUND
        return max(1, min(len(self.rows), room))

    def render_line(self, y: int) -> Strip:
        """Render a row."""
        strip = super().render_line(y)
        if self.top + y == self.cursor:
            lit = Segment.apply_style(strip, post_style=self.palette.selection)
            return Strip(lit, strip.cell_length)
        return strip


class Finder(ModalScreen[Any]):
    """Its result is the target of the row that was chosen, None when it was closed.

    ``slow``: the hub is asked, so it waits until nothing was typed for a moment.
    """

    DEFAULT_CSS = """
    Finder { align: center top; background: $background 60%; }
    Finder > Vertical {
        width: 96%; max-width: 100; height: auto; max-height: 85%; margin-top: 2; padding: 1 2;
        background: $panel;
    }
    Finder Static { height: 1; width: 1fr; }
    Finder .title { color: $text-accent; text-style: bold; }
    Finder .hint { color: $text-muted; margin-top: 1; }
    Finder Input, Finder Input:focus { border: none; height: 1; padding: 0; background: $panel; }
    Finder Found { margin-top: 1; max-height: 20; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("up", "move(-1)", "Up", show=False, priority=True),
        Binding("down", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Down", show=False, priority=True),
        Binding("tab", "other", "Something else", show=False, priority=True),
    ]
    HELP = "Type to find, Up and Down to choose, Enter takes it, Esc closes."

    def __init__(
        self,
        title: str,
        find: Find,
        *,
        prompt: str = "",
        hint: str = "Enter takes it · Esc closes",
        text: str = "",
        slow: bool = False,
        other: Callable[[Finder], None] | None = None,
    ) -> None:
        super().__init__()
        self._heading = Static(title, classes="title", markup=False)
        self._hint = Static(hint, classes="hint", markup=False)
        self._field = Input(text, placeholder=prompt, select_on_focus=False)
        self.found = Found()
        self._find = find
        self._slow = slow
        self._other = other
        self._answers: str | None = None  # what was typed when the rows were found
        self._entered: str | None = None  # what was typed at Enter, when older rows were shown

    def compose(self) -> ComposeResult:
        """Stack them."""
        with Vertical():
            yield self._heading
            yield self._field
            yield self.found
            yield self._hint

    def on_mount(self) -> None:
        """Begin with what was given."""
        self._field.focus()
        self.look()

    @property
    def typed(self) -> str:
        """Return what was typed."""
        return self._field.value

    def entitle(self, title: str) -> None:
        """Have another title."""
        self._heading.update(title)

    def look(self) -> None:
        """Find anew."""
        self._find_by(partial(self._look, self.typed))

    def _find_by(self, looking: Callable[[], Awaitable[None]]) -> None:
        # A function: the next letter may come before this one begins.
        self.run_worker(looking, group="look", exclusive=True)

    async def _look(self, typed: str) -> None:
        try:
            rows = await self._find(typed)
        except (WordsError, SpreadError) as error:
            rows = [Row(((sentence(error), self.found.palette.error),))]
        self.found.cursor = None
        self.found.top = 0
        self.found.show_rows(rows or [Row((("Nothing found", self.found.palette.dim),))])
        self.found.action_cursor(1)
        self.found.refresh(layout=True)
        self._answers = typed
        if self._entered == typed == self.typed:
            self._take()

    @on(Input.Changed)
    def _typed(self) -> None:
        if self._slow:
            self._find_by(partial(self._look_soon, self.typed))
        else:
            self.look()

    async def _look_soon(self, typed: str) -> None:
        from asyncio import sleep

        await sleep(0.2)  # a worker that is ended by the next letter
        await self._look(typed)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self._answers == self.typed:
            self._take()
        elif self._slow:
            self.look()
        else:
            self._entered = self.typed

    def _take(self) -> None:
        self._entered = None
        if self.found.target is not None:
            self.dismiss(self.found.target)

    def on_key(self, event: events.Key) -> None:
        """What was typed before the field had the focus goes there, too."""
        if event.is_printable and event.character:
            event.stop()
            self._field.insert_text_at_cursor(event.character)
        elif event.key == "enter":
            event.stop()
            self._submitted()

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        event.stop()
        self.dismiss(event.target)

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.found.action_cursor(step)

    def action_other(self) -> None:
        """Look elsewhere."""
        if self._other is not None:
            self._other(self)

    def on_click(self, event: events.Click) -> None:
        """A click beside the box closes it."""
        if event.widget is self:
            self.dismiss(None)
