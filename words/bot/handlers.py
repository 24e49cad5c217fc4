"""The kinds of handlers that a bot has: commands, patterns, listeners, ticks, timers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints, overload

import msgspec

from words.bot.arguments import Signature, duration, signature_of
from words.bot.errors import CommandError, UsageError
from words.bot.marks import Missed, marks_of
from words.bot.run import current
from words.bot.store import encoded
from words.bot.things import Message
from words.errors import TooMany

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Awaitable[None]])
Function = Callable[..., Awaitable[None]]

MOST_WAITING = 10_000
"""Timers that may wait in one bot."""


class Handler:
    """A function of the author, and what the engine has to know of it."""

    kind = "handler"

    def __init__(
        self, function: Function, *, bots: bool = False, missed: Missed = "handle"
    ) -> None:
        self.function = function
        self.name: str = getattr(function, "__name__", "?")
        self.bots = bots
        self.missed = missed
        self.marks = marks_of(function)

    def __call__(self, *args: Any, **kw: Any) -> Awaitable[None]:
        return self.function(*args, **kw)

    @property
    def place(self) -> str:
        """The file and line where it stands."""
        code = getattr(self.function, "__code__", None)
        return f"{Path(code.co_filename).name}:{code.co_firstlineno}" if code else "?"

    def problems(self) -> list[str]:
        """Return what keeps it from being used, as its author should read it."""
        return [f'{self.place}: {self.kind} "{self.name}": {each}' for each in self._problems()]

    def _problems(self) -> list[str]:
        return [] if inspect.iscoroutinefunction(self.function) else ['must be "async def"']


class Command(Handler):
    """A command, and those below it: ``@todo.command`` makes ``!todo add``."""

    kind = "command"

    def __init__(
        self,
        function: Function,
        name: str = "",
        aliases: tuple[str, ...] = (),
        above: str = "",
        **options: Any,
    ) -> None:
        super().__init__(function, **options)
        self.name = f"{above} {name or self.name}".strip()
        self.commands: dict[str, Command] = {}
        self.aliases = aliases
        self.signature = Signature(())
        self.help = inspect.getdoc(function) or ""

    def _problems(self) -> list[str]:
        self.signature, problems = signature_of(self.function)
        return problems

    def problems(self) -> list[str]:
        below = [each for command in set(self.commands.values()) for each in command.problems()]
        return [*super().problems(), *sorted(below)]

    @property
    def usage(self) -> str:
        """How it is called: ``karma <who> [by]``."""
        return f"{self.name} {self.signature.usage}".strip()

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
    ) -> Callable[[Function], Command]: ...
    def command(
        self,
        function: Function | None = None,
        /,
        *,
        name: str = "",
        aliases: tuple[str, ...] = (),
        bots: bool = False,
    ) -> Command | Callable[[Function], Command]:
        """Make a function a command below this one."""

        def make(function: Function) -> Command:
            made = Command(function, name, aliases, self.name, bots=bots, missed=self.missed)
            return add(self.commands, made)

        return make if function is None else make(function)

    def find(self, text: str) -> tuple[Command, str]:
        """Return the command that a line means, this or one below, and its arguments."""
        word, _, rest = text.strip().partition(" ")
        below = self.commands.get(word.lower())
        return below.find(rest) if below is not None else (self, text.strip())

    async def run(self, message: Message) -> None:
        """Check, read the arguments, and do it; raises `CommandError`."""
        for need in self.marks.needs:
            if not await need.fits(message):
                raise CommandError(need.why)
        try:
            arguments = await self.signature.read(message.arguments)
        except UsageError as error:
            raise UsageError(f"{error}. Usage: {self.told(message)}") from None
        for limit in self.marks.cooldowns:
            limit.check(message)
        await self.function(message, *arguments)

    def told(self, message: Message) -> str:
        """Return the usage as it is written where the message came from."""
        prefix = message.engine.bot.settings.prefix if message.in_group else ""
        below = "|".join(dict.fromkeys(each.name.split()[-1] for each in self.commands.values()))
        return f"{prefix}{self.usage}" + (f" {below}" if below else "")


def add(commands: dict[str, Command], made: Command) -> Command:
    """Put a command where it is found by its name and aliases; raises ValueError for one's name
    that another has.
    """
    for name in (made.name.split()[-1], *made.aliases):
        if commands.setdefault(name.lower(), made) is not made:
            raise ValueError(f'there are two commands called "{name}"')
    return made


class Pattern(Handler):
    """A function for what is said and matches; named groups are its arguments."""

    kind = "pattern"

    def __init__(self, pattern: str, function: Function, **options: Any) -> None:
        super().__init__(function, **options)
        self.regex = re.compile(pattern)
        self.signature = Signature(())

    def _problems(self) -> list[str]:
        self.signature, problems = signature_of(self.function)
        wanted = {each.name for each in self.signature.parameters}
        if wanted != set(self.regex.groupindex):
            names = ", ".join(self.regex.groupindex) or "none"
            problems.append(f"its arguments must be the named groups of the pattern: {names}")
        return problems

    async def run(self, message: Message, match: re.Match[str]) -> None:
        """Read the groups as arguments, and do it; what can't be read wasn't meant."""
        try:
            arguments = await self.signature.named(match.groupdict())
        except UsageError:
            return
        await self.function(message, **arguments)


class Listener(Handler):
    """A function for one kind of event."""

    kind = "listener"

    def _problems(self) -> list[str]:
        signature, problems = signature_of(self.function)
        more = ["takes the event and nothing else"] if signature.parameters else []
        return [*problems, *more]


class Tick(Handler):
    """A function that is called again and again."""

    kind = "tick"

    def __init__(self, function: Function) -> None:
        super().__init__(function, missed=marks_of(function).missed)

    @property
    def period(self) -> int:
        """In milliseconds."""
        return (self.marks.every or timedelta()) // timedelta(milliseconds=1)

    def _problems(self) -> list[str]:
        taken = inspect.signature(self.function).parameters
        return [*super()._problems(), *(["takes no arguments"] if taken else [])]


class Timer(Handler, Generic[P]):
    """A function that can be put off: `after` and `at` are part of the handler's transaction.

    The bot may end meanwhile. Arguments are kept as JSON and read back by their annotations.
    """

    kind = "timer"

    async def after(self, delay: str | timedelta, *args: P.args, **kw: P.kwargs) -> str:
        """Have the function called after a time ("2h"); return what `cancel` takes."""
        period = duration(delay) if isinstance(delay, str) else delay
        now = datetime.fromtimestamp(current().home.now() / 1000, UTC)
        return await self.at(now + period, *args, **kw)

    async def at(self, when: datetime, *args: P.args, **kw: P.kwargs) -> str:
        """Have the function called at a time; return what `cancel` takes."""
        run = current()
        await run.step()
        if len(run.home.ledger.kept("timer/", MOST_WAITING)) >= MOST_WAITING:
            raise TooMany("timers", MOST_WAITING)
        name = f"timer/{int(when.timestamp() * 1000):015d}/{run.number()}"
        run.keep(name, encoded([self.name, args, kw]))
        return name

    async def cancel(self, waiting: str) -> None:
        """Don't call it; nothing happens where it was called."""
        run = current()
        await run.step()
        if waiting.startswith("timer/") and run.value(waiting):
            run.keep(waiting, "")

    def read(self, args: list[Any], kw: dict[str, Any]) -> Callable[[], Awaitable[None]]:
        """Return the call that was put off."""
        hints = get_type_hints(self.function)
        names = list(inspect.signature(self.function).parameters)
        given = dict(zip(names, args, strict=False)) | kw
        taken = {name: msgspec.convert(text, hints[name]) for name, text in given.items()}
        return lambda: self.function(**taken)
