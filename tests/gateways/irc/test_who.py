"""WHOX, the bot flag, and who may see whom. Source: IRCv3 whox, bot-mode; Modern IRC, WHO."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, codes


def row(asker: Client, asked: str) -> tuple[str, ...]:
    """Return the parameters of the only row of a WHO, without the client's name."""
    first, end = asker.ask(f"WHO {asked}")
    assert (first.command, end.command) == ("354", "315"), first.raw
    return first.params[1:]


def test_all_fields_in_the_order_of_the_specification(crowd: Crowd) -> None:
    """'Servers MUST send the fields in the order specified', whatever order they are asked in."""
    ann = crowd.client("ann", real_name="Ann A.")
    ann.join(crowd.channel)
    user, host = ann.ask(f"PRIVMSG {ann.nick} :x")[0].source.partition("!")[2].split("@")
    values = ("42", crowd.channel, user, "127.0.0.1", host, "irc.test", ann.nick, "H@", "0", "0")
    for fields in ("tcuihsnflar", "ralfnshiuct", "zraZlfnshiuct"):
        assert row(ann, f"{crowd.channel} %{fields},42") == (*values, "Ann A.")
    with_more = (*values[:-2], "0", *values[-2:], "n/a", "Ann A.")  # ircu: d before l, o before r
    assert row(ann, f"{crowd.channel} %tcuihsnfdlaor,42") == with_more
    for place, field in enumerate("tcuihsnfla"):
        assert row(ann, f"{ann.nick} %{field},42") == (values[place],)
    assert row(ann, f"{ann.nick} %r") == ("Ann A.",)


def test_placeholders(crowd: Crowd) -> None:
    """255.255.255.255 for an address that isn't told, 0 without an account, * without a channel."""
    ann, mia = crowd.client("ann"), crowd.member("mia")
    assert row(mia, f"{ann.nick} %cia") == ("*", "255.255.255.255", "0")
    assert row(ann, f"{mia.nick} %a") == (mia.nick,)
    ann.join(crowd.channel)
    assert row(mia, f"{ann.nick} %cn") == (crowd.channel, ann.nick)


@pytest.mark.parametrize("token", ["", ",", ",1234", ",x1", ",١"])
def test_a_token_that_is_none(crowd: Crowd, token: str) -> None:
    ann = crowd.client("ann")
    assert row(ann, f"{ann.nick} %tn{token}") == ("0", ann.nick)


def test_flags_before_the_fields(crowd: Crowd) -> None:
    """'additional non-standard flags before the percent character': o, operators only."""
    ann = crowd.client("ann")
    assert codes(ann.ask(f"WHO {ann.nick} o%n")) == ["315"]
    first, end = ann.ask(f"WHO {ann.nick} %")
    assert first.words == ("354", ann.nick)
    assert end.command == "315"


def test_a_secret_channel_isnt_told(crowd: Crowd) -> None:
    ann, out = crowd.inside("ann")[0], crowd.client("out")
    ann.ask(f"MODE {crowd.channel} +s")
    assert row(out, f"{ann.nick} %cf") == ("*", "H")
    assert codes(out.ask(f"WHO {crowd.channel} %n")) == ["315"]


def test_a_bot(crowd: Crowd) -> None:
    """BOT=B; 335 in WHOIS; B in the flags of WHO; the tag `bot` to who has message-tags."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags")
    old = crowd.client("old")
    old.join(crowd.channel)
    ben.sync()
    assert ben.one(f"MODE {ben.nick} +B").words == ("MODE", ben.nick, "+B")
    assert ben.one(f"MODE {ben.nick}").text == "+B"
    assert "335" in codes(ann.ask(f"WHOIS {ben.nick}"))
    assert ann.ask(f"WHO {ben.nick}")[0].params[6] == "HB"
    ben.ask(f"PRIVMSG {crowd.channel} :beep", f"TOPIC {crowd.channel} x")
    said = [line for line in ann.sync() if line.nick == ben.nick]
    assert said
    assert all(line.tags.get("bot") == "" for line in said)
    assert not any(line.tags for line in old.sync())
    ann.sync()
    ben.ask(f"MODE {ben.nick} -B", f"PRIVMSG {crowd.channel} :human")
    assert "bot" not in ann.sync()[-1].tags
    assert "335" not in codes(ann.ask(f"WHOIS {ben.nick}"))
