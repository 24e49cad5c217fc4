"""Where one writes: Enter sends, what is pasted stays as it is, nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui_client import commands
from tui_client.completion import MOST, Choice, Offer, offer
from tui_client.conversation import Conversation
from tui_client.store import Store
from tui_client.text.safe import clean, clean_line
from tui_client.widgets.popup import Popup

NEW_LINE = ("alt+enter", "shift+enter", "ctrl+j")


class Composer(TextArea, inherit_bindings=False):
    """A text of some lines. ``popup`` shows what may come next."""

    DEFAULT_CSS = """
    Composer {
        height: auto; max-height: 10; width: 1fr; border: none; padding: 0;
        background: $background;
        &:focus { border: none; }
        & .text-area--cursor-line { background: $background; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("ctrl+left,alt+left,alt+b", "cursor_word_left", show=False),
        Binding("ctrl+right,alt+right,alt+f", "cursor_word_right", show=False),
        Binding("home,ctrl+a", "cursor_line_start", show=False),
        Binding("end,ctrl+e", "cursor_line_end", show=False),
        Binding("shift+left", "cursor_left(True)", show=False),
        Binding("shift+right", "cursor_right(True)", show=False),
        Binding("shift+up", "cursor_up(True)", show=False),
        Binding("shift+down", "cursor_down(True)", show=False),
        Binding("shift+home", "cursor_line_start(True)", show=False),
        Binding("shift+end", "cursor_line_end(True)", show=False),
        Binding("ctrl+shift+left", "cursor_word_left(True)", show=False),
        Binding("ctrl+shift+right", "cursor_word_right(True)", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete,ctrl+d", "delete_right", show=False),
        Binding("ctrl+w,alt+backspace,ctrl+backspace", "delete_word_left", show=False),
        Binding("alt+d,alt+delete", "delete_word_right", show=False),
        Binding("ctrl+u", "delete_to_start_of_line", show=False),
        Binding("ctrl+x", "cut", show=False),
        Binding("ctrl+v", "paste", show=False),
        Binding("ctrl+underscore,ctrl+slash", "undo", show=False),
        Binding("ctrl+y", "redo", show=False),
        Binding("ctrl+r", "recall", "Lines typed before", show=False, id="composer.recall"),
    ]

    @dataclass
    class Escaped(Message):
        """Escape was pressed, and there was nothing to close."""

        composer: Composer

    def __init__(self, popup: Popup, *, id: str | None = None) -> None:
        super().__init__(id=id, placeholder="Write a message, or / for commands", compact=True)
        self.popup = popup
        self.store: Store | None = None
        self.conversation: Conversation | None = None
        self.draft_changed: Callable[[str], None] = lambda text: None
        """Called with what was typed, not with what was put here."""
        self.entered: Callable[[str, bool], None] = lambda text, pasted: None
        """Called at Enter, at once: the letters behind it belong to the next text. ``pasted``: some
        of it wasn't typed."""
        self._pasted = False
        self._asked = False
        self._seen = ""
        """The text that the popup belongs to: changes are told late."""
        self._recalled: int | None = None
        self._before_recall = ""
        self._told = ""
        """The text that was put here, or whose change was told: nothing new in it."""

    # What it is about

    def use(self, store: Store | None, conversation: Conversation | None) -> None:
        """Write to another conversation: its draft is here."""
        self.store, self.conversation = store, conversation
        self._recalled = None
        self.put(conversation.draft if conversation is not None else "")

    def put(self, text: str) -> None:
        """Have this text here, with the cursor behind it."""
        self._told = text
        self._pasted = False
        self.load_text(text)
        self.move_cursor(self.document.end)
        self.popup.show(None)
        self._seen = text

    def insert_text(self, text: str) -> None:
        """Insert something at the cursor, as if it was typed."""
        self.insert(text, maintain_selection_offset=False)

    # Keys

    async def _on_key(self, event: events.Key) -> None:
        handled = True
        match event.key:
            case "enter":
                self._enter()
            case key if key in NEW_LINE:
                self.insert_text("\n")
            case "tab":
                self._complete(1)
            case "shift+tab":
                self._complete(-1)
            case "escape":
                self._escape()
            case _:
                handled = False
        if handled:
            event.stop()
            event.prevent_default()
        else:
            await super()._on_key(event)

    def _enter(self) -> None:
        self._catch_up()
        choice, offered = self.popup.choice, self.popup.offer
        if choice is not None and offered is not None and self._wants(choice, offered):
            self.accept(choice)
        elif self.text.strip():
            self.entered(self.text, self._pasted)

    def _wants(self, choice: Choice, offered: Offer) -> bool:
        """Return whether Enter takes a choice: where one asked for it, or a command needs more."""
        if self._asked:
            return True
        word = self.text[offered.start : offered.end]
        if offered.start or not word.startswith("/"):
            return False
        command = commands.find(word[1:])
        return command is None or (bool(command.usage) and not command.usage.startswith("["))

    def _escape(self) -> None:
        if self.popup.offer is not None:
            self.popup.show(None)
        else:
            self.post_message(self.Escaped(self))

    def _complete(self, step: int) -> None:
        """Offer what there is; what is the only choice is taken; then step through."""
        self._catch_up()
        if self._asked and self.popup.choice is not None:
            self.popup.step(step)
            return
        if self.popup.choice is None:
            self.popup.show(self._offer())
        if self.popup.choice is None:
            return
        self._asked = True
        assert self.popup.offer is not None
        if len(self.popup.offer.choices) == 1:
            self.accept(self.popup.offer.choices[0])

    def accept(self, choice: Choice) -> None:
        """Put a choice in the place of what it completes."""
        offered = self.popup.offer
        self.popup.show(None)
        self._asked = False
        if offered is not None:
            start, end = self._location(offered.start), self._location(offered.end)
            self.replace(choice.insert, start, end, maintain_selection_offset=False)

    def _offer(self) -> Offer | None:
        if self.store is None:
            return None
        row, column = self.cursor_location
        lines = self.text.split("\n")
        cursor = sum(len(line) + 1 for line in lines[:row]) + column
        return offer(self.text, cursor, self.store, self.conversation)

    def _location(self, index: int) -> tuple[int, int]:
        before = self.text[:index]
        return before.count("\n"), index - before.rfind("\n") - 1

    def _catch_up(self) -> None:
        """Offer nothing that was meant for an older text."""
        if self._seen != self.text:
            self._asked = False
            self._seen = self.text
            found = self._offer()
            self.popup.show(found if found is not None and found.eager else None)

    def on_text_area_changed(self) -> None:
        """Offer what comes next, keep the draft."""
        self._asked = False
        self._seen = self.text
        if self._told == self.text:
            return
        self._told = self.text
        if not self.text:
            self._pasted = False
        found = self._offer()
        self.popup.show(found if found is not None and found.eager else None)
        if found is not None and found.eager and self.text[found.start : found.end].endswith(":"):
            self.accept(found.choices[0])  # the name of an emoji, with its end
        self.draft_changed(self.text)

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert what was pasted, all its lines, without what would command a terminal."""
        event.stop()
        event.prevent_default()
        self._pasted = True
        self.replace(clean(event.text)[0], *self.selection, maintain_selection_offset=False)

    # Lines that were typed before

    def action_cursor_line_end(self, select: bool = False) -> None:
        """Go to the end of the line; from the end of all, to the newest message."""
        if not select and self.cursor_location == self.document.end:
            self.call_later(self.run_action, "screen.scroll_end")
        else:
            super().action_cursor_line_end(select)

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up: in the popup, in the text, in what was typed before."""
        if self.popup.choice is not None and not select:
            self._asked = True
            self.popup.step(-1)
        elif self.cursor_at_first_line and not select:
            self._recall(-1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down, likewise."""
        if self.popup.choice is not None and not select:
            self._asked = True
            self.popup.step(1)
        elif self.cursor_at_last_line and not select:
            self._recall(1)
        else:
            super().action_cursor_down(select)

    def _typed(self) -> list[str]:
        """Return what was typed in this conversation, the last line last."""
        if self.store is None or self.conversation is None:
            return []
        title = self.conversation.title
        return [each.text for each in self.store.typed if each.title == title]

    def _recall(self, step: int) -> None:
        typed = self._typed()
        at = len(typed) if self._recalled is None else self._recalled
        if at == len(typed):
            self._before_recall = self.text
        at = min(len(typed), max(0, at + step))
        if at == (len(typed) if self._recalled is None else self._recalled):
            return
        self._recalled = at if at < len(typed) else None
        self.put(typed[at] if at < len(typed) else self._before_recall)
        self.draft_changed(self.text)

    def action_recall(self) -> None:
        """Offer lines that were typed before and have this text in them."""
        wanted = self.text.casefold()
        found = dict.fromkeys(text for text in reversed(self._typed()) if wanted in text.casefold())
        choices = [Choice(text, clean_line(text)) for text in list(found)[:MOST]]
        if choices:
            self.popup.show(Offer(0, len(self.text), choices, "Typed before"))
            self._asked = True
