"""Two conversations side by side, against a hub that runs, dies and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tests.tui.signed_on import Chat, chatting
from words.client import Client, Login


def beside(chat: Chat) -> str:
    """Return the name of the conversation that isn't written in, "" for none in sight."""
    panes = list(chat.main.sides)
    other = panes[1].conversation if len(panes) > 1 else None
    return other.title if other is not None else ""


async def test_two_conversations_are_read_and_written_side_by_side(
    new_hub: Callable[..., HubProcess], tmp_path: Path
) -> None:
    hub = new_hub().start()
    for name in ("alice", "bob"):
        hub.add_user(name, PASSWORD)
    bob = Client(hub.pb_url, Login("bob", PASSWORD))
    async with bob, chatting(hub, tmp_path, "left", size=(130, 32)) as chat:
        await chat.presses("alt+v")
        await chat.told("There is no other conversation yet")
        right = await chat.main.session.link.join("right")
        assert right is not None
        await until(chat.pilot, lambda: len(chat.main.roster.conversations) == 2)
        await bob.chat.join("left")
        await bob.chat.join("right")

        await chat.presses("alt+v")
        await until(chat.pilot, lambda: beside(chat) == "#left")
        assert chat.current is right
        await chat.types("to the right")
        await chat.presses(*"half a line", "alt+o")
        await until(chat.pilot, lambda: beside(chat) == "#right")
        assert chat.main.writing.composer.text == ""
        await chat.types("to the left")
        await bob.chat.say("right", "heard while nobody writes there")
        await chat.sees("heard while nobody writes there")
        await chat.sees("▸#left")
        left = chat.current
        await until(chat.pilot, lambda: left.unread == right.unread == 0)
        await until(chat.pilot, lambda: right.read == right.newest)
        line = next(line for line in chat.lines if "#left" in line and "#right" in line[22:])
        assert line.index("▸#left") < line.rindex("#right")

        view = next(each.view for each in chat.main.sides if each.conversation is right)
        await chat.pilot.click(view, offset=(3, 1))
        await until(chat.pilot, lambda: chat.current is right)
        assert chat.main.writing.composer.text == "half a line"

        await chat.pilot.resize_terminal(90, 32)
        await chat.told("Too narrow for two side by side")
        await until(chat.pilot, lambda: beside(chat) == "")
        await chat.presses("alt+v")
        await chat.told("Two side by side take 120 columns; here are 90")
        await chat.pilot.resize_terminal(160, 32)
        await until(chat.pilot, lambda: beside(chat) == "#left")
        assert chat.current is right

        await _over_a_killed_hub(hub, chat, bob)
        await chat.types("/leave")
        await until(chat.pilot, lambda: chat.current is right and not beside(chat))
        assert "#left" not in chat.lines[0]


async def _over_a_killed_hub(hub: HubProcess, chat: Chat, bob: Client) -> None:
    left = next(each for each in chat.main.roster.conversations if each.title == "#left")
    hub.kill()
    await chat.sees("reconnecting…")
    await chat.presses("alt+o")
    await chat.types("written in the dark")
    hub.start()
    store = chat.main.session.store
    await until(chat.pilot, lambda: store.connection == "online")
    await until(chat.pilot, lambda: not left.timeline.waiting and beside(chat) == "#right")
    await bob.chat.say("right", "after the dark")
    await chat.sees("after the dark")
    for text in ("written in the dark", "heard while nobody writes there", "to the right"):
        assert sum(text in line[chat.main.roster.size.width :] for line in chat.lines) == 1
