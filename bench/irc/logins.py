"""Crowds that log in: everybody comes back at once, some inside talk, somebody guesses.

Everything is asyncio in one process. What SCRAM costs a client is computed before, once: real
clients keep their derived keys, and a machine that is both sides would measure itself.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import itertools
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from words.journal.journal import Journal
from words.passport.identity import PassportSettings
from words.passport.register import Register
from words.passport.scram import Verifier, make_verifier
from words.storage.store import Store

PASSWORD = "correct horse battery staple"
CHANNEL = "#inside"
_ADDRESSES = 200
_BEAT = 0.05
"""Seconds between two messages of those inside."""


class Storm(msgspec.Struct, frozen=True):
    """What happened while a crowd logged in."""

    seconds: float
    """Until the last was in."""
    let_in: int
    lost: int
    login_p50: float
    login_p99: float
    delivery_p50: float
    delivery_p99: float
    """Seconds from one inside to another, all the time."""
    deliveries: int
    guesses: int = 0
    guessed: int = 0
    answers: tuple[str, ...] = ()
    """What guessers were told, each once."""


class Crowd(msgspec.Struct, frozen=True):
    """Identities with one password, and one salt, so that a client's keys are computed once."""

    names: tuple[str, ...]
    verifier: Verifier


def make_crowd(path: Path, count: int, iterations: int) -> Crowd:
    """Put identities into the file of a hub that doesn't run."""
    verifier = make_verifier(PASSWORD, iterations)
    names = tuple(f"member{number:05}" for number in range(count))
    store = Store(path)
    register = Register(Journal(store), PassportSettings(iterations))
    for name in names:
        register.add(name, verifier)
    store.close()
    return Crowd(names, verifier)


async def storm(port: int, crowd: Crowd, mechanism: str, *, guessers: int = 0) -> Storm:
    """Let everybody log in at once while two inside talk and some guess; return what happened."""
    async with _talking(port) as delays:
        guesses: list[str] = []
        guessing = [
            asyncio.create_task(_guess(port, place, crowd, guesses)) for place in range(guessers)
        ]
        start = time.monotonic()
        coming = [
            asyncio.create_task(_come(port, place, name, crowd, mechanism))
            for place, name in enumerate(crowd.names)
        ]
        outcomes = await asyncio.gather(*coming, return_exceptions=True)
        seconds = time.monotonic() - start
        for task in guessing:
            task.cancel()
        await asyncio.gather(*guessing, return_exceptions=True)
    took = sorted(each[0] for each in outcomes if not isinstance(each, BaseException))
    for each in outcomes:
        if not isinstance(each, BaseException):
            each[1].close()
    return Storm(
        seconds,
        len(took),
        len(outcomes) - len(took),
        _quantile(took, 0.5),
        _quantile(took, 0.99),
        _quantile(sorted(delays), 0.5),
        _quantile(sorted(delays), 0.99),
        len(delays),
        len(guesses),
        sum(" 903 " in each for each in guesses),
        tuple(sorted({" ".join(each.split()[1:2] + each.split()[3:]) for each in guesses})),
    )


class Line:
    """A connection that reads and writes lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int, source: str) -> "Line":
        """Connect from one of this machine's own addresses."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)))

    def send(self, *lines: str) -> None:
        """Send lines."""
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def until(self, *commands: str) -> str:
        """Return the next line with one of these commands; PING is answered meanwhile."""
        while True:
            line = (await self._reader.readuntil(b"\r\n")).decode().rstrip()
            first, _, rest = line.partition(" ")
            if first == "PING":
                self.send(f"PONG {rest}")
            elif (rest.split(" ", 1)[0] if first[:1] == ":" else first) in commands:
                return line
            elif first == "ERROR":
                raise ConnectionError(line)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def _source(place: int, block: int) -> str:
    return f"127.0.{block}.{place % _ADDRESSES + 2}"


async def _come(
    port: int, place: int, name: str, crowd: Crowd, mechanism: str
) -> tuple[float, Line]:
    start = time.monotonic()
    line = await Line.to(port, _source(place, 1))
    line.send("CAP REQ :sasl", f"NICK {name}", f"USER {name} 0 * :bench")
    line.send(f"AUTHENTICATE {mechanism}")
    await line.until("AUTHENTICATE")
    if mechanism == "PLAIN":
        line.send(f"AUTHENTICATE {plain(name, PASSWORD)}")
    else:
        await _scram(line, name, crowd.verifier)
    told = await line.until("903", "904")
    if " 903 " not in told:
        raise ConnectionError(told)
    line.send("CAP END")
    await line.until("001")
    return time.monotonic() - start, line


def plain(name: str, password: str) -> str:
    """Return the response of SASL PLAIN."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


_client_keys: dict[bytes, bytes] = {}


def _client_key(verifier: Verifier) -> bytes:
    """Return the key a client has derived and kept."""
    if verifier.salt not in _client_keys:
        salted = hashlib.pbkdf2_hmac(
            "sha256", PASSWORD.encode(), verifier.salt, verifier.iterations
        )
        _client_keys[verifier.salt] = hmac.digest(salted, b"Client Key", "sha256")
    return _client_keys[verifier.salt]


async def _scram(line: Line, name: str, verifier: Verifier) -> None:
    first = f"n={name},r={secrets.token_urlsafe(18)}"
    line.send("AUTHENTICATE " + base64.b64encode(f"n,,{first}".encode()).decode())
    challenge = base64.b64decode((await line.until("AUTHENTICATE")).split()[1]).decode()
    nonce = challenge.split(",")[0]
    final = f"c=biws,{nonce}"
    key = _client_key(verifier)
    said = f"{first},{challenge},{final}".encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), said, "sha256")
    proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
    text = f"{final},p={base64.b64encode(proof).decode()}"
    line.send("AUTHENTICATE " + base64.b64encode(text.encode()).decode())
    await line.until("AUTHENTICATE")
    line.send("AUTHENTICATE +")


async def _guess(port: int, place: int, crowd: Crowd, told: list[str]) -> None:
    """Guess as fast as the hub answers, in turn names that are there and names that aren't."""
    source = _source(place, 2)
    for number in itertools.count():
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with _connected(port, source) as line:
                line.send("CAP REQ :sasl", f"NICK g{place}", f"USER g{place} 0 * :bench")
                for name in (crowd.names[(place + number) % len(crowd.names)], f"nobody{number}"):
                    line.send("AUTHENTICATE PLAIN")
                    await line.until("AUTHENTICATE")
                    line.send(f"AUTHENTICATE {plain(name, secrets.token_hex(8))}")
                    told.append(await line.until("903", "904"))


@contextlib.asynccontextmanager
async def _connected(port: int, source: str) -> AsyncIterator[Line]:
    line = await Line.to(port, source)
    try:
        yield line
    finally:
        line.close()


async def attempt(port: int, source: str, name: str) -> tuple[float, str]:
    """Try a wrong password; return how long the answer took, and it."""
    line = await Line.to(port, source)
    line.send("CAP REQ :sasl", "NICK probe", "USER probe 0 * :bench", "AUTHENTICATE PLAIN")
    await line.until("AUTHENTICATE")
    start = time.perf_counter()
    line.send(f"AUTHENTICATE {plain(name, 'wrong password')}")
    told = await line.until("903", "904")
    took = time.perf_counter() - start
    line.close()
    return took, told


@contextlib.asynccontextmanager
async def _talking(port: int) -> AsyncIterator[list[float]]:
    """Let one inside talk to another all the time; the list has how long each message took."""
    delays: list[float] = []
    pair = [await Line.to(port, "127.0.0.1") for _ in range(2)]
    for line, nick in zip(pair, ("teller", "hearer"), strict=True):
        line.send(f"NICK {nick}", f"USER {nick} 0 * :bench")
        await line.until("001")
        line.send(f"JOIN {CHANNEL}")
        await line.until("366")

    async def tell() -> None:
        while True:
            pair[0].send(f"PRIVMSG {CHANNEL} :{time.monotonic()}")
            await asyncio.sleep(_BEAT)

    async def hear() -> None:
        while True:
            said = await pair[1].until("PRIVMSG")
            delays.append(time.monotonic() - float(said.rpartition(":")[2]))

    async def answer_pings() -> None:
        await pair[0].until("QUIT OF THE SERVER")

    tasks = [asyncio.create_task(each()) for each in (tell, hear, answer_pings)]
    try:
        yield delays
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for line in pair:
            line.close()


def _quantile(ordered: list[float], part: float) -> float:
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else float("nan")
