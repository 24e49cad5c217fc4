"""A synchronous TOC client for tests, as strict as naim: what a server may not do raises `Fault`.

    alice = TocClient(hub.toc_port).sign_on("alice", "sesame street")
    alice.send_im("bob", "hi")
    assert bob.sync() == ["IM_IN:alice:F:hi"]

`sync` asks for the status of somebody whom nobody can be called, so its answer comes after all
that was asked before; what a turn tells others leaves with its answers, so `sync` on another
client then returns all that it was told of it.
"""

from __future__ import annotations

import errno
import itertools
import select
import socket
from typing import Literal, Self

from gateways.toc.arguments import quote
from gateways.toc.roast import auth_code, roast
from gateways.toc.sflap import (
    FLAPON,
    HEADER,
    MARK,
    MODULUS,
    PAYLOAD_MAX,
    Kind,
    pack,
    signon_payload,
)

SECONDS = 10.0
"""The longest wait for one frame."""

Sign = Literal["toc_signon", "toc2_signon", "toc2_login"]

_barriers = itertools.count(1)


class Fault(AssertionError):
    """The server did what it may not do."""


class TocClient:
    """One connection; every wait is bounded by SECONDS and raises TimeoutError."""

    def __init__(self, port: int, *, first: int = 65500) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b""
        self._sequence = first
        self._theirs = -1
        self.kinds: list[int] = []
        self.log: list[str] = []
        self.ended = False

    # Frames

    def pack(self, payload: bytes, kind: int = Kind.DATA) -> bytes:
        """Return the next frame of this client."""
        data = pack(kind, self._sequence, payload)
        self._sequence = (self._sequence + 1) % MODULUS
        return data

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def command(self, text: str | bytes) -> None:
        """Send a command as it is."""
        data = text.encode() if isinstance(text, str) else text
        self.send_bytes(self.pack(data + b"\0"))

    def send(self, name: str, *arguments: str | bytes) -> None:
        """Send a command with its arguments in quotes."""
        given = [each.encode() if isinstance(each, str) else each for each in arguments]
        self.command(b" ".join([name.encode(), *map(quote, given)]))

    def frame(self) -> tuple[int, bytes] | None:
        """Return type and payload of the next frame, None at the end."""
        while (found := self._cut()) is None:
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
        return found

    def _cut(self) -> tuple[int, bytes] | None:
        if len(self._data) < HEADER.size:
            return None
        mark, kind, sequence, size = HEADER.unpack_from(self._data)
        if mark != MARK or kind not in (Kind.SIGNON, Kind.DATA, Kind.KEEP_ALIVE):
            raise Fault(f"no frame: {self._data[:20]!r}")
        if size > PAYLOAD_MAX:
            raise Fault(f"a payload of {size} bytes")
        if len(self._data) < HEADER.size + size:
            return None
        if self._theirs >= 0 and sequence != (self._theirs + 1) % MODULUS:
            raise Fault(f"frame {sequence} after {self._theirs}")
        self._theirs = sequence
        payload = self._data[HEADER.size : HEADER.size + size]
        self._data = self._data[HEADER.size + size :]
        if kind == Kind.DATA and b"\0" in payload:
            raise Fault(f"a NUL in {payload!r}")
        self.kinds.append(kind)
        return kind, payload

    def nothing_came(self) -> bool:
        """Return whether there is nothing to read now: for what the hub is known to have done."""
        return not self._data and not select.select([self.socket], [], [], 0)[0]

    # Messages

    def read(self) -> bytes | None:
        """Return the next message, None at the end."""
        while (found := self.frame()) is not None:
            kind, payload = found
            if kind == Kind.DATA:
                self.log.append(payload.decode("utf-8", "replace"))
                return payload
        return None

    def expect(self, start: str) -> str:
        """Return the next message that begins so; those before it are dropped."""
        while (data := self.read()) is not None:
            text = data.decode("utf-8", "replace")
            if text.startswith(start):
                return text
        raise EOFError(f"no {start} before the end: {self.log[-20:]}")

    def sync_bytes(self) -> list[bytes]:
        """Return every message that came until the server has done all that was asked."""
        token = f"nobody-{next(_barriers)}"
        self.send("toc_get_status", token)
        found: list[bytes] = []
        while (data := self.read()) is not None:
            if data == f"ERROR:901:{token}".encode():
                return found
            found.append(data)
        raise EOFError(f"the connection ended: {self.log[-20:]}")

    def sync(self) -> list[str]:
        """Return the same as texts."""
        return [data.decode() for data in self.sync_bytes()]

    def ask(self, name: str, *arguments: str | bytes) -> list[str]:
        """Send a command; return what came of it, and whatever else came meanwhile."""
        self.send(name, *arguments)
        return self.sync()

    def rest(self) -> list[str]:
        """Return all messages until the end of the connection."""
        found = []
        while (data := self.read()) is not None:
            found.append(data.decode("utf-8", "replace"))
        return found

    # Coming in and going

    def greet(self, name: str) -> None:
        """Do the handshake of SFLAP."""
        self.send_bytes(FLAPON)
        found = self.frame()
        if found != (Kind.SIGNON, b"\0\0\0\1"):
            raise Fault(f"no SIGNON: {found}")
        self.send_bytes(self.pack(signon_payload(name.encode()), Kind.SIGNON))

    def log_in(self, name: str, password: str, how: Sign = "toc_signon") -> None:
        """Send the handshake and the sign-on."""
        self.greet(name)
        roasted = roast(password.encode()).decode()
        start = f'{how} login.oscar.aol.com 5190  {name} {roasted} english "TIC:TiK"'
        code = auth_code(name.encode(), password.encode())
        if how == "toc2_signon":
            start += f" 160 {code}"
        elif how == "toc2_login":
            start += f' 160 US "" "" 3 0 30303 -kentucky -utf8 {code}'
        self.command(start)

    def sign_on(
        self, name: str, password: str, how: Sign = "toc_signon", *, done: bool = True
    ) -> Self:
        """Come in; until ``toc_init_done`` nothing but CONFIG and NICK may come."""
        self.log_in(name, password, how)
        wanted = "TOC1.0" if how == "toc_signon" else "TOC2.0"
        first = [(self.read() or b"").split(b":")[0].decode() for _ in range(3)]
        if self.log[0] != f"SIGN_ON:{wanted}" or set(first[1:]) - {"CONFIG", "CONFIG2", "NICK"}:
            raise Fault(f"the sign-on: {self.log}")
        if done:
            self.command("toc_init_done")
            self.sync()
        return self

    @property
    def config(self) -> str:
        """The list that came with the sign-on."""
        return next(each for each in self.log if each.startswith("CONFIG")).partition(":")[2]

    def send_im(self, to: str, text: str | bytes) -> list[str]:
        """Say something to somebody; return what came."""
        return self.ask("toc_send_im", to, text)

    def join(self, room: str) -> str:
        """Enter a room; return its number."""
        self.send("toc_chat_join", "4", room)
        number = self.expect("CHAT_JOIN:").split(":")[1]
        self.expect(f"CHAT_UPDATE_BUDDY:{number}:T:")
        return number

    def hang_up(self) -> None:
        """Say that nothing more is said; what the hub says until it has ended can be read."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:  # the hub was first
                raise

    def close(self) -> None:
        """Be gone."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
