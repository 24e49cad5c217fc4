"""Watches for handlers that block: what sleeps or calculates without an await stops everything.

A thread asks the loop for a sign of life; where none comes it logs the line that is at work.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

log = logging.getLogger(__name__)

LOOK = 0.25
"""Seconds between two signs of life."""

PATIENCE = 0.25
"""Seconds without one after which the loop counts as blocked."""


@contextmanager
def watching(folders: str | tuple[str, ...]) -> Iterator[None]:
    """Watch the loop of this thread; of a stack the last line in these folders is named."""
    stop = threading.Event()
    loop = asyncio.get_running_loop()
    arguments = (loop, threading.get_ident(), folders, stop)
    thread = threading.Thread(target=_watch, args=arguments, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch(
    loop: asyncio.AbstractEventLoop,
    thread: int,
    folders: str | tuple[str, ...],
    stop: threading.Event,
) -> None:
    alive = threading.Event()
    while not stop.wait(LOOK):
        alive.clear()
        try:
            loop.call_soon_threadsafe(alive.set)
        except RuntimeError:  # it is closed
            return
        if alive.wait(PATIENCE):
            continue
        began = time.monotonic() - PATIENCE
        log.warning("blocked: nothing else goes on while %s", _line(thread, folders))
        while not alive.wait(LOOK):
            if stop.is_set():
                return
        log.warning("it went on after %.1f s", time.monotonic() - began)


def _line(thread: int, folders: str | tuple[str, ...]) -> str:
    """Return which line is at work, and what it calls."""
    frame: FrameType | None = sys._current_frames().get(thread)
    at = inner = frame
    while frame is not None:
        if frame.f_code.co_filename.startswith(folders):
            at = frame
            break
        frame = frame.f_back
    if at is None or inner is None:
        return "an unknown line is at work"
    code = at.f_code
    called = "" if at is inner else f", called {inner.f_code.co_name}"
    return f"{code.co_filename}:{at.f_lineno} is at work (in {code.co_name}{called})"
