"""Small controls of one row: something to tick, something to push."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message as Posted
from textual.widget import Widget


class Tick(Widget, can_focus=True):
    """Something that is so or isn't."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Tick { height: 1; width: auto; }
    Tick:focus { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "tick", "Change", show=False, id="tick.toggle")
    ]

    @dataclass
    class Changed(Posted):
        """It was ticked, or no longer is."""

        tick: Tick

    def __init__(self, label: str, value: bool = False, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.label = label
        self._value = value

    @property
    def value(self) -> bool:
        """Return whether it is ticked."""
        return self._value

    @value.setter
    def value(self, value: bool) -> None:
        self._value = value
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw it."""
        return Content(f"[{'x' if self._value else ' '}] {self.label}")

    def action_tick(self) -> None:
        """Tick it, or no longer."""
        self.value = not self.value
        self.post_message(self.Changed(self))

    def on_click(self) -> None:
        """Do the same."""
        self.action_tick()


class Push(Widget, can_focus=True):
    """Something to be done."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Push { height: 1; width: auto; padding: 0 2; background: $primary; color: $text; }
    Push:focus, Push:hover { text-style: bold reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "push", "Do it", show=False, id="push.push")
    ]

    @dataclass
    class Pushed(Posted):
        """It was pushed."""

        push: Push

        @property
        def control(self) -> Push:
            """Return what was pushed."""
            return self.push

    def __init__(self, label: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.label = label

    def render(self) -> Content:
        """Draw it."""
        return Content(self.label)

    def action_push(self) -> None:
        """Have it done."""
        self.post_message(self.Pushed(self))

    def on_click(self) -> None:
        """Do the same."""
        self.action_push()
