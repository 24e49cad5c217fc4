"""The list of conversations on a wide terminal, against a real hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tests.tui.signed_on import Chat, chatting
from words.client import Client, Login


def listed(chat: Chat) -> list[str]:
    """Return what the list shows, a text a row."""
    width = chat.main.roster.size.width
    return [line[:width].strip() for line in chat.lines[:-2]]


async def shows(chat: Chat, *rows: str) -> None:
    """Wait until these rows stand in the list, one below the other."""

    def there() -> bool:
        found = listed(chat)
        return any(found[at : at + len(rows)] == [*rows] for at in range(len(found)))

    await until(chat.pilot, there)


async def test_the_newest_message_stands_below_its_conversation(
    new_hub: Callable[..., HubProcess], tmp_path: Path
) -> None:
    hub = new_hub().start()
    for name in ("alice", "bob"):
        hub.add_user(name, PASSWORD)
    async with Client(hub.pb_url, Login("alice", PASSWORD)) as alice:
        await alice.chat.join("read", durable=True)
        await alice.chat.say("read", "said and\nread")
        await alice.chat.join("silent", durable=True)
    bob = Client(hub.pb_url, Login("bob", PASSWORD))
    async with bob, chatting(hub, tmp_path, "left", size=(160, 32)) as chat:
        await shows(chat, "#left", "#read", "you: said and read", "#silent")
        await bob.chat.join("left")
        said = await bob.chat.say("left", "a tpyo")
        await shows(chat, "#left", "bob: a tpyo")
        await bob.chat.edit(said.id, "a typo", group="left")
        await shows(chat, "#left", "bob: a typo", "#read")
        await bob.chat.redact(said.id, group="left")
        await shows(chat, "#left", "bob: deleted", "#read")
        await bob.chat.say("left", "shrugs", kind="action")
        await bob.chat.say_to("alice", "psst")
        await shows(chat, "#left", "bob shrugs", "#read")
        await shows(chat, "bob                      1", "psst")

        chat.main.roster.focus()
        await chat.presses("home", "down", "enter")  # what goes with #left isn't a row of its own
        await until(chat.pilot, lambda: chat.current.title == "#read")
        await chat.pilot.click(chat.main.roster, offset=(5, listed(chat).index("psst")))
        await until(chat.pilot, lambda: chat.current.title == "bob")

        await chat.pilot.resize_terminal(120, 32)
        await shows(chat, "#left", "#read", "#silent")
        await chat.pilot.resize_terminal(160, 10)
        await shows(chat, "#left", "#read", "#silent")
        await chat.pilot.resize_terminal(160, 32)
        await shows(chat, "#read", "you: said and read")
        await chat.types("/set previews off")
        await shows(chat, "#left", "#read", "#silent")
