"""Logs: one record is one line, whatever a stranger puts into it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Literal

import pytest

from words import logs

log = logging.getLogger("words.test")

HOSTILE = "a\r\n12:00:00 info words.hub: forged\x1b[2J\x00\x9b\u2028\u202e\ud800"


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _alone() -> None:
    """Leave out pytest's handlers: its reports can't carry a lone surrogate between processes."""
    logging.getLogger().handlers.clear()


def _logged(style: Literal["console", "json"], text: str, **extra: object) -> str:
    stream = io.StringIO()
    logs.configure("info", style, stream)
    try:
        raise ValueError(text)
    except ValueError:
        log.info("said %s", text, extra=extra, exc_info="trace" in extra)
    return stream.getvalue()


def test_a_line_for_people() -> None:
    line = _logged("console", "hello", session="irc:7 alice", secret="x")
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d info    words\.test: said hello \[session=irc:7 alice\]\n", line
    )


def test_an_object_for_collectors() -> None:
    entry = json.loads(_logged("json", "hello", session="irc:7", trace=True))
    assert entry.pop("time").endswith("+00:00")
    assert "ValueError: hello" in entry.pop("exception")
    assert entry == {
        "level": "info",
        "logger": "words.test",
        "message": "said hello",
        "session": "irc:7",
    }


@pytest.mark.parametrize("style", ["console", "json"])
def test_strangers_cannot_forge_lines(style: Literal["console", "json"]) -> None:
    _alone()
    text = _logged(style, HOSTILE, session=HOSTILE)
    assert text.count("\n") == 1
    assert text[:-1].isprintable()
    text.encode()


def test_a_traceback_is_indented_and_clean() -> None:
    _alone()
    lines = _logged("console", HOSTILE, trace=True).splitlines()
    assert "ValueError" in lines[-1] or "forged" in lines[-1]
    assert all(line.startswith("    ") for line in lines[1:])
    assert all(line.isprintable() for line in lines)


def test_configured_twice_logs_once() -> None:
    first = io.StringIO()
    logs.configure("info", "console", first)
    assert _logged("json", "hello").count("\n") == 1
    assert first.getvalue() == ""


def test_the_level_counts() -> None:
    stream = io.StringIO()
    logs.configure("warning", "console", stream)
    log.info("no")
    log.warning("yes")
    assert stream.getvalue().count("\n") == 1
