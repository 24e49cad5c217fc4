"""A raw, blocking IRC client for tests: lines out, lines in until one that is awaited."""

from __future__ import annotations

import re
import socket
from typing import Self

SECONDS = 10.0


class RawClient:
    """One connection; every wait is bounded by SECONDS and raises TimeoutError."""

    def __init__(self, port: int, nick: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._incoming = self.socket.makefile("rb")
        self.seen: list[str] = []
        if nick:
            self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
            self.until(" 001 ")

    def send(self, *lines: str) -> None:
        """Send lines."""
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def read(self) -> str | None:
        """Return the next line, None at the end; a PING is answered."""
        data = self._incoming.readline()
        if not data:
            return None
        line = data.decode().rstrip("\r\n")
        self.seen.append(line)
        if line.startswith("PING "):
            self.send("PONG " + line.removeprefix("PING "))
        return line

    def until(self, pattern: str) -> str:
        """Return the next line in which a regular expression is found."""
        while (line := self.read()) is not None:
            if re.search(pattern, line):
                return line
        raise EOFError(f"no {pattern!r} before the end; seen: {self.seen}")

    def rest(self) -> list[str]:
        """Return all lines until the end of the connection."""
        lines = []
        while (line := self.read()) is not None:
            lines.append(line)
        return lines

    def close(self) -> None:
        """Hang up."""
        self._incoming.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
