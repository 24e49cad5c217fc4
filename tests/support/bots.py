"""A bot as a real process, on a file that outlives it.

    karma = BotProcess(folder, program, hub, "karma")
    karma.start(); karma.kill(); karma.start()

`start` returns when the bot is online. The hub gets an identity and an app password for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.support.hub import ROOT, HubProcess
from words.admin.client import ask

SECONDS = 20.0
"""The longest wait for something in the log."""


class BotProcess:
    """One program of a bot and, if it runs, its process."""

    started: ClassVar[list[BotProcess]] = []
    """All that were ever started: a fixture kills those that a failed test has left."""

    def __init__(
        self,
        folder: Path,
        program: str,
        hub: HubProcess,
        name: str,
        *,
        groups: Sequence[str] = ("lobby",),
        owners: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.py"
        self.path.write_text(program)
        self.log_path = folder / f"{name}.log"
        self.log_path.touch()
        admin = hub.data / "admin.sock"
        ask(admin, "user-add", {"name": name, "password": "password of a person", "rights": []})
        made = ask(admin, "app-password-add", {"name": name, "label": "bot"})
        self.data = folder / f"{name}.db"
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "WORDS_BOT_HUB": hub.pb_url,
            "WORDS_BOT_LOGIN": f"{name}/bot",
            "WORDS_BOT_PASSWORD": str(made["password"]),
            "WORDS_BOT_GROUPS": ",".join(groups),
            "WORDS_BOT_OWNERS": ",".join(owners),
            "WORDS_BOT_DATA": str(self.data),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._online = 0

    def start(self, *command: str) -> BotProcess:
        """Start it and wait until it is online; ``command`` comes before the file."""
        self.launch(*command)
        self.wait_for_log("online as", times=self._online + 1)
        return self

    def launch(self, *command: str) -> None:
        """Start it, and don't wait."""
        assert self._process is None, "it runs already"
        self.started.append(self)
        self._online = self.log.count("online as")
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command, str(self.path)],
                cwd=self.path.parent,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        """All that was logged, by every process."""
        return self.log_path.read_text()

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._process is not None, "it doesn't run"
        return self._process.pid

    def wait_for_log(self, text: str, *, times: int = 1) -> None:
        """Return when ``text`` has been logged so often; raises TimeoutError."""
        deadline = time.monotonic() + SECONDS
        while self.log.count(text) < times:
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise TimeoutError(f"never logged: {text!r}\n{self.log}")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it with SIGKILL; nothing happens if it doesn't run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """End it with SIGTERM; return the status."""
        assert self._process is not None
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; return the status."""
        assert self._process is not None
        status = self._process.wait(SECONDS)
        self._process = None
        return status
