"""Asking a running hub through its admin socket; blocks.

Drives the broker over a blocking socket, so that a command line loads no event loop.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from words.errors import BadInput, Refused, WordsError
from words.remote.refusals import heard
from words.spread.blocking import BlockingConnection
from words.spread.credentials import Anonymous
from words.spread.errors import JellyError, RemoteError, SpreadError
from words.spread.limits import DEFAULT_LIMITS

TIMEOUT = 30.0
"""Seconds for an answer: a turn may wait for a full disk."""

SERVICE = "admin"

LIMITS = DEFAULT_LIMITS.replace(message=64 * 1024 * 1024)
"""As the hub's for its admin socket."""


class NoHub(WordsError):
    """Nobody listens on the admin socket."""

    code = "no-hub"


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
        msgspec.json.encode(arguments)  # also where no hub runs: what has no UTF-8 has no meaning
    except UnicodeEncodeError:
        raise BadInput("what was given", "isn't UTF-8") from None
    with socket.socket(socket.AF_UNIX) as hub:
        hub.settimeout(TIMEOUT)
        try:
            hub.connect(str(path))
        except OSError as error:
            raise NoHub(f"{path}: {error.strerror or error}") from error
        try:
            with BlockingConnection(hub, limits=LIMITS, timeout=TIMEOUT) as connection:
                admin = connection.log_in(Anonymous(), by, SERVICE)
                return admin.call(verb.replace("-", "_"), **arguments)
        except RemoteError as error:
            refused = heard(error)
            raise RefusedThere(refused.code, error.text) from None
        except JellyError as error:
            raise BadInput("what was given", str(error)) from None
        except TimeoutError as error:
            raise RefusedThere("no-answer", f"the hub doesn't answer: {error}") from error
        except SpreadError as error:
            text = f"the hub hung up on {path}: is it yours to administer?"
            raise RefusedThere("no-answer", text) from error
