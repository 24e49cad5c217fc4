"""Emoji on terminals that count their cells differently."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_client.text.safe import clean
from tui_client.text.steady import steady

PARTS = st.lists(
    st.sampled_from(["a", " ", "漢", "👩\u200d💻", "❤\ufe0f", "👍🏽", "🇩🇪", "1\ufe0f\u20e3"])
)


def draw(output: str, *, joins: bool) -> dict[int, str]:
    """Return what stands in each column of a terminal that joins emoji, or draws each part."""
    screen: dict[int, str] = {}
    at = saved = 0
    for found in re.finditer(r"\x1b7|\x1b8|\x1b\[(\d+)C|(.)", output):
        if found[0] == "\x1b7":
            saved = at
        elif found[0] == "\x1b8":
            at = saved
        elif found[1]:
            at += int(found[1])
        else:
            wide = 0 if unicodedata.category(found[2]) in ("Mn", "Me", "Cf") else cell_len(found[2])
            if found[2] in "🏽🇩🇪":
                wide = 0 if joins else 2
            if wide:
                screen[at] = found[2]
            at += wide
    return screen


@pytest.mark.parametrize("joins", [True, False])
@given(PARTS)
def test_what_follows_an_emoji_stands_where_we_count(joins: bool, parts: list[str]) -> None:
    place = 0
    for part in parts:
        place += cell_len(part)
    screen = draw(steady("".join(parts)) + "|", joins=joins)
    assert screen[place] == "|"


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    shown = clean(text)[0]
    held = steady(shown)
    drawn = re.sub(r"\x1b7 +\x1b8(.*?)\x1b8\x1b\[\d+C", r"\1", held, flags=re.DOTALL)
    assert drawn == shown or cell_len(drawn.replace("\n", "")) == cell_len(shown.replace("\n", ""))


def test_titles_and_links_are_left_alone() -> None:
    output = "\x1b]2;👩\u200d💻\x07\x1b]8;;https://x/\x1b\\a\x1b]8;;\x1b\\"
    assert steady(output) == output
