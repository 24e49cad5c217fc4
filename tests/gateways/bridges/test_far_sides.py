"""What XMPP and Matrix servers, and people on them, can send: that link at worst; long texts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.bridges import network as n
from gateways.bridges.matrix.api import PATIENCE, WAIT, Api, MatrixError, patience
from gateways.bridges.matrix.events import Where, contents, news
from gateways.bridges.seal import Seal
from gateways.bridges.xmpp import archive
from gateways.bridges.xmpp.hearing import Heard, Memory
from gateways.bridges.xmpp.stanzas import RELAY, text_of
from gateways.bridges.xmpp.writing import message
from tests.gateways.bridges.conftest import Stage, bridge_enters, irc_bridge, next_said
from tests.gateways.bridges.test_hostile import Rude
from tests.support.ircds import Ngircd
from words.events import Span

SPACE, ROOM, SECRET = "jabber:client", "room@there", "secret"
SEAL = Seal("a secret")
PERSON = n.Person("zoe@there", "zoe")
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXTS = st.text(CHARACTERS | st.sampled_from("\n\t\"'&<>]"), min_size=1)
SAID = st.tuples(TEXTS, st.sampled_from([1, 100, 10_000])).map(
    lambda each: (each[0] * each[1]).encode()[: 64 * 1024].decode(errors="ignore")
)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["body", "msgtype", "m.relates_to", "rel_type", "event_id", "key", "redacts",
                 "m.new_content", "format", "formatted_body", "chat.words.key", "chat.words.hops"]
            ),
            inner,
            max_size=5,
        )
    ),
)  # fmt: skip


def sent(letter: n.Letter) -> ET.Element:
    """Return a letter's stanza as another side parses it."""
    return ET.fromstring(text_of(message(letter, SPACE, SEAL, named=False)))


@pytest.mark.parametrize("link", ["http://a\ufffe", "http://a\ud800", "http://a\x0b"])
def test_a_link_that_xml_cannot_have_is_left_out(link: str) -> None:
    stanza = sent(n.Letter("k", ROOM, "ann", text="hi", spans=(Span(0, 2, "link", link),)))
    assert [each.tag.rpartition("}")[2] for each in stanza] == ["body", "relay"]


@settings(max_examples=30)
@given(SAID)
def test_any_text_is_one_stanza_that_servers_take(text: str) -> None:
    """Not so: U+FFFE, U+FFFF and control characters, of which XML has none."""
    letter = n.Letter("hub-1", ROOM, "ann", text=text, spans=(Span(0, len(text), "bold"),))
    stanza = message(letter, SPACE, SEAL, named=False)
    assert len(text_of(stanza).encode()) < 256 * 1024
    assert sent(letter).findtext(f"{{{SPACE}}}body") == text


@settings(max_examples=30)
@given(SAID, st.sampled_from(["say", "edit"]))
def test_any_text_is_events_that_homeservers_take(text: str, act: n.Act) -> None:
    letter = n.Letter(
        "hub-1", ROOM, "ann", act, text, (Span(0, len(text), "bold"),), target=("$1",)
    )
    made = contents(letter, ghost=True)
    assert "".join(each.get("m.new_content", each)["body"] for each in made) == text
    assert all(len(json.dumps(each, ensure_ascii=False).encode()) < 65_000 for each in made)
    assert [bool(each.get("chat.words.key")) for each in made] == [False] * (len(made) - 1) + [True]


def heard(stanza: ET.Element, room: str = ROOM) -> Heard:
    """Return what an adapter makes of a stanza."""
    return Heard(stanza, room, PERSON, room, SEAL)


def test_a_key_counts_only_in_its_room_with_our_seal() -> None:
    stanza = sent(n.Letter("hub-1", ROOM, "ann", text="hi"))
    assert heard(stanza).key == "hub-1"
    assert heard(stanza, "other@there").key == ""
    relay = stanza.find(f"{{{RELAY}}}relay")
    assert relay is not None
    relay.set("key", "hub-2")
    assert heard(stanza).key == ""
    relay.set("mac", Seal("").make(ROOM, "hub-2"))
    assert heard(stanza).key == ""


def test_formatting_that_is_nested_too_deep_is_left_out() -> None:
    deep = "<b>" * 20_000 + "x" + "</b>" * 20_000
    stanza = ET.fromstring(
        f'<message xmlns="{SPACE}"><body>x</body><html xmlns="http://jabber.org/protocol/xhtml-im">'
        f'<body xmlns="http://www.w3.org/1999/xhtml">{deep}</body></html></message>'
    )
    (told,) = heard(stanza).news(Memory())
    assert isinstance(told, n.MessageSeen)
    assert (told.text, told.spans) == ("x", ())


KINDS = st.sampled_from(
    ["m.room.message", "m.room.encrypted", "m.sticker", "m.reaction", "m.room.redaction"]
)


@settings(max_examples=300)
@given(KINDS, JSON, JSON)
def test_any_event_is_news_or_nothing(kind: str, content: Any, more: Any) -> None:
    where = Where(ROOM, "https://there", lambda user: PERSON, lambda user: user == "@hub:there")
    for sender in ("@zoe:there", "@hub:there", more):
        event = {"type": kind, "sender": sender, "event_id": "$1", "content": content}
        told = news({**event, "origin_server_ts": more, "redacts": more}, where)
        assert told is None or sender == "@hub:there" or told.key == ""


class Answers(BaseHTTPRequestHandler):
    """A homeserver that answers what its path's last part asks for."""

    bodies: ClassVar[dict[str, bytes]] = {
        "halves": b'{"a": ["\\ud83d", "\\ud83d\\ude00", "\\ude00\\ud83d"], "\\udfff": 1}',
        "deep": b"[" * 200_000,
        "noise": b"\xff\xfe{",
        "list": b"[]",
        "number": b'{"a": ' + b"9" * 10_000 + b"}",
    }

    def do_GET(self) -> None:
        """Answer."""
        name = self.path.rpartition("/")[2]
        self.send_response(200)
        self.end_headers()
        if name == "huge":
            chunk = b"x" * 1024 * 1024
            try:
                for _ in range(100):
                    self.wfile.write(chunk)
            except OSError:
                return
        self.wfile.write(self.bodies.get(name, b""))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def rude_homeserver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_answers_of_a_homeserver_that_are_none(rude_homeserver: str) -> None:
    async with aiohttp.ClientSession() as http:
        api = Api(http, rude_homeserver)
        assert await api.get("halves") == {
            "a": ["\ufffd", "\U0001f600", "\ufffd\ufffd"],
            "\ufffd": 1,
        }
        for name in ("deep", "noise", "list", "number", "huge", "nothing"):
            with pytest.raises((n.Lost, MatrixError)):
                await api.get(name)


@given(JSON | st.sampled_from([-1, 0, True, 10**400, 1e300, float("nan")]))
def test_no_server_has_us_wait_for_ever_or_ask_without_end(wanted: Any) -> None:
    assert WAIT <= patience(wanted) <= PATIENCE


class Stream:
    """A stream on which queries are answered by messages, as the real one hands them on."""

    def __init__(self, *senders: str) -> None:
        self._senders = senders

    def make_iq_set(self, query: ET.Element, **_: str) -> Stream:
        """Return a query."""
        self._query = query.get("queryid", "")
        return self

    async def send(self, **_: float) -> Stream:
        """Answer it in the name of each sender."""
        for number, sender in enumerate(self._senders):
            archive.take(
                ET.fromstring(
                    f'<message xmlns="{SPACE}" from="{sender}"><result xmlns="{archive.MAM}" '
                    f'queryid="{self._query}" id="{number}"/></message>'
                )
            )
        self.xml = ET.Element("iq")
        return self


async def test_only_who_is_asked_tells_what_an_archive_has() -> None:
    """A room hands on what its people send, and they could send such results."""
    stream = Stream(ROOM, f"{ROOM}/zoe", "zoe@there", "")
    assert await archive.last(stream, "hub@there/words", ROOM) == "0"
    stream = Stream("hub@there", f"{ROOM}/zoe", "there")
    assert await archive.last(stream, "hub@there/words", "") == "0"


STREAM = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
    b"xmlns:stream='http://etherx.jabber.org/streams' id='1' from='words.there'>"
)


def test_rude_servers_of_all_kinds_disturb_nobody(stage: Stage) -> None:
    kind = stage.server(Ngircd)
    zoe = stage.client(kind.port, "zoe", "#there")
    sent = {
        "noise": b"\xff\xfe<<<&&>" * 1000,
        "silent": b"",
        "endless": STREAM + b"<handshake/><message><body>" + b"x" * 6_000_000,
        "deep": STREAM + b"<handshake/>" + b"<message>" * 50_000,
        "http": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[[[[[",
    }
    rude = {name: Rude(data, hang_up=False) for name, data in sent.items()}
    bridges = []
    secret = stage.folder / "password"
    secret.write_text(SECRET)
    for name, each in rude.items():
        here = f"127.0.0.1:{each.port}"
        networks: dict[str, Any] = {
            "xm": {"xmpp": {"jid": "words.there", "server": here, "component": True}},
            "mx": {"matrix": {"server": f"http://{here}", "user": "@hub:there"}},
        }
        links = [{"room": "room@there", "group": "here"}]
        common = {"links": links, "password_file": str(secret)}
        bridges += [{"name": f"{name}-{n}", **common, **o} for n, o in networks.items()]
    hub = stage.hub(irc_bridge("kind", kind.port), *bridges)
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    for each in rude.values():
        for _ in range(2):
            assert each.met.acquire(timeout=20)
    for number in range(5):
        zoe.send(f"PRIVMSG #there :{number}")
        assert next_said(alice) == f"zoe/kind: {number}"
    alice.send("PRIVMSG #here :all is well")
    assert next_said(zoe) == "hub: <alice> all is well"
    assert "Traceback" not in hub.log
    for each in rude.values():
        each.close()
