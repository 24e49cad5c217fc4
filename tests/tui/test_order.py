"""Keys that come faster than they are handled: what is typed goes where the eye was."""

from __future__ import annotations

from pathlib import Path

from textual import events

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tests.tui.signed_on import Chat, chatting
from tui_client.conversation import Conversation
from tui_client.records import Message
from words.client import Client, Login

ROUNDS = 3


def burst(chat: Chat, text: str, *keys: str) -> None:
    """Have letters and then keys arrive at once, as a terminal sends them: nothing is awaited."""
    for letter in text:
        chat.app.post_message(events.Key(letter, letter))
    for key in keys:
        chat.app.post_message(events.Key(key, None))


def said(talk: Conversation) -> list[str]:
    return [each.text for each in talk.timeline.items if isinstance(each, Message) and each.mine]


async def once_over(
    chat: Chat, bob: Client, number: int, here: Conversation, there: Conversation
) -> None:
    """Type here, go there by keys that come at once, and end up there."""
    await bob.chat.say(there.name, f"look {number}")
    await until(chat.pilot, lambda: chat.main.hot() == [there])
    burst(chat, f"sent{number}", "enter")
    burst(chat, f"left{number}", "alt+a")  # not sent: it is a draft where it was typed
    burst(chat, f"new{number}", "enter", "alt+slash")
    await until(chat.pilot, lambda: here.draft == f"left{number}")
    await until(chat.pilot, lambda: f"new{number}" in said(there))
    assert f"sent{number}" in said(here)
    assert chat.main.writing.composer.text == f"left{number}"
    await chat.presses("enter", "alt+slash")
    await until(chat.pilot, lambda: chat.current is there)


async def test_the_key_to_another_conversation_takes_no_letter_along(
    town: HubProcess, tmp_path: Path
) -> None:
    town.add_user("orderly", PASSWORD)  # to whom no other test says anything
    async with (
        Client(town.pb_url, Login("bob", PASSWORD)) as bob,
        chatting(town, tmp_path, "order-one", "orderly") as chat,
    ):
        one = chat.current
        await chat.types("/join order-two")
        await until(chat.pilot, lambda: chat.current is not one)
        two = chat.current
        for group in ("order-one", "order-two"):
            await bob.chat.join(group)
        for number in range(ROUNDS):
            here, there = (two, one) if number % 2 == 0 else (one, two)
            await once_over(chat, bob, number, here, there)
        assert {*said(one)} == {"sent1", "left1", "new0", "new2"}
        assert {*said(two)} == {"sent0", "left0", "sent2", "left2", "new1"}
