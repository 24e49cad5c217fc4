"""OPER, KILL, what operators see. Source: Modern IRC, Operator Messages, WHOIS message; RFC 2812
sections 3.1.4, 3.7.1."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import Client, codes, words
from words.admin.client import ask
from words.errors import Refused


def _rights(crowd: Crowd, name: str, *rights: str, verb: str = "add") -> None:
    ask(crowd.hub.data / "admin.sock", "user-rights", {"name": name, verb: list(rights)})


def _operator(crowd: Crowd, nick: str = "op", *rights: str) -> Client:
    """Return a guest who has become an operator by an account of another name."""
    account = crowd.account(f"{nick}account")
    _rights(crowd, account, *(rights or ("admin",)))
    client = crowd.client(nick)
    client.ask(f"OPER {account} :{PASSWORD}")
    return client


def test_rehash(crowd: Crowd) -> None:
    """RPL_REHASHING (382); it takes the right to administer everything."""
    assert crowd.client("ann").one("REHASH").command == "481"
    assert _operator(crowd, "low", "bans").one("REHASH").command == "723"
    op = _operator(crowd)
    assert op.one("REHASH").words[:3] == ("382", op.nick, "config.toml")


def test_what_operators_say_is_marked(crowd: Crowd) -> None:
    """draft/oper-tag: on all that they say and do, for who asked for it; without a value."""
    op = _operator(crowd)
    ann = crowd.client("ann", "draft/oper-tag")
    ben = crowd.client("ben", "message-tags")
    for client in (ann, ben, op):
        client.join(crowd.channel)
    op.ask(f"PRIVMSG {crowd.channel} :x", f"PRIVMSG {ann.nick} :y")
    lines = [line for line in ann.sync() if line.nick == op.nick]
    assert codes(lines) == ["JOIN", "PRIVMSG", "PRIVMSG"]
    assert all(line.tags == {"draft/oper": ""} for line in lines)
    assert not any("draft/oper" in line.tags for line in ben.sync())
    op.ask(f"MODE {op.nick} -o", f"PRIVMSG {ann.nick} :z")
    assert ann.sync()[-1].tags == {}


def test_wallops(crowd: Crowd) -> None:
    """To everybody with user mode +w, from an operator."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    ann.ask(f"MODE {ann.nick} +w")
    op = _operator(crowd)
    assert op.ask("WALLOPS :the lights go out") == []
    (line,) = ann.sync()
    assert line.words == ("WALLOPS", "the lights go out")
    assert line.nick == op.nick
    assert ben.sync() == []
    assert ben.one("WALLOPS :x").command == "481"


def test_oper(crowd: Crowd) -> None:
    """RPL_YOUREOPER (381) and MODE +o; RPL_WHOISOPERATOR (313); "*" in WHO; counted by LUSERS."""
    account = crowd.account("boss")
    _rights(crowd, account, "bans")
    ann, ben = crowd.client("ann"), crowd.client("ben")
    assert "313" not in codes(ben.ask(f"WHOIS {ann.nick}"))
    assert words(ann.ask(f"OPER {account} :{PASSWORD}")) == [
        ("381", ann.nick, "You are now an IRC operator"),
        ("MODE", ann.nick, "+o"),
    ]
    assert ann.one(f"OPER {account} :{PASSWORD}").command == "381"  # nothing changed
    assert ann.one(f"MODE {ann.nick}").words == ("221", ann.nick, "+o")
    assert words(ben.ask(f"WHOIS {ann.nick}"), "313") == [
        ("313", ben.nick, ann.nick, "is an IRC operator")
    ]
    assert "*" in ben.ask(f"WHO {ann.nick}")[0].params[6]
    assert ben.one(f"USERHOST {ann.nick}").text.startswith(f"{ann.nick}*=")
    assert words(ben.ask("LUSERS"), "252")[0][2] != "0"


def test_oper_refused(crowd: Crowd) -> None:
    """ERR_PASSWDMISMATCH (464), ERR_NOOPERHOST (491), ERR_NEEDMOREPARAMS (461)."""
    account = crowd.account("ann")
    ann = crowd.client("x")
    assert ann.one(f"OPER {account} wrong").words[:2] == ("464", ann.nick)
    assert ann.one(f"OPER {crowd.name('nobody')} x").command == "464"
    assert ann.one(f"OPER {account} :{PASSWORD}").words[:2] == ("491", ann.nick)
    assert ann.one(f"OPER {account}").command == "461"
    assert ann.one(f"MODE {ann.nick}").params[1] == "+"


def test_oper_no_more(crowd: Crowd) -> None:
    """RFC 2812 3.1.5: one may take one's own "o" back, and can't give it."""
    op, ben = _operator(crowd), crowd.client("ben")
    assert words(op.ask(f"MODE {op.nick} -o")) == [("MODE", op.nick, "-o")]
    assert op.ask(f"MODE {op.nick} +o") == []
    assert "313" not in codes(ben.ask(f"WHOIS {op.nick}"))
    assert op.one(f"KILL {ben.nick} x").command == "481"


def test_the_mark_goes_with_the_client(crowd: Crowd) -> None:
    account = crowd.account("ann")
    _rights(crowd, account, "admin")
    one, two = crowd.login(account), crowd.login(account)
    one.ask(f"OPER {account} :{PASSWORD}")
    assert "313" in codes(two.ask(f"WHOIS {account}"))
    assert two.one(f"KILL {account} x").command == "481"
    one.quit()
    assert "313" not in codes(two.ask(f"WHOIS {account}"))


def test_kill(crowd: Crowd) -> None:
    """The victim is told who and why, and disconnected; the others see a QUIT; it is an act."""
    op = _operator(crowd, "op", "bans")
    ann, ben = crowd.inside("ann", "ben")
    assert op.ask(f"KILL {ben.nick} :no more\tspam") == []
    lines = ben.rest()
    assert words(lines, "KILL", "ERROR") == [
        ("KILL", ben.nick, "no more spam"),
        ("ERROR", f"Closing link: Killed ({op.nick} (no more spam))"),
    ]
    assert lines[0].nick == op.nick
    (quit_line,) = ann.sync()
    assert quit_line.words == ("QUIT", f"Killed ({op.nick} (no more spam))")
    assert op.ask(f"WHOIS {ben.nick}")[0].command == "401"
    acts = ask(crowd.hub.data / "admin.sock", "acts", {})
    (act,) = [act for act in acts if act["what"] == ben.nick]
    assert (act["verb"], act["why"]) == ("kill", "no more spam")
    assert act["who"] == crowd.name("opaccount")


def test_kill_refused(crowd: Crowd) -> None:
    """481 for others, ERR_NOPRIVS (723) without the right, 401, 483 for servers."""
    ann, op = crowd.client("ann"), _operator(crowd)
    assert ann.one(f"KILL {op.nick} x").words[:2] == ("481", ann.nick)
    assert _operator(crowd, "two", "status").one(f"KILL {ann.nick} x").words[:3] == (
        "723", crowd.name("two"), "kill",
    )  # fmt: skip
    assert op.one("KILL nobody x").words[:3] == ("401", op.nick, "nobody")
    assert op.one("KILL nobody").words[:3] == ("461", op.nick, "KILL")
    assert op.one("KILL irc.test x").command == "483"
    assert op.one("KILL").command == "461"
    _rights(crowd, crowd.name("opaccount"), "admin", verb="remove")
    assert op.one(f"KILL {ann.nick} x").command == "723"


def test_kill_oneself(crowd: Crowd) -> None:
    op = _operator(crowd)
    op.send(f"KILL {op.nick} :")
    assert op.rest()[-1].text == f"Closing link: Killed ({op.nick} (No reason given))"


@pytest.mark.parametrize("right", ["admin", "bans", "users"])
def test_operators_see_addresses(crowd: Crowd, right: str) -> None:
    """RPL_WHOISHOST (378), RPL_WHOISACTUALLY (338)."""
    op, ann = _operator(crowd, "op", right), crowd.client("ann")
    lines = op.ask(f"WHOIS {ann.nick}")
    assert words(lines, "338") == [
        ("338", op.nick, ann.nick, "127.0.0.1", "Is actually using host")
    ]
    assert words(lines, "378")[0][3].endswith(" 127.0.0.1")
    blind = _operator(crowd, "blind", "groups")
    assert not {"338", "378"} & set(codes(blind.ask(f"WHOIS {ann.nick}")))


def test_the_banned_stay_out(crowd: Crowd) -> None:
    """ERR_YOUREBANNEDCREEP (465) with the reason, then ERROR and the end."""
    nick = crowd.name("evil")
    target = {"target": f"{nick}!*@*"}
    ask(crowd.hub.data / "admin.sock", "ban-add", {**target, "why": "spam"})
    client = crowd.raw()
    client.send(f"NICK {nick}", "USER x 0 * :x")
    assert words(client.rest()) == [
        ("465", nick, "You are banned: spam"),
        ("ERROR", "Closing link: Banned: spam"),
    ]
    ask(crowd.hub.data / "admin.sock", "ban-remove", target)
    assert crowd.client("evil").nick == nick


def test_classes(crowd: Crowd) -> None:
    """Rights by name, as the configuration has them (passport.classes)."""
    account = crowd.account("mod")
    _rights(crowd, account, "moderator")
    shown = ask(crowd.hub.data / "admin.sock", "user-show", {"name": account})
    assert shown["rights"] == ["moderator"]
    op = crowd.client("op")
    assert "381" in codes(op.ask(f"OPER {account} :{PASSWORD}"))
    assert op.one(f"SAMODE {crowd.channel} +i").command == "403"
    assert "NOTICE" in codes(op.ask("UBAN LIST"))
    _rights(crowd, account, "helper")
    _rights(crowd, account, "moderator", verb="remove")
    assert op.one("KLINE LIST").command == "723"
    with pytest.raises(Refused):
        _rights(crowd, account, "king")
