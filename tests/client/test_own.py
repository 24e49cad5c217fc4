"""One's own lists: what the stream tells is what the hub has, however the connection was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.client.conftest import PASSWORD
from tests.client.following import until
from tests.support.hub import HubProcess
from words.client import Client, Guest, Item, Login, Offline, Online, Own
from words.remote.values import ContactInfo

Make = Callable[..., Client]


class Relay:
    """Carries bytes to a hub, and can be cut."""

    def __init__(self, hub: HubProcess) -> None:
        self._hub = hub.pb_ports[0]
        self._server: asyncio.Server
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._hub)
        except OSError:
            writer.close()
            return
        self._writers += [writer, back]
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    def cut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except OSError:
        pass
    writer.close()


async def _at_the_hub(other: Client) -> Callable[[Item], bool]:
    """Return what knows an item that tells what another client is told by the hub now."""
    chat = other.chat
    found = Own(
        *(await chat.contacts(), [], await chat.invitations(), await chat.privacy()),
        *((await chat.whois("alice")).real_name, await chat.profile("alice")),
    )
    return lambda item: isinstance(item, Own) and item._replace(standings=[]) == found


async def test_what_was_changed_while_one_was_away(people: HubProcess, client: Make) -> None:
    relay = Relay(people)
    await relay.open()
    url = f"pb://127.0.0.1:{relay.port}"
    async with client("alice") as other, Client(url, Login("alice", PASSWORD), own=True) as alice:
        await until(alice, await _at_the_hub(other))
        await other.chat.put_contact("Friends", "bob", "Bobby")
        await until(alice, await _at_the_hub(other))  # by an event
        await alice.chat.permit("carol")
        await until(alice, await _at_the_hub(other))  # by oneself
        relay.cut()
        await until(alice, lambda item: isinstance(item, Offline))
        await other.chat.rename_circle("Friends", "Family")
        await other.chat.put_contact("Work", "dora")
        await other.chat.remove_contact("bob")
        await other.chat.deny("eve")
        await other.chat.ignore("frank")
        await other.chat.set_privacy("none")
        await other.chat.set_profile("I fish")
        await other.chat.set_real_name("Alice A.")
        await relay.open()
        alice.hurry()
        seen = await until(alice, await _at_the_hub(other))
        assert [type(item) for item in seen if isinstance(item, Online | Own)] == [Online, Own]
        own = seen[-1]
        assert isinstance(own, Own)
        assert own.contacts == {"Family": [], "Work": [ContactInfo("dora")]}
        assert (own.real_name, own.profile, own.privacy.mode) == ("Alice A.", "I fish", "none")
        changing = asyncio.create_task(_change(other))
        await asyncio.to_thread(people.restart)  # killed, while it is changed
        await changing
        alice.hurry()
        await until(alice, await _at_the_hub(other))
        relay.cut()


async def _change(other: Client) -> None:
    for number in range(50):
        await other.chat.put_contact("Many", f"friend-{number}")


async def test_a_guest_has_some_too(people: HubProcess) -> None:
    async with Client(people.pb_url, Guest(), own=True) as guest:
        await guest.chat.rename("visitor")
        await guest.chat.set_profile("passing by")
        await until(guest, lambda item: isinstance(item, Own) and item.profile == "passing by")
