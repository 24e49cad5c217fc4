"""Accounts whose mail address has to be proved. Source: IRCv3 draft/account-registration."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client, codes, words

CAPS = "draft/account-registration"


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HubProcess, Path]]:
    """Return a hub that sends codes, and the file where the letters end."""
    folder = tmp_path_factory.mktemp("mail")
    box = folder / "box"
    program = f"import sys; open({str(box)!r}, 'w').write(sys.stdin.read())"
    passport = {
        "registration": "before-connect",
        "mail_command": [sys.executable, "-c", program],
        "iterations": 4096,
    }
    hub = HubProcess(folder, {"passport": passport}).start()
    yield hub, box
    hub.kill()
    assert "Traceback" not in hub.log


def _code(box: Path) -> str:
    found = re.search(r"^    (\d+)$", box.read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_verification(mailing: tuple[HubProcess, Path]) -> None:
    """VERIFICATION_REQUIRED, then VERIFY; "email-required"."""
    hub, box = mailing
    with Client(hub.irc_port) as ann:
        listed = " ".join(line.text for line in ann.ask("CAP LS 302")).split()
        assert "draft/account-registration=before-connect,email-required" in listed
        ann.ask(f"CAP REQ {CAPS}", "NICK ann")
        assert ann.one("REGISTER * * secret1").words[:4] == (
            "FAIL", "REGISTER", "INVALID_EMAIL", "*",
        )  # fmt: skip
        line = ann.one("REGISTER * ann@example.com secret1")
        assert line.words[:3] == ("REGISTER", "VERIFICATION_REQUIRED", "ann")
        assert "To: ann@example.com" in box.read_text()
        assert ann.one("VERIFY ann 000").words[:4] == ("FAIL", "VERIFY", "INVALID_CODE", "ann")
        lines = ann.ask(f"VERIFY ann {_code(box)}")
        assert words(lines)[0][:3] == ("VERIFY", "SUCCESS", "ann")
        assert codes(lines) == ["VERIFY", "900"]
        assert ann.one("VERIFY ann 1").words[2] == "ALREADY_AUTHENTICATED"
    with Client(hub.irc_port) as again:
        again.capabilities("sasl")
        assert again.sasl_plain("ann", "secret1").command == "903"


def test_verification_by_nickserv(mailing: tuple[HubProcess, Path]) -> None:
    hub, box = mailing
    with Client(hub.irc_port).register("ben") as ben:
        assert codes(ben.ask("NS REGISTER secret1")) == ["NOTICE"]
        (line,) = ben.ask("NS REGISTER secret1 ben@example.com")
        assert "ben@example.com" in line.text
        assert "900" not in codes(ben.ask("NS VERIFY ben 000"))
        assert "900" in codes(ben.ask(f"NS VERIFY ben {_code(box)}"))
