"""HTML of clients to text with spans and back: nothing is injected, no text is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.toc.html import joined, parse, pieces, render
from words.events import Span

TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40)
STYLES = st.sampled_from(
    [
        ("bold", ""),
        ("italic", ""),
        ("underline", ""),
        ("strike", ""),
        ("mono", ""),
        ("color", "#ff0000"),
        ("bgcolor", "#00ff00"),
        ("link", "https://example.org/?a=1&b='2'"),
    ]
)


@st.composite
def styled(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    """Texts with spans that don't overlap within a style."""
    text = draw(TEXTS)
    spans = []
    for style, value in draw(st.lists(STYLES, unique=True)):
        ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4, unique=True)))
        spans += [
            Span(a, b, style, value)  # type: ignore[arg-type]
            for a, b in zip(ends[::2], ends[1::2], strict=False)
        ]
    return text, joined(spans)


@pytest.mark.parametrize(
    ("html", "text", "spans"),
    [
        ("hi", "hi", []),
        ("<B>hi</B> all", "hi all", [Span(0, 2, "bold")]),
        ("<b>a<i>b</b>c</i>", "abc", [Span(0, 2, "bold"), Span(1, 3, "italic")]),
        ("<b>a<b>b</b>c</b>d", "abcd", [Span(0, 3, "bold")]),
        ("a &lt;b&gt; &amp;amp; &#65;&#x42;", "a <b> &amp; AB", []),
        ("AT&T; R&D <3 <- a<b", "AT&T; R&D <3 <- a<b", []),
        ("<grin> <nick> hi", "<grin> <nick> hi", []),
        ("a<BR>b<br/>c\r\nd\re", "a\nb\nc\nd\ne", []),
        ('<FONT COLOR="#FF0000">r</FONT>', "r", [Span(0, 1, "color", "#ff0000")]),
        ("<font color=red back='blue'>r</font>!", "r!", None),
        ('<HTML><BODY BGCOLOR="#ffffff"><FONT FACE="Arial">x</FONT></BODY></HTML>', "x", []),
        (
            '<a href="http://x.org/?a=1&amp;b">here</a>',
            "here",
            [Span(0, 4, "link", "http://x.org/?a=1&b")],
        ),
        ('<a href="javascript:alert(1)">here</a>', "here", []),
        ("<script>alert(1)</script>x<style>y</style>", "x", []),
        ("<!-- no -->x", "x", []),
        ('<b title=">">x</b>', "x", [Span(0, 1, "bold")]),
        ("\x1b[31mred\x00\x07", "[31mred", []),
        ("&#27;[31m&#0;&#xd800;&#13;", "[31m\ufffd\ufffd\n", []),
        ("</b></font></a>x", "x", []),
        ("<b>", "", []),
    ],
)
def test_html_to_text(html: str, text: str, spans: list[Span] | None) -> None:
    got = parse(html)
    assert got[0] == text
    if spans is not None:
        assert list(got[1]) == spans


@given(styled())
def test_text_with_spans_comes_back(given_: tuple[str, tuple[Span, ...]]) -> None:
    text, spans = given_
    html = render(text, spans)
    assert parse(html) == (text.replace("\r", ""), spans)


@given(TEXTS)
def test_a_text_makes_no_tag(text: str) -> None:
    html = render(text, ())
    assert set(re.findall("<[^>]*>", html)) <= {"<BR>"}
    assert not re.search("&(?!amp;|lt;|gt;)", html)


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_value_makes_no_tag(text: str, value: str) -> None:
    for style in ("link", "color", "bgcolor", "mention", "bold"):
        html = render("x", [Span(0, 1, style, value)])
        assert html.count("<") in (0, 2)
        assert parse(html)[0] == "x"


@given(st.text(alphabet="<>&;/\"'=ab \n\x1b!-", max_size=80))
def test_anything_becomes_a_text_that_may_be_said(html: str) -> None:
    text, spans = parse(html)
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=5))
def test_spans_out_of_the_text_do_no_harm(ends: list[tuple[int, int]]) -> None:
    html = render("some text", [Span(a, b, "bold") for a, b in ends])
    assert parse(html)[0] == "some text"


@given(styled(), st.integers(150, 400))
def test_pieces_fit_and_lose_nothing(given_: tuple[str, tuple[Span, ...]], room: int) -> None:
    text, spans = given_
    text *= 10
    made = pieces(text, spans, room)
    assert "".join(parse(piece)[0] for piece in made) == text.replace("\r", "")
    assert all(len(piece.encode()) <= room or len(parse(piece)[0]) < 2 for piece in made)
