"""Broker messages: one top-level list to a tuple, and back. Sans-IO, no state.

    (VERSION, number)
    (MESSAGE or CACHEMESSAGE, request, target, method, wants answer, args, kw)
    (ANSWER or ERROR, request, value)
    (DECREF or DECACHE or UNCACHE, luid)

`target` is a luid, or b"root". Commands are named by their vocabulary code under either dialect.
"""

from __future__ import annotations

from typing import Any, Final

from words.spread.banana import CODES, SHORT, WORDS, encode_int
from words.spread.decoder import Decoder, Retry, element
from words.spread.encoder import Words
from words.spread.errors import JellyError

VERSION: Final = 19
CACHEMESSAGE: Final = 25
MESSAGE: Final = 26
ANSWER: Final = 27
ERROR: Final = 28
DECREF: Final = 29
DECACHE: Final = 30
UNCACHE: Final = 31

_COMMANDS: Final = {WORDS[c]: c for c in (VERSION, *range(CACHEMESSAGE, UNCACHE + 1))}
_CALL: Final = b"\x07\x80" + CODES[b"message"]
_NO_ARGS: Final = b"\x01\x80" + CODES[b"tuple"]
_NO_KW: Final = b"\x01\x80" + CODES[b"dictionary"]
_LIST_OF: Final = {n: SHORT[n] + b"\x80" for n in (2, 3, 7)}

Message = tuple[Any, ...]


class BadMessage(Exception):
    """A whole message that cannot be used. `request` is set where the sender waits, else 0.

    `command` is 0 when not even that is known; `raw` are its bytes.
    """

    def __init__(self, reason: Exception, command: int = 0, request: int = 0) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.command = command
        self.request = request
        self.raw = b""


def read(dec: Decoder, buf: bytes, i: int) -> tuple[Message, int]:
    """The message at `i` and the index after it.

    Raises IndexError or Retry while it may be incomplete, BadMessage for one that fails alone.
    """
    if buf.startswith(_CALL, i) and dec.words:
        return _read_call(dec, buf, i + 4, MESSAGE)
    try:
        _, i, n = element(dec, buf, i)
        word, i, _ = element(dec, buf, i) if n > 0 else (b"", i, 0)
        command = _COMMANDS.get(word, 0) if type(word) is bytes else 0
        if not command or n != _LENGTHS[command]:
            raise JellyError(f"unknown command {word if type(word) is bytes else b''!r:.100}")
        if n == 7:
            return _read_call(dec, buf, i, command)
        number, i, _ = element(dec, buf, i)
        if type(number) is not int:
            raise JellyError("a number that is no number")
    except JellyError as exc:
        raise BadMessage(exc) from exc
    if n == 2:
        return (command, number), i
    try:
        value, i = dec.value(buf, i)
    except JellyError as exc:
        raise BadMessage(exc, command, number) from exc
    return (command, number, value), i


_LENGTHS: Final = {
    VERSION: 2, CACHEMESSAGE: 7, MESSAGE: 7, ANSWER: 3, ERROR: 3, DECREF: 2, DECACHE: 2, UNCACHE: 2,
}  # fmt: skip


def _head(dec: Decoder, buf: bytes, i: int) -> tuple[int, Any, bytes, int, int]:
    """Request, target, method, wants answer, index. The usual spellings are read on the spot."""
    target: Any
    if (request := buf[i]) < 0x80 and (b := buf[i + 1]) < 0x80 and buf[i + 2] == 0x81:
        request |= b << 7
        i += 3
    else:
        request, i, _ = element(dec, buf, i)
    if (target := buf[i]) < 0x80 and buf[i + 1] == 0x81:
        i += 2
    else:
        target, i, _ = element(dec, buf, i)
    if (n := buf[i]) < 0x80 and buf[i + 1] == 0x82:
        i += 2
        method = buf[i : i + n]
        i += n
    else:
        method, i, _ = element(dec, buf, i)
    if (wants := buf[i]) < 0x80 and buf[i + 1] == 0x81:
        i += 2
    else:
        wants, i, _ = element(dec, buf, i)
    if not (
        type(request) is int
        and type(wants) is int
        and type(method) is bytes
        and (type(target) is int or target == b"root")
    ):
        raise JellyError("malformed call")
    return request, target, method, wants, i


def _read_call(dec: Decoder, buf: bytes, i: int, command: int) -> tuple[Message, int]:
    try:
        request, target, method, wants, i = _head(dec, buf, i)
    except JellyError as exc:
        raise BadMessage(exc) from exc
    try:
        args: Any = ()
        kw: Any = {}
        if buf.startswith(_NO_ARGS, i) and dec.words:
            i += 4
        else:
            args, i = dec.value(buf, i)
        if buf.startswith(_NO_KW, i) and dec.words:
            i += 4
        else:
            kw, i = dec.value(buf, i)
            if type(kw) is not dict:  # asked for its items, a reference would call the peer
                raise JellyError("keyword arguments that are none")
            kw = {k.decode() if type(k) is bytes else k: v for k, v in kw.items()}
        if type(args) is not tuple or not all(type(k) is str for k in kw):
            raise JellyError("arguments that are none")
    except JellyError as exc:
        raise BadMessage(exc, command, request if wants else 0) from exc
    except UnicodeDecodeError as exc:
        bad = JellyError("keyword arguments that are none")
        raise BadMessage(bad, command, request if wants else 0) from exc
    return (command, request, target, method, wants, args, kw), i


def call_head(words: Words, command: int, request: int, target: bytes) -> bytes:
    """The first half of a call: its number and its target (an element). A call_tail follows."""
    if command == MESSAGE:
        return words.call + encode_int(request) + target
    return _LIST_OF[7] + words.string(WORDS[command]) + encode_int(request) + target


def answer_head(words: Words, command: int, request: int) -> bytes:
    """The start of an answer or error; one jellied value follows."""
    if command == ANSWER:
        return words.answer + encode_int(request)
    return _LIST_OF[3] + words.string(WORDS[command]) + encode_int(request)


def short(words: Words, command: int, number: int) -> bytes:
    """A whole message of one number: version, decref, decache, uncache."""
    return _LIST_OF[2] + words.string(WORDS[command]) + encode_int(number)


__all__ = ["BadMessage", "Message", "Retry", "answer_head", "call_head", "read", "short"]
