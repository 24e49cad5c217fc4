"""What a bot does: its handlers, and which of them something that happens is for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from words.bot import guide
from words.bot.handlers import Command, Function, Handler, Listener, Pattern, Tick, Timer, add
from words.bot.marks import TICKS, Missed
from words.bot.settings import Settings, settings
from words.bot.store import Store
from words.bot.things import BOT, Event, Group, Message, Participant
from words.errors import ConfigError
from words.events import Said
from words.names import check_participant_name
from words.remote.chat import Chat
from words.remote.happenings import EVENTS, Heard

if TYPE_CHECKING:
    from words.bot.engine import Engine, Work

P = ParamSpec("P")
F = TypeVar("F", bound=Function)

_KINDS = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): kind for name, kind in EVENTS.items()}
"""Events by their names as attributes of `Behaviour.on`: ``topic_changed``."""

loading: ContextVar[bool] = ContextVar("loading", default=False)
"""Whether a bot's file is being loaded by who will run it: then `Bot.run` in it does nothing."""


class Behaviour:
    """A program that takes part in the chat under the name of an identity.

    ``name`` is also what tells this bot from others of the same identity: don't change it.
    ``missed``: "skip" leaves alone what happened while the bot was away, unless a handler wants
    it. ``version``: of what the bot keeps; see `upgrade`. The others are `Settings`.
    """

    def __init__(
        self,
        name: str,
        *,
        missed: Missed = "handle",
        version: int = 1,
        hub: str = "",
        login: str = "",
        password: str = "",
        groups: tuple[str, ...] = (),
        owners: tuple[str, ...] = (),
        prefix: str = "",
        data: str = "",
    ) -> None:
        check_participant_name(name, 64)
        self.name = name
        self.version = version
        self.store = Store()
        self.on = On(self)
        self.given: dict[str, Any] = {
            **{"hub": hub, "login": login, "password": password, "prefix": prefix},
            **{"groups": groups, "owners": owners, "data": data},
        }
        self.settings: Settings = settings(self.given, environ={})
        self.engine: Engine | None = None
        self.commands: dict[str, Command] = {}
        self.timers: dict[str, Timer[...]] = {}
        self.ticks: dict[str, Tick] = {}
        self.upgrades: list[Function] = []
        self._missed: Missed = missed
        self._patterns: list[Pattern] = []
        self._listeners: dict[type, list[Listener]] = {}

    # Handlers

    @overload
    def command(self, function: Function, /) -> Command: ...
    @overload
    def command(
        self,
        function: None = None,
        /,
        *,
        name: str = "",
        aliases: tuple[str, ...] = (),
        bots: bool = False,
        missed: Missed | None = None,
    ) -> Callable[[Function], Command]: ...
    def command(
        self,
        function: Function | None = None,
        /,
        *,
        name: str = "",
        aliases: tuple[str, ...] = (),
        bots: bool = False,
        missed: Missed | None = None,
    ) -> Command | Callable[[Function], Command]:
        """Make a function a command. ``bots``: other bots may use it, too."""

        def make(function: Function) -> Command:
            made = Command(function, name, aliases, bots=bots, missed=missed or self._missed)
            return add(self.commands, made)

        return make if function is None else make(function)

    def match(
        self, pattern: str, *, bots: bool = False, missed: Missed | None = None
    ) -> Callable[[F], F]:
        """Call a function for what is said and matches, anywhere in it; see `re`."""

        def make(function: F) -> F:
            made = Pattern(pattern, function, bots=bots, missed=missed or self._missed)
            self._patterns.append(made)
            return function

        return make

    def timer(self, function: Callable[P, Any]) -> Timer[P]:
        """Make a function one that can be put off; see `Timer`."""
        made: Timer[P] = Timer(function)
        if self.timers.setdefault(made.name, made) is not made:
            raise ValueError(f'there are two timers called "{made.name}"')
        return made

    def upgrade(self, function: F) -> F:
        """Call a function, with the old version, where what is kept is of an older one."""
        self.upgrades.append(function)
        return function

    def listen(self, kind: type, function: Function, bots: bool, missed: Missed | None) -> None:
        """Call a function for events of a kind; `on` is the way to say it."""
        made = Listener(function, bots=bots, missed=missed or self._missed)
        self._listeners.setdefault(kind, []).append(made)

    def check(self) -> None:
        """Read the handlers' signatures; raises `ConfigError` with what is wrong, a line each."""
        mine = [each for each in TICKS if any(known is self for known in _globals(each).values())]
        self.ticks = {tick.name: tick for tick in sorted(map(Tick, mine), key=lambda t: t.name)}
        listeners = [each for several in self._listeners.values() for each in several]
        commands = list(dict.fromkeys(self.commands.values()))
        handlers: list[Handler] = [*commands, *self._patterns, *listeners]
        handlers += [*self.timers.values(), *self.ticks.values()]
        problems = [problem for handler in handlers for problem in handler.problems()]
        if problems:
            raise ConfigError(*problems)

    # For handlers

    @property
    def chat(self) -> Chat:
        """The chat service itself: what is done by it is done at once, and once more after a
        crash in the middle of a handler.
        """
        if self.engine is None:
            raise RuntimeError("the bot doesn't run")
        return self.engine.home.chat

    def group(self, name: str) -> Group:
        """Return a group by its name."""
        return Group(name)

    def participant(self, name: str) -> Participant:
        """Return somebody by his name, to be spoken to."""
        return Participant(name)

    # What is said to it

    def works(self, heard: Heard, engine: Engine) -> list[Work]:
        """Return the handlers for something that happened, each with its call."""
        event = heard.event
        works: list[Work] = []
        if isinstance(event, Said) and event.text and event.kind == "text":
            works += self._said(heard, engine)
        listeners = self._listeners.get(type(event))
        if listeners:
            told = Message(heard, engine) if isinstance(event, Said) else Event[Any](heard)
            works += [(each, partial(each.function, told)) for each in listeners]
        if works and event.actor.flags & BOT:
            return [work for work in works if work[0].bots]
        return works

    def _said(self, heard: Heard, engine: Engine) -> list[Work]:
        text = heard.event.text  # type: ignore[attr-defined]
        line, addressed = self._line(text, heard.where)
        if line is not None:
            word = (line.split(maxsplit=1) or [""])[0]
            command = self.commands.get(word.lower())
            rest = line.strip()[len(word) :] if command else line
            if command is None and addressed and heard.where and word.lower() != "help":
                command = self.commands.get(self.name.lower())
            if command is not None:
                found, arguments = command.find(rest)
                return [(found, partial(found.run, Message(heard, engine, arguments)))]
            if word.lower() == "help" and addressed:
                message = Message(heard, engine, line.strip()[len(word) :].strip())
                return [(guide.HELP, partial(guide.tell, self, message))]
        works: list[Work] = [
            (each, partial(each.run, Message(heard, engine), match))
            for each in self._patterns
            if (match := each.regex.search(text))
        ]
        if not works and addressed and self.commands and Said not in self._listeners:
            return [(guide.HELP, partial(guide.unknown, self, Message(heard, engine)))]
        return works

    def _line(self, text: str, where: str) -> tuple[str | None, bool]:
        """Return what may be a command, None for nothing, and whether the bot is meant by name."""
        text = text.strip()
        prefix = self.settings.prefix
        name = self.engine.state.name if self.engine and self.engine.state else self.name
        head = text.lstrip("@")[: len(name)]
        rest = text.lstrip("@")[len(name) :]
        if head.lower() == name.lower() and rest[:1] in (":", ","):
            return rest[1:].strip().removeprefix(prefix), True
        if text.startswith(prefix):
            return text[len(prefix) :], not where
        return (None, False) if where else (text, True)

    def calls(self, text: str) -> bool:
        """Return whether a text is a command with the prefix: never an answer to a question."""
        prefix = self.settings.prefix
        word = text.strip().removeprefix(prefix).partition(" ")[0].lower()
        return text.strip().startswith(prefix) and word in self.commands


class On:
    """``bot.on.joined``: decorators by the names of events (docs/pb.md has them all)."""

    def __init__(self, bot: Behaviour) -> None:
        self._bot = bot

    def __getattr__(self, name: str) -> Registrar:
        kind = _KINDS.get(name)
        if kind is None:
            near = difflib.get_close_matches(name, _KINDS, 1)
            hint = f'; did you mean "{near[0]}"?' if near else f": there are {', '.join(_KINDS)}"
            raise AttributeError(f'no event is called "{name}"{hint}')
        return Registrar(self._bot, kind)


class Registrar:
    """Makes a function a listener for one kind of event."""

    def __init__(self, bot: Behaviour, kind: type) -> None:
        self._bot = bot
        self._kind = kind

    @overload
    def __call__(self, function: F, /) -> F: ...
    @overload
    def __call__(
        self, function: None = None, /, *, bots: bool = False, missed: Missed | None = None
    ) -> Callable[[F], F]: ...
    def __call__(
        self, function: F | None = None, /, *, bots: bool = False, missed: Missed | None = None
    ) -> F | Callable[[F], F]:
        def make(function: F) -> F:
            self._bot.listen(self._kind, function, bots, missed)
            return function

        return make if function is None else make(function)


def _globals(function: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = getattr(function, "__globals__", {})
    return found
