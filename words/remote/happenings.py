"""Events as plain values, and back.

An event crosses as a dictionary: ``event`` is its name (the class in `words.events`), ``in``
the group's name (left out where it happened in none), the rest are its fields by name, those
with their default left out. Actors and changes are dictionaries too, spans are lists. A receiver
ignores events and fields that it doesn't know: an older client stays in step with a newer hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

import msgspec

from words import events
from words.events import Event, Span, Style

Plain: TypeAlias = dict[str, Any]


class Heard(NamedTuple):
    """An event, and the name of the group in which it happened, "" for none."""

    where: str
    event: Event


Happenings: TypeAlias = list[Heard]


def _kinds(cls: type[Event]) -> Iterator[type[Event]]:
    for kind in cls.__subclasses__():
        yield kind
        yield from _kinds(kind)


EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in _kinds(events.Event)}
"""Every event by the name that it has on the wire."""

_LISTED = (Span,)
"""Structs that cross as lists: there may be many of them in one message."""


def to_plain(event: Event, where: str = "") -> Plain:
    """Return an event as plain values, of objects that are in it only."""
    plain = _plain(event)
    return {"event": type(event).__name__, **({"in": where} if where else {}), **plain}


def _plain(struct: msgspec.Struct) -> Plain:
    found: Plain = {}
    for name, default in _defaults(type(struct)):
        value = getattr(struct, name)
        if value != default:
            found[name] = _value(value)
    return found


def _value(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        if isinstance(value, _LISTED):
            return [getattr(value, name) for name in value.__struct_fields__]
        return _plain(value)
    if isinstance(value, tuple | list):
        return [_value(each) for each in value]
    if isinstance(value, dict):
        return dict(value)
    return value


@cache
def _defaults(cls: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, _default(field)) for field in msgspec.structs.fields(cls))


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def from_plain(plain: Any) -> Heard | None:
    """Return the event that plain values tell, None for one that we don't know or can't read."""
    if not isinstance(plain, Mapping):
        return None
    cls = EVENTS.get(str(plain.get("event")))
    if cls is None:
        return None
    try:
        event = msgspec.convert([cls.__struct_config__.tag, *_arrayed(cls)(plain)], cls)
    except (msgspec.ValidationError, TypeError, LookupError, AttributeError):
        return None
    where = plain.get("in", "")
    return Heard(where if isinstance(where, str) else "", event)


def from_wire(found: Any) -> Happenings:
    """Return those of a list of plain values that are events we know, in order."""
    heard: Iterable[Heard | None] = map(from_plain, found if isinstance(found, list) else ())
    return [each for each in heard if each is not None]


@cache
def _arrayed(cls: type[msgspec.Struct]) -> Callable[[Mapping[str, Any]], list[Any]]:
    """Return what puts the fields of such a dictionary in order, with their defaults."""
    readers = [
        (field.name, _default(field), _reader(field.type, _default(field)))
        for field in msgspec.structs.fields(cls)
    ]

    def arrayed(plain: Mapping[str, Any]) -> list[Any]:
        found = []
        for name, default, read in readers:
            value = plain.get(name, default)
            if value is msgspec.NODEFAULT:
                raise KeyError(name)
            found.append(read(value) if read is not None and value is not default else value)
        return found

    return arrayed


def _reader(kind: Any, default: Any) -> Callable[[Any], Any] | None:
    """Return what makes a field's plain value readable for this type, None if all are.

    A word that we don't know is the default; a span with such a style is left out.
    """
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _arrayed(kind)
    if get_origin(kind) is Literal:
        return lambda value: value if value in get_args(kind) else default
    if get_origin(kind) in (Union, UnionType):  # something or None
        reads = [read for each in get_args(kind) if (read := _reader(each, None)) is not None]
        return reads[0] if reads else None
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        if inner is Span:
            return lambda spans: [span for span in spans if span[2] in get_args(Style)]
        read = _reader(inner, None)
        return read and (lambda values: [read(each) for each in values])
    return None
