"""What the log says of people: whose session it was, and no secrets."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client

New = Callable[..., HubProcess]
SECRET = "open-sesame-4711"
WRONG = "shut-sesame-0815"


def _log_in_everyhow(hub: HubProcess) -> None:
    hub.add_user("ann", SECRET)
    with Client(hub.irc_port).register("ann", password=SECRET) as ann:
        ann.ask("JOIN #room key-to-the-room", "PRIVMSG #room :a private word")
    with Client(hub.irc_port) as ann:
        ann.send(f"PASS ann:{SECRET}", "NICK ann", "USER ann 0 * :ann")
        ann.expect("001")
    with Client(hub.irc_port) as ann:
        ann.capabilities("sasl")
        assert ann.sasl_plain("ann", WRONG).command == "904"
        assert ann.sasl_plain(WRONG, "ann").command == "904"  # typed into the wrong field
        assert ann.sasl_scram("ann", SECRET).command == "903"
    assert hub.words("user", "app-password", "add", "ann", "phone").returncode == 0


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_secrets_at_any_level(new_hub: New, style: str) -> None:
    hub = new_hub({"hub": {"log": {"level": "debug", "format": style}}}).start()
    _log_in_everyhow(hub)
    hub.stop()
    secrets = [SECRET, WRONG, "key-to-the-room", "a private word"]
    plain = [f"\0ann\0{secret}".encode() for secret in (SECRET, WRONG)]
    for secret in (*secrets, *(base64.b64encode(each).decode() for each in plain)):
        assert secret not in hub.log


def test_who_it_was(new_hub: New) -> None:
    hub = new_hub({"hub": {"log": {"format": "json"}}}).start()
    _log_in_everyhow(hub)
    hub.stop()
    entries = [json.loads(line) for line in hub.log.splitlines()]
    came = [each for each in entries if each["message"] == "logged in"]
    assert [(each["identity"], each["address"]) for each in came] == [("ann", "127.0.0.1")] * 3
    wrong = [each for each in entries if each["message"] == "a wrong password or proof"]
    assert [each["address"] for each in wrong] == ["127.0.0.1"] * 2
    assert all("identity" not in each for each in wrong)
