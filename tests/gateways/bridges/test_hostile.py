"""Far sides that send what nobody should: it costs that link at worst."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.bridges import network as n
from gateways.bridges.forms import DIRECT
from gateways.bridges.inward import clean, line, pieces
from gateways.bridges.irc.pacing import Pacing
from gateways.bridges.irc.posting import KEY_TAG, MARK_TAG
from gateways.bridges.irc.session import _HANDLERS, Session
from gateways.bridges.irc.wire import read
from gateways.bridges.seal import Seal
from tests.gateways.bridges.conftest import Stage, bridge_enters, irc_bridge, next_said
from tests.support.ircds import Ngircd
from tests.support.shell import shell
from words.config import IrcBridge
from words.events import Actor, Quit, Span
from words.names import foreign_name
from words.typed_toml import Line, Word

WORDS = [
    "hub", "zoe", "#there", "#else", "*", ":", "", "+", "-", "+1", "-1", "ACK", "LS", "NAK", "DEL",
    "sasl", "batch", "draft/multiline", "chathistory", ":text", ":\x01ACTION", "\x01", "\x03",
    "=", "@zoe", ":zoe!u@h", "x" * 200, "é", "\x02", "PREFIX=", "CASEMAPPING=x", "LINELEN=-1",
    "CHATHISTORY=0", "words-1", "RELAYMSG", "BATCH", "BATCH", "msgid=1",
]  # fmt: skip
SETTINGS = IrcBridge((Line("h:1"),), Word("hub"))
COMMANDS = sorted({*_HANDLERS, "CAP", "AUTHENTICATE", "433", "904", "403", "404", "471", "XYZ"})
SENT = st.lists(
    st.tuples(
        st.sampled_from(["", "@batch=1 ", "@msgid=x;+words.chat/key=k ", "@=;; "]),
        st.sampled_from(["", ":hub!u@h ", ":zoe!u@h ", ":server ", ": "]),
        st.sampled_from(COMMANDS),
        st.lists(st.sampled_from(WORDS), max_size=5),
    ),
    max_size=30,
)


@given(SENT, st.booleans())
def test_no_line_of_a_server_breaks_a_session(
    sent: list[tuple[str, str, str, list[str]]], ready: bool
) -> None:
    told: list[n.News] = []
    session = Session(
        SETTINGS, "", Pacing(), told.append, lambda line: None, lambda: 0.0, Seal("a secret")
    )
    session.begin()
    if ready:
        for each in (b":s CAP * LS :message-tags", b":s 001 hub :hi", b":s 376 hub :end"):
            given_line = read(each)
            assert given_line is not None
            session.take(given_line)
    session.open("#there")
    session.give(n.Letter("k", "#there", "ann", text="hi", target=("1",)))
    for tags, source, command, params in sent:
        made = read(f"{tags}{source}{command} {' '.join(params)}".encode())
        if made is not None:
            with suppress(n.Lost):
                session.take(made)
        session.post.next(0.0)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_line_or_none(data: bytes) -> None:
    read(data.replace(b"\n", b""))


@given(st.text(), st.integers(-2, 20), st.integers(-2, 20), st.integers(8, 40))
def test_any_text_can_be_said_in_pieces(text: str, start: int, end: int, limit: int) -> None:
    made = pieces(text, (Span(start, end, "bold"),), limit)
    assert "".join(piece for piece, _ in made) == clean(text)
    for piece, spans in made:
        assert len(piece.encode()) <= limit
        assert all(0 <= span.start < span.end <= len(piece) for span in spans)
    assert line(text).isprintable() or not set(line(text)) & {"\n", "\r", "\0", "\x1b"}


@given(st.text(), st.sampled_from(["net", "a-b"]))
def test_any_name_is_harmless_here(name: str, network: str) -> None:
    shown = foreign_name(name, network)
    kept, sign, end = shown.partition("/")
    assert (sign, end) == ("/", network)
    assert kept
    assert len(shown.encode()) <= 64
    assert not set(shown) & set(" ,:!@#\r\n\0\u202e")


def test_who_leaves_is_told_to_nobody_elsewhere_one_by_one() -> None:
    """A crowd that leaves would be as many news for each of those who stay."""
    native, _ = DIRECT
    actor = Actor(7, "zoe/far", "zoe", "far", "", 0, "far")
    assert native.encode(Quit(0, 0, 1, 1, actor, "bye", (3,)), "") is None


class Rude:
    """A server that answers with garbage, or not at all; the rest of it when somebody joins."""

    def __init__(self, data: bytes, *, hang_up: bool, joined: bytes = b"") -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.met = threading.Semaphore(0)
        self._data = data
        self._joined = joined
        self._hang_up = hang_up
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                self._open.append(client)
                with suppress(OSError):
                    client.sendall(self._data)
                    self._greet(client)
                if self._hang_up:
                    client.close()
                self.met.release()

    def _greet(self, client: socket.socket) -> None:
        heard = b""
        while self._joined and b"JOIN" not in heard:
            heard += client.recv(1000) or b"JOIN"
        client.sendall(self._joined)

    def close(self) -> None:
        """End it."""
        for each in (self._socket, *self._open):
            each.close()


@pytest.fixture
def rude() -> Iterator[list[Rude]]:
    rng = random.Random(1)
    noise = rng.randbytes(300_000)
    welcome = b":s 001 hub :hi\r\n:s 376 hub :end\r\n"
    entered = b":hub!u@h JOIN #there\r\n:s 366 hub #there :e\r\n"
    names = b"".join(
        b":%s!u@h JOIN #there\r\n" % rng.randbytes(9).hex().encode() for _ in range(500)
    )
    shouts = b":\x1b[2J<b>!\xff@\xfe PRIVMSG #there :\x1b]0;owned\x07 \xff\xfe\r\n" * 500
    nobody = b":!u@h PRIVMSG #there :the bridge\r\n:!u@h NICK zoe\r\n:!u@h QUIT :bye\r\n"
    made = [
        Rude(noise, hang_up=True),
        Rude(b"", hang_up=False),
        Rude(welcome, joined=entered + nobody + names + shouts + noise, hang_up=True),
        Rude(b"x" * 3_000_000, hang_up=False),
    ]
    yield made
    for each in made:
        each.close()


def test_rude_servers_disturb_nobody(stage: Stage, rude: list[Rude]) -> None:
    kind = stage.server(Ngircd)
    zoe = stage.client(kind.port, "zoe", "#there")
    bridges = [irc_bridge(f"rude{number}", each.port) for number, each in enumerate(rude)]
    hub = stage.hub(irc_bridge("kind", kind.port), *bridges)
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    for each in rude:
        assert each.met.acquire(timeout=10)
    for number in range(20):
        zoe.send(f"PRIVMSG #there :{number}")
        while (heard := next_said(alice)) != f"zoe/kind: {number}":
            assert "/rude2: " in heard
            assert "\x1b" not in heard
    alice.send("PRIVMSG #here :all is well")
    while (heard := next_said(zoe)) != "hub: <alice> all is well":
        assert heard.startswith("hub: <")
    assert "bridge/rude2" in str(alice.ask("NAMES #here"))  # whoever has no name there
    assert "Traceback" not in hub.log


def test_nobody_passes_for_a_message_of_ours(stage: Stage) -> None:
    """Who sees a message here before it is there can't make the bridge believe that it is there."""
    network = stage.hub()
    zoe = stage.client(network.irc_port, "zoe", "#there", caps="message-tags")
    hub = stage.hub(irc_bridge("far", network.irc_port))
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here", caps="message-tags echo-message")
    first = alice.ask("PRIVMSG #here :one")[0].tags["msgid"]
    tags = zoe.expect("PRIVMSG").tags
    key, mark = tags[KEY_TAG], tags[MARK_TAG]
    assert key.endswith(first)
    assert shell(hub, "bridge", "pause", "far").returncode == 0
    second = alice.ask("PRIVMSG #here :two")[0].tags["msgid"]
    forged = key.replace(first, second)
    zoe.ask(f"@{KEY_TAG}={forged};{MARK_TAG}={mark} PRIVMSG #there :forged")
    assert shell(hub, "bridge", "resume", "far").returncode == 0
    assert next_said(alice) == "zoe/far: forged"
    assert next_said(zoe) == "hub: <alice> two"
