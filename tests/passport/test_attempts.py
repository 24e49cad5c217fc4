"""Failures are counted where they come from, decay, and lock nobody else out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from words.errors import TooMany
from words.passport import attempts as module
from words.passport.attempts import FOR_NAME, FOR_SOURCE, SUSPECT, Attempts, source_of


class Clock:
    """Seconds, moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Callable[[], float]) -> Attempts:
    return Attempts(clock)


def allowed(attempts: Attempts, source: str, key: str) -> bool:
    try:
        attempts.require(source, key)
    except TooMany:
        return False
    return True


def test_a_name_from_one_source(attempts: Attempts, clock: Clock) -> None:
    for _ in range(FOR_NAME.most):
        attempts.require("a", "alice")
        attempts.failed("a", "alice")
    assert not allowed(attempts, "a", "alice")
    assert allowed(attempts, "b", "alice")
    assert allowed(attempts, "a", "bob")
    clock.now += FOR_NAME.forgets - 1
    assert not allowed(attempts, "a", "alice")
    clock.now += 1
    assert allowed(attempts, "a", "alice")
    attempts.failed("a", "alice")
    assert not allowed(attempts, "a", "alice")


def test_many_names_from_one_source(attempts: Attempts, clock: Clock) -> None:
    attempts.succeeded("a", "alice")
    for number in range(FOR_SOURCE.most):
        attempts.require("a", f"name{number}")
        attempts.failed("a", f"name{number}")
    assert not allowed(attempts, "a", "new")
    assert allowed(attempts, "b", "new")
    assert allowed(attempts, "a", "alice"), "who was here before isn't locked out by others"
    clock.now += FOR_SOURCE.forgets
    assert allowed(attempts, "a", "new")


def test_success_forgives_the_name_only(attempts: Attempts) -> None:
    attempts.succeeded("a", "mine")
    for _ in range(FOR_SOURCE.most // FOR_NAME.most):
        for _ in range(FOR_NAME.most):
            attempts.failed("a", "mine")
        attempts.succeeded("a", "mine")
        assert allowed(attempts, "a", "mine")
    assert not allowed(attempts, "a", "alice"), "one's own login doesn't make guessing free"


def test_suspect_is_who_fails_more_than_comes_in(attempts: Attempts, clock: Clock) -> None:
    for number in range(SUSPECT):
        attempts.failed("a", f"old{number}")
    assert not attempts.suspect("a")
    attempts.failed("a", "another")
    assert attempts.suspect("a")
    attempts.succeeded("a", "alice")
    assert not attempts.suspect("a")
    attempts.failed("a", "another")
    attempts.succeeded("a", "alice")
    assert attempts.suspect("a"), "the same login makes up for one failure only"
    clock.now += FOR_SOURCE.forgets
    assert not attempts.suspect("a")


def test_counters_are_bounded(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SOURCES", 3)
    for source in "abcd":
        for _ in range(FOR_NAME.most):
            attempts.failed(source, "alice")
        attempts.succeeded(source, "bob")
    assert [allowed(attempts, source, "alice") for source in "abcd"] == [True, False, False, False]


def test_long_names_are_one(attempts: Attempts) -> None:
    for number in range(FOR_NAME.most):
        attempts.failed("a", "x" * 1000 + str(number))
    assert not allowed(attempts, "a", "x" * 2000)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unix:1000", "unix:1000"),
        ("", ""),
    ],
)
def test_sources(address: str, source: str) -> None:
    assert source_of(address) == source
