"""What becomes of what is written, and of what is asked for in the view of a conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from tui_client import commands
from tui_client.commands import Desk
from tui_client.completion import mentions
from tui_client.conversation import Conversation
from tui_client.records import Message
from tui_client.text import markup
from tui_client.text.style import runs
from tui_client.widgets.message_view import MessageView
from tui_client.widgets.writing import Writing
from words.errors import WordsError
from words.events import MessageKind, Span
from words.spread.errors import SpreadError


class Room(Desk, Protocol):
    """The screen around a conversation."""

    def copy(self, text: str) -> None:
        """Put a text into the clipboard, and say so."""

    def browse(self, url: str) -> None:
        """Open a link."""


class Talking:
    """Joins a view and a place for writing to the hub, for one screen."""

    def __init__(self, room: Room, view: MessageView, writing: Writing) -> None:
        self.room = room
        self.view = view
        self.writing = writing
        self._pages: set[tuple[Conversation, str]] = set()

    # What is written

    def written(self, event: Writing.Written) -> None:
        """Send it, or do it if it is a command."""
        if event.edited is not None:
            self._edit(event.edited, event.text)
        elif commands.is_command(event.text):
            self.room.link.spawn(self.command(event.text), "a command")
        else:
            self.say(event.text.removeprefix("/") if event.text.startswith("//") else event.text,
                     reply=event.reply)  # fmt: skip

    def say(self, typed: str, kind: MessageKind = "text", reply: Message | None = None) -> None:
        """Send a message to the conversation that is shown."""
        conversation = self.room.conversation
        if conversation is None:
            self.room.store.say("There is nobody to say this to", "warning")
            self.writing.put_back(typed)
            return
        text, spans = _marked(typed, conversation)
        message = self.room.store.compose(
            conversation, text, kind, spans=spans, reply_to=reply.id if reply is not None else 0
        )
        self.view.to_end()
        self.room.link.send(conversation, message)

    async def command(self, typed: str) -> None:
        """Do what was typed; what was typed wrongly comes back."""
        try:
            await commands.run(self.room, typed)
        except commands.Misused as error:
            self.room.store.say(str(error), "warning")
            self.writing.put_back(typed)
        except (WordsError, SpreadError, OSError) as error:
            self.room.store.say(str(error), "error")
            self.writing.put_back(typed)

    def typing(self, event: Writing.Typing) -> None:
        """Let the others know that somebody writes."""
        conversation = self.room.conversation
        if conversation is not None and not commands.is_command(event.text):
            self.room.link.typing(conversation, "active" if event.text else "done")

    def _edit(self, message: Message, typed: str) -> None:
        conversation = self.room.conversation
        if conversation is None or not message.id:
            return
        text, spans = _marked(typed, conversation)
        if (text, tuple(spans)) != (message.text, message.spans):
            link = self.room.link
            where = link.where(conversation)
            self._try(lambda: link.chat.edit(message.id, text, spans=spans, **where))

    # What is asked for

    def asked(self, event: MessageView.Asked) -> None:
        """Do what somebody wants of a message, a name or the timeline."""
        conversation, message = self.room.conversation, event.message
        if conversation is None or event.view.conversation is not conversation:
            return
        match event.what:
            case "older" | "newer" | "near":
                self._page(conversation, event.what, event.value)
            case "name":
                self.room.open("person", event.value)
            case "link":
                self.room.browse(event.value)
            case "message":
                self.go_to(conversation, number=int(event.value))
            case "copied":
                self.room.copy(event.value)
            case "leave":
                self.writing.composer.focus()
            case _ if message is not None:
                self._about(conversation, event.what, message, event.value)

    def _about(self, conversation: Conversation, what: str, message: Message, value: str) -> None:
        room = self.room
        where = room.link.where(conversation)
        match what:
            case "retry":
                room.link.send(conversation, room.store.retry(conversation, message))
            case "redact" if message.delivery == "failed":
                room.store.withdraw(conversation, message)
            case "info":
                room.open("message", str(message.key))
            case "open":
                self._open_link(message)
            case _ if not message.id or message.redacted:
                room.store.say("The hub doesn't have this message", "warning")
            case "reply":
                self.writing.answer(message)
            case "edit" if message.mine:
                self.writing.edit(message)
            case "edit":
                room.store.say("Only one's own messages can be changed", "warning")
            case "redact":
                self._try(lambda: room.link.chat.redact(message.id, **where))
            case "react" if not value:
                room.open("react", str(message.id))
            case "react":
                self.react(conversation, message, value)

    def react(self, conversation: Conversation, message: Message, reaction: str) -> None:
        """Give a reaction, or take it back where it is there already."""
        me = self.room.store.my_id
        given = any(
            each.text == reaction and any(number == me for number, _ in each.by)
            for each in message.reactions
        )
        link = self.room.link
        where = link.where(conversation)
        self._try(lambda: link.chat.react(message.id, reaction, not given, **where))

    def _open_link(self, message: Message) -> None:
        links = [
            mark.value
            for run in runs(message.text, message.spans)
            for mark in run.marks
            if mark.style == "link"
        ]
        if links:
            self.room.browse(links[0])
        else:
            self.room.store.say("There is no link in this message", "warning")

    def _try(self, call: Callable[[], Awaitable[object]]) -> None:
        async def do() -> object:
            return await call()  # the connection may be gone: then this raises

        self.room.link.spawn(self.room.link.attempt(do()), "what was asked for")

    # Pages

    def _page(self, conversation: Conversation, which: str, value: str) -> None:
        history = self.room.link.history
        if (conversation, which) in self._pages:
            return
        self._pages.add((conversation, which))

        async def read() -> None:
            try:
                if which == "older":
                    await history.older(conversation)
                elif which == "newer":
                    await history.newer(conversation)
                else:
                    await history.newest(conversation)
            finally:
                self._pages.discard((conversation, which))

        self.room.link.spawn(read(), f"{which} messages")

    def go_to(self, conversation: Conversation, *, number: int = 0, sequence: int = 0) -> None:
        """Show an event by its id or sequence number, wherever it is."""

        async def go() -> None:
            timeline = conversation.timeline
            index = timeline.find(number) if number else None
            if index is None and sequence:
                await self.room.link.history.around(conversation, sequence)
                index = next(
                    (at for at, item in enumerate(timeline.items) if item.sequence >= sequence),
                    None,
                )
            if index is None:
                self.room.store.say("This message isn't there any more", "warning")
            elif self.view.conversation is conversation:
                self.view.to_item(index)

        self.room.link.spawn(go(), "going to a message")


def _marked(typed: str, conversation: Conversation) -> tuple[str, list[Span]]:
    text, spans = markup.parse(typed)
    named = [Span(start, end, "mention", name) for start, end, name in mentions(text, conversation)]
    return text, [*spans, *named]
