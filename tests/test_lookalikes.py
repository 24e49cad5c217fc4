"""Names that may be mistaken for one another have one skeleton, others don't."""

from __future__ import annotations

import string

import pytest
from confusable_homoglyphs.confusables import confusables_data
from hypothesis import given
from hypothesis import strategies as st

from words.lookalikes import skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "\u0430lice"),  # CYRILLIC SMALL LETTER A
        ("Alice", "aIice"),
        ("paypal", "paypa1"),
        ("root", "r00t"),
        ("bob", "b\u03bfb"),  # GREEK SMALL LETTER OMICRON
        ("admin", "\uff41dmin"),  # FULLWIDTH LATIN SMALL LETTER A
        ("scope", "\u0455\u0441\u043e\u0440\u0435"),  # all Cyrillic
        ("SCOPE", "scope"),
    ],
)
def test_these_look_alike(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("modem", "modern"),
        ("rene", "ren\u00e9"),
        ("anna", "hanna"),
        ("ann2", "ann3"),
        ("\u5c71", "\u5ddd"),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_no_two_letters_of_ascii_but_l_and_i_o_and_zero_are_alike() -> None:
    letters = string.ascii_lowercase + string.digits
    assert {skeleton(letter) for letter in letters} == set(letters) - set("01")


def test_all_that_the_data_pairs_is_alike() -> None:
    differing = {
        (char, found["c"])
        for char, alike in confusables_data.items()
        for found in alike
        if len(char) == len(found["c"]) == 1
        and char.isalpha()
        and found["c"].isascii()
        and found["c"].isalpha()
        and skeleton(char) != skeleton(found["c"])
    }
    # Compatible forms are folded before the look is compared, and ligatures are two letters.
    assert len(differing) < 30, differing


@given(st.text(max_size=20))
def test_any_text_has_a_skeleton(name: str) -> None:
    assert skeleton(name) == skeleton(str(name))
