"""Accounts that wait for their code, and the letters that bring it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from words.errors import AuthenticationFailed, BadInput, Busy, NameTaken, TooMany
from words.passport import pending as module
from words.passport.letters import check_address, send_code
from words.passport.pending import HOLD, TRIES, Pending
from words.passport.scram import LEAST_ITERATIONS, make_verifier

HERE = "192.0.2.1"
VERIFIER = make_verifier("secret", LEAST_ITERATIONS)


class Clock:
    """A time that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_code_makes_an_account_once() -> None:
    pending = Pending(Clock())
    code = pending.add("Ann", VERIFIER, HERE)
    assert pending.take("ANN", code, HERE) == ("Ann", VERIFIER)
    with pytest.raises(AuthenticationFailed):
        pending.take("ann", code, HERE)


def test_codes_expire_and_cannot_be_guessed() -> None:
    clock = Clock()
    pending = Pending(clock)
    code = pending.add("ann", VERIFIER, HERE)
    for _ in range(TRIES):
        with pytest.raises(AuthenticationFailed):
            pending.take("ann", "x", HERE)
    with pytest.raises(AuthenticationFailed):
        pending.take("ann", code, HERE)
    code = pending.add("ann", VERIFIER, HERE)
    clock.now += HOLD
    with pytest.raises(AuthenticationFailed):
        pending.take("ann", code, HERE)


def test_strangers_take_no_code_from_who_asked() -> None:
    pending = Pending(Clock())
    code = pending.add("ann", VERIFIER, HERE)
    for last in range(2 * TRIES):
        with pytest.raises(AuthenticationFailed):
            pending.take("ann", "x", f"198.51.100.{last}")
    with pytest.raises(AuthenticationFailed):
        pending.take("ann", code, "198.51.100.1")
    assert pending.take("ann", code, HERE)[0] == "ann"


def test_who_asked_first_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    clock = Clock()
    pending = Pending(clock)
    first = pending.add("ann", VERIFIER, HERE)
    with pytest.raises(NameTaken):
        pending.add("ann", VERIFIER, "192.0.2.2")
    second = pending.add("ann", VERIFIER, HERE)
    with pytest.raises(AuthenticationFailed):
        pending.take("ann", first if first != second else "", HERE)
    pending.add("ben", VERIFIER, "192.0.2.1")
    with pytest.raises(TooMany):
        pending.add("cat", VERIFIER, "192.0.2.1")
    clock.now += HOLD
    pending.add("cat", VERIFIER, "192.0.2.3")


@pytest.mark.parametrize("address", ["ann@example.com", "a.b+c@mail.example.co.uk"])
def test_addresses(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    "address",
    ["*", "", "ann", "ann@", "@example.com", "ann@localhost", "a b@example.com", "a@b@example.com",
     "ann@example.com\nBcc: x@example.com", "x" * 250 + "@example.com"],
)  # fmt: skip
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(BadInput):
        check_address(address)


def test_letters(tmp_path: Path) -> None:
    """They go to the standard input of a program."""
    box = tmp_path / "box"
    program = f"import sys; open({str(box)!r}, 'w').write(sys.stdin.read())"
    command = [sys.executable, "-c", program]
    send_code(command, "hub@example.com", "ann@example.com", "Net", "ann", "123")
    assert "To: ann@example.com" in box.read_text()
    assert "123" in box.read_text()
    for wrong in ([sys.executable, "-c", "raise SystemExit(1)"], ["/nonexistent"]):
        with pytest.raises(Busy):
            send_code(wrong, "hub@example.com", "ann@example.com", "Net", "ann", "123")
