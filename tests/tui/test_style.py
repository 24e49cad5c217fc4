"""Styles of a message: links that may be made, what was searched for, colours that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.theme import BUILTIN_THEMES

from tests.tui.shown import came
from tui_client.text import colors
from tui_client.text.happenings import condensed, described
from tui_client.text.style import Mark, needle, runs, safe_link
from tui_client.themes import DARK, LIGHT
from words.events import Actor, Joined, Left, Span, TopicChanged

SPANS = st.builds(
    Span,
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(["bold", "mono", "color", "link"]),
    st.sampled_from(["", "#ff0000", "https://example.org/", "javascript:alert(1)"]),
)


def linked(text: str, *spans: Span) -> list[tuple[str, str]]:
    return [
        (text[run.start : run.end], mark.value)
        for run in runs(text, spans)
        for mark in run.marks
        if mark.style == "link"
    ]


@given(st.text(max_size=30), st.lists(SPANS, max_size=6))
def test_runs_are_the_whole_text_in_order(text: str, spans: list[Span]) -> None:
    inside = [span for span in spans if span.start < span.end <= len(text)]
    found = runs(text, inside, needle("a b"))
    assert "".join(text[run.start : run.end] for run in found) == text


@pytest.mark.parametrize(
    ("address", "made"),
    [
        ("https://example.org/ä?q=1", "https://example.org/%C3%A4?q=1"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("https://x/\x1b]8;;", ""),
        ("https://x/ y", ""),
        ("https://[", ""),
        ("https://x/" + "a" * 3000, ""),
    ],
)
def test_which_links_are_made(address: str, made: str) -> None:
    assert safe_link(address) == made


def test_links_in_a_text() -> None:
    assert linked("see www.example.org, or (https://x.y/a_(b)).") == [
        ("www.example.org", "https://www.example.org"),
        ("https://x.y/a_(b)", "https://x.y/a_(b)"),
    ]
    assert linked("here", Span(0, 4, "link", "https://x.y/")) == [("here", "https://x.y/")]


def test_a_text_that_looks_like_another_address_is_no_link_there() -> None:
    text = "https://bank.example"
    assert linked(text, Span(0, len(text), "link", "https://evil.example/")) == [(text, text)]


def test_hits_are_marked_within_other_styles() -> None:
    found = runs("a needle", [Span(0, 8, "bold")], needle("NEEDLE"))
    assert [run.marks for run in found] == [
        (Mark("bold"),),
        (Mark("bold"), Mark("hit")),
    ]


def test_names_can_be_read_on_every_theme() -> None:
    for theme in (*BUILTIN_THEMES.values(), DARK, LIGHT):
        background = theme.to_color_system().generate()["background"]
        if background.startswith("#"):
            for hue in range(colors.HUES):
                color = colors.hue_color(hue, background)
                assert colors.contrast(color, background) >= colors.READABLE


@given(st.integers(0, 0xFFFFFF), st.sampled_from(["#16181d", "#ffffff", "#808080"]))
def test_colours_of_others_can_be_read(color: int, background: str) -> None:
    shown = colors.readable(f"#{color:06x}", background, 3.0)
    assert colors.contrast(shown, background) >= 3.0


def test_who_came_and_went_in_one_line() -> None:
    events = [
        came(1, "a").event,
        came(2, "b").event,
        came(3, "a", Left).event,
        came(4, "c", Left).event,
        *(came(5 + n, f"n{n}").event for n in range(4)),
    ]
    assert condensed(events) == "· 5 joined, c left, 1 came and went"
    assert isinstance(events[0], Joined)


def test_happenings_have_no_control_characters() -> None:
    actor = Actor(1, "e\x1bvil\n", "u", "h")
    text = described(TopicChanged(1, 1, 1, 0, actor, "a\x1b[2J\nb"))
    assert text == "✎ e^[vil set the topic: a^[[2J b"
