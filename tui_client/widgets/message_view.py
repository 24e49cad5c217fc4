"""The view of a conversation: rows on demand, paging, selection, a cursor on messages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message as Posted
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui_client.changes import Change, ConversationChanged, Inserted, Removed, Updated
from tui_client.conversation import Conversation
from tui_client.records import Message
from tui_client.widgets.drawing import Pen
from tui_client.widgets.palette import Palette
from tui_client.widgets.scene import Scene, Seen, Spot
from tui_client.widgets.selecting import Selection, shifted

REPAINTS = 1 / 20
"""Seconds between two repaints, at least, when messages come fast: 12 ms of CPU go in each."""

NEAR = 50
"""Items: so near the edge of what is here the next page is asked for."""

WHEEL = 3
"""Rows of one step of the wheel."""


class MessageView(Widget, can_focus=True):
    """Shows a conversation's timeline; `Asked` says what is wanted of it or its messages."""

    ALLOW_SELECT = False  # by cells of the screen; ours is by places in messages
    FOCUS_ON_CLICK = False  # whoever clicks on a link goes on writing
    DEFAULT_CSS = """
    MessageView { height: 1fr; width: 1fr; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "Message before", show=False, id="message.up"),
        Binding("down,j", "cursor(1)", "Message after", show=False, id="message.down"),
        Binding("r", "ask('reply')", "Reply", id="message.reply"),
        Binding("e", "ask('edit')", "Edit", id="message.edit"),
        Binding("d", "ask('redact')", "Delete", id="message.redact"),
        Binding("plus,equals_sign", "ask('react')", "React", id="message.react"),
        Binding("y", "copy", "Copy", id="message.copy"),
        Binding("o", "ask('open')", "Open link", id="message.open"),
        Binding("enter", "ask('info')", "Details", id="message.info"),
        Binding("escape", "leave", "Back", show=False, id="message.leave"),
    ]

    @dataclass
    class Asked(Posted):
        """Somebody wants something. ``what`` is, of a message: "reply", "edit", "redact", "react",
        "open" (the link ``value``, or the first), "info", "retry", "message" (go to the one with
        the id ``value``); of a name: "name"; of the timeline: "older", "newer", "near" (a
        sequence number); "copied" (a text), "leave" (the messages, for the composer).
        """

        view: MessageView
        what: str
        message: Message | None = None
        value: str = ""

        @property
        def control(self) -> MessageView:
            """Return the view."""
            return self.view

    @dataclass
    class Moved(Posted):
        """The window stands elsewhere, or what is in it has changed."""

        view: MessageView

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.conversation: Conversation | None = None
        self.scene: Scene | None = None
        self.cursor: int | None = None
        """The index of the message that keys are about."""
        self.missed = 0
        """Messages that came below the window since it left the end."""
        self._needle: re.Pattern[str] | None = None
        self._whole = False
        self._places: dict[Conversation, tuple[int, int]] = {}
        self._frame: list[Seen] | None = None
        self._painted = 0.0
        self._later: Timer | None = None
        self._ends_watch: Callable[[], None] = _nothing
        self.selection = Selection()
        self._palette: Palette | None = None
        self._ground = ("", "")

    # What is shown

    def show(self, conversation: Conversation | None) -> None:
        """Show a conversation, at its end."""
        self._ends_watch()
        self._ends_watch = _nothing
        self.conversation, self.scene, self.cursor, self.missed = conversation, None, None, 0
        self.selection.clear()
        self._needle = None
        if conversation is not None:
            self._ends_watch = conversation.store.observe(self._changed)
            self._stage()
        self._repaint()
        self._moved()

    def _stage(self) -> None:
        conversation = self.conversation
        if conversation is None or not self.size.width or not self.is_attached:
            return
        store = conversation.store
        pen = Pen(
            self._colors(), self.size.width, self._quoted, me=store.my_id, needle=self._needle
        )
        scene = self.scene
        if scene is None:
            scene = self.scene = Scene(conversation.timeline.items, pen, self.size.height)
            scene.whole = self._whole
        else:
            scene.height = self.size.height
            scene.redraw(pen)
        scene.marker = conversation.marker
        scene.complete = conversation.timeline.at_start

    def _colors(self) -> Palette:
        if self._palette is None:
            background = self.background_colors[1]
            self._ground = (background.hex6, self.app.theme)
            self._palette = Palette.of(self.app, background.hex6)
        return self._palette

    def _quoted(self, number: int) -> Message | None:
        assert self.conversation is not None
        timeline = self.conversation.timeline
        index = timeline.find(number)
        item = timeline.items[index] if index is not None else None
        return item if isinstance(item, Message) else None

    def search(self, needle: re.Pattern[str] | None) -> None:
        """Have what matches stand out, None: no more."""
        self._needle = needle
        self._stage()
        self._repaint()

    @property
    def whole(self) -> bool:
        """Return whether who came and went is shown one by one."""
        return self._whole

    @whole.setter
    def whole(self, whole: bool) -> None:
        self._whole = whole
        if self.scene is not None:
            self.scene.whole = whole
            self.scene.redraw()
        self._repaint()

    @property
    def following(self) -> bool:
        """Return whether the newest message is in sight."""
        return self.scene is None or self.scene.following

    # Changes

    def _changed(self, change: Change) -> None:
        scene, conversation = self.scene, self.conversation
        if scene is None or getattr(change, "conversation", None) is not conversation:
            return
        assert conversation is not None
        match change:
            case Inserted(_, index, count):
                if not scene.following and index + count == len(scene.items):
                    self.missed += count
                scene.inserted(index, count)
                self._shift(index, count)
            case Removed(_, index, count):
                scene.removed(index, count)
                self._shift(index, -count)
            case Updated():
                pass
            case ConversationChanged():
                scene.marker = conversation.marker
            case _:
                return
        scene.complete = conversation.timeline.at_start
        self._repaint()

    def _shift(self, index: int, count: int) -> None:
        """Have the cursor and the selection stay on what they are on."""
        if self.cursor is not None:
            self.cursor = shifted(self.cursor, index, count)
        self.selection.shift(index, count)

    def _repaint(self) -> None:
        """Repaint: now, or a little later where that was just done."""
        self._frame = None
        if self._later is not None:
            return
        wait = self._painted + REPAINTS - time.monotonic()
        if wait <= 0:
            self._paint()
        else:
            self._later = self.set_timer(wait, self._paint)

    def _paint(self) -> None:
        self._later = None
        self._painted = time.monotonic()
        self.refresh()
        self.post_message(self.Moved(self))

    # Rows

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render some of the rows."""
        self._rows()
        return super().render_lines(crop)

    def _rows(self) -> list[Seen]:
        if self._frame is None:
            self._frame = self.scene.window() if self.scene is not None else []
            self._read_on(self._frame)
        return self._frame

    def render_line(self, y: int) -> Strip:
        """Render a row; the newest is at the bottom."""
        frame = self._rows()
        at = y - (self.size.height - len(frame))
        if at < 0:
            return Strip.blank(self.size.width, self._colors().text)
        seen = frame[at]
        strip = seen.row.strip
        palette = self._colors()
        if self.cursor is not None and self._of_cursor(seen.first):
            strip = Strip(Segment.apply_style(strip, post_style=palette.cursor), strip.cell_length)
        return self.selection.lit(strip, seen, palette.selection)

    def _of_cursor(self, index: int) -> bool:
        assert self.scene is not None
        assert self.cursor is not None
        start, stop = self.scene.unit(index)
        return start <= self.cursor < stop

    def _read_on(self, frame: Sequence[Seen]) -> None:
        """Ask for the pages that are near."""
        scene, conversation = self.scene, self.conversation
        if scene is None or conversation is None:
            return
        timeline = conversation.timeline
        timeline.following = scene.following and timeline.at_end
        if conversation.paging or not timeline.loaded:
            return
        first = frame[0].first if frame else 0
        last = frame[-1].first if frame else 0
        if not timeline.at_start and first < NEAR:
            self.call_later(self._ask, "older")  # not in the name of the screen, which renders this
        elif not timeline.at_end and last > len(timeline) - NEAR:
            self.call_later(self._ask, "newer")

    def _ask(self, what: str) -> None:
        self.post_message(self.Asked(self, what))

    # The window

    def scroll_rows(self, rows: int) -> None:
        """Move the window by so many rows, up where it is negative."""
        if self.scene is None:
            return
        self.scene.scroll(rows)
        self._moved()

    def scroll_pages(self, pages: int) -> None:
        """Move the window by so many times its height."""
        self.scroll_rows(pages * max(1, self.size.height - 2))

    def to_end(self) -> None:
        """Show the newest messages; those that aren't here are asked for. A search is over."""
        self.cursor = None
        if self._needle is not None:
            self.search(None)
        if self.scene is None or self.conversation is None:
            return
        if not self.conversation.timeline.at_end:
            self.post_message(self.Asked(self, "near", value="0"))
        self.scene.to_end()
        self._moved()

    def to_start(self) -> None:
        """Show the oldest messages that are here."""
        if self.scene is not None and self.scene.items:
            self.scene.show_on_top(0)
            self._moved()

    def to_item(self, index: int, *, top: bool = False) -> None:
        """Show an item, and put the cursor on it if it is a message."""
        if self.scene is None or not 0 <= index < len(self.scene.items):
            return
        if top:
            self.scene.show_on_top(index)
        else:
            self.scene.show(index)
            self.cursor = index if isinstance(self.scene.items[index], Message) else None
        self._moved()

    def _moved(self) -> None:
        if self.following:
            self.missed = 0
        self._frame = None
        self._painted = time.monotonic()
        self.refresh()
        self.post_message(self.Moved(self))

    @property
    def seen(self) -> tuple[int, int] | None:
        """Return the first and the last item in the window."""
        if self.scene is None:
            return None
        frame = self._rows()
        if not frame:
            return None
        return frame[0].first, self.scene.unit(frame[-1].first)[1] - 1

    # The cursor

    @property
    def message(self) -> Message | None:
        """Return the message that the cursor is on."""
        if self.cursor is None or self.scene is None or self.cursor >= len(self.scene.items):
            return None
        item = self.scene.items[self.cursor]
        return item if isinstance(item, Message) else None

    def action_cursor(self, step: int) -> None:
        """Go to the next message before or after."""
        scene = self.scene
        if scene is None or not scene.items:
            return
        seen = self.seen
        index = self.cursor if self.cursor is not None else (seen[1] + 1 if seen else 0)
        index += step
        while 0 <= index < len(scene.items) and not isinstance(scene.items[index], Message):
            index += step
        if index >= len(scene.items):
            self.action_leave()
        elif index >= 0:
            self.cursor = index
            scene.show(index)
            self._moved()

    def action_ask(self, what: str) -> None:
        """Ask for something about the message under the cursor."""
        if self.message is not None:
            self.post_message(self.Asked(self, what, self.message))

    def action_copy(self) -> None:
        """Copy the selection, or the message under the cursor."""
        text = self.selected_text()
        if not text and self.message is not None:
            text = self.message.text
        if text:
            self.post_message(self.Asked(self, "copied", value=text))

    def action_leave(self) -> None:
        """Go back to the composer and the newest message."""
        self.cursor = None
        self.selection.clear()
        self.to_end()
        self.post_message(self.Asked(self, "leave"))

    def on_focus(self) -> None:
        """Put the cursor on the last message in sight."""
        if self.cursor is None:
            self.action_cursor(-1)

    def on_blur(self) -> None:
        """Take the cursor away."""
        self.cursor = None
        self._repaint()

    # The mouse

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        event.stop()
        self.scroll_rows(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        event.stop()
        self.scroll_rows(WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select."""
        if event.button == 1 and (spot := self._spot(event.x, event.y)) is not None:
            self.selection.begin(spot)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select as far as here; beyond an edge, scroll."""
        if not self.selection.dragging:
            return
        if event.y < 0 or event.y >= self.size.height:
            self.scroll_rows(-1 if event.y < 0 else 1)
        y = min(max(0, event.y), self.size.height - 1)
        if (spot := self._spot(event.x, y)) is not None:
            self.selection.end = spot
            self._repaint()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End selecting: what is selected is copied. Without a selection this is a click."""
        selection = self.selection
        if not selection.dragging:
            return
        selection.dragging = False
        self.release_mouse()
        if selection.ends is not None:
            self.action_copy()
            return
        spot = selection.start
        selection.clear()
        self._repaint()
        if spot is not None:
            self._clicked(spot, event)

    def _clicked(self, spot: Spot, event: events.MouseUp) -> None:
        assert self.scene is not None
        if spot.first >= len(self.scene.items):
            return
        item = self.scene.items[spot.first]
        message = item if isinstance(item, Message) else None
        what, value = event.style.meta.get("words", ("", ""))
        if what == "more":
            self.whole = not self.whole
        elif what:
            self.post_message(self.Asked(self, what, message, value))
        elif message is not None:
            self.focus()
            self.cursor = spot.first
            self._repaint()

    # The selection

    def _spot(self, x: int, y: int) -> Spot | None:
        frame = self._rows()
        at = y - (self.size.height - len(frame))
        if not 0 <= at < len(frame):
            return None
        return Spot(frame[at].first, frame[at].number, max(0, min(x, self.size.width)))

    def selected_text(self) -> str:
        """Return what is selected, as one would have typed it."""
        return self.selection.text(self.scene) if self.scene is not None else ""

    # The widget

    def on_resize(self) -> None:
        """Wrap everything anew."""
        self._stage()
        self._moved()

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        super().notify_style_update()
        if self._palette is None or not self.is_attached:
            return
        if self._ground != (self.background_colors[1].hex6, self.app.theme):
            self._palette = None
            self._stage()
            self._repaint()

    def on_unmount(self) -> None:
        """Watch no more."""
        self._ends_watch()


def _nothing() -> None:
    pass
