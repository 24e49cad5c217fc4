"""Many IRC clients in one process: sockets, registration, joining.

Connections come from 200 loopback addresses, so that neither ports nor a peer's limits per address
run out. Before anything is said, lines are searched only for what the phase waits for; how messages
are counted is in fanout.py.
"""

import contextlib
import re
import select
import socket
import ssl
import time
from collections.abc import Callable

from bench.irc.spec import LoadSpec

BUFFER = 1 << 18
SENDER_CAPABILITIES = b"message-tags batch labeled-response echo-message"
_ADDRESSES = 200
_TAIL = 64
_JOINING = 20
_WELCOME = re.compile(rb"^:\S+ 001 ", re.MULTILINE)
_NAMES_END = re.compile(rb"^:\S+ 366 ", re.MULTILINE)
_REFUSED = re.compile(
    rb"^(?:ERROR :|:\S+ (?:40[35]|43[23]|46[45]|47[1-7]|CAP \S+ NAK) )", re.MULTILINE
)


class LoadError(Exception):
    """The load could not be carried out: the server closed, refused, or fell silent."""


class Swarm:
    """All clients of one load, and the epoll that they share."""

    def __init__(self, spec: LoadSpec, port: int, burst: int) -> None:
        self.spec = spec
        self.port = port
        self.burst = burst
        self.cipher = ""
        self.deadline = time.monotonic() + spec.limit
        self.buffer = bytearray(BUFFER)
        self.poller = select.epoll()
        self.sockets: list[socket.socket] = []
        self.receivers: dict[int, Callable[[bytearray], int]] = {}
        self._index: dict[int, int] = {}
        self._tails: dict[int, bytes] = {}
        """Clients that wait for something, each with the end of what it last read."""
        self._awaited = _WELCOME
        self._context = _tls_context() if spec.tls else None

    def register(self) -> None:
        """Connect and register every client; return when each is welcome."""
        senders = set(self.spec.sender_indexes()) if self.spec.labels else set()
        self._awaited = _WELCOME
        for index in range(self.spec.clients):
            self._connect(index)
            hello = f"NICK b{index}\r\nUSER b{index} 0 * :bench\r\n".encode()
            if index in senders:
                hello = b"CAP REQ :%b\r\n%bCAP END\r\n" % (SENDER_CAPABILITIES, hello)
            self.send(index, hello)
            self._tails[index] = b""
            self._wait(self.burst)
        self._wait(0)

    def join(self) -> None:
        """Put the clients into their groups; return when each has its list of names."""
        self._awaited = _NAMES_END
        for index in range(self.spec.groups * self.spec.group_size):
            self.send(index, b"JOIN %b\r\n" % self.group_of(index))
            self._tails[index] = b""
            self._wait(_JOINING)
        self._wait(0)

    def settle(self, quiet: float = 0.2) -> None:
        """Read until nobody has been told anything for a while."""
        while self.pump(quiet):
            self._check_time()

    def group_of(self, index: int) -> bytes:
        """Name the group of a client."""
        return b"#bench%d" % (index % self.spec.groups)

    def send(self, index: int, data: bytes) -> None:
        """Send now, or fail: no client is ever so far behind that its kernel buffer is full."""
        try:
            sent = self.sockets[index].send(data)
        except (OSError, ssl.SSLError) as error:
            raise LoadError(f"client {index} cannot send: {error}") from error
        if sent != len(data):
            raise LoadError(f"client {index}: the server does not read")

    def pump(self, timeout: float) -> int:
        """Read what is there; give the number of clients that had something."""
        events = self.poller.poll(timeout)
        for fd, _ in events:
            size = self.receivers[fd](self.buffer)
            if size:
                self._read(self._index[fd], bytes(memoryview(self.buffer)[:size]))
        return len(events)

    def _read(self, index: int, data: bytes) -> None:
        if data.startswith(b"PING ") or b"\nPING " in data:
            token = data.partition(b"PING ")[2].partition(b"\r\n")[0]
            self.send(index, b"PONG %b\r\n" % token)
        tail = self._tails.get(index)
        if tail is None:
            return
        data = tail + data
        refusal = _REFUSED.search(data)
        if refusal:
            raise LoadError(f"client {index} was refused: {data[refusal.start() :][:200]!r}")
        if self._awaited.search(data):
            del self._tails[index]
        else:
            self._tails[index] = data[-_TAIL:]

    def _wait(self, at_most: int) -> None:
        """Read until at most so many clients wait for their answer."""
        while len(self._tails) > at_most:
            self.pump(1.0)
            self._check_time()

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise LoadError(f"out of time, {len(self._tails)} clients still wait")

    def _connect(self, index: int) -> None:
        raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        raw.settimeout(10.0)
        try:
            raw.bind((f"127.0.0.{index % _ADDRESSES + 2}", 0))
            raw.connect(("127.0.0.1", self.port))
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = raw if self._context is None else self._context.wrap_socket(raw)
        except OSError as error:
            raise LoadError(f"client {index} cannot connect: {error}") from error
        client.setblocking(False)
        if isinstance(client, ssl.SSLSocket):
            receiver = _tls_receiver(client)
            chosen = client.cipher()
            self.cipher = f"{chosen[1]} {chosen[0]}" if chosen else "?"
        else:
            receiver = _plain_receiver(client)
        fd = client.fileno()
        self.sockets.append(client)
        self.receivers[fd] = receiver
        self._index[fd] = index
        self.poller.register(fd, select.EPOLLIN)


def _plain_receiver(client: socket.socket) -> Callable[[bytearray], int]:
    receive_into = client.recv_into

    def receive(buffer: bytearray) -> int:
        try:
            size = receive_into(buffer)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise LoadError(f"a connection broke: {error}") from error
        if not size:
            raise LoadError("the server closed a connection")
        return size

    return receive


def _tls_receiver(client: ssl.SSLSocket) -> Callable[[bytearray], int]:
    receive_into = client.recv_into

    def receive(buffer: bytearray) -> int:
        """Read records until none is left: decrypted bytes are invisible to epoll."""
        view = memoryview(buffer)
        size = 0
        with contextlib.suppress(ssl.SSLWantReadError):
            while size < BUFFER:
                got = receive_into(view[size:])
                if not got:
                    raise LoadError("the server closed a connection")
                size += got
        return size

    return receive


def _tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
