"""How a class of methods is read as a table of verbs, and called as one.

    class Door(Surface):
        @verb(right="lists", again=True)
        async def open(self, name: str, *, wide: bool = False) -> Opened:
            "Open a door."
            raise NotImplementedError

`Door.verbs["open"]` is the row: a hub checks arguments with it and makes results plain. And
`Door(caller).open("front")` calls ``caller.call("open", name="front", wide=False)`` and reads
the answer. Arguments and results cross as plain values (dictionaries, lists, texts, numbers),
so that programs in any language can take part; fields that a receiver doesn't know are ignored.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, get_type_hints

import msgspec

from words.errors import BadInput, WordsError
from words.remote.happenings import Happenings, from_wire

F = TypeVar("F", bound=Callable[..., Any])


class Caller(Protocol):
    """What a surface calls through, such as a reference of the spread package."""

    async def call(self, name: str, /, *args: Any, **kw: Any) -> Any: ...


class BadAnswer(WordsError):
    """What was answered isn't what the verb gives: the other is broken, or lies."""

    code = "bad-answer"


class Verb(NamedTuple):
    """A row. ``right``: what a role in the group must have, "" where everybody may.

    ``again``: whether a client whose connection was lost may just call again. ``token``: it
    may if it gave a token: a repeat returns the first result.
    """

    name: str
    signature: inspect.Signature
    arguments: type[msgspec.Struct]
    result: Any
    right: str
    help: str
    again: bool
    token: bool

    def bind(self, args: tuple[Any, ...], kw: Mapping[str, Any]) -> dict[str, Any]:
        """Return all arguments by name, as given; raises TypeError where they don't fit."""
        bound = self.signature.bind(*args, **kw)
        bound.apply_defaults()
        return bound.arguments

    def take(self, args: tuple[Any, ...], kw: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a caller, each of its type; raises `BadInput`."""
        try:
            given = self.signature.bind(*args, **kw).arguments
            taken = msgspec.convert(given, self.arguments)
        except (TypeError, msgspec.ValidationError) as error:
            raise BadInput(self.name, str(error)) from None
        return {name: getattr(taken, name) for name in self.arguments.__struct_fields__}

    def read(self, answer: Any) -> Any:
        """Return an answer as what it stands for; raises `BadAnswer`."""
        if self.result == Happenings:
            return from_wire(answer)
        try:
            return msgspec.convert(answer, self.result)
        except msgspec.ValidationError as error:
            raise BadAnswer(f"{self.name} was answered with nonsense: {error}") from None


def verb(*, right: str = "", again: bool = False) -> Callable[[F], F]:
    """Say more of a verb than its signature does; see `Verb`."""

    def mark(function: F) -> F:
        function.__verb__ = (right, again)  # type: ignore[attr-defined]
        return function

    return mark


class Surface:
    """Base of published surfaces; see the module."""

    verbs: ClassVar[dict[str, Verb]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.verbs = {}
        for name, member in list(vars(cls).items()):
            if inspect.iscoroutinefunction(member) and not name.startswith("_"):
                cls.verbs[name] = row = _row(name, member)
                setattr(cls, name, _forward(row, member))

    def __init__(self, caller: Caller) -> None:
        self._caller = caller


def to_wire(value: Any) -> Any:
    """Return a result as plain values; objects that a peer is to have stay what they are."""
    return msgspec.to_builtins(value, builtin_types=(bytes,))


def _row(name: str, function: Callable[..., Any]) -> Verb:
    signature = inspect.signature(function)
    own = list(signature.parameters.values())[1:]
    hints = get_type_hints(function)
    fields = [
        (each.name, hints[each.name])
        if each.default is each.empty
        else (each.name, hints[each.name], each.default)
        for each in own
    ]
    right, again = getattr(function, "__verb__", ("", False))
    return Verb(
        name,
        signature.replace(parameters=own),
        msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True),
        hints["return"],
        right,
        inspect.getdoc(function) or "",
        again,
        "token" in hints,
    )


def _forward(row: Verb, function: Callable[..., Any]) -> Callable[..., Any]:
    async def forward(self: Surface, /, *args: Any, **kw: Any) -> Any:
        arguments = msgspec.to_builtins(row.bind(args, kw), builtin_types=(bytes,))
        return row.read(await self._caller.call(row.name, **arguments))

    forward.__name__ = function.__name__
    forward.__doc__ = function.__doc__
    return forward
