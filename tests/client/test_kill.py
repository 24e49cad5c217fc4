"""SIGKILL at random moments: the client is back by itself, misses nothing, doubles nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.client.following import texts
from tests.support.hub import HubProcess
from words.client import Client, Heard, Item
from words.events import Said

Make = Callable[..., Client]
SPEAKERS = ("alice", "bob")


async def _speak(client: Client, name: str, group: str, stop: asyncio.Event) -> int:
    """Say numbers, several at once, until told to stop; return how many."""
    count = 0
    while not stop.is_set():
        lines = [f"{name} {count + number}" for number in range(5)]
        await asyncio.gather(*(client.chat.say(group, line) for line in lines))
        count += len(lines)
    return count


async def _listen(client: Client, end: str) -> list[Item]:
    items: list[Item] = []
    ended = 0
    while ended < len(SPEAKERS):
        item = await client.stream.next()
        assert item is not None
        items.append(item)
        ended += isinstance(item, Heard) and isinstance(item.event, Said) and item.event.text == end
    return items


async def _killed(people: HubProcess, client: Make, times: int, *, durable: bool) -> None:
    stop = asyncio.Event()
    async with client("alice") as alice, client("bob") as bob:
        clients = {"alice": alice, "bob": bob}
        for each in clients.values():
            await each.chat.join("lobby", durable=durable)
        listening = [asyncio.create_task(_listen(each, "end")) for each in clients.values()]
        speaking = [
            asyncio.create_task(_speak(each, name, "lobby", stop)) for name, each in clients.items()
        ]
        for _ in range(times):
            posted = await alice.chat.say("lobby", "mark")
            while (await bob.chat.group("lobby")).sequence < posted.sequence + random.randint(
                1, 50
            ):
                pass
            await asyncio.to_thread(people.restart)
        stop.set()
        counts = dict(zip(clients, await asyncio.gather(*speaking), strict=True))
        for each in clients.values():
            await each.chat.say("lobby", "end")
        heard = await asyncio.gather(*listening)
    for items in heard:
        said = texts(items)
        assert said.count("mark") == times
        for name, count in counts.items():
            mine = [text for text in said if text.startswith(name)]
            assert sorted(mine) == sorted(f"{name} {number}" for number in range(count))
        sequences = [item.event.sequence for item in items if isinstance(item, Heard)]
        stored = [number for number in sequences if number]
        assert stored == sorted(set(stored))
    assert texts(heard[0]) == texts(heard[1])


@pytest.mark.parametrize("durable", [True, False])
async def test_three_times(people: HubProcess, client: Make, durable: bool) -> None:
    await _killed(people, client, 3, durable=durable)


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_fifty_times(people: HubProcess, client: Make) -> None:
    await _killed(people, client, 50, durable=False)
