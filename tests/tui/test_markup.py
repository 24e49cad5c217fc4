"""What is typed to style a text, and what that gives back when a message is edited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_client.text.markup import link_end, parse, typed
from words.events import Span, Style

TYPED = st.text("ab *_~`\\\n.(https://x.y)", max_size=60) | st.text()
STYLES = st.sampled_from(["bold", "italic", "strike", "mono", "underline"])


def styled(text: str) -> list[tuple[str, str]]:
    shown, spans = parse(text)
    return [(span.style, shown[span.start : span.end]) for span in spans]


@given(TYPED)
def test_editing_gives_back_what_was_sent(text: str) -> None:
    sent = parse(text)
    assert parse(typed(*sent))[0] == sent[0]


@given(
    st.text("ab *_`\n"),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), STYLES), max_size=4),
)
def test_no_text_is_lost_whatever_styles_it_has(
    text: str, places: list[tuple[int, int, Style]]
) -> None:
    spans = [Span(start, end, style) for start, end, style in places if start < end <= len(text)]
    assert parse(typed(text, spans))[0] == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*bold* _it_ ~no~", [("bold", "bold"), ("italic", "it"), ("strike", "no")]),
        ("(*a*), _b_.", [("bold", "a"), ("italic", "b")]),
        ("*a _b_ c*", [("bold", "a b c"), ("italic", "b")]),
        ("2*3*4 snake_case_name __init__ **kw ~/home/~x", []),
        ("* one\n* two", []),
        (r"\*no\* \`no\`", []),
        ("`a*b*`", [("mono", "a*b*")]),
        ("```py\nx = *y*\n```", [("mono", "x = *y*")]),
        ("*see https://x.y/_a_b*", [("bold", "see https://x.y/_a_b")]),
        ("*open", []),
    ],
)
def test_what_is_styled(text: str, found: list[tuple[str, str]]) -> None:
    assert styled(text) == found
    assert parse(typed(*parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://x.y/a.", "https://x.y/a"),
        ("https://x.y/a_(b)", "https://x.y/a_(b)"),
        ("https://x.y/a),", "https://x.y/a"),
    ],
)
def test_where_a_link_ends(link: str, kept: str) -> None:
    assert link[: link_end(link)] == kept
