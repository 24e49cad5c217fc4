"""``words chat``: as a command, and with a hub of its own in a pseudo-terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest

from tests.support.hub import HubProcess
from tui_client.app import WordsChat
from words.cli import chat

WITHOUT = """
import sys
sys.modules["textual"] = None
from words.cli import main
sys.argv = ["words", *{arguments!r}]
main()
"""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command where Textual isn't installed."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(arguments=arguments)],
        env={**os.environ, "WORDS_CHAT_CONFIG": str(folder), "WORDS_CHAT_STATE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_without_textual_it_says_what_to_install(tmp_path: Path) -> None:
    done = run("chat", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == chat.MISSING
    assert run("chat", "--help", folder=tmp_path).returncode == 0


def test_without_a_terminal_it_draws_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "words", "chat", "pb://127.0.0.1:1"],
        env={**os.environ, "WORDS_CHAT_CONFIG": str(tmp_path), "WORDS_CHAT_STATE": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr
    assert "\x1b" not in done.stderr


def test_an_account_that_isnt_saved(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "words", "chat", "--account", "alice"],
        env={**os.environ, "WORDS_CHAT_CONFIG": str(tmp_path), "WORDS_CHAT_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert "no saved account alice" in done.stderr


async def test_standing_still_is_said() -> None:
    class Told:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def notify(self, text: str, severity: str) -> None:
            self.lines.append(text)

    told = Told()
    watching = asyncio.create_task(chat._watch(cast(WordsChat, told)))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(time.sleep, chat.LATE + 0.3)  # as an fsync does
    async with asyncio.timeout(20):
        while not told.lines:  # noqa: ASYNC110 - what is watched is the loop itself
            await asyncio.sleep(0.01)
    watching.cancel()
    assert "stood still" in told.lines[0]


class Terminal:
    """A program in a pseudo-terminal of 100x30."""

    def __init__(self, *command: str, env: dict[str, str]) -> None:
        self.output = b""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(env, TERM="xterm-256color", COLUMNS="100", LINES="30")
            os.execv(sys.executable, [sys.executable, *command])

    def until(self, text: str) -> None:
        """Read until something has been written; raises TimeoutError."""
        end = time.monotonic() + 30
        while text.encode() not in self.output:
            if time.monotonic() > end:
                raise TimeoutError(self.output[-2000:].decode(errors="replace"))
            if select.select([self.fd], [], [], 0.1)[0]:
                self.output += os.read(self.fd, 65536)

    def type(self, text: str) -> None:
        """Type something."""
        self.output = b""
        os.write(self.fd, text.encode())

    def wait(self) -> int:
        """Read to the end; return the exit status."""
        with pytest.raises(OSError, match=r".*"):  # noqa: PT012 - how the end of a terminal is told
            while True:
                if not os.read(self.fd, 65536):
                    raise OSError
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_a_hub_of_its_own(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path)
    env = {**hub.env, "WORDS_CHAT_CONFIG": str(tmp_path / "c"), "WORDS_CHAT_STATE": str(tmp_path)}
    command = ("-m", "words", "chat", "--local", "--config", str(hub.config_path))
    terminal = Terminal(*command, env=env)
    terminal.until("Ctrl+Q quit")
    terminal.type("\r")  # as a guest
    terminal.until("Write a message")
    terminal.type("/join home\r")
    terminal.until("#home")
    terminal.type("hello\r")
    terminal.until("✓")  # on disk
    terminal.type("\x11")
    assert terminal.wait() == 0
    assert "ERROR" not in (tmp_path / "hub.log").read_text()
