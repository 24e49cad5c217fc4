"""The settings screen, made from the table of settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_client.panes.listing import Listing, Row
from tui_client.schema import SETTINGS, BadValue, Setting, Settings, parse
from tui_client.screens.ask import Line
from tui_client.text.safe import clean_line

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen


def open_settings(screen: MainScreen, text: str) -> None:
    """Open the settings."""
    screen.app.push_screen(SettingsScreen(screen.app.settings))


class SettingsList(Listing):
    """The rows; Left and Right go through the values of what has a few."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", "Change", show=False),
        Binding("right", "turn(1)", "Next value", show=False),
        Binding("left", "turn(-1)", "Value before", show=False),
    ]
    settings: Settings

    def renew(self) -> None:
        """Make the rows anew."""
        self.show_rows(list(self._rows()))

    def restyled(self) -> None:
        """Make the rows anew."""
        self.renew()

    def _rows(self) -> Iterator[Row]:
        topic = ""
        for setting in SETTINGS:
            if setting.topic != topic:
                if topic:
                    yield Row(())
                topic = setting.topic
                yield Row(((topic, self.palette.dim + Style(bold=True)),))
            yield self._row(setting)

    def _row(self, setting: Setting) -> Row:
        value = self.settings[setting.key]
        if isinstance(value, bool):
            shown = "[x]" if value else "[ ]"
        elif setting.choices:
            shown = f"‹ {value} ›"
        else:
            shown = clean_line(str(value)) or "none"
        changed = value != setting.default
        style = self.palette.accent if changed else self.palette.text
        return Row((("  " + setting.title, Style()),), ((shown + " ", style),), setting)

    def action_cursor(self, step: int) -> None:
        """Move, and have the help follow."""
        super().action_cursor(step)
        self.screen.query_one("#about", Static).update(self.about())

    def about(self) -> Content:
        """Return what the setting under the cursor is about."""
        setting = self.target
        if not isinstance(setting, Setting):
            return Content("")
        return Content.assemble(setting.help, "\n", (f"/set {setting.key} VALUE", "dim"))

    def action_turn(self, step: int) -> None:
        """Take the next value."""
        screen = self.screen
        if isinstance(self.target, Setting) and isinstance(screen, SettingsScreen):
            screen.turn(self.target, step)


class SettingsScreen(ModalScreen[None]):
    """See the module."""

    CSS = """
    SettingsScreen { align: center middle; }
    SettingsScreen > Vertical {
        width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        background: $surface; border: round $primary;
    }
    SettingsScreen SettingsList { background: $surface; }
    SettingsScreen #about { height: 2; margin: 1 0 0 0; }
    """
    HELP = """Everything that can be set. Enter, Space, Left and Right change what the cursor is
on; /set KEY VALUE does the same."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f2,q", "dismiss", "Close", show=False)]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def compose(self) -> ComposeResult:
        """Show all, and what the one under the cursor is about."""
        with Vertical() as box:
            box.border_title = "Settings"
            box.border_subtitle = "Enter changes · Esc closes"
            rows = SettingsList(id="settings")
            rows.settings = self._settings
            yield rows
            yield Static(id="about")

    def on_mount(self) -> None:
        """Begin at the first."""
        rows = self.query_one(SettingsList)
        rows.renew()
        rows.styles.height = max(4, min(len(rows.rows), self.app.size.height - 8))
        rows.focus()
        rows.select(SETTINGS[0])
        self.query_one("#about", Static).update(rows.about())

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        setting: Setting = event.target
        rows = self.query_one(SettingsList)
        rows.select(setting)
        self.query_one("#about", Static).update(rows.about())
        if setting.choices or isinstance(setting.default, bool):
            self.turn(setting, 1)
            return

        def typed(text: str | None) -> None:
            if text is not None:
                self._set(setting, text)

        self.app.push_screen(Line(setting.title, str(self._settings[setting.key])), typed)

    def turn(self, setting: Setting, step: int) -> None:
        """Take the next value of a setting that has a few."""
        value = self._settings[setting.key]
        if isinstance(value, bool):
            self._set(setting, "off" if value else "on")
        elif setting.choices:
            at = setting.choices.index(str(value)) + step
            self._set(setting, setting.choices[at % len(setting.choices)])

    def _set(self, setting: Setting, text: str) -> None:
        try:
            self._settings.set(setting.key, parse(setting, text))
        except (BadValue, OSError) as error:
            self.notify(str(error), severity="error", markup=False)
        self.query_one(SettingsList).renew()
