"""Source: IRCv3 capability-negotiation, and what each capability changes: extended-join,
away-notify, account-notify, multi-prefix, setname, invite-notify, userhost-in-names."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gateways.irc.capabilities import CAPABILITIES
from tests.gateways.irc.conftest import PASSWORD, Connect, Crowd
from tests.support.hub import HubProcess
from tests.support.irc import Line, codes, words

New = Callable[..., HubProcess]
CLOSED = {"draft/account-registration", "soju.im/account-required", "sts"}
"""What the hub of these tests doesn't offer."""
OFFERED = set(CAPABILITIES) - CLOSED


def _listed(lines: list[Line], subcommand: str) -> dict[str, str]:
    """Return capability -> value of a listing, which may have several lines."""
    assert all(line.params[1] == subcommand for line in lines)
    assert all(line.params[2] == "*" for line in lines[:-1])
    assert len(lines[-1].params) == 3
    listed = [word for line in lines for word in line.text.split()]
    return {name: value for name, _, value in (word.partition("=") for word in listed)}


def test_what_is_offered(crowd: Crowd) -> None:
    """CAP LS, Capability Values: only 302 has them."""
    client = crowd.raw()
    offered = _listed(client.ask("CAP LS 302"), "LS")
    assert set(offered) == OFFERED
    assert offered["sasl"] == "SCRAM-SHA-256,PLAIN"
    old = _listed(client.ask("CAP LS"), "LS")  # one line, in which drafts may have no room
    assert {name for name in OFFERED if "/" not in name} <= set(old) < OFFERED
    assert not any(old.values())
    assert _listed(crowd.raw().ask("CAP LS 307"), "LS")["sasl"]
    assert not _listed(crowd.raw().ask("CAP LS 301"), "LS")["sasl"]


def test_negotiation_holds_registration(crowd: Crowd) -> None:
    """CAP LS and REQ suspend it until CAP END; CAP LIST doesn't."""
    for first in ("CAP LS 302", "CAP LS", "CAP REQ :batch", "CAP REQ :none"):
        client = crowd.raw()
        nick = crowd.name("ann")
        assert "001" not in codes(client.ask(first, f"NICK {nick}", "USER u 0 * :r"))
        assert "001" in codes(client.ask("CAP END"))
        client.quit()
    client = crowd.raw()
    assert "001" in codes(client.ask("CAP LIST", f"NICK {crowd.name('ann')}", "USER u 0 * :r"))


def test_requests(crowd: Crowd) -> None:
    """CAP REQ: accepted as a whole or rejected as a whole; CAP LIST shows what holds."""
    client = crowd.raw()
    assert words(client.ask("CAP REQ :batch server-time")) == [
        ("CAP", "*", "ACK", "batch server-time")
    ]
    assert words(client.ask("CAP REQ :setname nonsense")) == [
        ("CAP", "*", "NAK", "setname nonsense")
    ]
    assert words(client.ask("CAP REQ :-batch -setname batch")) == [
        ("CAP", "*", "ACK", "-batch -setname batch")
    ]
    assert words(client.ask("CAP REQ :-batch -nonsense"))[0][2] == "NAK"
    assert words(client.ask("CAP REQ :sasl=PLAIN"))[0][2] == "NAK"
    assert set(_listed(client.ask("CAP LIST"), "LIST")) == {"batch", "server-time"}
    assert words(client.ask("CAP REQ :-server-time"))[0][2] == "ACK"
    assert set(_listed(client.ask("CAP LIST"), "LIST")) == {"batch"}
    assert words(client.ask("CAP REQ :"))[0][2] in ("ACK", "NAK")
    client.ask("CAP REQ :no-implicit-names")  # one of three names of one thing
    assert set(_listed(client.ask("CAP LIST"), "LIST")) == {"batch", "no-implicit-names"}


def test_an_answer_that_does_not_fit_a_line(crowd: Crowd) -> None:
    """As "if an ACK reply [...] is spread across multiple lines": nothing of it is cut off."""
    client = crowd.raw().register(crowd.name("x" * 28))
    wanted = ["batch"] * 81 + ["-sasl"]
    for more, answer in ([], "ACK"), (["none"], "NAK"):
        lines = client.ask(f"CAP REQ :{' '.join(wanted + more)}")
        assert {line.params[1] for line in lines} == {answer}
        assert " ".join(line.text for line in lines).split() == wanted + more


def test_302_brings_cap_notify(crowd: Crowd) -> None:
    """Implicitly enabled, and it can't be disabled then."""
    client = crowd.raw()
    client.ask("CAP LS 302")
    assert set(_listed(client.ask("CAP LIST"), "LIST")) == {"cap-notify"}
    assert words(client.ask("CAP REQ :-cap-notify"))[0][2] == "NAK"


def test_cap_after_registration(crowd: Crowd) -> None:
    client = crowd.client("ann")
    assert words(client.ask("CAP REQ :batch")) == [("CAP", client.nick, "ACK", "batch")]
    assert client.ask("CAP END") == []
    assert "batch" in _listed(client.ask("CAP LS 302"), "LS")
    assert client.ask("PRIVMSG nobody :x")[0].command == "401"


@pytest.mark.parametrize("line", ["CAP FLY", "CAP ACK :batch", "CAP NEW :x", "CAP :"])
def test_subcommands_that_are_none(crowd: Crowd, line: str) -> None:
    """ERR_INVALIDCAPCMD (410)."""
    for client in (crowd.raw(), crowd.client("ann")):
        shown = line.split()[1] if line != "CAP :" else "*"
        assert client.one(line).words == ("410", client.nick or "*", shown, "Invalid CAP command")
    assert crowd.raw().one("CAP").command == "461"


def test_a_long_listing_has_several_lines(crowd: Crowd) -> None:
    """Multiline replies, for 302 only."""
    client = crowd.raw()
    nick = "n" * 32
    client.send("CAP LS 302", f"CAP REQ :{' '.join(sorted(OFFERED))}", f"NICK {nick}")
    assert all(len(line.raw) <= 510 for line in client.ask("CAP LIST"))


def test_extended_join(crowd: Crowd) -> None:
    """The account or *, and the real name."""
    ann = crowd.client("ann", "extended-join")
    ann.join(crowd.channel)
    plain = crowd.client("plain", real_name="Plain as day")
    plain.join(crowd.channel)
    assert words(ann.sync()) == [("JOIN", crowd.channel, "*", "Plain as day")]
    mia = crowd.member("mia")
    assert mia.join(crowd.channel)[0].words == ("JOIN", crowd.channel)
    assert words(ann.sync()) == [("JOIN", crowd.channel, mia.nick, mia.nick)]


def test_away_notify(crowd: Crowd) -> None:
    """Told when it changes, and at a JOIN of somebody who is away."""
    ann, ben = crowd.inside("ann", "ben", caps="away-notify")
    plain = crowd.client("plain")
    plain.join(crowd.channel)
    ann.sync()
    ben.ask("AWAY :lunch")
    (line,) = ann.sync()
    assert line.words == ("AWAY", "lunch")
    assert line.nick == ben.nick
    assert plain.sync() == []
    ben.ask("AWAY :lunch")
    ben.ask("AWAY")
    assert words(ann.sync()) == [("AWAY",)]
    late = crowd.client("late")
    late.ask("AWAY :from the start")
    late.join(crowd.channel)
    assert words(ann.sync()) == [("JOIN", crowd.channel), ("AWAY", "from the start")]


def test_account_notify(crowd: Crowd) -> None:
    """When somebody logs in after he came."""
    ann = crowd.client("ann", "account-notify")
    ben = crowd.client("ben", "sasl")
    for client in (ann, ben):
        client.join(crowd.channel)
    ann.sync()
    account = crowd.account("mia")
    assert ben.sasl_plain(account, PASSWORD).command == "903"
    (line,) = ann.sync()
    assert line.words == ("ACCOUNT", account)
    assert line.nick == ben.nick
    assert words(ann.ask(f"WHOIS {ben.nick}"), "330")[0][3] == account


def test_multi_prefix(crowd: Crowd) -> None:
    """All signs, highest first, in NAMES and WHO; without it the highest only."""
    ann = crowd.client("ann", "multi-prefix")
    ann.join(crowd.channel)
    ben = crowd.client("ben")
    ben.join(crowd.channel)
    ann.ask(f"MODE {crowd.channel} +vh {ann.nick} {ann.nick}")
    ben.sync()
    assert f"@%+{ann.nick}" in ann.ask(f"NAMES {crowd.channel}")[0].text.split()
    assert f"@{ann.nick}" in ben.ask(f"NAMES {crowd.channel}")[0].text.split()
    assert ann.ask(f"WHO {crowd.channel}")[0].params[6] == "H@%+"
    assert ben.ask(f"WHO {crowd.channel}")[0].params[6] == "H@"


def test_userhost_in_names(crowd: Crowd) -> None:
    ann = crowd.client("ann", "userhost-in-names")
    source = ann.join(crowd.channel)[0].source
    assert ann.ask(f"NAMES {crowd.channel}")[0].text == f"@{source}"


def test_setname(crowd: Crowd) -> None:
    """SETNAME: told to those who asked for it, oneself too; FAIL INVALID_REALNAME."""
    ann, ben = crowd.inside("ann", "ben", caps="setname standard-replies")
    plain = crowd.client("plain")
    plain.join(crowd.channel)
    ann.sync()
    ben.sync()
    (told,) = ann.ask("SETNAME :Ann the Second")
    (heard,) = ben.sync()
    assert told.raw == heard.raw
    assert told.words == ("SETNAME", "Ann the Second")
    assert plain.sync() == []
    assert plain.ask(f"WHOIS {ann.nick}")[0].text == "Ann the Second"
    for wrong in ("SETNAME :", f"SETNAME :{'x' * 151}"):
        assert ann.one(wrong).words[:3] == ("FAIL", "SETNAME", "INVALID_REALNAME")
    assert ann.one("SETNAME").command == "461"


def test_invite_notify(crowd: Crowd) -> None:
    """Those who may invite are told who asked whom."""
    ann, ben, cat = crowd.inside("ann", "ben", "cat", caps="invite-notify")
    out = crowd.client("out")
    ann.ask(f"MODE {crowd.channel} +o {ben.nick}")
    ben.sync()
    cat.sync()
    assert codes(ann.ask(f"INVITE {out.nick} {crowd.channel}")) == ["341"]
    (line,) = ben.sync()
    assert line.words == ("INVITE", out.nick, crowd.channel)
    assert line.nick == ann.nick
    assert cat.sync() == []
    assert words(out.sync()) == [("INVITE", out.nick, crowd.channel)]


def test_accounts_are_required(tmp_path: Path, connect: Connect) -> None:
    """draft/ACCOUNTREQUIRED, soju.im/account-required (it can't be asked for) and
    FAIL * ACCOUNT_REQUIRED: nobody comes in without an account."""
    hub = HubProcess(tmp_path, {"chat": {"guests": False}}).start()
    try:
        client = connect(hub.irc_port)
        listed = " ".join(line.text for line in client.ask("CAP LS 302")).split()
        assert "soju.im/account-required" in listed
        assert client.one("CAP REQ soju.im/account-required").words[2] == "NAK"
        client.capabilities("draft/extended-isupport")
        assert "draft/ACCOUNTREQUIRED" in " ".join(line.raw for line in client.ask("ISUPPORT"))
        client.send("NICK ann", "USER a 0 * :a", "CAP END")
        assert client.rest()[0].words[:3] == ("FAIL", "*", "ACCOUNT_REQUIRED")
    finally:
        hub.kill()


def _reload(hub: HubProcess, config: dict[str, object], times: int) -> None:
    hub.configure(config)
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration was read again", times=times)


def test_a_reload_is_told(new_hub: New, connect: Connect) -> None:
    """cap-notify: "NEW" and "DEL" of what has changed, values with 302 only. Modern IRC,
    RPL_ISUPPORT: a parameter that is no more is negated."""
    hub = new_hub({"irc": {"multiline_lines": 7}}).start()
    ann = connect(hub.irc_port).register("ann", caps="batch draft/multiline draft/relaymsg")
    old = connect(hub.irc_port)
    old.send("CAP LS", "CAP REQ :cap-notify", "NICK old", "USER u 0 * :r", "CAP END")
    old.expect("001")
    old.sync()
    none = connect(hub.irc_port).register("none")
    irc = {"multiline_lines": 9, "relay_separator": "", "monitor_limit": 5}
    _reload(hub, {"irc": irc, "chat": {"guests": False}}, 1)
    lines = [ann.expect("CAP"), ann.expect("CAP")]
    assert [line.params[:2] for line in lines] == [("ann", "DEL"), ("ann", "NEW")]
    assert lines[0].text == "draft/relaymsg"
    assert set(lines[1].text.split()) == {
        "draft/multiline=max-bytes=16384,max-lines=9", "soju.im/account-required",
    }  # fmt: skip
    assert set(ann.expect("005").params[1:-1]) == {"MONITOR=5", "draft/ACCOUNTREQUIRED"}
    assert set(_listed(ann.ask("CAP LIST"), "LIST")) == {"batch", "cap-notify", "draft/multiline"}
    assert old.expect("CAP", "old", "DEL").text == "draft/relaymsg"
    assert set(old.expect("CAP", "old", "NEW").text.split()) == {
        "draft/multiline", "soju.im/account-required",
    }  # fmt: skip
    assert none.expect("005").params[1:]
    assert none.sync() == []
    _reload(hub, {"irc": irc}, 2)
    assert "-draft/ACCOUNTREQUIRED" in none.expect("005").params


def test_a_policy_is_told_when_it_changes(new_hub: New, connect: Connect) -> None:
    """sts: "Servers MAY" say a new one by CAP NEW; that none is left is said by no DEL, since it
    ends by its duration."""
    hub = new_hub({"limits": {"unregistered_timeout": "1m"}}).start()
    ann = connect(hub.irc_port).register("ann", caps="cap-notify")
    _reload(hub, {"irc": {"sts": {"port": 6697}}}, 1)
    assert ann.expect("CAP").words == ("CAP", "ann", "NEW", "sts=port=6697")
    _reload(hub, {}, 2)
    _reload(hub, {"irc": {"sts": {"port": 6698}}}, 3)
    assert ann.expect("CAP").words == ("CAP", "ann", "NEW", "sts=port=6698")
