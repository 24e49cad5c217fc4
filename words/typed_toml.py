"""TOML in layers, read into frozen msgspec Structs; every problem is named with its place.

Knows nothing of what is configured. A value's *place* is the file, variable or flag it came
from and its dotted key, as in ``config.toml: irc.listen[0].port: expected int, got str``.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import types
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NewType,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

Seconds = NewType("Seconds", float)
"""In files a string of number and unit: "30s", "5m", "12h", "7d", "1h30m"; "0" is nothing."""
Size = NewType("Size", int)
"""Bytes; in files a string such as "512B", "64KiB", "32MiB", "1GiB"; "0" is nothing."""
Mode = NewType("Mode", int)
"""Permissions; in files an octal string: "0660"."""
Line = NewType("Line", str)
"""Text without control characters."""
Word = NewType("Word", str)
"""What stands as one word on any wire: no blanks, no control characters, no colon in front."""
Network = IPv4Network | IPv6Network

S = TypeVar("S", bound=msgspec.Struct)

LONGEST = 1000 * 365 * 86400.0
"""Seconds of a duration: dates and timers can be reckoned with it."""

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_SIZE = re.compile(r"(\d+) ?(B|KiB|MiB|GiB|TiB)", re.ASCII)


class Layer(NamedTuple):
    """One source of values: a file, the environment, the command line."""

    source: str
    """How the source is called in problems."""
    folder: Path
    """Where its relative paths begin."""
    values: Mapping[str, Any]


class Raw(str):
    """Text whose type is not known before it meets its key: a number, a list, or itself."""

    __slots__ = ()


class _Origin(NamedTuple):
    source: str
    folder: Path


def parse_seconds(text: str) -> Seconds:
    """Return seconds. Raises ValueError with what was expected."""
    if text == "0":
        return Seconds(0.0)
    if not text or _DURATION.sub("", text):
        raise ValueError(f'expected a duration such as "30s" or "5m", got "{text}"')
    found = sum(float(count) * _SECONDS[unit] for count, unit in _DURATION.findall(text))
    if found > LONGEST:
        raise ValueError(f'expected a duration of at most 1000 years, got "{text}"')
    return Seconds(found)


def parse_size(text: str) -> Size:
    """Return bytes. Raises ValueError with what was expected."""
    if text == "0":
        return Size(0)
    if not (match := _SIZE.fullmatch(text)):
        raise ValueError(f'expected a size such as "64KiB" or "1GiB", got "{text}"')
    return Size(int(match[1]) * _BYTES[match[2]])


def parse_mode(text: str) -> Mode:
    """Return permission bits. Raises ValueError with what was expected."""
    if not re.fullmatch("0?[0-7]{3}", text):
        raise ValueError(f'expected an octal mode such as "0660", got "{text}"')
    return Mode(int(text, 8))


def parse_line(text: str) -> Line:
    """Return the text. Raises ValueError with what was expected."""
    if not text.isprintable():
        raise ValueError(f"expected one line without control characters, got {text!a}")
    return Line(text)


def parse_word(text: str) -> Word:
    """Return the text. Raises ValueError with what was expected."""
    if not text.isprintable() or " " in text or text[:1] in ("", ":"):
        raise ValueError(f"expected one word, got {text!a}")
    return Word(text)


_PARSERS: dict[Any, Callable[[str], object]] = {
    Seconds: parse_seconds,
    Size: parse_size,
    Mode: parse_mode,
    Line: parse_line,
    Word: parse_word,
    Network: ip_network,
}


class Reader:
    """Layers, the later over the earlier, read into a Struct; problems are collected.

    Tables are merged key by key; a list replaces the list below it.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._values: dict[str, Any] = {}
        self._origins: dict[str, _Origin] = {}

    def add(self, layer: Layer) -> None:
        """Put a layer over those that are there."""
        origin = _Origin(layer.source, layer.folder)
        self._merge(self._values, layer.values, "", origin)

    def _merge(
        self, into: dict[str, Any], values: Mapping[str, Any], prefix: str, origin: _Origin
    ) -> None:
        for key, value in values.items():
            place = f"{prefix}.{key}" if prefix else key
            if isinstance(value, Mapping):
                below = into.get(key)
                if not isinstance(below, dict):
                    below = into[key] = {}
                    self._origins[place] = origin
                self._merge(below, value, place, origin)
            elif isinstance(into.get(key), dict):
                self.problems.append(
                    f"{origin.source}: {place}: expected a table, got {_name(value)}"
                )
            else:
                into[key] = value
                self._origins[place] = origin

    def read(self, kind: type[S]) -> S | None:
        """Return the Struct, or None if there are `problems`."""
        result = self._struct(kind, self._values, "")
        return None if self.problems else result

    def problem(self, place: str, text: str) -> None:
        """Note what is wrong with the value at a dotted key."""
        source = self._origin(place).source
        self.problems.append(f"{source}: {place}: {text}" if place else f"{source}: {text}")

    def _origin(self, place: str) -> _Origin:
        """Return where the value came from; inside a list, where the list did."""
        while place and place not in self._origins:
            place = re.sub(r"(\[\d+\]|\.?[^.\[\]]*)$", "", place)
        return self._origins.get(place) or next(iter(self._origins.values()))

    def _struct(self, kind: type[S], values: Any, place: str) -> S | None:
        if not isinstance(values, dict):
            self.problem(place, f"expected a table, got {_name(values)}")
            return None
        before = len(self.problems)
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        types_of = get_type_hints(kind, include_extras=True)
        at = f"{place}." if place else ""
        for key in sorted(values.keys() - fields.keys()):
            near = difflib.get_close_matches(key, fields, 1)
            advice = f"did you mean {near[0]}?" if near else f"known: {', '.join(fields)}"
            self.problem(at + key, f"unknown key; {advice}")
        result = {}
        for key, field in fields.items():
            where = at + key
            if key in values:
                result[key] = self._value(types_of[key], values[key], where)
            elif field.required:
                self.problem(where, "is missing")
        return kind(**result) if len(self.problems) == before else None

    def _value(self, kind: Any, value: Any, place: str) -> Any:
        try:
            return self._convert(kind, value, place)
        except (ValueError, msgspec.ValidationError) as error:
            text = str(error).replace("`", "")
            self.problem(place, text[:1].lower() + text[1:])
            return None

    def _convert(self, kind: Any, value: Any, place: str) -> Any:
        base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        if get_origin(base) in (Union, types.UnionType) and type(None) in get_args(base):
            if value == "":  # TOML has no null: an empty string says "none"
                return None
            kind = get_args(base)[0]
            return self._convert(kind, value, place)
        value = _raw(base, value)
        if isinstance(base, type) and issubclass(base, msgspec.Struct):
            return self._struct(base, value, place)
        if get_origin(base) is tuple:
            if not isinstance(value, list):
                raise ValueError(f"expected array, got {_name(value)}")
            item = get_args(base)[0]
            return tuple(self._value(item, v, f"{place}[{i}]") for i, v in enumerate(value))
        if get_origin(base) is dict and isinstance(value, dict):
            item = get_args(base)[1]
            return {k: self._value(item, v, f"{place}.{k}") for k, v in value.items()}
        if base is Path:
            return self._origin(place).folder / Path(msgspec.convert(value, str)).expanduser()
        if parser := _PARSERS.get(base):
            value = parser(str(value))
            return value if base is Network else msgspec.convert(value, kind)
        if get_origin(base) is Literal and value not in get_args(base):
            raise ValueError(f"expected one of {', '.join(get_args(base))}; got {value}")
        return msgspec.convert(value, kind)


def _raw(kind: Any, value: Any) -> Any:
    """Give text from outside of TOML the type that its key wants, where it can be had."""
    if not isinstance(value, Raw):
        return value
    if kind in (str, Path) or kind in _PARSERS or get_origin(kind) is Literal:
        return str(value)
    if get_origin(kind) is tuple and not value.lstrip().startswith("["):
        return [Raw(each) for each in value.split(",")]
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return str(value)


def _name(value: object) -> str:
    return "array" if isinstance(value, list) else type(value).__name__.lower()
