"""A hub as a real process: ``python -m words serve`` on a data folder that outlives it.

    hub = HubProcess(tmp_path, {"irc": {"replay_on_join": 10}}).start()
    ... connect to ("127.0.0.1", hub.irc_port) ...
    hub.kill(); hub.start()      # or hub.restart(): the same data, the same port

The fixtures ``hub`` (one that runs) and ``new_hub`` (makes them, `HubProcess`'s arguments after
the folder) of tests/conftest.py kill them after the test; where it failed, their logs are shown.

`start` returns when the hub has said that it is ready.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from tests.support.ports import free_port

ROOT = Path(__file__).parent.parent.parent
READY = "Ready:"
START_SECONDS = 30.0
STOP_SECONDS = 10.0

Values = Mapping[str, Any]
NOTHING: Values = {}


class HubFailed(Exception):
    """The hub ended, wasn't ready in time or didn't end; the text has its log."""


class HubProcess:
    """One data folder, and the hub that runs on it, if one does.

    ``config`` goes over what tests want: an IRC and a PB listener on free ports that stay the same
    over restarts, cheap password hashes, data in ``folder/data``. A text is the whole file.
    """

    def __init__(
        self,
        folder: Path,
        config: Values | str = NOTHING,
        *,
        command: Sequence[str] = (sys.executable, "-m", "words"),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.command = list(command)
        self.config_path = folder / "config.toml"
        self.log_path = folder / "hub.log"
        self.lines: list[str] = []
        ours = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONFAULTHANDLER": "1"}
        self.env = {**os.environ, **ours, **(env or {})}
        # Kept bytecode, as on users' machines: compiling what was changed would cost each start.
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)
        self._process: subprocess.Popen[str] | None = None
        self._port = self._pb_port = self._toc_port = 0
        self.configure(config)

    def configure(self, config: Values | str) -> None:
        """Write another configuration; it counts from the next start or reload on."""
        if isinstance(config, str):
            self.config_path.write_text(config)
            return
        self._port = self._port or free_port()
        self._pb_port = self._pb_port or free_port()
        self._toc_port = self._toc_port or free_port()
        base: dict[str, Any] = {
            "hub": {"data": "data"},
            "passport": {"iterations": 4096},
            "irc": {"listen": [{"address": "127.0.0.1", "port": self._port}]},
            "pb": {"listen": [{"address": "127.0.0.1", "port": self._pb_port}]},
            "toc": {"listen": [{"address": "127.0.0.1", "port": self._toc_port}]},
        }
        self.config_path.write_text(toml(_merged(base, config)))

    def start(self) -> HubProcess:
        """Start a hub and wait until it listens; raises `HubFailed`."""
        assert self._process is None, "it runs already"
        with self.log_path.open("a") as log:
            process = subprocess.Popen(
                [*self.command, "serve", "--config", str(self.config_path)],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._process = process
        watchdog = threading.Timer(START_SECONDS, process.send_signal, [signal.SIGABRT])
        watchdog.start()
        try:
            self.lines = self._read_lines(process)
        finally:
            watchdog.cancel()
        if not self.lines or not self.lines[-1].startswith(READY):
            status = self.wait()
            raise HubFailed(f"status {status}: {self.lines}\n{self.log}")
        return self

    @staticmethod
    def _read_lines(process: subprocess.Popen[str]) -> list[str]:
        lines = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(READY):
                break
        return lines

    @property
    def running(self) -> bool:
        """Whether it was started and not ended from here."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._process is not None, "it doesn't run"
        return self._process.pid

    @property
    def irc_ports(self) -> list[int]:
        """The ports of the IRC listeners, those with TLS included, in the order of the config."""
        found = [re.match(r"IRC\b[^(]*:(\d+)\b", line) for line in self.lines]
        return [int(match[1]) for match in found if match]

    @property
    def irc_port(self) -> int:
        """The port of the first IRC listener, on 127.0.0.1."""
        return self.irc_ports[0]

    @property
    def toc_port(self) -> int:
        """The port of the first TOC listener, on 127.0.0.1."""
        found = [re.match(r"TOC\b[^(]*:(\d+)\b", line) for line in self.lines]
        return next(int(match[1]) for match in found if match)

    @property
    def pb_ports(self) -> list[int]:
        """The ports of the PB listeners, those with TLS included, in the order of the config."""
        found = [re.match(r"PB\b.*:(\d+)\b", line) for line in self.lines]
        return [int(match[1]) for match in found if match]

    @property
    def pb_url(self) -> str:
        """Where the first PB listener is."""
        return f"pb://127.0.0.1:{self.pb_ports[0]}"

    @property
    def log(self) -> str:
        """All that was logged, by every hub on this folder."""
        return self.log_path.read_text() if self.log_path.exists() else ""

    def wait_for_log(self, text: str, timeout: float = STOP_SECONDS, *, times: int = 1) -> None:
        """Return when ``text`` has been logged so often; raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while self.log.count(text) < times:
            if time.monotonic() > deadline:
                raise TimeoutError(f"never logged: {text!r}\n{self.log}")
            time.sleep(0.01)

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def wait(self, timeout: float = STOP_SECONDS) -> int:
        """Wait for the end and return the status, -N after signal N.

        Raises `HubFailed` where it doesn't end: the log has then where its threads were, too.
        """
        assert self._process is not None, "it doesn't run"
        process = self._process
        try:
            status, ended = process.wait(timeout), True
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # faulthandler tells where it is
            process.send_signal(signal.SIGCONT)
            status, ended = process.wait(), False
        assert process.stdout is not None
        process.stdout.close()
        self._process = None
        if not ended:
            raise HubFailed(f"it hadn't ended after {timeout} seconds\n{self.log}")
        return status

    def stop(self) -> int:
        """End it with SIGTERM; return the status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut would; nothing happens if it doesn't run."""
        if self._process is not None:
            self._process.kill()
            self.wait()

    def restart(self) -> HubProcess:
        """Kill it and start it again on the same data and port."""
        self.kill()
        return self.start()

    def words(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run another command with this hub's configuration, whether it runs or not."""
        return subprocess.run(
            [*self.command, *arguments, "--config", str(self.config_path)],
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )

    def add_user(self, name: str, password: str) -> None:
        """Make an identity."""
        done = self.words("user", "add", name, "--password-stdin", stdin=password + "\n")
        assert done.returncode == 0, done.stderr

    def status(self) -> dict[str, Any]:
        """Return what ``words status --json`` says."""
        done = self.words("status", "--json")
        assert done.returncode == (0 if self.running else 3), done.stderr
        return cast("dict[str, Any]", json.loads(done.stdout))


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, Mapping):
            value = _merged(below, value)
        merged[key] = value
    return merged


def toml(values: Mapping[str, Any]) -> str:
    """Return nested values as TOML, its tables written inline."""
    return "".join(f"{_text(key)} = {_text(value)}\n" for key, value in values.items())


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_text(key)} = {_text(item)}" for key, item in value.items())
        return "{ " + inner + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return json.dumps(str(value))
