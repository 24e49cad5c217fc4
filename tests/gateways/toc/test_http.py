"""The pages' HTTP: requests in any cut, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.toc.http import answer, begins, may_begin


def page(path: str, given_: dict[str, str]) -> str | None:
    return f"{path}:{given_.get('user')}" if path == "info" else None


def test_a_request() -> None:
    got = answer(b"GET /info?user=a%20b HTTP/1.1\r\nHost: x\r\n\r\n", page)
    assert got is not None
    assert got.startswith(b"HTTP/1.0 200 OK\r\n")
    assert got.endswith(b"\r\n\r\ninfo:a b")
    head = answer(b"HEAD /info HTTP/1.0\r\n\r\n", page)
    assert head is not None
    assert head.endswith(b"\r\n\r\n")
    assert b"info:" not in head


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /other HTTP/1.0\r\n\r\n", b"403"),
        (b"GET //[x HTTP/1.0\r\n\r\n", b"400"),
        (b"GET \r\n\r\n", b"400"),
        (b"GET /" + b"x" * 3000 + b"\r\n\r\n", b"400"),
        (b"GET /?" + b"a=b&" * 100 + b" HTTP/1.0\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 9000, b"431"),
    ],
)
def test_what_is_refused(data: bytes, status: bytes) -> None:
    got = answer(data, page)
    assert got is not None
    assert got.split()[1] == status


def test_the_rest_is_awaited() -> None:
    assert answer(b"GET /info HTTP/1.0\r\n", page) is None
    assert begins(b"GET /")
    assert not begins(b"GE")
    assert may_begin(b"GE")
    assert may_begin(b"")
    assert not may_begin(b"FLAP")


@given(st.binary(max_size=100))
def test_nothing_makes_it_fail(data: bytes) -> None:
    answer(b"GET " + data + b"\r\n\r\n", page)
    answer(b"HEAD /info?" + data + b"\r\n\r\n", page)
