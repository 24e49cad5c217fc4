"""The line above a conversation (its topic), and the one status line below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message as Posted
from textual.strip import Strip
from textual.widget import Widget

from tui_client.conversation import Conversation
from tui_client.panes.listing import Part, Row, drawn
from tui_client.panes.roster import SIGNS, count
from tui_client.session import Session
from tui_client.store import Store
from tui_client.text.safe import clean_line, clean_name
from tui_client.widgets.palette import Palette

BOLD = Style(bold=True)
PLAIN = Style()


class Line(Widget):
    """A row of the screen, made of parts; a click on one with a target chooses that."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; background: $panel; }
    """

    @dataclass
    class Chosen(Posted):
        """A part was clicked."""

        line: Line
        target: Any

        @property
        def control(self) -> Line:
            """Return the line."""
            return self.line

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._palette: Palette | None = None
        self._shown: Row | None = None
        self._targets: list[tuple[int, int, Any]] = []

    @property
    def palette(self) -> Palette:
        """Return the styles of the theme that is on."""
        if self._palette is None:
            self._palette = Palette.of(self.app, self.background_colors[1].hex6)
        return self._palette

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        super().notify_style_update()
        self._palette = None
        self.refresh()

    def renew(self) -> None:
        """Draw the row anew where it is another one now."""
        if self.row() != self._shown:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Render the row."""
        self._shown = self.row()
        return drawn(self._shown, self.size.width, self.palette.text)

    def row(self) -> Row:
        """Return what is to be shown."""
        raise NotImplementedError

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        for start, end, target in self._targets:
            if start <= event.x < end:
                self.post_message(self.Chosen(self, target))
                return
        self.post_message(self.Chosen(self, None))


class TopicBar(Line):
    """The conversation's name, what it is about, how many are in it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.conversation: Conversation | None = None
        self.mark: Literal["", "here", "beside"] = ""
        """Of two side by side: whether this is the one that is written in."""

    def show(self, conversation: Conversation | None) -> None:
        """Show another conversation's."""
        self.conversation = conversation
        self.refresh()

    def row(self) -> Row:
        """Return what is to be shown."""
        talk, palette = self.conversation, self.palette
        if talk is None:
            return Row(((" Words", BOLD),))
        sign = ("▸", palette.accent) if self.mark == "here" else (" ", PLAIN)
        title = palette.dim if self.mark == "beside" else BOLD
        parts: list[Part] = [sign, (clean_name(talk.title), title)]
        right: list[Part] = []
        if talk.group:
            if not talk.inside:
                parts.append((" · you aren't in it: /join", palette.dim))
            elif talk.topic:
                parts.append((f" · {clean_line(talk.topic)}", palette.dim + Style(dim=False)))
            if len(talk.members):
                right.append((f"{len(talk.members):,} ", palette.dim))
        else:
            contact = talk.store.contacts.named(talk.name)
            if contact is not None:
                words = {"here": "online", "away": "away", "gone": "offline"}[contact.standing]
                away = f": {clean_line(contact.away)}" if contact.away else ""
                parts.append((f" · {SIGNS[contact.standing]} {words}{away}", palette.dim))
            elif talk.origin:
                parts.append((f" · {clean_name(talk.origin)}", palette.dim))
        if talk.muted:
            right.insert(0, ("muted ", palette.dim))
        if talk.paging:
            right.insert(0, ("reading… ", palette.dim))
        return Row(tuple(parts), tuple(right))


class StatusLine(Line):
    """Who and where one is, who is writing, and the hot list: what is unread, urgent first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sessions: Sequence[Session] = ()
        self.current: Conversation | None = None
        self.missed = 0
        self.scrolled = False
        self.hot: Sequence[Conversation] = ()

    def row(self) -> Row:
        """Return what is to be shown."""
        palette = self.palette
        self._targets = []
        bar: Part = (" │ ", palette.rule)
        store = self.current.store if self.current else None
        if store is None and self.sessions:
            store = self.sessions[0].store
        parts: list[Part] = [(" ", PLAIN)]
        if store is not None:
            parts += self._connection(store)
        writing = self._writing()
        if writing:
            parts += [bar, (writing, palette.dim + Style(italic=True))]
        if self.hot:
            parts += [bar]
            at = sum(cell_len(text) for text, _ in parts)
            for talk in self.hot:
                text = f"{clean_name(talk.title)} "
                number = f"@{count(talk.mentions)} " if talk.mentions else f"{count(talk.unread)} "
                style = palette.accent if talk.mentions else PLAIN
                parts += [(text, style), (number, style if talk.mentions else palette.dim)]
                end = at + cell_len(text) + cell_len(number)
                self._targets.append((at, end, talk))
                at = end
        keys = "Alt+A next · F1 help " if self.hot and self.size.width >= 72 else "F1 help "
        right: list[Part] = [(keys, palette.dim)]
        if self.scrolled:
            more = f"↓ {self.missed} new · End " if self.missed else "↓ End "
            right.insert(0, (more, palette.accent))
        return Row(tuple(parts), tuple(right))

    def _connection(self, store: Store) -> list[Part]:
        palette = self.palette
        name = (clean_name(store.account), BOLD)
        if store.connection == "online":
            sign = ("◐ ", palette.accent) if store.away is not None else ("● ", palette.success)
            found: list[Part] = [sign, name]
            if self.size.width >= 100:
                found.append((f" {store.secure or 'no TLS'}", palette.dim))
            return found
        if store.connection == "connecting":
            return [("◌ ", palette.accent), name, (" reconnecting…", palette.accent)]
        trouble = clean_line(store.trouble) or "offline"
        return [("✖ ", palette.error), name, (f" {trouble}", palette.error)]

    def _writing(self) -> str:
        names = [clean_name(name) for name in (self.current.typists if self.current else [])]
        if not names:
            return ""
        if len(names) > 2:
            return f"{len(names)} are typing…"
        return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} typing…"
