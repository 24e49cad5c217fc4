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

TIMEOUT = 30.0
"""Seconds for an answer: a turn may wait for a full disk."""

SERVICE = "admin"

MESSAGE = 64 * 1024 * 1024
"""Bytes of a request or an answer, between the hub and who runs it: a page of history has up to
1,000 rows of up to 16 KiB."""

UNKNOWN = "what was to be changed may have been done or not: look before you try again"


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

    Raises `NoHub`, `RefusedThere`, `BadInput`; `Refused` for who isn't let near the socket.
    """
    try:
        msgspec.json.encode(arguments)  # also where no hub runs: what has no UTF-8 has no meaning
    except UnicodeEncodeError:
        raise BadInput("what was given", "isn't UTF-8") from None
    with socket.socket(socket.AF_UNIX) as hub:
        hub.settimeout(TIMEOUT)
        try:
            hub.connect(str(path))
        except PermissionError as error:
            who = "root and whom the hub runs as can administer it"
            raise Refused(f"{path}: {error.strerror}: {who}") from error
        except OSError as error:
            raise NoHub(f"{path}: {error.strerror or error}") from error
        return _call(hub, path, verb, arguments, by)


def _call(hub: socket.socket, path: Path, verb: str, arguments: Mapping[str, Any], by: str) -> Any:
    # 0.03 s, which no command pays where no hub runs.
    from words.remote.refusals import heard
    from words.spread.blocking import BlockingConnection
    from words.spread.credentials import Anonymous
    from words.spread.errors import JellyError, RemoteError, SpreadError
    from words.spread.limits import DEFAULT_LIMITS

    limits = DEFAULT_LIMITS.replace(message=MESSAGE)
    asked = False
    try:
        with BlockingConnection(hub, limits=limits, timeout=TIMEOUT) as connection:
            admin = connection.log_in(Anonymous(), by, SERVICE)
            asked = True
            return admin.call(verb.replace("-", "_"), **arguments)
    except RemoteError as error:
        raise RefusedThere(heard(error).code, error.text) from None
    except JellyError as error:
        raise BadInput("what was given", str(error)) from None
    except TimeoutError as error:
        text = f"the hub doesn't answer: {error}"
        raise RefusedThere("no-answer", f"{text}; {UNKNOWN}" if asked else text) from error
    except SpreadError as error:
        text = f"the hub hung up on {path}: is it yours to administer?"
        if asked:
            text = f"the hub ended before it answered; {UNKNOWN}"
        raise RefusedThere("no-answer", text) from error
