"""The whole program, signed on to a hub without its sign-on screen; and what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tui_client.accounts import Account
from tui_client.app import WordsChat
from tui_client.conversation import Conversation
from tui_client.screens.main import MainScreen
from tui_client.session import Session
from words.client import Keyring


class Chat:
    """A program that runs: its app, its main screen, and keys for it."""

    def __init__(self, app: WordsChat, pilot: Pilot[None], main: MainScreen) -> None:
        self.app = app
        self.pilot = pilot
        self.main = main

    @property
    def lines(self) -> list[str]:
        """Return what is on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await until(self.pilot, lambda: any(text in line for line in self.lines))

    @property
    def current(self) -> Conversation:
        """Return what is looked at."""
        assert self.main.current is not None
        return self.main.current

    def talk(self, group: str) -> Conversation:
        """Return a group's conversation."""
        return self.main.session.store.conversation(group, True)

    async def told(self, text: str) -> None:
        """Wait until the user is told something, beside the conversation."""
        told = self.app._notifications
        await until(self.pilot, lambda: any(text in each.message for each in told))

    async def types(self, text: str) -> None:
        """Write something, and press Enter."""
        await until(self.pilot, lambda: self.app.screen is self.main)
        self.main.writing.composer.focus()
        self.main.writing.composer.put(text)
        await self.pilot.press("enter")

    async def presses(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)


@asynccontextmanager
async def chatting(
    hub: HubProcess,
    folder: Path,
    group: str,
    name: str = "alice",
    size: tuple[int, int] = (110, 32),
) -> AsyncIterator[Chat]:
    """Sign on and go into a group."""
    keyring = Keyring()
    keyring.works = False
    app = WordsChat(config=folder / "config", state=folder / "state", keyring=keyring)
    async with app.run_test(size=size) as pilot:
        session = Session(
            Account(name, hub.pb_url),
            PASSWORD,
            folder=folder / "state",
            settings=app.settings,
            keyring=keyring,
        )
        await session.sign_on(lambda step: None)
        conversation = await session.link.join(group)
        app.signed_on(session, conversation)
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        main = app.screen
        assert isinstance(main, MainScreen)
        await until(pilot, lambda: hasattr(main, "writing") and main.current is not None)
        yield Chat(app, pilot, main)
