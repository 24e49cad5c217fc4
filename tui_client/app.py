"""The program: accounts that are signed on, the screens, the terminal around them."""

from __future__ import annotations

import importlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.notifications import SeverityLevel

from tui_client import files, keymap, terminal
from tui_client.accounts import Account, Accounts
from tui_client.alt import know_alt_keys
from tui_client.schema import Settings
from tui_client.screens.sign_on import SignOn
from tui_client.text.safe import clean_line, clean_name, clean_text
from tui_client.text.steady import steady
from tui_client.themes import DARK, LIGHT, NAMES

if TYPE_CHECKING:
    from tui_client.conversation import Conversation
    from tui_client.records import Message
    from tui_client.session import Session
    from words.client import Keyring

QUIT_AGAIN = 2.0
"""Seconds within which Ctrl+C has to be pressed again."""

BELLS = 1.0
"""Seconds between two bells, at least."""


class WordsChat(App[None]):
    """See the module. ``start``: the account to begin with, at once where ``now``; without one the
    first that is to sign on by itself, if there is one. ``keyring``: where derived keys are kept.
    """

    TITLE = "Words"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as the base has it
        (0, "-tiny"),
        (72, "-small"),
        (100, "-wide"),
        (150, "-huge"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", show=False, id="app.help", priority=True),
        Binding("ctrl+q", "quit", "Quit", show=False, id="app.quit", priority=True),
        Binding("ctrl+c", "copy_or_quit", "Copy", show=False, id="app.copy"),
    ]

    def __init__(
        self,
        *,
        config: Path | None = None,
        state: Path | None = None,
        start: Account | None = None,
        now: bool = False,
        theme: str = "",
        keyring: Keyring | None = None,
    ) -> None:
        super().__init__()
        config = config or files.config_folder()
        self.state = state or files.state_folder()
        self.accounts = Accounts(config / "accounts.toml")
        self.settings = Settings(config / "settings.toml")
        self.keymap_file = config / "keys.toml"
        self._keyring = keyring
        self.sessions: list[Session] = []
        self.start = start
        self._now = now
        self._theme = theme
        self._quit_at = 0.0
        self._bell_at = 0.0
        self._title = ""

    def get_driver_class(self) -> type[Driver]:
        """Return the driver, which holds emoji in their place and hears Alt with any key."""
        know_alt_keys()
        usual = super().get_driver_class()

        def write(driver: Driver, data: str) -> None:
            usual.write(driver, steady(data))

        return type("SteadyDriver", (usual,), {"write": write})

    def on_mount(self) -> None:
        """Put on the theme and the keys, and begin."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = NAMES[self._theme or self.settings.text("theme")]
        self.settings.on_change = self._setting_changed
        found = keymap.load(self.keymap_file)
        self.set_keymap(found.keys)
        self.write(terminal.SAVE_TITLE)
        self.show_title("Words")
        account = self.start or next((each for each in self.accounts.all if each.auto), None)
        now = account is not None and (account.auto or self._now)
        self.push_screen(SignOn(account, now=now))
        if problems := "\n".join([*self.settings.problems, *found.problems]):
            self.notify(problems, severity="warning", timeout=10, markup=False)
        self.call_after_refresh(threading.Thread(target=_prepare, daemon=True).start)

    async def on_unmount(self) -> None:
        """Sign off everywhere."""
        for session in self.sessions:
            await session.close()
        self.write(terminal.RESTORE_TITLE)

    # Accounts

    @property
    def keyring(self) -> Keyring:
        """Return where derived keys are kept."""
        if self._keyring is None:
            from words.client import Keyring

            self._keyring = Keyring()
        return self._keyring

    def use_local_hub(self, address: str) -> None:
        """There is a hub in this process: it is the one to begin with."""
        if self.start is None and address:
            self.start = self.accounts.at(address) or Account("", address)

    def signed_on(self, session: Session, current: Conversation | None) -> None:
        """An account is there: show its conversations beside the others'."""
        from tui_client.screens.main import MainScreen

        self.sessions.append(session)
        main = next((each for each in self.screen_stack if isinstance(each, MainScreen)), None)
        if main is None:
            self.switch_screen(MainScreen(session, current))
            self.run_worker(self._sign_on_others())
        else:
            self.pop_screen()
            main.add(session, current)

    async def _sign_on_others(self) -> None:
        """Sign on with the other accounts that are to be there from the start."""
        from tui_client.screens.main import MainScreen
        from tui_client.session import Session
        from tui_client.trouble import SignOnFailed
        from words.client.signon import place

        for account in list(self.accounts.all):
            if not account.auto or any(each.account == account for each in self.sessions):
                continue
            keys = await self.keyring.get(place(account.name, account.server))
            if account.name and keys is None:
                self.notify(f"F10 signs on as {account.label}: its password isn't kept")
                continue
            session = Session(
                account,
                "",
                folder=self.state,
                settings=self.settings,
                keyring=self.keyring,
                keys=keys,
            )
            try:
                await session.sign_on(lambda step: None)
            except SignOnFailed as failed:
                await session.link.close()
                self.notify(f"{account.label}: {failed}", severity="warning")
                continue
            self.sessions.append(session)
            for screen in self.screen_stack:
                if isinstance(screen, MainScreen):
                    screen.follow(session)

    async def sign_off(self, session: Session) -> None:
        """An account is no longer wanted."""
        await session.close()
        self.sessions.remove(session)

    # The terminal

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a line for some seconds; whoever wrote it, it can't command the terminal."""
        super().notify(
            clean_text(message), title=title, severity=severity, timeout=timeout, markup=False
        )

    def watch_app_focus(self, focused: bool) -> None:
        """The terminal has the focus, or no longer: what is seen is read only while it has."""
        for screen in self.screen_stack if focused and self.is_running else ():
            if hasattr(screen, "app_focused"):
                screen.app_focused()

    def write(self, sequence: str) -> None:
        """Send an escape sequence to the terminal, beside the drawing."""
        if sequence and self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def show_title(self, text: str) -> None:
        """Set the window's title, if it is another."""
        if text != self._title and self.settings.flag("title"):
            self._title = text
            self.write(terminal.title(text))

    def copy_text(self, text: str) -> None:
        """Put a text into the clipboard."""
        sequence = terminal.copy(text)
        if not sequence:
            self.notify("That is too much for the terminal's clipboard", severity="warning")
            return
        self._clipboard = text
        self.write(sequence)
        lines = text.count("\n") + 1
        self.notify(f"{lines} lines copied" if lines > 1 else "Copied", timeout=2)

    def alert(self, conversation: Conversation, message: Message, *, seen: bool) -> None:
        """Somebody wants attention; ``seen``: it is in front of the user."""
        if seen:
            return
        now = time.monotonic()
        if self.settings.flag("bell") and now - self._bell_at >= BELLS:
            self._bell_at = now
            self.bell()
        if not self.app_focus:
            who = clean_name(message.author)
            where = f"{who} in {clean_name(conversation.title)}" if conversation.group else who
            self.write(
                terminal.notification(self.settings.text("notify"), where, clean_line(message.text))
            )

    def _setting_changed(self, key: str) -> None:
        if key == "theme":
            self.theme = NAMES[self.settings.text("theme")]
        for session in self.sessions:
            session.use_settings()
        for screen in self.screen_stack:
            if hasattr(screen, "use_settings"):
                screen.use_settings()

    # Keys

    def action_help(self) -> None:
        """Show help for what has the focus."""
        from tui_client.screens.help import HelpScreen, help_for

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(*help_for(self.screen)))

    def action_copy_or_quit(self) -> None:
        """Copy what is selected; where nothing is, quit at the second time."""
        text = self._selected()
        if text:
            self.copy_text(text)
            return
        now = time.monotonic()
        if now - self._quit_at <= QUIT_AGAIN:
            self.exit()
        else:
            self._quit_at = now
            self.notify("Ctrl+C again quits", timeout=QUIT_AGAIN)

    def _selected(self) -> str:
        focused = self.focused
        text = getattr(focused, "selected_text", "")
        text = text() if callable(text) else text
        return text or self.screen.get_selected_text() or ""


def _prepare() -> None:
    """Import what comes after the sign-on screen, while somebody types."""
    importlib.import_module("tui_client.screens.main")
