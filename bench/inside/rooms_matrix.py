"""What a message costs that crosses a bridge to a room of Synapse, as an application service."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from bench.inside.probe import run
from bench.inside.rooms import measure
from tests.support.synapse import AS_TOKEN, Person, Synapse

_FILTER = '{"room":{"timeline":{"limit":200},"state":{"lazy_load_members":true}}}'


class _Bob:
    def __init__(self, person: Person, room: str) -> None:
        self._person = person
        self._room = room
        self._since = {"since": str(person.call("GET", "sync")["next_batch"])}

    async def say(self, numbers: range) -> None:
        for number in numbers:
            await asyncio.to_thread(self._person.say, self._room, str(number))

    async def heard(self) -> int:
        answer = await asyncio.to_thread(self._sync)
        self._since = {"since": answer["next_batch"]}
        room = answer.get("rooms", {}).get("join", {}).get(self._room, {})
        return sum(
            event["type"] == "m.room.message" and event["sender"] != self._person.user
            for event in room.get("timeline", {}).get("events", ())
        )

    def _sync(self) -> Any:
        return self._person.call("GET", "sync", timeout="2000", filter=_FILTER, **self._since)


class _Place:
    room = "#there:localhost"
    messages = 300  # Synapse takes some 20 a second
    password = AS_TOKEN

    def __init__(self, folder: Path) -> None:
        self.server = Synapse(folder)
        user = {"user": "@words_hub:localhost", "ghosts": "words_"}
        self.settings = {"matrix": {"server": self.server.url, **user}}

    async def enter(self) -> _Bob:
        person = self.server.person("bob")
        return _Bob(person, person.make_room("there"))


if __name__ == "__main__":
    run(partial(measure, make=_Place))
