"""IRC over WebSocket: aiohttp's client for what is right, bytes of our own for what isn't."""

from __future__ import annotations

import asyncio
import base64
import gc
import itertools
import socket
import struct
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec

import aiohttp
import pytest

from tests.support.certificates import Certificate, make_certificate
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ports import free_port

New = Callable[..., HubProcess]
SECONDS = 10.0
PAGE = "https://chat.example.org"
TEXT, BINARY = "text.ircv3.net", "binary.ircv3.net"
WORDS = "Grüße, 世界 \N{SLIGHTLY SMILING FACE}"
LONG = "x" * 400
_numbers = itertools.count(1)


class House(NamedTuple):
    """A hub for web clients."""

    hub: HubProcess
    certificate: Certificate
    plain: int
    secure: int
    shown: int
    irc: int


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Return a hub for all tests here."""
    folder = tmp_path_factory.mktemp("websocket")
    certificate = make_certificate(folder)
    tls = {"cert": str(certificate.cert), "key": str(certificate.key)}
    plain, secure, shown, irc = (free_port() for _ in range(4))
    at = {"address": "127.0.0.1"}
    web = {**at, "websocket": True}
    config = {
        "irc": {
            "listen": [
                {**web, "port": plain},
                {**web, "port": secure, "tls": tls},
                {**web, "port": shown, "tls": tls, "client_certificates": True},
                {**at, "port": irc},
            ],
            "cloak": {"enabled": False},
            "websocket": {"origins": [PAGE], "forwarded": ["127.0.0.1/32"]},
        },
        "limits": {"flood": {"burst": 1000000}, "unregistered_timeout": "2s"},
    }
    hub = HubProcess(folder, config, env={"WORDS_LOOP": request.param}).start()
    yield House(hub, certificate, plain, secure, shown, irc)
    assert "Traceback" not in hub.log
    hub.kill()


P = ParamSpec("P")


def on_one_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test of the hub, which is on each loop in turn, with one client's loop."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))
        with warnings.catch_warnings():  # aiohttp's client leaves closed sockets to the collector
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()

    return run


class Web:
    """A web client: `aiohttp.ClientWebSocketResponse` with lines."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.nick = f"web{next(_numbers)}"

    async def send(self, line: str) -> None:
        if self.socket.protocol == BINARY:
            await self.socket.send_bytes(line.encode())
        else:
            await self.socket.send_str(line)

    async def line(self) -> str:
        """Return the next line: a message of the kind that was agreed on, without its end."""
        message = await self.socket.receive(timeout=SECONDS)
        binary = self.socket.protocol == BINARY
        assert message.type == (aiohttp.WSMsgType.BINARY if binary else aiohttp.WSMsgType.TEXT)
        text: str = message.data.decode() if binary else message.data
        assert not text.endswith(("\r", "\n"))
        return text

    async def until(self, part: str) -> str:
        while part not in (line := await self.line()):
            pass
        return line

    async def register(self) -> Web:
        await self.send(f"NICK {self.nick}")
        await self.send(f"USER {self.nick} 0 * :w")
        await self.until(f" 001 {self.nick} ")
        return self

    async def host(self) -> str:
        """Return what WHOIS says of it: its host, and whether it is secure."""
        await self.send(f"WHOIS {self.nick}")
        host = (await self.until(f" 311 {self.nick} ")).split()[5]
        rest = []
        while " 318 " not in (line := await self.line()):
            rest.append(line)
        return host + " secure" * any(" 671 " in line for line in rest)


@pytest.mark.parametrize("protocols", [(TEXT,), (BINARY,), (BINARY, TEXT), ("x", TEXT), ()])
@on_one_loop
async def test_a_conversation(house: House, protocols: tuple[str, ...]) -> None:
    """Of the protocols the client's first that there is; without one as if it were text."""
    url = f"ws://127.0.0.1:{house.plain}/anything?at=all"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=protocols) as socket,
    ):
        known = [each for each in protocols if each != "x"]
        assert socket.protocol == (known[0] if known else None)
        web = await Web(socket).register()
        await asyncio.to_thread(_talk_to, house, web.nick)
        assert (await web.until(f" :{WORDS}")).split(" ")[1:3] == ["PRIVMSG", web.nick]
        await web.send(f"PRIVMSG irc-{web.nick} :{WORDS}\r\n")  # an end of line is forgiven
        await web.until(f" :{LONG}")
        await socket.ping(b"there?")
        await web.send("QUIT :bye")
        assert "Quit: bye" in await web.until("ERROR ")
        assert (await socket.receive(timeout=SECONDS)).type == aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1000


def _talk_to(house: House, nick: str) -> None:
    """Say something by plain IRC, and something else when that was answered."""

    def answer() -> None:
        with irc:
            assert irc.expect("PRIVMSG").text == WORDS
            irc.ask(f"PRIVMSG {nick} :{LONG}")

    irc = Client(house.irc).register(f"irc-{nick}")
    irc.ask(f"PRIVMSG {nick} :{WORDS}")
    threading.Thread(target=answer).start()


@pytest.mark.parametrize("shown", [False, True])
@on_one_loop
async def test_over_tls(house: House, shown: bool) -> None:
    url = f"wss://localhost:{house.shown if shown else house.secure}/"
    context = house.certificate.context
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, ssl=context, protocols=[TEXT]) as socket,
    ):
        web = await Web(socket).register()
        assert await web.host() == "127.0.0.1 secure"
        await web.send(f"PRIVMSG {web.nick} :{LONG}")
        assert (await web.until(" PRIVMSG ")).endswith(LONG)


@on_one_loop
async def test_who_came_by_a_web_server(house: House) -> None:
    """The last address that isn't the server's own counts; what is before it anybody can write."""
    cases = [
        ("10.9.9.9, 192.0.2.7", "http", "192.0.2.7"),
        ("192.0.2.8, 127.0.0.1", "https", "192.0.2.8 secure"),
        ("unknown", "https", "127.0.0.1"),
        ("", "", "127.0.0.1"),
    ]
    async with aiohttp.ClientSession() as session:
        for told, way, host in cases:
            headers = {"X-Forwarded-For": told, "X-Forwarded-Proto": way}
            url = f"ws://127.0.0.1:{house.plain}/"
            async with session.ws_connect(url, headers=headers, protocols=[TEXT]) as socket:
                assert await (await Web(socket).register()).host() == host


@on_one_loop
async def test_pages_of_others(house: House) -> None:
    url = f"ws://127.0.0.1:{house.plain}/"
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url, headers={"Origin": PAGE}) as socket:
            await Web(socket).register()
        for origin in ("https://evil.example.org", PAGE + ".evil.org", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await session.ws_connect(url, headers={"Origin": origin})
            assert caught.value.status == 403


# What isn't right


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Return what closes the test's connections."""
    with ExitStack() as stack:
        yield stack


def _connect(stack: ExitStack, port: int, data: bytes = b"") -> socket.socket:
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS))
    connection.sendall(data)
    return connection


def _request(**more: str) -> bytes:
    headers = {
        "Host": "irc.example.org",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
        "Sec-WebSocket-Protocol": TEXT,
        **more,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"GET / HTTP/1.1\r\n{lines}\r\n".encode()


def _frame(data: bytes, first: int = 0x81, *, mask: bool = True) -> bytes:
    size = len(data)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size)
    if size > 0xFFFF:
        length = b"\x7f" + struct.pack("!Q", size)
    if not mask:
        return bytes([first]) + length + data
    return bytes([first, length[0] | 0x80]) + length[1:] + b"\0\0\0\0" + data


def _said(connection: socket.socket) -> bytes:
    said = b""
    try:
        while more := connection.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


def _until(connection: socket.socket, text: bytes) -> bytes:
    said = b""
    while text not in said:
        more = connection.recv(65536)
        assert more, said
        said += more
    return said


def _open(stack: ExitStack, house: House) -> socket.socket:
    """Return a connection after the handshake."""
    connection = _connect(stack, house.plain, _request())
    assert _until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
    return connection


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: \xff\r\n\r\n", b"400"),
        (b"NICK ann\r\nUSER a 0 * :a\r\n", b"400"),
        (_request(**{"Sec-WebSocket-Version": "8"}), b"426"),
        (_request(**{"Sec-WebSocket-Key": ""}), b"400"),
        (_request(**{"Upgrade": "h2c"}), b"400"),
        (b"POST" + _request()[3:], b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 200_000, b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300), b"400"),
        (bytes(range(256)) * 8, b"400"),
    ],
    ids=[
        "page",
        "host",
        "text",
        "irc",
        "version",
        "key",
        "upgrade",
        "method",
        "headers",
        "tls",
        "bytes",
    ],
)
def test_no_handshake(house: House, stack: ExitStack, data: bytes, status: bytes) -> None:
    said = _said(_connect(stack, house.plain, data))
    assert said.startswith(b"HTTP/1.1 " + status) or said == b""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_frame(b"NICK x", mask=False), 1002),
        (_frame(b"NICK x", 0xC1), 1002),  # a bit of an extension that wasn't agreed on
        (_frame(b"NICK x", 0x83), 1002),  # no such kind of frame
        (_frame(b"NICK x", 0x80), 1002),  # goes on with nothing
        (_frame(b"x" * 126, 0x89), 1002),  # a ping that is too long
        (_frame(b"NICK \xff\xfe"), 1007),
        (_frame(b"x" * 9000), 1009),
        (_frame(b"x" * 5000, 0x01) + _frame(b"x" * 5000, 0x80), 1009),
        (bytes([0x81, 0xFF]) + struct.pack("!Q", 1 << 62) + bytes(20_000), 1009),
        (_frame(b"", 0x89) * 200, 1008),
        (_frame(b"") * 200, 1008),
        (_frame(b"\x03\xe8bye", 0x88), 1000),
        (_frame(b"", 0x88), 1005),
        (_frame(b"\x03", 0x88), 1002),
    ],
    ids=[
        *("unmasked", "extension", "kind", "continued", "long ping", "not utf-8", "long"),
        *(
            "long in parts",
            "endless",
            "pings",
            "empty ones",
            "bye",
            "bye without code",
            "half a code",
        ),
    ],
)
def test_frames_that_are_wrong(house: House, stack: ExitStack, data: bytes, code: int) -> None:
    """Each ends its connection, with the code that RFC 6455 has for it."""
    connection = _open(stack, house)
    connection.sendall(data)
    said = _said(connection)
    expected = b"\x88\x00" if code == 1005 else b"\x88"
    at = said.rindex(expected)
    if code != 1005:
        assert struct.unpack_from("!H", said, at + 2) == (code,)
    assert b"ERROR " in said[:at]


def test_fragments(house: House, stack: ExitStack) -> None:
    """A line in pieces, byte by byte, with pings between; many lines in one go."""
    connection = _open(stack, house)
    nick = f"frag{next(_numbers)}"
    line = f"NICK {nick}".encode()
    pieces = [_frame(line[:1], 0x01)]
    pieces += [_frame(bytes([byte]), 0x00) + _frame(b"?", 0x89) for byte in line[1:-1]]
    pieces += [_frame(line[-1:], 0x80)]
    for byte in b"".join(pieces):
        connection.sendall(bytes([byte]))
    assert _until(connection, b"\x8a\x01?")
    connection.sendall(_frame(f"USER {nick} 0 * :u".encode()))
    _until(connection, f" 001 {nick} ".encode())
    lines = [_frame(f"PRIVMSG {nick} :number {number}.".encode()) for number in range(2000)]
    connection.sendall(b"".join(lines) + _frame(b"PING end"))
    said = _until(connection, b" PONG ")
    assert [said.index(b":number %d." % number) for number in (0, 999, 1999)] == sorted(
        said.index(b":number %d." % number) for number in (0, 999, 1999)
    )
    assert said.count(b":number ") == 2000


def test_silence_and_rest(house: House, stack: ExitStack) -> None:
    """Half a handshake has the time of a registration; so has half of one after it."""
    half = _connect(stack, house.plain, b"GET / HTTP/1.1\r\nHost:")
    silent = _connect(stack, house.secure)
    unnamed = _open(stack, house)
    assert _said(half) == _said(silent) == b""
    assert b"Registration timed out" in _said(unnamed)


def test_places_are_given_back(new_hub: New, stack: ExitStack) -> None:
    """Whatever becomes of a handshake; who is refused before it is told nothing."""
    listen = {"address": "127.0.0.1", "port": free_port(), "websocket": True}
    limits = {"connections_per_address": 2, "exempt": []}
    hub = new_hub({"irc": {"listen": [listen]}, "limits": limits}).start()
    port = hub.irc_port
    for data in (b"", b"GET", b"NICK a\r\n\r\n", _request(Origin="x"), _request()):
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port), SECONDS) as one:
                one.sendall(data)
                if data == _request():
                    _until(one, b"101")
                elif b"\r\n\r\n" in data:
                    _until(one, b"HTTP/1.1 ")
            while _free(port) < 2:
                pass


def _free(port: int) -> int:
    """Return how many more may come just now."""
    with ExitStack() as stack:
        made = [_connect(stack, port) for _ in range(3)]
        return sum(_opens(each) for each in made)


def _opens(connection: socket.socket) -> bool:
    try:
        connection.sendall(_request())
        return connection.recv(12) == b"HTTP/1.1 101"
    except ConnectionError:
        return False


def test_only_where_it_is_for(new_hub: New, tmp_path: Path) -> None:
    listen: dict[str, Any] = {"address": "127.0.0.1", "port": free_port(), "websocket": True}
    hub = new_hub({"toc": {"listen": [listen]}})
    done = hub.words("check-config")
    assert done.returncode == 1
    assert "toc.listen[0].websocket: is for IRC only" in done.stderr
