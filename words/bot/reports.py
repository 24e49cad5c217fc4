"""Errors of handlers, as their owners are told: where, what, and not a hundred times."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from words.bot.handlers import Handler
from words.bot.things import Message

AGAIN = 600.0
"""Seconds before the same failure is reported once more; the log has them all."""


class Reports:
    """What was reported of late."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._told: dict[tuple[str, str], float] = {}

    def due(self, handler: Handler, error: BaseException, owners: Sequence[str]) -> Sequence[str]:
        """Return who is to be told."""
        now = time.monotonic()
        key = handler.name, type(error).__name__
        if self._told.get(key, -AGAIN) > now - AGAIN:
            return ()
        self._told[key] = now
        return owners

    def text(self, handler: Handler, error: BaseException, message: Message | None) -> str:
        """Return one line that says what happened where."""
        frames = traceback.extract_tb(error.__traceback__)
        file = getattr(getattr(handler.function, "__code__", None), "co_filename", "")
        mine = [frame for frame in frames if frame.filename == file] or frames[-1:]
        at = f"{Path(mine[-1].filename).name}:{mine[-1].lineno}" if mine else handler.place
        told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        where = f", said by {message.who} in {message.place}" if message is not None else ""
        return f'{self._bot}: {handler.kind} "{handler.name}" failed at {at}: {told}{where}'
