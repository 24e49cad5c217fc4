"""A peer of PB without a broker: it says whatever a test wants it to say, and notes all it hears.

peer = Peer(port)
me = peer.guest()
peer.call(me, "say", group="lobby", text=5)     # what was answered, or a `Failed`
peer.send(me, "ping"), peer.send(77, "ping")    # numbers, to `wait` for; or never
"""

from __future__ import annotations

import socket
from typing import Any, NamedTuple, Self, TypeAlias

from words.spread import banana, scram
from words.spread.limits import DEFAULT_LIMITS

SECONDS = 30.0
ROOT = b"root"

Calls: TypeAlias = list[tuple[Any, str, tuple[Any, ...], dict[str, Any]]]
"""Target, method, arguments, keyword arguments of each."""


class Raw(NamedTuple):
    """Jelly as it is to be sent."""

    sexp: Any


class Failed(NamedTuple):
    """What a call failed with."""

    type: str
    text: str


class Peer:
    """One connection; ``minds`` are the calls that it was told, ``others`` all else."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._scanner = banana.Scanner(DEFAULT_LIMITS)
        self._data = b""
        self._seen = 0
        self._number = 0
        self._answers: dict[int, Any] = {}
        self.minds: list[list[Any]] = []
        self.others: list[list[Any]] = []
        self.write(banana.encode(banana.PB, banana.NONE))
        self.tell(b"version", 6)
        self._dialects = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    # Saying

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def tell(self, *message: Any) -> None:
        """Send a message as it is."""
        self.write(banana.encode(list(message), banana.PB))

    def send(self, target: Any, method: str, *args: Any, **kw: Any) -> int:
        """Call; return the number."""
        return self.send_all([(target, method, args, kw)])[0]

    def send_all(self, calls: Calls) -> list[int]:
        """Call all these at once; return the numbers."""
        numbers = range(self._number + 1, self._number + len(calls) + 1)
        self._number += len(calls)
        data = b"".join(
            banana.encode(
                [b"message", number, target, method.encode(), 1, jellied(args), jellied(kw)],
                banana.PB,
            )
            for number, (target, method, args, kw) in zip(numbers, calls, strict=True)
        )
        self.write(data)
        return list(numbers)

    # Hearing

    def hear(self) -> None:
        """Read what comes next; raises EOFError at the end."""
        data = self._socket.recv(1 << 20)
        if not data:
            raise EOFError
        self._data += data
        while (end := self._scanner.feed(self._data, self._seen)) >= 0:
            found, _ = banana.decode(self._data[:end], dialect=banana.PB)
            self._data, self._seen = self._data[end:], 0
            self._scanner = banana.Scanner(DEFAULT_LIMITS)
            self._take(found)
        self._seen = len(self._data)

    def _take(self, found: Any) -> None:
        if self._dialects:
            self._dialects = False
        elif found[0] == b"answer":
            self._answers[found[1]] = plain(found[2])
        elif found[0] == b"error":
            fields = {key[1]: value for key, value in found[2][1][1:]}
            text = plain(fields[b"value"])
            self._answers[found[1]] = Failed(fields[b"type"].decode(), text)
        elif found[0] == b"message":
            self.minds.append(found)
        else:
            self.others.append(found)

    def wait(self, number: int) -> Any:
        """Return what a call was answered with."""
        while number not in self._answers:
            self.hear()
        return self._answers.pop(number)

    def heard(self) -> set[int]:
        """Return the calls that are answered by now, and not waited for."""
        self._socket.settimeout(0)
        try:
            while True:
                self.hear()
        except BlockingIOError:
            return set(self._answers)
        finally:
            self._socket.settimeout(SECONDS)

    def call(self, target: Any, method: str, *args: Any, **kw: Any) -> Any:
        """Call, and return what was answered."""
        return self.wait(self.send(target, method, *args, **kw))

    def rest(self) -> None:
        """Read until the other hangs up."""
        try:
            while True:
                self.hear()
        except (EOFError, ConnectionError):
            self.close()

    # Logging in: each returns the number of the perspective, or how it failed

    def guest(self, mind: Any = None) -> Any:
        """Log in as nobody."""
        return self.call(ROOT, "loginAnonymous", mind)

    def login(self, name: str, password: str, service: str = "chat", mind: Any = None) -> Any:
        """Log in by SCRAM."""
        client = scram.Client(name, password)
        found = self.call(ROOT, "loginScram", client.first(), service)
        if isinstance(found, Failed):
            return found
        challenge, referee = found
        proved = self.call(referee, "prove", client.final(challenge), mind)
        return proved if isinstance(proved, Failed) else proved[1]


def jellied(value: Any) -> Any:
    """Return a value as jelly; what is `Raw` as it is."""
    if isinstance(value, Raw):
        return value.sexp
    if value is None:
        return [b"None"]
    if isinstance(value, bool):
        return [b"boolean", b"true" if value else b"false"]
    if isinstance(value, str):
        return [b"unicode", value.encode("utf-8", "surrogatepass")]
    if isinstance(value, list | tuple):
        return [type(value).__name__.encode(), *map(jellied, value)]
    if isinstance(value, dict):
        pairs = [[jellied(key), jellied(item)] for key, item in value.items()]
        return [b"dictionary", *pairs]
    return value


def plain(sexp: Any) -> Any:
    """Return what jelly stands for; references are their numbers."""
    if not isinstance(sexp, list):
        return sexp
    tag, rest = sexp[0], sexp[1:]
    if tag == b"unicode":
        return rest[0].decode()
    if tag in (b"list", b"tuple"):
        return [plain(each) for each in rest]
    if tag == b"dictionary":
        return {plain(key): plain(value) for key, value in rest}
    if tag == b"boolean":
        return rest[0] == b"true"
    return None if tag == b"None" else rest[-1]
