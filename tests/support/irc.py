"""A synchronous IRC client for tests that want to see every line as it is.

    alice = Client(port).register("alice", caps="message-tags echo-message")
    alice.join("#g")
    assert words(alice.ask("TOPIC #g")) == [("331", "alice", "#g", "No topic is set")]

`ask` sends lines and returns all that came before the answer to a PING sent after them; since a
connection's answers keep the order of its commands, and what a turn tells others leaves with
its answers, `sync` on another client then returns all that it was told of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import secrets
import socket
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, Self

SECONDS = 10.0
"""The longest wait for one line."""

_barriers = itertools.count(1)
_UNESCAPES = {"\\:": ";", "\\s": " ", "\\\\": "\\", "\\r": "\r", "\\n": "\n"}


class Line(NamedTuple):
    """One line of the server."""

    tags: dict[str, str]
    source: str
    command: str
    params: tuple[str, ...]
    raw: str

    @property
    def words(self) -> tuple[str, ...]:
        """The command and its parameters."""
        return (self.command, *self.params)

    @property
    def nick(self) -> str:
        """The nick of the source."""
        return self.source.partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.params[-1]


def parse(raw: str) -> Line:
    """Return a line as its parts."""
    rest, tags, source = raw, {}, ""
    if rest[:1] == "@":
        head, _, rest = rest[1:].partition(" ")
        for tag in head.split(";"):
            key, _, value = tag.partition("=")
            tags[key] = _unescape(value)
    if rest[:1] == ":":
        source, _, rest = rest[1:].partition(" ")
    middles, colon, trailing = rest.partition(" :")
    command, *params = middles.split(" ")
    return Line(tags, source, command, (*params, trailing) if colon else tuple(params), raw)


def _unescape(value: str) -> str:
    for escaped, plain in _UNESCAPES.items():
        value = value.replace(escaped, plain) if "\\" in value else value
    return value


def words(lines: Iterable[Line], *commands: str) -> list[tuple[str, ...]]:
    """Return command and parameters of lines; with ``commands`` of these only."""
    return [line.words for line in lines if not commands or line.command in commands]


def codes(lines: Iterable[Line]) -> list[str]:
    """Return the commands of lines."""
    return [line.command for line in lines]


class Client:
    """One connection; every wait for a line is bounded by SECONDS and raises TimeoutError."""

    def __init__(self, where: int | Path, *, tls: ssl.SSLContext | None = None) -> None:
        unix = isinstance(where, Path)
        self.socket = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        self.socket.settimeout(SECONDS)
        if not unix:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.connect(str(where) if unix else ("127.0.0.1", where))
            if tls is not None:
                self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        except OSError:
            self.socket.close()
            raise
        self._data = b""
        self.nick = ""
        self.log: list[str] = []
        self.ended = False

    # Lines

    def send(self, *lines: str) -> None:
        """Send lines."""
        self.send_bytes("".join(f"{line}\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def read(self) -> Line | None:
        """Return the next line, None at the end; the server's PING is answered."""
        while b"\r\n" not in self._data:
            try:
                got = self.socket.recv(65536)
            except ConnectionError:
                got = b""
            except TimeoutError as error:
                raise TimeoutError(f"nothing came; before it: {self.log[-20:]}") from error
            if not got:
                self.ended = True
                return None
            self._data += got
        data, _, self._data = self._data.partition(b"\r\n")
        raw = data.decode()
        self.log.append(raw)
        line = parse(raw)
        if line.command == "PING":
            self.send(f"PONG :{line.text}")
            return self.read()
        return line

    def expect(self, command: str, *params: str) -> Line:
        """Return the next line that begins with these words; the lines before it are dropped."""
        while (line := self.read()) is not None:
            if line.command == command and line.params[: len(params)] == params:
                return line
        raise EOFError(f"no {command} {params} before the end: {self.log[-20:]}")

    def sync(self) -> list[Line]:
        """Return every line that came until the server has done all that was asked before."""
        token = f"barrier-{next(_barriers)}"
        self.send(f"PING :{token}")
        lines: list[Line] = []
        while (line := self.read()) is not None:
            if line.command == "PONG" and line.text == token:
                return lines
            lines.append(line)
        raise EOFError(f"the connection ended: {self.log[-20:]}")

    def ask(self, *lines: str) -> list[Line]:
        """Send lines; return what came of them, and whatever else came meanwhile."""
        self.send(*lines)
        return self.sync()

    def one(self, line: str) -> Line:
        """Send a line; return its answer, which must be a single line."""
        answer = self.ask(line)
        assert len(answer) == 1, [each.raw for each in answer]
        return answer[0]

    def rest(self) -> list[Line]:
        """Return all lines until the end of the connection."""
        lines = []
        while (line := self.read()) is not None:
            lines.append(line)
        return lines

    # Coming in and going

    def capabilities(self, caps: str) -> None:
        """Ask for capabilities; they must be granted."""
        self.send("CAP LS 302", f"CAP REQ :{caps}")
        while (line := self.read()) is not None and line.params[1] == "LS":
            pass
        assert line is not None
        assert line.params[1] == "ACK", line.raw

    def register(
        self, nick: str, *, caps: str = "", password: str = "", real_name: str = ""
    ) -> Self:
        """Come in as ``nick``; with ``password`` as the account of that name, by SASL PLAIN."""
        if caps or password:
            self.capabilities(f"{caps} sasl" if password else caps)
        if password:
            self.sasl_plain(nick, password)
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{real_name or nick}")
        if caps or password:
            self.send("CAP END")
        self.nick = self.expect("001").params[0]
        self.sync()
        return self

    def sasl_plain(self, account: str, password: str) -> Line:
        """Log in; return the line that says how it ended."""
        self.send("AUTHENTICATE PLAIN")
        self.expect("AUTHENTICATE", "+")
        self.authenticate(f"\0{account}\0{password}".encode())
        return self.sasl_end()

    def authenticate(self, response: bytes) -> None:
        """Send a SASL response, in chunks of 400 characters."""
        text = base64.b64encode(response).decode()
        chunks = [text[start : start + 400] for start in range(0, len(text), 400)]
        if len(text) % 400 == 0:
            chunks.append("+")
        self.send(*(f"AUTHENTICATE {chunk}" for chunk in chunks))

    def sasl_end(self) -> Line:
        """Return the numeric that ends a SASL exchange."""
        ends = {"902", "903", "904", "905", "906", "907"}
        while (line := self.read()) is not None:
            if line.command in ends:
                return line
        raise EOFError(f"no end of SASL: {self.log[-20:]}")

    def sasl_scram(
        self, account: str, password: str, meanwhile: Callable[[], object] | None = None
    ) -> Line:
        """Log in by SCRAM-SHA-256 (RFC 5802, 7677), and check the server's signature.

        ``meanwhile`` is called when it is proved who one is, and one hasn't taken that.
        """
        self.send("AUTHENTICATE SCRAM-SHA-256")
        self.expect("AUTHENTICATE", "+")
        first = f"n={account},r={secrets.token_urlsafe(18)}"
        self.authenticate(f"n,,{first}".encode())
        challenge = self._challenge()
        given = dict(part.split("=", 1) for part in challenge.split(","))
        salted = hashlib.pbkdf2_hmac(
            "sha256", password.encode(), base64.b64decode(given["s"]), int(given["i"])
        )
        without = f"c=biws,r={given['r']}"
        signed = f"{first},{challenge},{without}".encode()
        client_key = _hmac(salted, b"Client Key")
        signature = _hmac(hashlib.sha256(client_key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self.authenticate(f"{without},p={base64.b64encode(proof).decode()}".encode())
        line = self.read()
        assert line is not None
        if line.command != "AUTHENTICATE":
            return line
        expected = base64.b64encode(_hmac(_hmac(salted, b"Server Key"), signed)).decode()
        assert base64.b64decode(line.text).decode() == f"v={expected}"
        if meanwhile is not None:
            meanwhile()
        self.send("AUTHENTICATE +")
        return self.sasl_end()

    def _challenge(self) -> str:
        text = ""
        while len(chunk := self.expect("AUTHENTICATE").text) == 400:
            text += chunk
        return base64.b64decode(text + ("" if chunk == "+" else chunk)).decode()

    def join(self, channel: str, key: str = "") -> list[Line]:
        """Enter a channel; return all that the server said of it."""
        lines = self.ask(f"JOIN {channel} {key}".rstrip())
        assert "366" in codes(lines), [line.raw for line in lines]
        return lines

    def quit(self) -> None:
        """Leave, and return when the server has closed the connection."""
        self.send("QUIT")
        self.rest()
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
