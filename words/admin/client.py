"""Asking a running hub through its admin socket; blocks."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from words.errors import BadInput, Refused, WordsError

TIMEOUT = 30.0
"""Seconds for an answer: a turn may wait for a full disk."""


class NoHub(WordsError):
    """Nobody listens on the admin socket."""

    code = "no-hub"


class Answer(msgspec.Struct):
    """What came back: a result, or an error code and its text."""

    result: Any = None
    error: str = ""
    text: str = ""


class RefusedThere(Refused):
    """The hub refused: ``RefusedThere(text)``; ``there`` is its code."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.there = code


def ask(path: Path, verb: str, arguments: Mapping[str, Any], by: str = "") -> Any:
    """Return the result of a verb; ``by`` is who asks.

    Raises `NoHub`, `RefusedThere`, `BadInput`.
    """
    try:
        request = msgspec.json.encode({"verb": verb, "args": arguments, "by": by}) + b"\n"
    except UnicodeEncodeError:
        raise BadInput("what was given", "isn't UTF-8") from None
    with socket.socket(socket.AF_UNIX) as hub:
        hub.settimeout(TIMEOUT)
        try:
            hub.connect(str(path))
        except OSError as error:
            raise NoHub(f"{path}: {error.strerror or error}") from error
        try:
            hub.sendall(request)
            with hub.makefile("rb") as answers:
                line = answers.readline()
        except OSError as error:
            raise RefusedThere("no-answer", f"the hub doesn't answer: {error}") from error
    if not line.endswith(b"\n"):
        raise RefusedThere("no-answer", f"the hub hung up on {path}: is it yours to administer?")
    answer = msgspec.json.decode(line, type=Answer)
    if answer.error:
        raise RefusedThere(answer.error, answer.text)
    return answer.result
