"""Logging: the standard library's, as lines for people or JSON objects for collectors.

A record says in whose session it happened by ``extra``: ``log.info("...", extra={"session":
"irc:7 alice"})``; the fields of CONTEXT are shown, others are not. One record is one line
whatever is in it: what strangers send can't forge another. Secrets are not logged: nothing
here takes them out again.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

CONTEXT = ("session", "identity", "address", "group")
"""What a record may carry in ``extra``."""

FILE_MODE = 0o640
"""Permissions of a log file: it has people's addresses."""

# C0 without tab and newline, DEL, C1, line and paragraph separators, signs that turn the
# direction of text, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return text in which control characters are written as escapes; newline and tab stay."""
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


def _one_line(text: str) -> str:
    return printable(text).replace("\n", "\\n")


def _context(record: logging.LogRecord) -> dict[str, str]:
    found = vars(record)
    return {key: str(found[key]) for key in CONTEXT if key in found}


class ConsoleFormatter(logging.Formatter):
    """``12:30:05 info  words.hub: text [session=irc:7]``; a traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        time = self.formatTime(record, "%H:%M:%S")
        level = record.levelname.lower()
        text = f"{time} {level:<7} {record.name}: {_one_line(record.getMessage())}"
        if context := _context(record):
            text += " [" + " ".join(f"{k}={_one_line(v)}" for k, v in context.items()) + "]"
        if record.exc_info:
            trace = printable(self.formatException(record.exc_info))
            text += "\n" + "\n".join(f"    {line}" for line in trace.split("\n"))
        return text


class JsonFormatter(logging.Formatter):
    """One object a line: time (UTC, ISO 8601), level, logger, message, context, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object; ASCII only, so nothing in it can be a control character."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def configure(
    level: str,
    style: Literal["console", "json"],
    stream: TextIO | None = None,
    *,
    file: Path | None = None,
) -> None:
    """Send every record from ``level`` up to ``file``, else to ``stream`` (stderr).

    Replaces what was set before, so a file that was moved away is opened anew. Raises OSError
    where it can't be; then all stays as it was.
    """
    handler: logging.Handler
    if file is not None:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE))
        handler = logging.FileHandler(file, encoding="utf-8", errors="backslashreplace")
    else:
        handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else ConsoleFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, ConsoleFormatter | JsonFormatter):
            root.removeHandler(old)
            if isinstance(old, logging.FileHandler):
                old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
