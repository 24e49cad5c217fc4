"""Help for what has the focus: what it is for, and its keys."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from tui_client.commands import COMMANDS

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen

FOREIGN = ("app.focus", "screen.copy", "focus_")
"""Actions that Textual brings along and that need no word here."""

TITLES = {
    "MainScreen": "Words",
    "MessageView": "Messages",
    "Roster": "Conversations",
    "MembersPane": "Members",
    "SavedAccounts": "Accounts",
    "SettingsScreen": "Settings",
    "SignOn": "Signing on",
}

NAMES = {
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "slash": "/",
    "plus": "+",
    "equals_sign": "=",
    "escape": "Esc",
}
"""Of keys whose own are longer or stranger."""

BOX = 76
"""Columns of the whole, as the style says, too."""

WIDE = 20
"""Columns of the keys."""

FRAME = 7
"""Columns of the border, the padding and the scrollbar."""


def open_help(screen: MainScreen, text: str) -> None:
    """List the commands, and the keys of the main screen below."""
    _, _, keys = help_for(screen)
    screen.app.push_screen(HelpScreen("Commands", "", keys))


def help_for(screen: Screen[Any]) -> tuple[str, str, list[tuple[str, str]]]:
    """Return a title, a text and the keys (with what they do) of what has the focus."""
    focused = screen.focused
    shown: Widget | Screen[Any] = focused if focused is not None else screen
    while not shown.HELP and isinstance(shown.parent, Widget):
        shown = shown.parent
    keys: dict[str, list[str]] = {}
    for key, active in screen.active_bindings.items():
        said = _said(active)
        if said:
            keys.setdefault(said, []).append(key_name(key))
    listed = [(", ".join(dict.fromkeys(names)), said) for said, names in keys.items()]
    return TITLES.get(type(shown).__name__, "Help"), _flowing(shown.HELP or ""), listed


def _flowing(text: str) -> str:
    """Return a text in which only empty lines part paragraphs."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _said(active: ActiveBinding) -> str:
    if active.binding.system or active.binding.action.startswith(FOREIGN):
        return ""
    return active.tooltip or active.binding.description


def key_name(key: str) -> str:
    """Return a key as people write it: Ctrl+K."""
    *held, last = key.split("+")
    if len(last) == 1 and last.isupper():
        held.append("shift")
    name = NAMES.get(last) or (last.upper() if len(last) == 1 or last[1:].isdigit() else "")
    parts = [each.capitalize() for each in dict.fromkeys(held)]
    return "+".join([*parts, name or last.replace("_", " ").capitalize()])


class HelpScreen(ModalScreen[None]):
    """See the module."""

    CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 76; max-width: 100%; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 0 2;
    }
    HelpScreen Static { height: auto; }
    HelpScreen > VerticalScroll { scrollbar-size-vertical: 1; scrollbar-color: $primary 50%;
        scrollbar-background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,enter", "dismiss", "Close", show=False)
    ]

    def __init__(self, title: str, text: str, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._heading = title
        self._text = text
        self._lists = {"Keys": keys}
        commands = [(each.line, each.help) for _, each in sorted(COMMANDS.items())]
        if title == "Commands":
            self._lists = {"Commands": commands, "Keys": keys}
        elif title == "Words":
            self._lists["Commands"] = commands

    def compose(self) -> ComposeResult:
        """Show the text, then the lists."""
        room = max(1, min(BOX, self.app.size.width) - FRAME - WIDE)
        with VerticalScroll() as box:
            box.border_title = self._heading
            box.border_subtitle = "Esc closes"
            if self._text:
                yield Static(Content(self._text + "\n"))
            for number, (heading, rows) in enumerate(self._lists.items()):
                yield Static(Content.styled("\n" * (number > 0) + heading, "bold"))
                yield Static(Content("\n").join(_line(*row, room) for row in rows))


def _line(left: str, right: str, room: int) -> Content:
    """Return a row; what is said at the right wraps there."""
    below = "\n" + " " * WIDE
    if len(left) > WIDE - 2:
        left += below
    return Content.assemble(
        (left.ljust(WIDE), "$text-primary"), below.join(textwrap.wrap(right, room))
    )
