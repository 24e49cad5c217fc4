"""Answering, editing, reacting and deleting by keys, at a hub that runs, with another client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tests.tui.signed_on import Chat, chatting
from words.client import Client, Heard, Item, Login
from words.events import Edited, Event, Reacted, Redacted, Said

E = TypeVar("E", bound=Event)


async def _next(heard: AsyncIterator[Item], kind: type[E]) -> E:
    """Return the next event of a kind that somebody else made."""
    async for each in heard:
        if isinstance(each, Heard) and type(each.event) is kind and each.event.actor.name != "bob":
            return each.event
    raise EOFError(kind)


async def chosen(chat: Chat, text: str) -> None:
    """Put the cursor on the message with a text."""
    await chat.presses("escape", "alt+k")
    while chat.main.view.message is None or chat.main.view.message.text != text:
        await chat.presses("up")


async def test_messages_are_answered_edited_reacted_to_and_deleted(
    town: HubProcess, tmp_path: Path
) -> None:
    bob = Client(town.pb_url, Login("bob", PASSWORD))
    async with bob, chatting(town, tmp_path, "by-keys") as chat:
        await bob.chat.join("by-keys")
        said = await bob.chat.say("by-keys", "a question")
        heard = aiter(bob)
        await chat.sees("a question")

        await chosen(chat, "a question")
        await chat.presses("r")
        await chat.sees("Answer bob: a question")
        await chat.types("an anser")
        answer = await _next(heard, Said)
        assert (answer.text, answer.reply_to) == ("an anser", said.id)

        await until(chat.pilot, lambda: not chat.current.timeline.waiting)
        await chosen(chat, "an anser")
        await chat.presses("e")
        await until(chat.pilot, lambda: chat.main.writing.composer.text == "an anser")
        await chat.presses("backspace", "backspace", "backspace", *"swer", "enter")
        edited = await _next(heard, Edited)
        assert (edited.text, edited.message) == ("an answer", answer.id)
        await chat.sees("(edited)")

        await chosen(chat, "a question")
        await chat.presses("plus")
        await chat.sees("a number, or type one")
        await chat.presses("1")
        reacted = await _next(heard, Reacted)
        assert (reacted.reaction, reacted.message) == ("👍", said.id)

        await chosen(chat, "an answer")
        await chat.presses("d")
        await chat.sees("Delete your message for everybody?")
        await chat.presses("escape")
        await chosen(chat, "an answer")
        await chat.presses("d")
        await chat.sees("Delete your message for everybody?")
        await chat.presses("enter")
        assert (await _next(heard, Redacted)).message == answer.id
        await chat.sees("message deleted")
        await chosen(chat, "")
        for key in ("r", "e", "d", "plus"):
            await chat.presses(key)
            await chat.told("This message was deleted")
            chat.app.clear_notifications()
