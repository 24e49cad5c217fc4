"""A program of the terminal, in a pseudo-terminal of its own: its keys, its screen, its costs."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence

from bench.meter import cpu_of, rss_kib

ROWS, COLUMNS = 40, 120
_ESCAPES = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[\[?0-9;]*[@-~]|\x1b[@-Z78=>]|[\x0e\x0f]"
)
_TAIL = 65_536
"""Bytes of output in which a text is looked for."""


class TooLate(Exception):
    """A text didn't appear; the exception has the end of the output."""


class Program:
    """A running program, and what it has drawn of late."""

    def __init__(self, pid: int, terminal: int) -> None:
        self.pid = pid
        self._terminal = terminal
        self._drawn = b""

    @property
    def cpu(self) -> float:
        """Return its CPU seconds."""
        return cpu_of(self.pid).total

    @property
    def rss_mib(self) -> float:
        """Return its resident memory in MiB."""
        return rss_kib(self.pid) / 1024

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def forget(self) -> None:
        """Look for nothing of what was drawn until now."""
        self._drawn = b""

    def until(self, text: str, limit: float = 30.0) -> float:
        """Wait until a text is drawn in one piece; return the seconds. Raises `TooLate`."""
        begun = time.perf_counter()
        wanted = text.encode()
        while wanted not in _ESCAPES.sub(b"", self._drawn):
            if not self.draw(begun + limit - time.perf_counter()):
                raise TooLate(f"{text!r} isn't in {_ESCAPES.sub(b'', self._drawn)[-300:]!r}")
        return time.perf_counter() - begun

    def draw(self, seconds: float) -> bool:
        """Take what is drawn next, if anything is within so many seconds."""
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, seconds))
        if not ready:
            return False
        with contextlib.suppress(OSError):
            self._drawn = (self._drawn + os.read(self._terminal, 65_536))[-_TAIL:]
            return True
        return False

    def rest(self, seconds: float) -> None:
        """Let it draw for a while."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.draw(left)


@contextlib.contextmanager
def running(command: Sequence[str], env: Mapping[str, str]) -> Iterator[Program]:
    """Run a program while the block lasts; then it is killed."""
    pid, terminal = pty.fork()
    if not pid:
        os.execvpe(command[0], list(command), {**os.environ, **env, "TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        yield Program(pid, terminal)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
