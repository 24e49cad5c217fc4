"""Small questions: yes or no, which reaction, one line of text."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui_client.panes.controls import Push
from tui_client.text.safe import clean_line

REACTIONS = ("👍", "❤️", "😂", "🎉", "🤔", "👀", "😢", "👎", "✅")
"""Offered by number; any other may be typed."""


class Ask(ModalScreen[bool]):
    """Whether something is really to be done; ``yes`` is what the doing is called."""

    CSS = """
    Ask { align: center middle; }
    Ask > Vertical {
        width: auto; max-width: 60; height: auto; padding: 0 2;
        background: $surface; border: round $warning;
    }
    Ask Static { width: auto; max-width: 56; margin: 0 0 1 0; }
    Ask Horizontal { height: 1; width: auto; }
    Ask Push { margin: 0 2 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No", show=False),
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("left,right,tab", "app.focus_next", "The other", show=False),
    ]

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """Put the question."""
        with Vertical() as box:
            box.border_subtitle = "Esc cancels"
            yield Static(clean_line(self._question), markup=False)
            with Horizontal():
                yield Push(self._yes, id="yes")
                yield Push("Cancel", id="no")

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)

    @on(Push.Pushed)
    def _pushed(self, event: Push.Pushed) -> None:
        self.dismiss(event.push.id == "yes")


class Line(ModalScreen[str]):
    """A line of text that is asked for."""

    CSS = """
    Line { align: center middle; }
    Line > Vertical {
        width: 60; max-width: 100%; height: auto; padding: 0 1;
        background: $surface; border: round $primary;
    }
    Line Input { border: none; height: 1; background: $panel; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    def __init__(self, question: str, text: str = "") -> None:
        super().__init__()
        self._question = question
        self._text = text

    def compose(self) -> ComposeResult:
        """Ask for it."""
        with Vertical() as box:
            box.border_title = Content(clean_line(self._question))
            box.border_subtitle = "Enter accepts · Esc cancels"
            yield Input(self._text, compact=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Give no answer."""
        self.dismiss(None)


class Reactions(ModalScreen[str]):
    """Which reaction: one of those that are used most, by number, or another."""

    CSS = """
    Reactions { align: center middle; }
    Reactions > Vertical {
        width: 50; height: auto; padding: 0 1; background: $surface; border: round $primary;
    }
    Reactions Static { height: 1; margin: 0 0 1 0; }
    Reactions Input { border: none; height: 1; background: $panel; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Offer them."""
        with Vertical() as box:
            box.border_title = "React"
            box.border_subtitle = "a number, or type one · Esc cancels"
            yield Static(
                "  ".join(f"{n} {each}" for n, each in enumerate(REACTIONS, 1)), markup=False
            )
            yield Input(placeholder="another, such as 🚀 or +1", compact=True, max_length=64)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        if event.value in "123456789" and len(event.value) == 1:
            self.dismiss(REACTIONS[int(event.value) - 1])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)

    def action_cancel(self) -> None:
        """Give none."""
        self.dismiss(None)
