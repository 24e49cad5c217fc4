"""What a broker gives to whoever drives it. Sans-IO.

Ready    the dialect is agreed: calls may be sent
Call     the peer calls something that is published: run it, then answer or fail it
Answer   the answer to a call of ours
Failure  a call of ours failed
Refused  the peer called what isn't there, and has been told; for who counts what it costs
Dropped  the peer sent something of no use, which was dropped; for a log
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from words.spread.errors import BadArguments


class Ready:
    """The dialect is agreed; `dialect` is b"pb" or b"none"."""

    __slots__ = ("dialect",)

    def __init__(self, dialect: bytes) -> None:
        self.dialect = dialect


class Call:
    """A call of the peer that found its method. Exactly one `Broker.answer` or `fail` must follow.

    `obj` is the object, `method` the name as it was called, `perspective` through which it came.
    `wants_answer` is false for a one-way call, and becomes false when it is answered.
    """

    __slots__ = ("args", "function", "kw", "method", "obj", "perspective", "request",
                 "viewed", "wants_answer")  # fmt: skip

    def __init__(
        self,
        request: int,
        wants_answer: bool,
        obj: Any,
        function: Callable[..., Any],
        method: bytes,
        args: tuple[Any, ...],
        kw: dict[str, Any],
        perspective: object,
        viewed: bool,
    ) -> None:
        self.request = request
        self.wants_answer = wants_answer
        self.obj = obj
        self.function = function
        self.method = method
        self.args = args
        self.kw = kw
        self.perspective = perspective
        self.viewed = viewed

    def run(self) -> Any:
        """Calls the method: its result, which may be a coroutine. Raises whatever it raises.

        Raises BadArguments when it does not take these arguments.
        """
        try:
            if self.viewed:
                return self.function(self.obj, self.perspective, *self.args, **self.kw)
            return self.function(self.obj, *self.args, **self.kw)
        except TypeError as exc:
            if exc.__traceback__ is not None and exc.__traceback__.tb_next is None:
                raise BadArguments(f"wrong arguments for {self.name}") from exc
            raise

    @property
    def name(self) -> str:
        """The wire name of the method, as text fit for a log."""
        return self.method[:100].decode("ascii", "backslashreplace")


class Answer:
    """The answer to call `request`."""

    __slots__ = ("request", "value")

    def __init__(self, request: int, value: Any) -> None:
        self.request = request
        self.value = value


class Failure:
    """Call `request` failed: RemoteError, an exception the peer sent by value, or JellyError."""

    __slots__ = ("error", "request")

    def __init__(self, request: int, error: BaseException) -> None:
        self.request = request
        self.error = error


class Refused:
    """A call found no object or method; its caller knows. `reason` says which, in one line."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Dropped:
    """Something useless was dropped; `reason` says what, in one line."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


Event = Ready | Call | Answer | Failure | Refused | Dropped
