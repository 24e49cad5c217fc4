"""What commands and texts are done with: the main screen, as `tui_client.commands` sees it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tui_client.commands import Misused, is_command, run
from tui_client.composing import written
from tui_client.conversation import Conversation
from tui_client.link import Link
from tui_client.refusals import sentence
from tui_client.schema import Settings
from tui_client.store import Store
from words.client import Disconnected
from words.errors import WordsError
from words.spread.errors import SpreadError

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen
    from tui_client.session import Session
    from tui_client.widgets.writing import Writing

OPENERS = {
    "accounts": "tui_client.screens.accounts:open_accounts",
    "date": "tui_client.screens.finding:open_date",
    "group": "tui_client.screens.info:open_group",
    "groups": "tui_client.screens.finding:open_groups",
    "help": "tui_client.screens.help:open_help",
    "members": "tui_client.panes.members:open_members",
    "mentions": "tui_client.screens.finding:open_mentions",
    "palette": "tui_client.screens.finding:open_palette",
    "person": "tui_client.screens.info:open_person",
    "search": "tui_client.screens.finding:open_search",
    "settings": "tui_client.screens.settings:open_settings",
    "switch": "tui_client.screens.finding:open_switch",
}
"""What opens over the main screen, loaded when it is wanted; given the screen and a text."""


class Desk:
    """See the module, and `tui_client.commands.Desk`. ``about``: the conversation in which
    something was written, also when another is looked at by now.
    """

    def __init__(self, screen: MainScreen, about: Conversation | None = None) -> None:
        self.screen = screen
        self._about = about

    @property
    def session(self) -> Session:
        """Return the account that acts."""
        return self.screen.session_of(self.conversation)

    @property
    def store(self) -> Store:
        """Return what is known."""
        return self.session.store

    @property
    def link(self) -> Link:
        """Return the way to the hub."""
        return self.session.link

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        return self.screen.app.settings

    @property
    def conversation(self) -> Conversation | None:
        """Return what it is about: where it was written, or what is looked at."""
        return self._about or self.screen.current

    def show(self, conversation: Conversation | None) -> None:
        """Look at a conversation, None: at what comes next."""
        if conversation is None:
            here = self.screen.roster.conversations
            others = [each for each in here if each is not self.conversation]
            conversation = next(iter([*self.screen.hot(), *others]), None)
        self.screen.show(conversation)

    def open(self, what: str, text: str = "") -> None:
        """Open something over the screen."""
        module, _, name = OPENERS[what].partition(":")
        opener: Any = getattr(importlib.import_module(module), name)
        opener(self.screen, text)

    def say(self, text: str, kind: str = "text") -> None:
        """Send what was typed to the conversation that is looked at."""
        self._send(text, kind)

    def quit(self) -> None:
        """End the program."""
        self.screen.app.exit()

    # What was written

    async def written(self, event: Writing.Written) -> None:
        """Send a text, change a message, or do a command; a refusal is shown, nothing is lost."""
        try:
            if event.edited is not None:
                await self._edit(event)
            elif is_command(event.text):
                await run(self, event.text)
            else:
                text = event.text[1:] if event.text.startswith("//") else event.text
                self._send(text, "text", event.reply.id if event.reply else 0)
        except (Misused, Disconnected) as error:
            self.store.say(str(error), "warning")
            self._put_back(event)
        except (WordsError, SpreadError) as error:
            self.store.say(sentence(error), "error")
            self._put_back(event)

    def _put_back(self, event: Writing.Written) -> None:
        """Have what couldn't be done where it was written."""
        written = event.conversation
        if written is None or written is self.screen.current:
            self.screen.writing.put_back(event.text, event.reply)
        elif not written.draft:
            written.draft = event.text
            written.changed()

    def _send(self, text: str, kind: str, reply_to: int = 0) -> None:
        conversation = self.conversation
        if conversation is None:
            raise Misused("Go to a conversation first: Ctrl+K, or /join GROUP")
        text, spans = written(text, conversation)
        message = self.store.compose(
            conversation,
            text,
            kind,  # type: ignore[arg-type]
            spans=spans,
            reply_to=reply_to,
        )
        if conversation is self.screen.current:
            self.screen.view.to_end()
        self.link.send(conversation, message)

    async def _edit(self, event: Writing.Written) -> None:
        assert event.edited is not None
        conversation = self.conversation
        if conversation is not None:
            text, spans = written(event.text, conversation)
            where = self.link.where(conversation)
            await self.link.chat.edit(event.edited.id, text, spans=list(spans), **where)
