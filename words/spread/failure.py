"""Failures as stock peers expect them. Sans-IO.

An Error crosses with its type and text, a JellyError with its text. Everything else is a bug: it
crosses as "internal error", unless `tracebacks` are asked for.
"""

from __future__ import annotations

from typing import Final

from words.spread.encoder import Words
from words.spread.errors import Error, InsecureJelly, InternalError, JellyError
from words.spread.registry import FAILURE_TAG

NO_TRACEBACK: Final = "Traceback unavailable\n"
"""Source: stock pb."""
TEXT_LIMIT: Final = 16 * 1024
"""Longest text or traceback of a failure, in characters. Ours; far under the element limit."""

_INSECURE: Final = "twisted.spread.jelly.InsecureJelly"
_BASES: Final = ("builtins.Exception", "builtins.BaseException", "builtins.object")


def is_expected(exc: BaseException) -> bool:
    """Whether `exc` is part of what the program means to say, and not a bug."""
    return isinstance(exc, (Error, JellyError))


def encode_failure(words: Words, exc: BaseException, tracebacks: bool = False) -> bytes:
    """The jellied failure: every field that a stock CopyableFailure has but the leaking ones."""
    traceback = NO_TRACEBACK
    if isinstance(exc, Error):
        family = exc.wire_family()
    elif isinstance(exc, JellyError):
        family = [_INSECURE if isinstance(exc, InsecureJelly) else Error.wire_type]
    elif tracebacks:
        import traceback as formatting

        family = [f"{c.__module__}.{c.__qualname__}" for c in type(exc).__mro__[:-3]]
        family = family or [f"{type(exc).__module__}.{type(exc).__qualname__}"]
        traceback = "".join(formatting.format_exception(exc))
    else:
        exc = InternalError()
        family = exc.wire_family()

    def text(value: str) -> bytes:
        value = value[:TEXT_LIMIT]
        return b"\x02\x80\x07\x82unicode" + words.string(value.encode("utf-8", "replace"))

    def pair(name: str, value: bytes) -> bytes:
        return b"\x02\x80" + text(name) + value

    empty = b"\x01\x80" + words.tags["list"]
    names = [*family, *_BASES][:100]
    parents = bytes((len(names) + 1,)) + b"\x80" + words.tags["list"] + b"".join(map(text, names))
    fields = (
        pair("count", b"\x01\x81"),
        pair("type", words.string(family[0].encode())),
        pair("value", text(str(exc))),
        pair("captureVars", words.true_false[False]),
        pair("tb", b"\x01\x80" + words.tags["None"]),
        pair("unsafeTracebacks", words.true_false[tracebacks]),
        pair("parents", parents),
        pair("frames", empty),
        pair("stack", empty),
        pair("traceback", text(traceback)),
    )
    state = bytes((len(fields) + 1,)) + b"\x80" + words.tags["dictionary"] + b"".join(fields)
    return b"\x02\x80" + words.string(FAILURE_TAG) + state
