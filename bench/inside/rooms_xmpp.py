"""What a message costs that crosses a bridge to a room of Prosody, as a component."""

from functools import partial
from pathlib import Path

from bench.inside.probe import run
from bench.inside.rooms import measure
from tests.support.prosody import COMPONENT, ROOMS, SECRET, Person, Prosody


class _Bob:
    def __init__(self, person: Person, room: str) -> None:
        self._person = person
        self._room = room

    async def say(self, numbers: range) -> None:
        for number in numbers:
            self._person.say(self._room, str(number))

    async def heard(self) -> int:
        await self._person.expect()
        return 1


class _Place:
    room = f"there@{ROOMS}"
    messages = 1000
    password = SECRET

    def __init__(self, folder: Path) -> None:
        self.server = Prosody(folder)
        here = f"127.0.0.1:{self.server.component_port}"
        self.settings = {"xmpp": {"jid": COMPONENT, "server": here, "component": "true"}}

    async def enter(self) -> _Bob:
        self.server.register("bob")
        person = await self.server.person("bob")
        await person.join(self.room, "bob")
        return _Bob(person, self.room)


if __name__ == "__main__":
    run(partial(measure, make=_Place))
