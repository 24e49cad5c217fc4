"""Roasting, with the examples of the time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.toc.roast import BadRoast, auth_code, roast, unroast


def test_the_example_that_everybody_gives() -> None:
    assert roast(b"password") == b"0x2408105c23001130"
    assert unroast(b"0x2408105C23001130") == b"password"


@given(st.binary(max_size=100))
def test_roasting_and_back(password: bytes) -> None:
    assert unroast(roast(password)) == password
    assert unroast(roast(password).upper()) == password


@pytest.mark.parametrize("bad", [b"", b"0", b"24", b"0x2", b"0xzz", b"0x24 ", b"0x" + b"0" * 1026])
def test_a_bad_roast_is_refused(bad: bytes) -> None:
    with pytest.raises(BadRoast):
        unroast(bad)


@given(st.binary(max_size=20))
def test_anything_is_a_roast_or_refused(data: bytes) -> None:
    try:
        unroast(data)
    except BadRoast:
        return


def test_the_code_that_real_clients_sent() -> None:
    assert auth_code(b"tntuser", b"password") == 99986432
    assert auth_code(b"naimuser", b"password") == 94814720
