"""Telling the service manager how the hub is (sd_notify(3)); without one nothing is said.

The watchdog is fed only by a hub whose turns pass: a loop that spins without working, or hangs,
is ended and started again. One that waits for a full disk is alive, and a restart wouldn't help.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping

from words.chat.turn import Turn

log = logging.getLogger(__name__)

BEATS = 3
"""How often within the manager's interval the watchdog is fed: two may come late."""


class Manager:
    """The service manager at the other end of ``NOTIFY_SOCKET``, if there is one."""

    def __init__(self, turn: Turn, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._turn = turn
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._interval = 0.0
        if environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid()):
            self._interval = int(environ.get("WATCHDOG_USEC", "0")) / 1e6

    def ready(self, status: str) -> None:
        """Say that the listeners are open, or that a reload is done."""
        self._say("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Say that a reload begins; `ready` ends it."""
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._say("STOPPING=1")

    async def watch(self) -> None:
        """Feed the watchdog for as long as turns pass; returns where there is none."""
        if not self._address or not self._interval:
            return
        turn = self._turn
        while True:
            before = turn.turns
            turn.touch()
            await asyncio.sleep(self._interval / BEATS)
            if turn.turns != before or turn.held:
                self._say("WATCHDOG=1")
            else:
                log.error("no turn passed in %.1f s", self._interval / BEATS)

    def _say(self, *lines: str) -> None:
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):  # Linux: a name without a file
            address = "\0" + address[1:]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager:
                manager.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            log.warning("the service manager can't be told %s: %s", lines[0], error)
