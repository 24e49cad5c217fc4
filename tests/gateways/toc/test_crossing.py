"""Texts between TOC, IRC and the service: nothing is injected in any direction, styles survive.

What reads the results is not ours: the standard library's parser of HTML for what goes to TOC.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.irc import formatting
from gateways.toc import html
from gateways.toc.arguments import quote
from tests.gateways.toc.conftest import People
from tests.gateways.toc.test_html import styled
from words.events import Span

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

ATTRIBUTES = {"a": {"href"}, "font": {"color", "back"}}
CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")

html_like = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            [
                *("<b>", "</b>", "<I>", "</i>", "<a href=", "javascript:x", "http://x.org/?a&b"),
                *("</a>", "<font color=red>", "</font>", "<script>", "</script>", "<!--", "-->"),
                *("&lt;", "&#60;", "&#0;", "&#10;", "&#x81;", "&amp;lt;", "&", "<", ">", '"', "'"),
                *("\r\n", "\n", "\r", "\x01ACTION", "\x02", "\x03" + "04", "\x1b[31m", ":", " "),
            ]
        ),
    ),
    max_size=12,
).map("".join)


class Reader(HTMLParser):
    """Reads HTML as a browser would, and remembers the text; fails on what we never write."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.text += "\n"
            return
        assert tag in ("b", "i", "u", "s", "tt", "font", "a"), tag
        assert {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set())
        for _, value in attrs:
            assert re.match(r"#[0-9a-f]{6}\Z|(https?|ftp|ircs?|mailto|aim):", value or "", re.I)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    handle_pi = unknown_decl = handle_comment


@given(html_like)
def test_what_irc_says_is_no_html_of_its_own(line: str) -> None:
    text, spans = formatting.parse(line)
    assert Reader(html.render(text, spans)).text == text
    for piece in html.pieces(text, spans, 200):
        Reader(piece)


@given(html_like, st.text(max_size=20))
def test_whatever_spans_say_it_is_no_html_of_its_own(text: str, value: str) -> None:
    """Values of spans come from other gateways: PB takes them from its clients."""
    clean = CONTROL.sub("", text)
    for style in ("link", "color", "bgcolor", "mention"):
        span = Span(0, max(1, len(clean)), style, value)
        assert Reader(html.render(clean, [span])).text == clean


@given(html_like)
def test_what_toc_says_is_no_line_of_its_own(source: str) -> None:
    text, spans = html.parse(source)
    assert not CONTROL.search(text.replace("\n", "").replace("\t", ""))
    for line in formatting.render(text, spans).split("\n"):
        assert not re.search("[\0\x01\r\x1b]", line)
    told = formatting.render(text, spans).replace("\n", " ")
    assert formatting.parse(told)[0] == text.replace("\n", " ")


@given(styled())
def test_styles_of_toc_survive_on_irc(given_: tuple[str, tuple[Span, ...]]) -> None:
    """Bold, italic, underlined, struck, monospaced and coloured; of a link the words."""
    text, spans = given_
    back, found = formatting.parse(formatting.render(*html.parse(html.render(text, spans))))
    assert back == text
    drawn = [span for span in spans if span.style not in ("link", "bgcolor")]
    kept = [span for span in found if span.style != "bgcolor"]
    assert formatting.canonical(kept) == formatting.canonical(drawn)


def test_any_bytes_are_the_same_from_toc_to_toc(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob", "toc2_signon")
    a, b = people.name("alice").encode(), people.name("bob").encode()
    number = alice.join(people.room).encode()
    bob.join(people.room)
    alice.sync()

    @QUICK
    @given(st.binary(min_size=1, max_size=900).map(lambda data: data.replace(b"\0", b"") or b"x"))
    def one(data: bytes) -> None:
        if not data.strip():
            return
        alice.command(b"toc_send_im %s %s" % (b, quote(data)))
        alice.command(b"toc_chat_send %s %s" % (number, quote(data)))
        assert alice.sync_bytes() == [b"CHAT_IN:%s:%s:F:%s" % (number, a, data)]
        assert bob.sync_bytes() == [
            b"IM_IN2:%s:F:F:%s" % (a, data),
            b"CHAT_IN:%s:%s:F:%s" % (number, a, data),
        ]

    one()


def test_any_html_is_only_talk_on_irc(people: People) -> None:
    alice, glyph = people.toc("alice"), people.irc("glyph")
    number = alice.join(people.room)
    glyph.join(f"#{people.group}")
    alice.sync()

    @QUICK
    @given(html_like)
    def one(source: str) -> None:
        told = alice.ask("toc_chat_send", number, source[:300].replace("\0", ""))
        assert all(each.startswith(("CHAT_IN:", "ERROR:911")) for each in told)
        for line in glyph.sync():
            assert line.nick == people.name("alice")
            assert (line.command, line.params[0]) == ("PRIVMSG", f"#{people.group}")

    one()
