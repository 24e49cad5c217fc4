"""HTML of Matrix and XMPP to and from text with spans."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.bridges.markup import joined, read, write
from words.events import Span, Style

PLAIN = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.just("\n"),
    max_size=40,
)

MEANINGS: list[tuple[Style, str]] = [
    ("bold", ""),
    ("italic", ""),
    ("mono", ""),
    ("strike", ""),
    ("link", "https://a/?b=1&c"),
    ("color", "#00ff00"),
    ("bgcolor", "#123456"),
]


@st.composite
def styled(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    text = draw(PLAIN)
    spans = []
    for _ in range(draw(st.integers(0, 4)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        style, value = draw(st.sampled_from(MEANINGS))
        spans.append(Span(start, end, style, value))
    return text, joined(spans)


@pytest.mark.parametrize("xhtml", [False, True])
@given(message=styled())
def test_what_is_written_is_read_back(message: tuple[str, tuple[Span, ...]], xhtml: bool) -> None:
    text, spans = message
    assert read(write(text, spans, xhtml=xhtml)) == (text, spans)


@given(styled())
def test_xhtml_is_xml(message: tuple[str, tuple[Span, ...]]) -> None:
    text, spans = message
    parsed = ElementTree.fromstring(f"<body>{write(text, spans, xhtml=True)}</body>")
    assert "".join(parsed.itertext()) == text.replace("\n", "")


@given(st.text())
def test_anything_is_read(html: str) -> None:
    text, spans = read(html)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p>\n<p>two</p>", "one\ntwo"),
        ("<mx-reply><blockquote>old</blockquote></mx-reply>new", "new"),
        ("<ul><li>a</li><li>b</li></ul>after", "- a\n- b\nafter"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<pre><code>x = 1\n  y</code></pre>", "x = 1\n  y"),
        ("a\nb", "a b"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ('<script>alert("x")</script>safe', "safe"),
        ("<b>unclosed <i>both", "unclosed both"),
        ("<div>" * 300 + "deep", "deep"),
    ],
)
def test_html_of_others(html: str, text: str) -> None:
    assert read(html)[0] == text


def test_only_harmless_links_are_links() -> None:
    assert read('<a href="javascript:alert(1)">x</a>') == ("x", ())
    assert read('<a href="https://x.example/">x</a>')[1] == (
        Span(0, 1, "link", "https://x.example/"),
    )
    assert "javascript" not in write("x", [Span(0, 1, "link", "javascript:alert(1)")])


@pytest.mark.parametrize("part", ["<a b=c d=", "<a href='", "<!--", "<b>", "&#9", "<a 'b\""])
def test_html_that_never_ends_is_read_as_soon_as_any_other(part: str) -> None:
    text, spans = read(part * (64 * 1024 // len(part)) + "&#" + "9" * 5000)
    assert len(spans) <= 1
    assert text.count("\ufffd") <= 1


def test_only_so_many_parts_have_a_style() -> None:
    text, spans = read("<b>x</b>y" * 7000)
    assert text == "xy" * 7000
    assert 0 < len(spans) == write(text, spans).count("<strong>") < 1000
    assert write(text, spans * 100).count("<strong>") == len(spans)
