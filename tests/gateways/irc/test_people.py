"""About people and the server. Source: Modern IRC, User-Based Queries, Server Queries; RFC 2812
sections 4.8, 4.9 (USERHOST, ISON)."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import codes, words


def test_whois(crowd: Crowd) -> None:
    """RPL_WHOISUSER (311) first, RPL_ENDOFWHOIS (318) last."""
    ann = crowd.client("ann", real_name="Ann of Green Gables")
    ann.join(crowd.channel)
    out = crowd.client("out")
    ann.ask("AWAY :out to sea")
    lines = out.ask(f"WHOIS {ann.nick.upper()}")
    found = {line.command: line for line in lines}
    user, host = ann.ask(f"PRIVMSG {ann.nick} :x")[0].source.partition("!")[2].split("@")
    assert lines[0].words == (
        "311", out.nick, ann.nick, user, host, "*", "Ann of Green Gables",
    )  # fmt: skip
    assert found["319"].words == ("319", out.nick, ann.nick, f"@{crowd.channel}")
    assert found["312"].words == ("312", out.nick, ann.nick, "irc.test", "A Words hub")
    assert found["301"].words == ("301", out.nick, ann.nick, "out to sea")
    assert found["317"].params[2].isdigit()
    assert found["317"].params[3].isdigit()
    assert lines[-1].words == ("318", out.nick, ann.nick.upper(), "End of /WHOIS list")
    end = out.ask(f"WHOIS {ann.nick},{out.nick}")[-1]  # "the comma-separated list of nicks"
    assert end.words[:3] == ("318", out.nick, f"{ann.nick},{out.nick}")
    assert "378" not in found
    assert "330" not in found


def test_whois_of_oneself_says_the_address(crowd: Crowd) -> None:
    """RPL_WHOISHOST (378): nobody else sees it."""
    ann = crowd.client("ann")
    (line,) = [line for line in ann.ask(f"WHOIS {ann.nick}") if line.command == "378"]
    assert line.text.endswith(" 127.0.0.1")
    assert "127.0.0.1" not in " ".join(x.raw for x in crowd.client("b").ask(f"WHOIS {ann.nick}"))


def test_whois_of_nobody(crowd: Crowd) -> None:
    """401 and 318; 431 without a nick; 402 of another server."""
    ann = crowd.client("ann")
    assert words(ann.ask("WHOIS nobody")) == [
        ("401", ann.nick, "nobody", "No such nick/channel"),
        ("318", ann.nick, "nobody", "End of /WHOIS list"),
    ]
    assert ann.one("WHOIS").command == "431"
    assert ann.one(f"WHOIS other.server {ann.nick}").words[:3] == ("402", ann.nick, "other.server")
    for server in ("irc.test", ann.nick, "*.test", crowd.client("ben").nick):
        assert codes(ann.ask(f"WHOIS {server} {ann.nick}"))[0] == "311"


def test_whois_of_accounts_and_many_channels(crowd: Crowd) -> None:
    """RPL_WHOISACCOUNT (330); channels in lines that fit."""
    mia = crowd.member("mia")
    channels = [f"{crowd.channel}-{'x' * 40}{number}" for number in range(20)]
    mia.ask(f"JOIN {','.join(channels[:8])}", f"JOIN {','.join(channels[8:16])}")
    mia.ask(f"JOIN {','.join(channels[16:])}")
    lines = crowd.client("out").ask(f"WHOIS {mia.nick}")
    assert all(len(line.raw) <= 510 for line in lines)
    shown = [name for line in lines if line.command == "319" for name in line.text.split()]
    assert shown == [f"@{channel}" for channel in channels]
    assert words(lines, "330")[0][2:] == (mia.nick, mia.nick, "is logged in as")


def test_whowas(crowd: Crowd) -> None:
    """RPL_WHOWASUSER (314), newest first; ERR_WASNOSUCHNICK (406); 369 once."""
    ann = crowd.client("ann", real_name="first")
    nick = ann.nick
    out = crowd.client("out")
    assert codes(out.ask(f"WHOWAS {nick}")) == ["406", "369"]
    ann.quit()
    second = crowd.raw().register(nick, real_name="second")
    second.ask(f"NICK {crowd.name('else')}")
    lines = out.ask(f"WHOWAS {nick.upper()}")
    assert codes(lines) == ["314", "312", "314", "312", "369"]
    assert [line.text for line in lines[:4:2]] == ["second", "first"]
    assert lines[0].words[:5] == ("314", out.nick, nick, f"~{nick}"[:17], lines[0].params[3])
    assert lines[0].params[4] == "*"
    assert lines[-1].words[:3] == ("369", out.nick, nick.upper())
    assert codes(out.ask(f"WHOWAS {nick} 1")) == ["314", "312", "369"]
    assert len(out.ask(f"WHOWAS {nick} 0")) == len(out.ask(f"WHOWAS {nick} -1")) == 5
    lines = out.ask(f"WHOWAS {nick},nobody")
    assert codes(lines) == ["314", "312", "314", "312", "406", "369"]
    assert lines[-1].params[1] == f"{nick},nobody"
    assert out.one("WHOWAS").command == "431"


def test_a_change_of_case_is_no_going(crowd: Crowd) -> None:
    ann = crowd.client("ann")
    ann.ask(f"NICK {ann.nick.upper()}")
    assert codes(ann.ask(f"WHOWAS {ann.nick}")) == ["406", "369"]


def test_who_of_a_channel(crowd: Crowd) -> None:
    """RPL_WHOREPLY (352), RPL_ENDOFWHO (315)."""
    ann = crowd.client("ann", real_name="Ann A.")
    ann.join(crowd.channel)
    ben = crowd.client("ben")
    ben.join(crowd.channel)
    ben.ask("AWAY :x", f"MODE {crowd.channel} +v {ben.nick}")
    out = crowd.client("out")
    rows = out.ask(f"WHO {crowd.channel}")
    assert codes(rows) == ["352", "352", "315"]
    first = rows[0]
    user, host = ann.ask(f"PRIVMSG {ann.nick} :x")[-1].source.partition("!")[2].split("@")
    assert first.words == (
        "352", out.nick, crowd.channel, user, host, "irc.test", ann.nick, "H@", "0 Ann A.",
    )  # fmt: skip
    assert rows[1].params[6] == "G"
    assert rows[2].words[:3] == ("315", out.nick, crowd.channel)


@pytest.mark.parametrize("mask", ["{nick}", "{NICK}", "{nick}*", "?{tail}", "~{user}*", "*eal {n}"])
def test_who_of_people(crowd: Crowd, mask: str) -> None:
    """By nick, user, host or real name."""
    ann = crowd.client("ann", real_name=f"real {crowd.number}")
    out = crowd.client("out")
    nick = ann.nick
    given = mask.format(nick=nick, NICK=nick.upper(), tail=nick[1:], user=nick, n=crowd.number)
    rows = out.ask(f"WHO :{given}")
    assert nick in [line.params[5] for line in rows[:-1]]
    assert rows[-1].command == "315"


def test_who_of_nobody_and_of_operators(crowd: Crowd) -> None:
    ann = crowd.client("ann")
    assert words(ann.ask("WHO nobody")) == [("315", ann.nick, "nobody", "End of WHO list")]
    assert words(ann.ask(f"WHO {crowd.channel}")) == [
        ("315", ann.nick, crowd.channel, "End of WHO list")
    ]
    assert codes(ann.ask("WHO * o")) == ["315"]
    assert codes(ann.ask(f"WHO {ann.nick} %cn")) == ["354", "315"]


def test_away(crowd: Crowd) -> None:
    """RPL_NOWAWAY (306), RPL_UNAWAY (305); ISUPPORT AWAYLEN."""
    ann = crowd.client("ann")
    assert ann.one("AWAY :x").words == (
        "306", ann.nick, "You have been marked as being away",
    )  # fmt: skip
    for back in ("AWAY", "AWAY :"):
        assert ann.one(back).words[:2] == ("305", ann.nick)
    ann.ask(f"AWAY :{'x' * 400}")
    assert words(ann.ask(f"WHOIS {ann.nick}"), "301")[0][3] == "x" * 390


def test_ison_and_userhost(crowd: Crowd) -> None:
    """RPL_ISON (303), RPL_USERHOST (302)."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    assert ann.one(f"ISON nobody {ben.nick.upper()} {ann.nick}").words == (
        "303", ann.nick, f"{ben.nick} {ann.nick}",
    )  # fmt: skip
    assert ann.one(f"ISON :{ben.nick} nobody").text == ben.nick
    assert ann.one("ISON nobody").words == ("303", ann.nick, "")
    ben.ask("AWAY :x")
    user = ben.ask(f"PRIVMSG {ben.nick} :x")[0].source.partition("!")[2]
    assert ann.one(f"USERHOST {ben.nick} nobody").text == f"{ben.nick}=-{user}"
    assert ann.one("USERHOST nobody").text == ""
    for command in ("ISON", "USERHOST"):
        assert ann.one(command).command == "461"


def test_list(crowd: Crowd) -> None:
    """RPL_LISTSTART (321), RPL_LIST (322), RPL_LISTEND (323); ISUPPORT ELIST=U."""
    ann, _ = crowd.inside("ann", "ben")
    other = f"{crowd.channel}b"
    ann.join(other)
    ann.ask(f"TOPIC {crowd.channel} :\x02all\x02 of it")
    out = crowd.client("out")
    lines = out.ask(f"LIST {crowd.channel.upper()},{other},#none")
    assert codes(lines) == ["321", "322", "322", "323"]
    assert {line.params[1:] for line in lines[1:-1]} == {
        (crowd.channel, "2", "all of it"), (other, "1", ""),
    }  # fmt: skip
    everything = {line.params[1]: line.params[2] for line in out.ask("LIST")[1:-1]}
    assert everything[crowd.channel] == "2"
    for test, size in ((">1", 2), ("<2", 1)):
        found = {line.params[1]: int(line.params[2]) for line in out.ask(f"LIST {test}")[1:-1]}
        assert (crowd.channel if size == 2 else other) in found
        assert (other if size == 2 else crowd.channel) not in found
        assert all(number == size or number > 2 for number in found.values())


def test_lusers(crowd: Crowd) -> None:
    """251 to 255, 265, 266: counts that hold."""
    ann = crowd.client("ann")
    before = {line.command: line for line in ann.ask("LUSERS")}
    assert sorted(before) == ["251", "252", "253", "254", "255", "265", "266"]
    crowd.raw().ask("PING x")
    ann.ask(f"MODE {ann.nick} +i", f"JOIN {crowd.channel}")
    after = {line.command: line for line in ann.ask("LUSERS")}
    assert int(after["253"].params[1]) == int(before["253"].params[1]) + 1
    assert int(after["254"].params[1]) == int(before["254"].params[1]) + 1
    assert after["265"].params[1] == before["265"].params[1]
    now = [int(word) for word in after["251"].text.split() if word.isdigit()][:2]
    was = [int(word) for word in before["251"].text.split() if word.isdigit()][:2]
    assert now == [was[0] - 1, was[1] + 1]


def test_version_time_admin_info_motd(crowd: Crowd) -> None:
    """351 and 005, 391, 256 to 259, 371 and 374, 375 to 376; ERR_NOSUCHSERVER (402)."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    lines = ann.ask("VERSION")
    assert lines[0].params[1].startswith("words-")
    assert lines[0].params[2] == "irc.test"
    assert set(codes(lines[1:])) == {"005"}
    assert ann.one("TIME").words[:3] == ("391", ann.nick, "irc.test")
    assert codes(ann.ask("ADMIN")) == ["256", "257", "258", "259"]
    assert codes(ann.ask("INFO"))[-1] == "374"
    assert codes(ann.ask("MOTD")) == ["375", "372", "376"]
    for command in ("VERSION", "TIME", "ADMIN", "INFO", "MOTD"):
        assert ann.one(f"{command} other.server").words[:3] == ("402", ann.nick, "other.server")
        for here in ("irc.test", "irc.*", ann.nick, ben.nick):
            assert codes(ann.ask(f"{command} {here}"))[0] != "402"


def test_help(crowd: Crowd) -> None:
    """RPL_HELPSTART (704), RPL_HELPTXT (705), RPL_ENDOFHELP (706), ERR_HELPNOTFOUND (524)."""
    ann = crowd.client("ann")
    lines = ann.ask("HELP")
    assert codes(lines)[0] == "704"
    assert set(codes(lines)[1:-1]) == {"705"}
    assert lines[1].text == ""  # "the first RPL_HELPTXT message SHOULD be empty"
    assert codes(lines)[-1] == "706"
    assert "PRIVMSG" in " ".join(line.text for line in lines).split()
    lines = ann.ask("HELP privmsg")
    assert codes(lines) == ["704", "705", "705", "706"]
    assert {line.params[1] for line in lines} == {"PRIVMSG"}
    assert ann.one("HELP flying carpets").words[:3] == ("524", ann.nick, "*")
    assert ann.one("HELP flying").words[:3] == ("524", ann.nick, "flying")


def test_addresses_are_cloaked(crowd: Crowd) -> None:
    """The same host for the same address; an account has its own."""
    ann, ben = crowd.inside("ann", "ben")
    sources = [client.ask(f"PRIVMSG {client.nick} :x")[0].source for client in (ann, ben)]
    hosts = {source.partition("@")[2] for source in sources}
    assert len(hosts) == 1
    assert hosts.pop().endswith(".hidden")
    mia = crowd.member("mia")
    assert mia.ask(f"PRIVMSG {mia.nick} :x")[0].source.endswith(".id.hidden")


def test_whois_of_oneself_says_the_modes(crowd: Crowd) -> None:
    """RPL_WHOISMODES (379): nobody else is told."""
    ann = crowd.client("ann")
    assert "379" not in codes(ann.ask(f"WHOIS {ann.nick}"))
    ann.ask(f"MODE {ann.nick} +iB")
    assert words(ann.ask(f"WHOIS {ann.nick}"), "379")[0][3] == "is using modes +Bi"
    assert "379" not in codes(crowd.client("ben").ask(f"WHOIS {ann.nick}"))


def test_a_ping_without_a_word(crowd: Crowd) -> None:
    """ERR_NEEDMOREPARAMS (461), ERR_NOORIGIN (409)."""
    ann = crowd.client("ann")
    assert [line.command for line in ann.ask("PING", "PING :")] == ["461", "409"]
    assert ann.ask("", " ", "   ") == []  # empty lines are ignored
