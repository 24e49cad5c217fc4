"""Masks against a reference that follows the definition, and against the clock's worst case."""

import re
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from words.chat.masks import fold_ascii, matcher, normalise

mask_texts = st.text("ab*?[.]\\é", max_size=12)
subjects = st.text("abB[.]\\é\n", max_size=12)


def reference(mask: str, subject: str) -> bool:
    """The definition, letter by letter."""

    @cache
    def matches(at: int, to: int) -> bool:
        if at == len(mask):
            return to == len(subject)
        if mask[at] == "*":
            return matches(at + 1, to) or (to < len(subject) and matches(at, to + 1))
        same = to < len(subject) and mask[at] in ("?", subject[to])
        return same and matches(at + 1, to + 1)

    return matches(0, 0)


@given(mask_texts, subjects)
def test_matches_as_defined(mask: str, subject: str) -> None:
    assert matcher(mask)(subject) == reference(fold_ascii(mask), fold_ascii(subject))


@given(st.text("ab", max_size=8), st.text("ab*", max_size=6), st.text("ab", max_size=8))
def test_overlapping_ends(head: str, stars: str, tail: str) -> None:
    mask = f"{head}*{stars}*{tail}"
    for subject in (head + tail, head + stars.replace("*", "ab") + tail, head + tail[1:]):
        assert matcher(mask)(subject) == reference(mask, subject)


@pytest.mark.parametrize(
    ("mask", "full"),
    [
        ("ann", "ann!*@*"),
        ("ann!x", "ann!x@*"),
        ("x@host", "*!x@host"),
        ("ann!x@host", "ann!x@host"),
        ("*.example.org", "*!*@*.example.org"),
        ("::1", "*!*@::1"),
        ("!@", "*!*@*"),
        ("@", "*!*@*"),
        ("a**b***", "a*b*!*@*"),
        ("É", "É!*@*"),
    ],
)
def test_normalise(mask: str, full: str) -> None:
    assert normalise(mask) == full
    assert normalise(full) == full


@pytest.mark.parametrize("mask", ["", " ", "a b", "a\r", "a\n", "\0", "a\x03"])
def test_no_masks(mask: str) -> None:
    with pytest.raises(ValueError):
        normalise(mask)


def test_folding_is_ascii_unless_the_caller_has_another() -> None:
    assert matcher("ANN!*@*")("ann!x@y")
    assert not matcher("[a]")("{a}")
    assert not matcher("É")("é")
    assert matcher("É", str.casefold)("é")
    assert matcher("Éx")("ÉX")


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "mask",
    ["*a" * 100 + "*b", "*?" * 100 + "b", "?*" * 100 + "b", "*a?a" * 60 + "b*", "*" * 200 + "b"],
)
def test_no_mask_of_death(mask: str) -> None:
    matches = matcher(mask)
    for _ in range(100):
        assert not matches("a" * 400)


def test_a_mask_is_no_pattern() -> None:
    letters = "".join(map(chr, range(33, 127)))
    literal = re.sub(r"[*?]", "", letters)
    assert matcher(literal)(literal)
    assert not matcher("a.c")("abc")


@pytest.mark.timeout(10)
def test_new_masks_cost_little() -> None:
    """Who owns more lists than a cache holds makes the hub compile nothing."""
    subject = f"ann{'a' * 29}!~ann@a.b.c.hidden"
    start = time.process_time()
    for number in range(20_000):
        letters = f"{number:05}" * 5
        assert not matcher("*" + "?a*".join(letters) + "!*@*")(subject)
    assert time.process_time() - start < 4  # by regular expressions it was 12
