"""What a client can say and learn while it comes in. Source: IRCv3 draft/extended-isupport,
draft/pre-away, draft/whoami, draft/network-icon, no-implicit-names."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import Client, codes, words


def _enter(client: Client, nick: str, *first: str) -> list[str]:
    client.nick = nick
    lines = client.ask(*first, f"NICK {nick}", "USER u 0 * :Real Name", "CAP END")
    return [line.raw for line in lines]


def test_isupport_before_and_after_registration(crowd: Crowd) -> None:
    """draft/extended-isupport: `ISUPPORT` command, `draft/isupport` batch."""
    client = crowd.raw()
    assert codes(client.ask("ISUPPORT")) == ["451"]
    client.capabilities("batch draft/extended-isupport")
    start, *inner, end = client.ask("ISUPPORT")
    reference = start.params[0][1:]
    assert start.words == ("BATCH", f"+{reference}", "draft/isupport")
    assert end.words == ("BATCH", f"-{reference}")
    assert {(line.command, line.params[0], line.tags["batch"]) for line in inner} == {
        ("005", "*", reference)
    }
    assert "NETWORK=Test" in inner[0].params + inner[1].params + inner[-1].params
    greeting = _enter(client, crowd.name("ann"))
    assert not any(" 005 " in raw and not raw.startswith("@batch=") for raw in greeting)
    assert any(raw.startswith("@batch=") and " 005 " in raw for raw in greeting)
    version = client.ask("VERSION")
    assert codes(version)[:2] == ["351", "BATCH"]


def test_isupport_without_batch_is_bare(crowd: Crowd) -> None:
    client = crowd.client("ann", "draft/extended-isupport")
    assert set(codes(client.ask("ISUPPORT"))) == {"005"}
    assert set(codes(crowd.client("ben").ask("ISUPPORT"))) == {"005"}


def test_whoami_is_told_after_isupport_and_before_lusers(crowd: Crowd) -> None:
    client = crowd.raw()
    client.capabilities("draft/whoami chghost")
    nick = crowd.name("ann")
    client.send(f"NICK {nick}", "USER u 0 * :Real Name", "CAP END")
    lines = client.sync()
    place = codes(lines).index("SETNAME")
    assert codes(lines)[place - 1] == "005"
    assert codes(lines)[place + 1] == "251"
    assert lines[place].words == ("SETNAME", "Real Name")
    ben = crowd.client("ben")
    (row,) = [line for line in ben.ask(f"WHO {nick}") if line.command == "352"]
    assert lines[place].source == f"{nick}!{row.params[2]}@{row.params[3]}"


def test_away_before_registration(crowd: Crowd) -> None:
    """draft/pre-away: "servers MUST accept the AWAY command before registration"."""
    ben = crowd.client("ben")
    assert codes(crowd.raw().ask("AWAY :out")) == ["451"]
    for text, shown in (("AWAY :Gone to lunch", "Gone to lunch"), ("AWAY *", "*"), ("AWAY", "")):
        client = crowd.raw()
        client.capabilities("draft/pre-away")
        nick = crowd.name("ann")
        _enter(client, nick, text)
        told = words(ben.ask(f"PRIVMSG {nick} :hi"), "301")
        assert told == ([("301", ben.nick, nick, shown)] if shown else [])
        client.quit()


def test_an_unattended_client_does_not_bring_its_owner_back(crowd: Crowd) -> None:
    """draft/pre-away, Implementation considerations: `*` is "as though the connection did not
    exist"."""
    account = crowd.account("ann")
    ann = crowd.login(account)
    ben = crowd.client("ben", "away-notify")
    for client in (ann, ben):
        client.join(crowd.channel)
    ann.ask("AWAY :Gone to lunch")
    assert words(ben.sync(), "AWAY") == [("AWAY", "Gone to lunch")]
    other = crowd.raw()
    other.capabilities("draft/pre-away sasl")
    other.sasl_plain(account, PASSWORD)
    _enter(other, account, "AWAY *")
    assert words(ben.sync(), "AWAY") == []
    ann.quit()
    assert words(ben.sync(), "AWAY") == [("AWAY", "*")]
    other.ask("AWAY")
    assert words(ben.sync(), "AWAY") == [("AWAY",)]


@pytest.mark.parametrize("prefix", ["", "draft/", "soju.im/"])
def test_no_implicit_names(crowd: Crowd, prefix: str) -> None:
    """ "servers MUST NOT send an implicit NAMES reply"; explicit ones are answered."""
    ann = crowd.client("ann", f"{prefix}no-implicit-names")
    assert not {"353", "366"} & set(codes(ann.ask(f"JOIN {crowd.channel}")))
    assert codes(ann.ask(f"NAMES {crowd.channel}")) == ["353", "366"]
