"""Formatting codes and CTCP (Modern IRC, IRC Formatting and CTCP)."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.formatting import canonical, ctcp, parse, render
from gateways.irc.palette import COLORS
from words.events import Span, Style

BOLD, ITALIC, COLOR, RESET = "\x02", "\x1d", "\x03", "\x0f"
RED, GREEN, BLUE = COLORS[4], COLORS[3], COLORS[2]


@pytest.mark.parametrize(
    ("wire", "text", "spans"),
    [
        ("plain", "plain", []),
        (f"a{BOLD}b{BOLD}c", "abc", [Span(1, 2, "bold")]),
        (f"a{BOLD}b{ITALIC}c{RESET}d", "abcd", [Span(1, 3, "bold"), Span(2, 3, "italic")]),
        (f"{BOLD}{BOLD}x", "x", []),
        (f"x{BOLD}", "x", []),
        ("\x1fa\x1eb\x11c\x16d", "abcd", None),
        (f"{COLOR}4red{COLOR} not", "red not", [Span(0, 3, "color", RED)]),
        (f"{COLOR}04,2x{COLOR}3y", "xy", None),
        (f"{COLOR}4,x", ",x", [Span(0, 2, "color", RED)]),
        (f"{COLOR}4,{COLOR}x", ",x", [Span(0, 1, "color", RED)]),
        (f"{COLOR}123", "3", [Span(0, 1, "color", COLORS[12])]),
        (f"{COLOR}4{BOLD}5", "5", [Span(0, 1, "bold"), Span(0, 1, "color", RED)]),
        (f"{COLOR}99x{COLOR}98y", "xy", [Span(1, 2, "color", "#ffffff")]),
        ("\x04FF00aax\x04y", "xy", [Span(0, 1, "color", "#ff00aa")]),
        ("\x04ff00az", "ff00az", []),
        ("a\tb\x07c\x7f\x85\0", "a\tbc", []),
    ],
)
def test_parse(wire: str, text: str, spans: list[Span] | None) -> None:
    plain, found = parse(wire)
    assert plain == text
    if spans is not None:
        assert found == tuple(spans)


def test_a_background_stays_until_it_is_changed() -> None:
    assert parse(f"{COLOR}4,2x{COLOR}3y{COLOR}z")[1] == (
        Span(0, 1, "color", RED),
        Span(0, 2, "bgcolor", BLUE),
        Span(1, 2, "color", GREEN),
    )


@pytest.mark.parametrize("style", ["underline", "strike", "mono", "reverse", "italic", "bold"])
def test_each_toggle(style: Style) -> None:
    spans = (Span(1, 2, style),)
    wire = render("abc", spans)
    assert len(wire) == 5
    assert parse(wire) == ("abc", spans)


@pytest.mark.parametrize("value", [RED, "#123456"])
@pytest.mark.parametrize("style", ["color", "bgcolor"])
@pytest.mark.parametrize("text", ["x1,2", ",1x,", "11,1", "1,12", ",123456"])
def test_digits_and_commas_are_not_eaten(text: str, style: Style, value: str) -> None:
    for start, end in itertools.combinations(range(len(text) + 1), 2):
        spans = (Span(start, end, style, value),)
        assert parse(render(text, spans)) == (text, spans)


def test_palette_colors_have_two_digits_and_others_hex() -> None:
    assert render("x", [Span(0, 1, "color", RED)]) == f"{COLOR}04x{RESET}"
    assert render("x", [Span(0, 1, "color", "#123456")]) == f"\x04123456x{RESET}"
    assert len(COLORS) == 99


def test_what_irc_has_no_code_for_is_plain() -> None:
    spans = [Span(0, 1, "link", "http://x"), Span(0, 1, "mention", "7"), Span(0, 1, "color", "red")]
    assert render("x", spans) == "x"
    assert render("x", [Span(0, 1, "color", "#fff\x0f\r\nQUIT")]) == "x"


TOGGLED: list[Style] = ["bold", "italic", "underline", "strike", "mono", "reverse"]
colors = st.sampled_from(["#ff0000", "#00007f", "#ffffff", "#123456", "#abcdef"])
texts = st.text(st.sampled_from("ab019,fé \U0001f600"), min_size=1, max_size=20)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    """A text with spans that don't overlap within a style."""
    text = draw(texts)
    spans: list[Span] = []
    styles: list[Style] = [*TOGGLED, "color", "bgcolor"]
    for style in draw(st.lists(st.sampled_from(styles), max_size=5, unique=True)):
        cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
        for start, end in itertools.pairwise(cuts):
            if draw(st.booleans()):
                value = draw(colors) if style in ("color", "bgcolor") else ""
                spans.append(Span(start, end, style, value))
    return text, canonical(spans)


@given(bodies())
def test_what_is_rendered_is_parsed_back(body: tuple[str, tuple[Span, ...]]) -> None:
    assert parse(render(*body)) == body


codes = st.sampled_from(
    ["\x02", "\x1d", "\x03", "\x034", "\x0304,12", "\x04ff0000", "\x0f", "\x16", ","]
)


@given(st.lists(codes | st.characters(exclude_categories=["Cs"]), max_size=30).map("".join))
def test_anything_is_parsed_to_something_that_stays(wire: str) -> None:
    text, spans = parse(wire)
    assert not any(
        character < " " or "\x7f" <= character <= "\x9f" for character in text.replace("\t", "")
    )
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert canonical(spans) == spans
    assert parse(render(text, spans)) == (text, spans)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\x01ACTION waves\x01", ("ACTION", "waves")),
        ("\x01action waves", ("ACTION", "waves")),
        ("\x01VERSION\x01", ("VERSION", "")),
        ("\x01PING 1 2\x01", ("PING", "1 2")),
        ("\x01ACTION  two\x01", ("ACTION", " two")),
        ("\x01\x01", None),
        ("\x01", None),
        ("\x01 x\x01", None),
        ("ACTION waves", None),
        ("", None),
    ],
)
def test_ctcp(text: str, found: tuple[str, str] | None) -> None:
    assert ctcp(text) == found
