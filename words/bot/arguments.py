"""A handler's annotations as the parser of its arguments, and as its usage."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from words.bot.errors import UsageError
from words.bot.run import current
from words.bot.things import Event, Group, Message, Participant
from words.errors import NotFound
from words.typed_toml import parse_seconds

_REST = "rest of the line"
Rest = Annotated[str, _REST]
"""All that is left of the line, as it was written."""

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|(\S+)', re.DOTALL)
_INT = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_FLOAT = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_BOOLS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_LONGEST = 100 * 365 * 86400  # seconds: what a timedelta and a date can be added to

Reader = Callable[[str], Any]
"""Reads a word; raises ValueError with what was expected. May return an awaitable."""


class Parameter(NamedTuple):
    """How one argument is read. ``many``: all words that are left; ``rest``: as one text."""

    name: str
    read: Reader
    shown: str
    default: Any = inspect.Parameter.empty
    many: bool = False
    rest: bool = False

    @property
    def needed(self) -> bool:
        """Whether there must be one."""
        return self.default is inspect.Parameter.empty and not self.many


class Signature(NamedTuple):
    """What a handler takes after its message."""

    parameters: tuple[Parameter, ...]

    @property
    def usage(self) -> str:
        """The arguments as people write them: ``<who> [by]``."""
        return " ".join(map(_shown, self.parameters))

    async def read(self, text: str) -> list[Any]:
        """Return the arguments that a line has; raises `UsageError`."""
        found: list[Any] = []
        for each in self.parameters:
            text = text.strip()
            if each.rest and text:
                found.append(await _read(each, text))
                text = ""
            elif text:
                while text:
                    word, text = _first(text)
                    found.append(await _read(each, word))
                    if not each.many:
                        break
            elif each.needed:
                raise UsageError(f"{each.name} is missing")
            elif not each.many:
                found.append(each.default)
        if text.strip():
            raise UsageError(f"too much: {text.strip()[:50]}")
        return found

    async def named(self, groups: dict[str, str | None]) -> dict[str, Any]:
        """Return the arguments that a pattern has found, by name; raises `UsageError`."""
        return {
            each.name: each.default if text is None and not each.needed else await _read(each, text)
            for each in self.parameters
            for text in [groups[each.name]]
        }


async def _read(parameter: Parameter, text: str | None) -> Any:
    try:
        value = parameter.read(text or "")
        return await value if isinstance(value, Awaitable) else value
    except ValueError as error:
        raise UsageError(f"{parameter.name} must be {error}") from None


def _first(text: str) -> tuple[str, str]:
    """Return the first word, which may be quoted, and what follows."""
    match = _WORD.match(text)
    if match is None:
        return text, ""
    quoted, plain = match.groups()
    word = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    return word, text[match.end() :].lstrip()


def _shown(each: Parameter) -> str:
    name = each.shown or each.name
    name += "..." if each.many or each.rest else ""
    return f"<{name}>" if each.needed else f"[{name}]"


# What annotations mean


def signature_of(function: Callable[..., Any]) -> tuple[Signature, list[str]]:
    """Return how a handler's arguments are read, and what is wrong with it."""
    if not inspect.iscoroutinefunction(function):
        return Signature(()), ['must be "async def"']
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:
        return Signature(()), [f"its annotations can't be read: {error}"]
    taken = list(inspect.signature(function).parameters.values())
    if not taken:
        return Signature(()), ["needs a parameter for the message"]
    first, *others = taken
    problems = []
    given = hints.get(first.name, Message)
    if not issubclass(get_origin(given) or (given if isinstance(given, type) else int), Event):
        problems.append(f'"{first.name}" comes first and is a Message, not {_name(given)}')
    found: list[Parameter] = []
    for each in others:
        if found and (found[-1].rest or found[-1].many):
            problems.append(f'"{each.name}" comes after what takes the rest of the line')
        parameter, problem = _parameter(each, hints.get(each.name))
        found.append(parameter)
        problems += [problem] if problem else []
    return Signature(tuple(found)), problems


def _parameter(each: inspect.Parameter, hint: Any) -> tuple[Parameter, str]:
    reader = _reader(hint)
    problem = ""
    if hint is None:
        problem = f'"{each.name}" has no annotation'
    elif each.kind in (each.KEYWORD_ONLY, each.VAR_KEYWORD):
        problem = f'"{each.name}" can\'t be given by keyword: nobody could'
    elif reader is None:
        problem = f'"{each.name}" can\'t be read as {_name(hint)}; what can is {READABLE}'
    read, shown = reader or (str, "")
    many = each.kind is each.VAR_POSITIONAL
    rest = get_origin(_plain(hint)) is Annotated and _REST in get_args(_plain(hint))
    return Parameter(each.name, read, shown, each.default, many, rest), problem


READABLE = (
    "str, int, float, bool, Literal, Enum, timedelta, datetime, Participant, Group, Rest,"
    " or one of these with | None"
)


def _reader(hint: Any) -> tuple[Reader, str] | None:
    hint = _plain(hint)
    origin = get_origin(hint)
    if origin is Annotated:
        return _reader(get_args(hint)[0])
    if origin is Literal:
        words = {str(value).lower(): value for value in get_args(hint)}
        return _choice(words), "|".join(words)
    if isinstance(hint, type) and issubclass(hint, Enum):
        words = {member.name.lower(): member for member in hint}
        return _choice(words), "|".join(words)
    found = _READERS.get(hint) if isinstance(hint, type) else None
    return None if found is None else (found, "")


def _plain(hint: Any) -> Any:
    """Return what is left of a type without ``| None``."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    left = [each for each in get_args(hint) if each is not type(None)]
    return left[0] if len(left) == 1 else hint


def _choice(words: dict[str, Any]) -> Reader:
    def read(word: str) -> Any:
        if word.lower() not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return words[word.lower()]

    return read


def _int(word: str) -> int:
    if not _INT.fullmatch(word):
        raise ValueError("a whole number")
    return int(word)


def _float(word: str) -> float:
    if not _FLOAT.fullmatch(word):
        raise ValueError("a number")
    return float(word)


def _bool(word: str) -> bool:
    if word.lower() not in _BOOLS:
        raise ValueError("yes or no")
    return _BOOLS[word.lower()]


def duration(word: str) -> timedelta:
    """Read "90s", "1h30m", "2d"; raises ValueError with what was expected."""
    try:
        seconds = parse_seconds(word[:50])
    except ValueError:
        seconds = parse_seconds("0")
    if not 0 < seconds < _LONGEST:
        raise ValueError("a time such as 90s, 10m or 1h30m")
    return timedelta(seconds=seconds)


def _moment(word: str) -> datetime:
    now = datetime.fromtimestamp(current().home.now() / 1000).astimezone()
    if clock := _CLOCK.fullmatch(word):
        at = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return at if at > now else at + timedelta(days=1)
    try:
        return datetime.fromisoformat(word[:50]).astimezone()
    except (ValueError, OverflowError, OSError):
        raise ValueError("a time such as 20:15, 2026-01-31 or 2026-01-31T20:15") from None


async def _participant(word: str) -> Participant:
    try:
        found = await current().home.chat.whois(word)
    except NotFound:
        raise ValueError(f"somebody who is here, and {word[:50]} isn't") from None
    return Participant(found.name, found.id, found.account)


async def _group(word: str) -> Group:
    try:
        found = await current().home.chat.group(word.removeprefix("#"))
    except NotFound:
        raise ValueError(f"a group, and there is none called {word[:50]}") from None
    return Group(found.name)


_READERS: dict[type, Reader] = {
    str: str,
    int: _int,
    float: _float,
    bool: _bool,
    timedelta: duration,
    datetime: _moment,
    Participant: _participant,
    Group: _group,
}


def _name(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
