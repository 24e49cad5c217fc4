"""What handlers are given and speak to: participants, groups, messages, events.

What they say and do is collected by the run of the handler; questions to the hub (`members`,
`history`) are asked at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from words import events
from words.bot.errors import CommandError
from words.bot.run import current
from words.events import Actor, Flags, MessageKind
from words.remote.happenings import Heard
from words.remote.values import MemberInfo

if TYPE_CHECKING:
    from words.bot.engine import Engine

BOT = int(Flags.BOT)  # as a plain number: this is asked for each message

E = TypeVar("E", bound=events.Event, covariant=True)


class Place:
    """Where something can be said: a group, or to a participant."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def _where(self) -> dict[str, str]:
        raise NotImplementedError

    async def say(self, text: str, kind: MessageKind = "text", *, reply_to: int = 0) -> Sent:
        """Say something here. Raises `TooLong`, `TooMany`."""
        run = current()
        await run.step()
        verb = "say" if isinstance(self, Group) else "say_to"
        more = {"reply_to": reply_to} if reply_to else {}
        return Sent(self, run.say(verb, text=text, kind=kind, **self._where, **more))

    def sent(self, token: str) -> Sent:
        """Return what was said here with a token that a handler has kept (``str(sent)``)."""
        return Sent(self, token)

    async def history(self, limit: int = 100) -> list[Message]:
        """Read the last messages here, the oldest first."""
        chat = current().home.chat
        verb = chat.history if isinstance(self, Group) else chat.history_with
        found = await verb(self.name, limit=limit, happenings=False)
        return [Message(heard) for heard in found if isinstance(heard.event, events.Said)]

    async def search(self, text: str, limit: int = 50) -> list[Message]:
        """Find messages here with these words, the newest first."""
        chat = current().home.chat
        where = self._where
        found = await chat.search(
            text, group=where.get("group", ""), person=where.get("person", ""), limit=limit
        )
        return [Message(heard) for heard in found if isinstance(heard.event, events.Said)]

    async def _do(self, verb: str, **arguments: Any) -> None:
        run = current()
        await run.step()
        run.say(verb, **self._where, **arguments)


class Participant(Place):
    """Somebody, by whatever protocol. ``id`` is never used again; `name` is how he is called."""

    def __init__(self, name: str, id: int = 0, account: str = "", *, bot: bool = False) -> None:
        super().__init__(name)
        self.id = id
        self.account = account
        self.bot = bot

    @classmethod
    def of(cls, actor: Actor) -> Participant:
        """Return who stands in an event."""
        return cls(actor.name, actor.id, actor.account, bot=bool(actor.flags & BOT))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Participant) and (self.id, self.name) == (other.id, other.name)

    def __hash__(self) -> int:
        return hash((self.id, self.name))

    @property
    def _where(self) -> dict[str, str]:
        return {"person": self.name}


class Group(Place):
    """A group; that the bot is in it is for its settings to say, or for `join`."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Group) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def _where(self) -> dict[str, str]:
        return {"group": self.name}

    async def join(self) -> None:
        """Become a member who stays."""
        await self._do("join", durable=True)

    async def leave(self, reason: str = "") -> None:
        """Stop being a member."""
        await self._do("leave", reason=reason)

    async def set_topic(self, topic: str) -> None:
        """Change the topic."""
        await self._do("set_topic", topic=topic)

    async def invite(self, who: Participant | str) -> None:
        """Ask somebody in."""
        await self._do("invite", person=str(who))

    async def kick(self, who: Participant | str, reason: str = "") -> None:
        """Remove a member."""
        await self._do("kick", person=str(who), reason=reason)

    async def grant(self, who: Participant | str, role: str) -> None:
        """Give a member a role."""
        await self._do("grant", person=str(who), role=role)

    async def revoke(self, who: Participant | str, role: str) -> None:
        """Take a role from a member."""
        await self._do("revoke", person=str(who), role=role)

    async def member(self, who: Participant | str) -> MemberInfo:
        """Return what somebody is here: roles and rights; raises `NotMember`."""
        return await current().home.chat.member(self.name, str(who))

    async def members(self) -> list[Participant]:
        """Return who is here, the bot included."""
        info = await current().home.chat.group(self.name)
        return [Participant(each.name, each.id, each.account) for each in info.members]


class Sent:
    """Something the bot has said, to be changed later: for seven days, also by another handler.

    ``str(sent)`` is its token: keep it in the store, and `Place.sent` is this again.
    """

    def __init__(self, place: Place, token: str) -> None:
        self.place = place
        self.token = token

    def __str__(self) -> str:
        return self.token

    async def edit(self, text: str) -> None:
        """Give it another text."""
        await self.place._do("edit", message=0, said=self.token, text=text)

    async def redact(self, reason: str = "") -> None:
        """Take it back."""
        await self.place._do("redact", message=0, said=self.token, reason=reason)

    async def react(self, reaction: str, added: bool = True) -> None:
        """Give it a reaction, or take that back."""
        await self.place._do("react", message=0, said=self.token, reaction=reaction, added=added)


class Event(Generic[E]):
    """Something that happened; ``raw`` is the event itself, with all its fields."""

    def __init__(self, heard: Heard) -> None:
        self.raw: E = heard.event  # type: ignore[assignment]
        self.who = Participant.of(heard.event.actor)
        self.time = datetime.fromtimestamp(heard.event.time / 1000, UTC)
        self._group = heard.where

    @property
    def in_group(self) -> bool:
        """Whether it happened in a group."""
        return bool(self._group)

    @property
    def group(self) -> Group:
        """The group; raises `CommandError` for what happened in none."""
        if not self._group:
            raise CommandError("This works in a group only.")
        return Group(self._group)

    @property
    def place(self) -> Place:
        """Where it is answered: the group, or who did it."""
        return Group(self._group) if self._group else self.who


class Message(Event[events.Said]):
    """Something that somebody said. ``arguments`` is the text without what called a command."""

    def __init__(self, heard: Heard, engine: Engine | None = None, arguments: str = "") -> None:
        super().__init__(heard)
        self.id = self.raw.id
        self.text = self.raw.text
        self.arguments = arguments
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """What runs the bot; only the message that a handler was given has one."""
        if self._engine is None:
            raise RuntimeError("only the message that a handler was given can do that")
        return self._engine

    async def reply(self, text: str) -> Sent:
        """Answer, in the group or directly."""
        return await self.place.say(text, reply_to=self.id)

    async def react(self, reaction: str, added: bool = True) -> None:
        """Give a reaction, or take it back."""
        await self.place._do("react", message=self.id, reaction=reaction, added=added)

    async def redact(self, reason: str = "") -> None:
        """Take it back; the bot needs the right to."""
        await self.place._do("redact", message=self.id, reason=reason)

    async def ask(self, question: str, timeout: float = 60) -> Message:
        """Ask who said this; return what he says next here. Raises `NoAnswer`.

        What was collected until now is committed, with the question: the message counts as
        handled, and what follows is a transaction of its own. A bot that ends forgets its
        questions. ``timeout`` is in seconds.
        """
        engine = self.engine
        await self.reply(question)
        return await engine.ask(self, timeout)
