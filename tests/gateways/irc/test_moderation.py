"""Bans of the hub, what operators do to others, filters. Sources: the help of Ergo (UBAN, KLINE,
DLINE, SAJOIN), the InspIRCd manual (FILTER, SANICK, +g)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.gateways.irc.test_operators import _operator as operator
from tests.support.irc import Client, Line, codes, words
from words.admin.client import ask


@pytest.fixture
def op(crowd: Crowd) -> Client:
    """Return an operator who may keep people out and force."""
    return operator(crowd, "op", "bans", "force")


@pytest.fixture(autouse=True)
def _nobody_stays_banned(crowd: Crowd) -> Iterator[None]:
    yield
    socket = crowd.hub.data / "admin.sock"
    for ban in ask(socket, "ban-list", {}):
        ask(socket, "ban-remove", {"target": ban["target"]})
    for rule in ask(socket, "filter-list", {}):
        ask(socket, "filter-remove", {"target": rule["rule"]})


def _notices(lines: list[Line]) -> list[str]:
    return [line.text for line in lines if line.command == "NOTICE"]


def _acts(crowd: Crowd, verb: str) -> list[dict[str, str]]:
    acts = ask(crowd.hub.data / "admin.sock", "acts", {})
    return [act for act in acts if act["verb"] == verb]


@pytest.mark.parametrize(
    "line",
    ["KLINE x", "DLINE 192.0.2.1", "UNKLINE x", "UNDLINE 192.0.2.1", "UBAN LIST", "FILTER *",
     "SAJOIN #x", "SAPART x #x", "SANICK x y", "SAMODE #x +i"],
)  # fmt: skip
def test_operators_only(crowd: Crowd, line: str) -> None:
    """ERR_NOPRIVILEGES (481) for who isn't one, ERR_NOPRIVS (723) for one without the right."""
    assert crowd.client("ann").one(line).command == "481"
    assert operator(crowd, "low", "status").one(line).command == "723"


def test_kline(crowd: Crowd, op: Client) -> None:
    """Whoever fits is put out and can't come in, with the reason; it is noted, and ends."""
    evil = crowd.client("evil")
    (said,) = _notices(op.ask(f"KLINE 2h {evil.nick}!*@* no more of this"))
    assert said.startswith(f"Banned {evil.nick}!*@* until ")
    assert said.endswith("; connections ended: 1")
    assert "no more of this" in evil.expect("ERROR").text
    late = crowd.raw(evil.nick)
    late.send(f"NICK {evil.nick}", "USER u 0 * :r")
    assert late.expect("465").text == "You are banned: no more of this"
    assert any(evil.nick in each for each in _notices(op.ask("KLINE LIST")))
    (act,) = [act for act in _acts(crowd, "ban-add") if act["what"].startswith(evil.nick)]
    assert act["why"] == "no more of this"
    assert act["who"].startswith("opaccount")
    assert _notices(op.ask(f"UNKLINE {evil.nick}!*@*")) == [f"Removed the ban of {evil.nick}!*@*"]
    crowd.client("evil")


def test_order_of_kline(crowd: Crowd, op: Client) -> None:
    """Ergo has the duration before the mask, InspIRCd behind it, in seconds too."""
    for line in ("KLINE ANDKILL 1h a!*@* :r", "KLINE a!*@* 1h :r", "KLINE a!*@* 3600 ON x :r"):
        op.ask(line)
        (ban,) = ask(crowd.hub.data / "admin.sock", "ban-list", {})
        assert (ban["target"], ban["reason"]) == ("a!*@*", "r")
        assert ban["expires"] - ban["created"] == 3_600_000


def test_dline(crowd: Crowd, op: Client) -> None:
    """A ban that means oneself wants MYSELF; networks are kept in their one form."""
    assert op.one("DLINE 127.0.0.0/8").words[:3] == ("FAIL", "BAN", "MATCHES_SELF")
    assert _notices(op.ask("DLINE 192.0.2.77/24 spam")) == ["Banned 192.0.2.0/24"]
    assert op.one("DLINE 0.0.0.0/0 MYSELF").words[1:3] == ("BAN-ADD", "INVALID_PARAMS")
    assert _notices(op.ask("UNDLINE 192.0.2.0/24")) == ["Removed the ban of 192.0.2.0/24"]


def test_uban(crowd: Crowd, op: Client) -> None:
    """A word alone is an account, wherever it comes from; INFO, LIST, DEL."""
    account = crowd.account("evil")
    evil = crowd.login(account)
    said = _notices(op.ask(f"UBAN ADD {account} DURATION 1h too loud"))
    assert said[0].startswith(f"Banned account:{account} until")
    assert "too loud" in evil.expect("ERROR").text
    late = crowd.raw(account)
    late.send("CAP REQ sasl", f"NICK {account}", "USER u 0 * :r")
    late.sasl_plain(account, PASSWORD)
    late.send("CAP END")
    assert late.expect("465")
    info = _notices(op.ask(f"UBAN INFO {account}"))
    assert info[0].startswith(f"Ban: account:{account} since")
    assert len(info) == 2
    assert op.one(f"UBAN DEL {account}").text == f"Removed the ban of account:{account}"
    crowd.login(account)
    assert op.one("UBAN ADD").command == "461"
    assert op.one("UBAN ADD x DURATION soon").words[:3] == ("FAIL", "UBAN", "INVALID_PARAMS")


def test_who_logs_in_may_come_though_his_network_is_banned(crowd: Crowd, op: Client) -> None:
    """UBAN ADD network REQUIRE-SASL."""
    account = crowd.account("ann")
    op.send("UBAN ADD 127.0.0.1 REQUIRE-SASL MYSELF open proxies")
    assert "open proxies" in op.expect("ERROR").text  # he is a guest who gave OPER a password
    guest = crowd.raw()
    guest.send(f"NICK {crowd.name('guest')}", "USER u 0 * :r")
    assert guest.expect("465")
    crowd.login(account)


def test_sajoin_and_sapart(crowd: Crowd, op: Client) -> None:
    """Into a closed channel, and out; each is noted."""
    ann, ben = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +isb *!*@*")
    out = crowd.client("out")
    op.ask(f"SAJOIN {out.nick} {crowd.channel}")
    assert codes(out.sync()) == ["JOIN", "353", "366"]
    op.ask(f"SAPART {out.nick} {crowd.channel} :enough")
    assert out.expect("PART").words == ("PART", crowd.channel, "enough")
    assert codes(op.ask(f"SAJOIN {crowd.channel}")) == ["JOIN", "353", "366"]
    assert op.one(f"SAPART {out.nick} {crowd.channel}").command == "441"
    assert op.one(f"SAJOIN {crowd.name('nobody')} {crowd.channel}").command == "401"
    assert next(act["what"] for act in _acts(crowd, "sapart")) == out.nick
    assert ben.sync()


def test_sanick_and_samode(crowd: Crowd, op: Client) -> None:
    ann, ben = crowd.inside("ann", "ben")
    ben.sync()
    op.ask(f"SANICK {ben.nick} {crowd.name('bob')}")
    assert ben.expect("NICK").params[0] == crowd.name("bob")
    op.ask(f"SAMODE {crowd.channel} +mo {crowd.name('bob')}")
    assert [line.params[1:] for line in ben.sync()] == [("+m",), ("+o", crowd.name("bob"))]
    assert op.one(f"SANICK {ann.nick} {crowd.name('bob')}").command == "433"
    assert op.one(f"SAMODE {crowd.channel}none +m").command == "403"
    assert _acts(crowd, "samode")[0]["why"] == f"+mo {crowd.name('bob')}"


def test_channel_filter(crowd: Crowd) -> None:
    """+g: a text that fits is refused (404), however it is written; who has a role is free."""
    ann, ben = crowd.inside("ann", "ben")
    assert words(ann.ask(f"MODE {crowd.channel} +g *cheap?pills*"))[0][2:] == (
        "+g", "*cheap?pills*",
    )  # fmt: skip
    ben.sync()
    for text in ("Buy CHEAP pills now", "cheap-pills", "ch\u200beap pills", "ｃｈｅａｐ pills"):
        assert ben.one(f"PRIVMSG {crowd.channel} :{text}").command == "404"
    told = [line for line in ann.sync() if line.command == "NOTICE"]
    assert len(told) == 4
    assert told[0].params[0] == f"@{crowd.channel}"
    assert ann.ask(f"PRIVMSG {crowd.channel} :no cheap pills here") == []
    ben.sync()
    assert ben.one(f"MODE {crowd.channel} g").command == "482"
    assert words(ann.ask(f"MODE {crowd.channel} g"))[0][:4] == (
        "941", ann.nick, crowd.channel, "*cheap?pills*",
    )  # fmt: skip
    ann.ask(f"MODE {crowd.channel} -t")
    ben.sync()
    assert ben.one(f"TOPIC {crowd.channel} :cheap pills").command == "404"
    log = _notices(ann.ask(f"FILTER {crowd.channel} LOG"))
    assert len(log) == 5
    assert "drop text *cheap?pills* <ben" in log[0]
    assert ben.one(f"FILTER {crowd.channel} LOG").command == "482"
    assert words(ann.ask(f"MODE {crowd.channel} -g *cheap?pills*"))[0][2] == "-g"


def test_actions_of_the_filter(crowd: Crowd) -> None:
    """kick, mute for a time, ban, report: as the hub, told to the channel; by account or host."""
    (ann,) = crowd.inside("ann")
    ben, cat, dan = (crowd.member(name) for name in ("ben", "cat", "dan"))
    for each in (ben, cat, dan):
        each.join(crowd.channel)
    for rule in ("kick text spam", "mute:1h text eggs", "ban text ham", "report text bacon"):
        ann.ask(f"FILTER {crowd.channel} ADD {rule}")
    for each in (ben, cat, dan):
        each.sync()
    assert codes(ben.ask(f"PRIVMSG {crowd.channel} :spam!")) == ["KICK", "404"]
    assert codes(cat.ask(f"PRIVMSG {crowd.channel} :some eggs"))[-2:] == ["MODE", "404"]
    cat.sync()
    assert "(banned)" in cat.one(f"PRIVMSG {crowd.channel} :hello").text
    kicked = dan.ask(f"PRIVMSG {crowd.channel} :ham")
    assert codes(kicked)[-3:] == ["MODE", "KICK", "404"]
    assert kicked[-2].source == "hub.words"
    assert dan.one(f"JOIN {crowd.channel}").command == "474"
    assert words(ann.ask(f"MODE {crowd.channel} b"), "367")[0][3] == f"m:R:{cat.nick}"
    eve = crowd.client("eve")
    eve.join(crowd.channel)
    assert eve.ask(f"PRIVMSG {crowd.channel} :bacon") == []
    assert "bacon" in [line.text for line in ann.sync() if line.command == "PRIVMSG"]


def test_repeats_crossposts_mentions(crowd: Crowd) -> None:
    ann, ben, cat = crowd.inside("ann", "ben", "cat")
    other = f"{crowd.channel}other"
    ann.join(other), ben.join(other)
    for rule in ("drop repeat 3/1m", "drop mentions 3"):
        ann.ask(f"FILTER {crowd.channel} ADD {rule}")
    ann.ask(f"FILTER {other} ADD drop crosspost 2/1m", f"MODE {crowd.channel} g")
    ben.sync()
    said = [codes(ben.ask(f"PRIVMSG {crowd.channel} :buy this")) for _ in range(3)]
    assert said == [[], [], ["404"]]
    assert codes(ben.ask(f"PRIVMSG {other} :buy this")) == ["404"]
    assert codes(ben.ask(f"PRIVMSG {other} :something else")) == []
    names = f"{ann.nick}: @{ben.nick}, {cat.nick}!"
    assert codes(ben.ask(f"PRIVMSG {crowd.channel} :look {names}")) == ["404"]
    assert codes(ben.ask(f"PRIVMSG {crowd.channel} :look {ann.nick} {ben.nick} {ann.nick}")) == []


@pytest.mark.parametrize(
    "rule",
    ["drop", "drop text", "sing text x", "drop rhyme x", "drop regex (", "drop regex (a{1000}){9}",
     "kick:1h text x", "mute:soon text x", "drop repeat 1/1m", "drop repeat 5/2d", "drop text **",
     "drop mentions 1", "drop regex x*", "mute:999999999w text x", "drop regex " + "a|" * 130],
)  # fmt: skip
def test_rules_that_are_none(crowd: Crowd, rule: str) -> None:
    (ann,) = crowd.inside("ann")
    assert ann.one(f"FILTER {crowd.channel} ADD {rule}").words[:3] == (
        "FAIL", "FILTER", "INVALID_PARAMS",
    )  # fmt: skip
    assert codes(ann.ask(f"MODE {crowd.channel} +g drop,regex,(")) == ["696"]


def test_regex_of_death(crowd: Crowd) -> None:
    """Patterns that take other engines for ever are done with at once, ten of them too."""
    ann, ben = crowd.inside("ann", "ben")
    for number in range(10):
        ann.ask(f"FILTER {crowd.channel} ADD drop regex ^(a+)+(b+)*([a-z]+)*{number}$")
    more = ann.one(f"FILTER {crowd.channel} ADD drop regex [ab]*a[ab]{{240}}c")
    assert "300" in more.text
    ben.sync()
    for _ in range(10):
        assert codes(ben.ask(f"PRIVMSG {crowd.channel} :{'a' * 390}!")) == []
    assert codes(ben.ask(f"PRIVMSG {crowd.channel} :{'a' * 300}7")) == ["404"]


def test_filter_of_the_hub(crowd: Crowd, op: Client) -> None:
    """FILTER *: in channels and directly; ban puts out of the hub. Direct texts aren't logged."""
    assert op.one("FILTER * ADD mute text x").words[:2] == ("FAIL", "FILTER-ADD")
    assert _notices(op.ask("FILTER * ADD kick text *casino*")) == ["ADD kick text *casino*"]
    assert op.one("FILTER * ADD kick text *casino*").command == "400"
    ann, ben = crowd.inside("ann", "ben")
    ben.send(f"PRIVMSG {ann.nick} :visit the CASINO")
    assert ben.expect("ERROR").text
    assert [line.text for line in ann.sync() if line.command == "PRIVMSG"] == []
    (entry, _) = _notices(op.ask("FILTER * LOG"))[:2]
    assert "kick text *casino* <ben" in entry
    assert "visit" not in entry
    assert _notices(op.ask("FILTER *")) == ["Rule: kick text *casino*", "End of rules"]
    assert _notices(op.ask("FILTER * DEL kick text *casino*")) == ["DEL kick text *casino*"]
