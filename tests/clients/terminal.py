"""Programs of the terminal, each in a pane of its own that a test types into and reads."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS = 20.0
"""The longest wait for a text."""

LOOK = 0.05
"""Seconds between two looks at a screen."""

SIZE = ("160", "100")
"""So wide that no line of a test is wrapped, so high that nothing leaves the screen."""


class Screen:
    """A program in a detached tmux session; `Terminal.run` makes it."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        self._terminal = terminal
        self._name = name

    def type(self, *lines: str) -> None:
        """Type lines, each with Enter."""
        for line in lines:
            self.put(line)
            self._terminal.tmux("send-keys", "-t", self._name, "Enter")

    def put(self, text: str) -> None:
        """Type a text without Enter."""
        self._terminal.tmux("send-keys", "-t", self._name, "-l", "--", text)

    @property
    def text(self) -> str:
        """What stands on the screen now."""
        return self._terminal.tmux("capture-pane", "-p", "-t", self._name)

    def wait(self, pattern: str, count: int = 1) -> str:
        """Return the screen once a regular expression is found ``count`` times."""
        deadline = time.monotonic() + SECONDS
        while len(re.findall(pattern, text := self.text)) < count:
            if time.monotonic() > deadline:
                screens = self._terminal.screens()
                raise TimeoutError(f"{self._name} never showed {pattern!r}:\n{screens}")
            time.sleep(LOOK)
        return text


class Terminal:
    """A tmux server of the test's own; `close` ends it with everything that runs in it."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"
        self._env = {name: value for name, value in os.environ.items() if name != "TMUX"}
        self._env |= {"LC_ALL": "C.UTF-8", "HOME": str(folder)}

    def run(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Screen:
        """Start a program; its screen is called ``name``."""
        columns, rows = SIZE
        variables = [part for item in env.items() for part in ("-e", "=".join(item))]
        self.tmux(
            *("new-session", "-d", "-s", name, "-x", columns, "-y", rows, *variables),
            *("--", *command),
        )
        return Screen(self, name)

    def screens(self) -> str:
        """Return what all programs show, without empty lines."""
        names = self.tmux("list-sessions", "-F", "#S").split()
        shown = [(name, self.tmux("capture-pane", "-p", "-t", name)) for name in names]
        return "\n".join(f"--- {name}:\n" + re.sub(r"\n\s*\n", "\n", text) for name, text in shown)

    def tmux(self, *arguments: str) -> str:
        """Run a command of tmux and return what it prints."""
        done = subprocess.run(
            ["tmux", "-u", "-S", str(self._socket), "-f", "/dev/null", *arguments],
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self) -> None:
        """End all programs."""
        subprocess.run(
            ["tmux", "-S", str(self._socket), "kill-server"],
            env=self._env,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
