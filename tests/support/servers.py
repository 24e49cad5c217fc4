"""Servers of other people as processes: each in a folder of its own, killed and started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self


class ServerProcess:
    """What runs `command` in ``folder``, which must be there; its output is the file ``out``."""

    start_seconds = 10.0

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return what starts it in the foreground."""
        raise NotImplementedError

    def ready(self) -> None:
        """Return if it can be used now; raises `OSError` otherwise."""
        socket.create_connection(("127.0.0.1", self.port)).close()

    def start(self) -> Self:
        """Start it and wait until it can be used."""
        self._process = self._run(self.command())
        deadline = time.monotonic() + self.start_seconds
        while True:
            try:
                self.ready()
                return self
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise AssertionError(self._out.read_text()[-3000:]) from None
                time.sleep(0.02)

    @property
    def _out(self) -> Path:
        return self.folder / "out"

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self._out.open("ab") as out:
            return subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    @property
    def pid(self) -> int:
        """The process, which must run."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would; nothing happens if it doesn't run."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
