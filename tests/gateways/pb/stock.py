"""Driving the stock client of `stock_words`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Self

from tests.support.hub import HubProcess
from words.admin.client import ask

PROGRAM = Path(__file__).with_name("stock_words.py")
SECONDS = 20.0


def app_password(hub: HubProcess, name: str, *, md5: bool = True) -> str:
    """Return a new app password of an identity for the label "pb"."""
    arguments = {"name": name, "label": "pb", "md5": md5}
    made = ask(hub.data / "admin.sock", "app-password-add", arguments)
    return str(made["password"])


class StockClient:
    """The program; every wait is bounded and raises TimeoutError."""

    def __init__(self, port: int, login: str, password: str, certificate: Path | None = None):
        tls = [str(certificate)] if certificate else []
        self._command = [sys.executable, str(PROGRAM), str(port), login, password, *tls]
        self.heard: list[list[Any]] = []
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def order(self, line: str) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def next(self) -> list[Any]:
        """Return the next thing that it prints."""
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise EOFError(f"it ended; heard: {self.heard}")
        self.heard.append(json.loads(line))
        return self.heard[-1]

    async def until(self, *start: object) -> list[Any]:
        """Return the next thing that begins so."""
        while (found := await self.next())[: len(start)] != list(start):
            pass
        return found
