"""What is said of a handler beside what it does: limits, needs, times, examples.

The decorators only leave a note on the function, so they may stand in any order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, NamedTuple, TypeVar
from weakref import WeakSet

from words.bot.arguments import duration
from words.bot.errors import CommandError
from words.bot.run import current
from words.bot.things import Message
from words.errors import NotFound, NotMember

F = TypeVar("F", bound=Callable[..., Any])
By = Literal["user", "group", "bot"]
Missed = Literal["handle", "skip"]
"""What becomes of what happened while the bot was away."""

REMEMBERED = 10_000
"""People of whom one cooldown remembers how often they called; then those who called first go."""

_ATTRIBUTE = "__words_bot__"


class Cooldown:
    """So many uses in so much time, by the time at which they were said."""

    def __init__(self, uses: int, per: timedelta, by: By) -> None:
        self._uses = uses
        self._per = per / timedelta(milliseconds=1)
        self._by = by
        self._calls: dict[str, dict[int, int]] = {}

    def check(self, message: Message) -> None:
        """Count a use; raises `CommandError` where it is one too many."""
        key = {"user": str(message.who.id), "group": str(message.place), "bot": ""}[self._by]
        now = message.raw.time
        calls = self._calls.pop(key, {})
        calls = {id: time for id, time in calls.items() if time > now - self._per}
        self._calls[key] = calls
        if len(self._calls) > REMEMBERED:
            del self._calls[next(iter(self._calls))]
        if message.id in calls:  # the same once more
            return
        if len(calls) >= self._uses:
            wait = (min(calls.values()) + self._per - now) / 1000
            raise CommandError(f"Not so fast: again in {wait:.0f} s.")
        calls[message.id] = now


class Need(NamedTuple):
    """What must be so for a command to be run, and what is said where it isn't."""

    fits: Callable[[Message], Awaitable[bool]]
    why: str


class Marks:
    """What was noted of one function."""

    def __init__(self) -> None:
        self.cooldowns: list[Cooldown] = []
        self.needs: list[Need] = []
        self.examples: list[tuple[str, str]] = []
        self.every: timedelta | None = None
        self.missed: Missed = "handle"


def marks_of(function: Callable[..., Any]) -> Marks:
    """Return the marks of a function, or of what `Bot.command` made of it."""
    function = getattr(function, "function", function)
    if not hasattr(function, _ATTRIBUTE):
        setattr(function, _ATTRIBUTE, Marks())
    marks: Marks = getattr(function, _ATTRIBUTE)
    return marks


def cooldown(uses: int, *, per: str, by: By = "user") -> Callable[[F], F]:
    """Let a command be used so often in a time ("10s") by each user, in each group, or at all."""
    made = _period(per)

    def mark(function: F) -> F:
        marks_of(function).cooldowns.insert(0, Cooldown(uses, made, by))
        return function

    return mark


def needs(
    *,
    right: str = "",
    role: str = "",
    group: str = "",
    direct: bool = False,
    owner: bool = False,
    check: Callable[[Message], Awaitable[bool]] | None = None,
    why: str = "",
) -> Callable[[F], F]:
    """Let a command be used only by whom all of this is true of, and there.

    ``right``, ``role``: in the group where it is called, or in ``group``. ``group``: called
    there, or with a right or role from anywhere. ``why`` is said where ``check`` is false.
    """
    found: list[Need] = []
    if owner:
        found.append(Need(_owner, "Only my owners may do that."))
    if direct:
        found.append(Need(_direct, "Tell me directly, not in a group."))
    if right:
        found.append(Need(_with(group, "rights", right), f'That needs the right "{right}".'))
    if role:
        found.append(Need(_with(group, "roles", role), f'That needs the role "{role}".'))
    if group and not (right or role):
        found.append(Need(_in(group), f"That works in {group} only."))
    if check is not None:
        found.append(Need(check, why or "You can't do that."))

    def mark(function: F) -> F:
        marks_of(function).needs[:0] = found
        return function

    return mark


def example(said: str, answer: str) -> Callable[[F], F]:
    """Show how a command is used: help tells it, and `Bot.try_examples` tries it."""

    def mark(function: F) -> F:
        marks_of(function).examples.insert(0, (said, answer))
        return function

    return mark


TICKS: WeakSet[Callable[..., Any]] = WeakSet()
"""All functions with `every`; a bot takes those whose file has it as a global."""


def every(period: str, *, missed: Missed = "handle") -> Callable[[F], F]:
    """Call a function without arguments again and again, as long as the bot lives.

    What was missed while it was away is made up for by one call, or ("skip") not at all. The
    bot is the one that the function's file knows.
    """
    made = _period(period)

    def mark(function: F) -> F:
        marks = marks_of(function)
        marks.every, marks.missed = made, missed
        TICKS.add(function)
        return function

    return mark


def _period(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as error:
        raise ValueError(f'"{text}" isn\'t {error}') from None


async def _owner(message: Message) -> bool:
    owners = {name.lower() for name in message.engine.bot.settings.owners}
    return bool(message.who.account) and message.who.account.lower() in owners


async def _direct(message: Message) -> bool:
    return not message.in_group


def _in(group: str) -> Callable[[Message], Awaitable[bool]]:
    async def fits(message: Message) -> bool:
        return message.in_group and message.group.name.lower() == group.lower()

    return fits


def _with(group: str, kind: str, wanted: str) -> Callable[[Message], Awaitable[bool]]:
    async def fits(message: Message) -> bool:
        where = group or message.group.name
        try:
            member = await current().home.chat.member(where, message.who.name)
        except (NotMember, NotFound):
            return False
        return wanted in getattr(member, kind)

    return fits
