"""What the view of messages asks for: of a message, of a name, of the history."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from tui_client.browser import opened
from tui_client.conversation import Conversation
from tui_client.records import Message
from tui_client.text.markup import links
from tui_client.text.safe import clean_name
from tui_client.text.style import safe_link
from tui_client.widgets.message_view import MessageView

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen


OF_TEXT = ("reply", "edit", "redact", "react")
"""What nobody wants of a message that was deleted."""


class Requests:
    """Does for a main screen what its view asks."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen

    def take(self, asked: MessageView.Asked) -> None:
        """Do it."""
        handler = getattr(self, f"_{asked.what}", None)
        if asked.what in OF_TEXT and asked.message is not None and asked.message.redacted:
            self.screen.notify("This message was deleted", severity="warning")
            return
        if handler is not None and asked.view.conversation is not None:
            handler(asked.view.conversation, asked)

    # Of a message

    def _reply(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        if asked.message is not None and asked.message.id:
            self.screen.writing.answer(asked.message)

    def _edit(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        message = asked.message
        if message is None or not message.mine or not message.id:
            self.screen.notify("Only your own messages can be edited", severity="warning")
            return
        self.screen.writing.edit(message)

    def _redact(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        message = asked.message
        if message is None:
            return
        if not message.id:
            self.screen.session.store.withdraw(conversation, message)
            self.screen.session.save()
            return
        from tui_client.screens.ask import Ask

        def answered(yes: bool | None) -> None:
            if yes:
                self._do(conversation, "redact", message.id)

        who = "your message" if message.mine else f"{clean_name(message.author)}'s message"
        self.screen.app.push_screen(Ask(f"Delete {who} for everybody?", "Delete"), answered)

    def _react(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        message = asked.message
        if message is None or not message.id:
            return
        if asked.value:
            self._give(conversation, message, asked.value)
            return
        from tui_client.screens.ask import Reactions

        def chosen(reaction: str | None) -> None:
            if reaction:
                self._give(conversation, message, reaction)

        self.screen.app.push_screen(Reactions(), chosen)

    def _give(self, conversation: Conversation, message: Message, reaction: str) -> None:
        me = self.screen.session.store.my_id
        mine = any(
            each.text == reaction and any(who == me for who, _ in each.by)
            for each in message.reactions
        )
        self._do(conversation, "react", message.id, reaction=reaction, added=not mine)

    def _retry(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        session = self.screen.session
        if asked.message is not None and asked.message.delivery == "failed":
            session.link.send(conversation, session.store.retry(conversation, asked.message))

    def _open(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        address = asked.value
        if not address and asked.message is not None:
            text = asked.message.text
            found = [text[start:end] for start, end in links(text)]
            marked = [span.value for span in asked.message.spans if span.style == "link"]
            address = next(iter([*marked, *found]), "")
        address = safe_link(address) if address else ""
        if address:
            self.screen.run_worker(self._browse(address), group="browser")

    async def _browse(self, address: str) -> None:
        if not await asyncio.to_thread(opened, address):
            self.screen.notify("There is no browser here", severity="warning")
            self.screen.app.copy_text(address)

    def _copied(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        self.screen.app.copy_text(asked.value)

    def _info(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        if asked.message is not None:
            from tui_client.screens.info import open_message

            open_message(self.screen, asked.message)

    def _name(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        self.screen.desk.open("person", asked.value)

    def _leave(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        self.screen.writing.composer.focus()

    def _do(self, conversation: Conversation, verb: str, message: int, **more: object) -> None:
        link = self.screen.session.link

        async def doing() -> None:
            await getattr(link.chat, verb)(message, **more, **link.where(conversation))

        self.screen.run_worker(link.attempt(doing()))

    # Of the history

    def _older(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        self._read(conversation, "older")

    def _newer(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        self._read(conversation, "newer")

    def _near(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        sequence = int(asked.value or 0)
        if not sequence:
            self._read(conversation, "newest")
        else:
            self.screen.run_worker(self.go_near(conversation, sequence), group="near")

    async def go_near(self, conversation: Conversation, sequence: int) -> None:
        """Show the event with a sequence number, wherever it is, or the first message after it."""
        await self.screen.session_of(conversation).link.history.around(conversation, sequence)
        items = conversation.timeline.items
        found = [at for at, item in enumerate(items) if item.sequence >= sequence]
        if found and self.screen.current is conversation:
            messages = (at for at in found if isinstance(items[at], Message))
            self.screen.view.to_item(next(messages, found[0]))
            self.screen.view.focus()

    def _message(self, conversation: Conversation, asked: MessageView.Asked) -> None:
        index = conversation.timeline.find(int(asked.value or 0))
        if index is not None:
            self.screen.view.to_item(index)
        else:
            self.screen.notify("That message isn't near; Ctrl+F finds it")

    def _read(self, conversation: Conversation, which: str) -> None:
        history = self.screen.session_of(conversation).link.history
        self.screen.run_worker(partial(getattr(history, which), conversation), group="history")

    # Going about

    def first_unread(self) -> None:
        """Show the first message above which everything was read."""
        current = self.screen.current
        if current is None or not current.marker:
            return
        sequence = current.marker + 1
        self.screen.run_worker(self.go_near(current, sequence), group="near")

    def mention(self, step: int) -> None:
        """Show the next mention that is here, or the one before."""
        current, view = self.screen.current, self.screen.view
        if current is None:
            return
        items = current.timeline.items
        start = view.cursor if view.cursor is not None else len(items)
        order = (
            range(start + 1, len(items)) if step > 0 else range(min(start, len(items)) - 1, -1, -1)
        )
        for at in order:
            item = items[at]
            if isinstance(item, Message) and item.mention:
                view.to_item(at)
                view.focus()
                return
        self.screen.notify("No more mentions here", timeout=2)
