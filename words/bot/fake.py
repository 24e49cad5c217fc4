"""A hub that isn't one, for tests of a bot: no network, no file, and a clock that obeys.

async with bot.fake() as hub:
    assert await hub.say("!karma bob") == "bob now has 1"
    assert await hub.wait("1h") == "still here"
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from words import events
from words.bot.arguments import duration
from words.bot.behaviour import Behaviour
from words.bot.clock import Clock
from words.bot.engine import Engine
from words.bot.ledger import File, Ledger
from words.bot.run import Run, Saying
from words.bot.settings import settings
from words.bot.upgrade import upgrade
from words.client.notices import Online
from words.errors import NoSuchGroup, NoSuchParticipant, NotMember
from words.events import Actor, Flags, Said
from words.names import participant_key
from words.remote.chat import Chat
from words.remote.happenings import Heard, to_plain
from words.remote.table import to_wire
from words.remote.values import GroupInfo, MemberInfo, PersonInfo, Position, State

START = 1_767_225_600_000
"""What the clock shows at first: 2026-01-01 00:00 UTC, in milliseconds."""

E = TypeVar("E", bound=events.Event)
Answer = Callable[..., Any]


class Fake:
    """A hub with one bot. Somebody who speaks is there from then on; everybody is in "lobby".

    ``said`` is all that the bot has said and done. ``roles`` and ``rights`` are what somebody has
    in every group. ``answers``: functions for what handlers ask the hub beside whois, group,
    member, history and search, by the name of the verb.
    """

    def __init__(
        self, bot: Behaviour, *, groups: tuple[str, ...] = ("lobby",), owners: tuple[str, ...] = ()
    ) -> None:
        self.bot = bot
        bot.settings = settings({**bot.given, "owners": owners}, environ={})
        self.said: list[Saying] = []
        self.roles: dict[str, list[str]] = {}
        self.rights: dict[str, list[str]] = {}
        self.answers: dict[str, Answer] = {}
        self.heard: list[Heard] = []
        self._groups = groups
        self._file = File(":memory:")
        self._now = START
        self._ids = itertools.count(1)
        self._sequences: dict[int, int] = {}
        self._numbers: dict[str, int] = {}
        self._people: dict[str, Actor] = {}
        self._me = self._actor(bot.name, bot=True)
        self._chat = Chat(self)

    async def __aenter__(self) -> Self:
        self.bot.check()
        await self._begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self._engine.lanes.stop()
        self._file.close()

    async def _begin(self) -> None:
        self._engine = Engine(self.bot, self)
        self._clock = Clock(self._engine)
        await upgrade(self._engine)
        positions = [
            Position(name, True, number, self._sequences.get(number, 0))
            for name in self._groups
            for number in [self._number(name)]
        ]
        state = State("fake", "Fake", self._me.id, self.bot.name, True, self._now, positions)
        await self._engine.take(Online(state))
        await self._clock.look()

    # What tests do

    async def say(
        self,
        text: str,
        who: str = "ann",
        group: str = "lobby",
        *,
        direct: bool = False,
        **fields: Any,
    ) -> str | None:
        """Let somebody say something; return what the bot says to that, None for nothing."""
        return await self.happen(Said, who, "" if direct else group, text=text, **fields)

    async def happen(
        self,
        kind: type[E],
        /,
        who: str = "ann",
        group: str = "lobby",
        *,
        bot: bool = False,
        **fields: Any,
    ) -> str | None:
        """Let something happen; return what the bot says to that, None for nothing."""
        actor = self._actor(who, bot=bot)
        number = self._number(group or f"@{participant_key(who)}")
        if kind.history is not None:
            self._sequences[number] = self._sequences.get(number, 0) + 1
        stamp = (number, self._sequences[number]) if kind.history is not None else (0, 0)
        self._now += 1
        event = kind(*stamp, next(self._ids), self._now, actor, **fields)
        before = len(self.said)
        self.heard.append(Heard(group, event))
        await self._engine.take(self.heard[-1])
        await self._engine.lanes.empty.wait()
        return self._told(before)

    async def wait(self, time: str) -> str | None:
        """Let time pass ("2h"); return what the bot says meanwhile, None for nothing."""
        before = len(self.said)
        until = self._now + int(duration(time).total_seconds() * 1000)
        while (due := self._clock.next()) is not None and due <= until:
            self._now = max(due, self._now)
            await self._clock.look()
            await self._engine.lanes.empty.wait()
        self._now = until
        return self._told(before)

    async def restart(self, away: str = "") -> str | None:
        """Let the bot end and begin again, after some time; return what it says to that."""
        before = len(self.said)
        await self._engine.lanes.stop()
        if away:
            self._now += int(duration(away).total_seconds() * 1000)
        await self._begin()
        await self._engine.lanes.empty.wait()
        return self._told(before)

    def _told(self, before: int) -> str | None:
        texts = [each.arguments["text"] for each in self.said[before:] if "text" in each.arguments]
        return "\n".join(texts) if texts else None

    def _actor(self, name: str, *, bot: bool = False) -> Actor:
        flags = int(Flags.BOT if bot else Flags.NONE)
        key = participant_key(name)
        if key not in self._people:
            self._people[key] = Actor(1000 + len(self._people), name, name, "host", name, flags)
        return self._people[key]

    def _number(self, place: str) -> int:
        return self._numbers.setdefault(place.lower(), len(self._numbers) + 1)

    # What the bot needs: see `Home`

    @property
    def chat(self) -> Chat:
        """The chat service, as far as it goes."""
        return self._chat

    @property
    def ledger(self) -> Ledger:
        """What the bot keeps."""
        return self._file

    def now(self) -> int:
        """Return the time that the clock shows."""
        return self._now

    async def arrive(self, state: State) -> None:
        """Nothing: the bot is everywhere."""

    async def commit(self, run: Run) -> bool:
        """Write, and say."""
        if not run.apply(self._file):
            return False
        self._file.commit()
        self.said += run.sayings
        return True

    def settle(self) -> None:
        """Nothing: it is done."""

    async def room(self) -> None:
        """There always is."""

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """Answer what handlers ask."""
        answer = self.answers.get(name) or getattr(self, f"_{name}", None)
        if answer is None:
            raise NotImplementedError(f'the fake hub needs answers["{name}"]')
        return answer(**arguments) if name in self.answers else to_wire(answer(**arguments))

    def _whois(self, person: str) -> PersonInfo:
        actor = self._people.get(participant_key(person))
        if actor is None:
            raise NoSuchParticipant(person)
        return PersonInfo(actor.name, actor.id, actor.user, actor.host, actor.name, actor.account)

    def _group(self, name: str) -> GroupInfo:
        if name not in self._groups:
            raise NoSuchGroup(name)
        members = [self._member(name, actor.name) for actor in self._people.values()]
        number = self._number(name)
        return GroupInfo(name, number, self._sequences.get(number, 0), START, members=members)

    def _member(self, group: str, person: str) -> MemberInfo:
        actor = self._people.get(participant_key(person))
        if actor is None:
            raise NotMember(person, group)
        roles, rights = self.roles.get(person, []), self.rights.get(person, [])
        return MemberInfo(actor.name, actor.id, actor.account, roles, None, rights)

    def _history(self, group: str, limit: int = 100, **_: Any) -> list[Any]:
        return self._read(lambda heard: heard.where == group)[-limit:]

    def _history_with(self, person: str, limit: int = 100, **_: Any) -> list[Any]:
        return self._read(lambda heard: not heard.where and heard.event.actor.name == person)[
            -limit:
        ]

    def _search(self, text: str, group: str = "", limit: int = 50, **_: Any) -> list[Any]:
        def found(heard: Heard) -> bool:
            said = getattr(heard.event, "text", "")
            return group in ("", heard.where) and text.lower() in said.lower()

        return self._read(found)[::-1][:limit]

    def _read(self, wanted: Callable[[Heard], bool]) -> list[Any]:
        return [to_plain(each.event, each.where) for each in self.heard if wanted(each)]
