"""LIST with ELIST=CMNTU, KNOCK, SILENCE, USERIP, LINKS, STATS and others.

Source: Modern IRC, LIST, LINKS, STATS; irc-defs for KNOCK, SILENCE, USERIP; RFC 2812.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateways.irc.conftest import Connect, Crowd
from tests.support.hub import HubProcess
from tests.support.irc import Client, codes, words


def listed(client: Client, asked: str) -> list[str]:
    """Return the channels that LIST tells of."""
    lines = client.ask(f"LIST {asked}")
    assert (lines[0].command, lines[-1].command) == ("321", "323")
    return [line.params[1] for line in lines[1:-1]]


def test_list_by_masks_sizes_and_ages(crowd: Crowd) -> None:
    """ELIST: C creation time, M mask, N no mask, T topic time, U members."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    one, two = f"{crowd.channel}-one", f"{crowd.channel}-two"
    ann.ask(f"JOIN {one},{two}", f"TOPIC {two} :said")
    ben.ask(f"JOIN {two}")
    ann.sync()
    every = f"{crowd.channel}-*"
    assert listed(ann, every) == [one, two]
    assert listed(ann, f"{every},!*-ONE") == [two]
    assert listed(ann, f"{every},>1") == [two]
    assert listed(ann, f"{every},<2") == [one]
    assert listed(ann, f"{every},C<10") == [one, two]
    assert listed(ann, f"{every},C>10") == []
    assert listed(ann, f"{every},T<10") == [two]
    assert listed(ann, f"{every},T>10") == []
    assert listed(ann, f"{every} <2,!*-two") == [one]  # names, then conditions
    assert listed(ann, f"{every} irc.test") == [one, two]
    assert ann.one(f"LIST {every} elsewhere").words[:3] == ("402", ann.nick, "elsewhere")
    assert listed(ann, one.upper()) == [one]
    assert listed(ann, one.replace("#", "x")) == []
    assert listed(ann, f"{one},{two},#nowhere") == [one, two]
    ann.ask(f"MODE {one} +s")
    assert listed(ben, every) == [two]
    assert listed(ann, every) == [one, two]


def _in_one_batch(client: Client) -> None:
    """IRCv3 labeled-response: an answer that comes in parts is one answer."""
    first, *rows, last = client.ask("@label=abc LIST")
    assert first.tags == {"label": "abc"}
    assert first.words[2] == "labeled-response"
    assert {row.tags["batch"] for row in rows} == {first.params[0][1:]}
    assert codes(rows) == ["321", *["322"] * 300, "323"]
    assert last.words == ("BATCH", f"-{first.params[0][1:]}")


def test_a_slow_reader_gets_the_whole_list(tmp_path: Path, connect: Connect) -> None:
    """SAFELIST: "the client will not be disconnected because of the large amount of data"."""
    config = {"limits": {"flood": {"burst": 1000000}, "outbox": "64KiB"}}
    hub = HubProcess(tmp_path, {**config, "chat": {"max_groups_per_participant": 300}}).start()
    try:
        ann, slow = (connect(hub.irc_port).register(nick) for nick in ("ann", "slow"))
        for start in range(0, 300, 20):
            some = range(start, start + 20)
            ann.ask(*(f"JOIN #c{number}\r\nTOPIC #c{number} :{'x' * 380}" for number in some))
        times = 60  # more than the kernel keeps for a reader
        slow.send(*["LIST"] * times)
        for _ in range(times):  # the hub takes commands in rotation
            assert len(ann.ask("LIST")) == 302
        lines = codes(slow.sync())
        assert (lines.count("322"), lines.count("323")) == (300 * times, times)
        _in_one_batch(connect(hub.irc_port).register("lea", caps="labeled-response batch"))
    finally:
        hub.kill()


@pytest.mark.parametrize("asked", [",,,", "<", ">x", "C<", "T>99999999999", "*" * 300, "!", "C=3"])
def test_odd_lists(crowd: Crowd, asked: str) -> None:
    listed(crowd.client("ann"), asked)


def test_knock(crowd: Crowd) -> None:
    """RPL_KNOCK (710) to those who may invite, RPL_KNOCKDLVR (711), ERR_CHANOPEN (713),
    ERR_KNOCKONCHAN (714), ERR_TOOMANYKNOCK (712)."""
    ann, ben = crowd.inside("ann", "ben")
    out = crowd.client("out")
    assert out.one(f"KNOCK {crowd.channel}").command == "713"
    ann.ask(f"MODE {crowd.channel} +i")
    ben.sync()
    assert out.one(f"KNOCK {crowd.channel} :let me in").words == (
        "711", out.nick, crowd.channel, "Your KNOCK has been delivered.",
    )  # fmt: skip
    (told,) = ann.sync()
    assert told.words[:3] == ("710", ann.nick, crowd.channel)
    assert told.params[2].startswith(f"{out.nick}!")
    assert told.text == "has asked for an invite: let me in"
    assert ben.sync() == []
    assert out.one(f"KNOCK {crowd.channel}").command == "712"
    assert ben.one(f"KNOCK {crowd.channel}").command == "714"
    assert out.one("KNOCK #nowhere").command == "403"
    assert out.one("KNOCK").command == "461"
    bad = crowd.client("bad")
    ann.ask(f"MODE {crowd.channel} +b {bad.nick}")
    assert bad.one(f"KNOCK {crowd.channel}").command == "474"


def test_who_may_invite_by_a_role_of_the_channel_hears_knocks(crowd: Crowd) -> None:
    ann, host = crowd.member("ann"), crowd.account("host")
    ann.join(crowd.channel)
    ann.ask(f"CS REGISTER {crowd.channel}", f"MODE {crowd.channel} +i")
    crowd.hub.words("group", "set", crowd.channel[1:], "role=host 20 speak,invite")
    crowd.hub.words("group", "access", crowd.channel[1:], host, "host")
    inviting = crowd.login(host)
    inviting.join(crowd.channel)
    out = crowd.client("out")
    out.ask(f"KNOCK {crowd.channel}")
    assert [line.command for line in inviting.sync()] == ["710"]


def test_silence(crowd: Crowd) -> None:
    """Direct messages of whom a mask means aren't told; RPL_SILELIST (271), 272, 511."""
    ann, ben = crowd.client("ann"), crowd.client("ben", "echo-message")
    assert ann.one(f"SILENCE +{ben.nick}").words == ("SILENCE", f"+{ben.nick}!*@*")
    assert ann.ask(f"SILENCE {ben.nick}!*@*") == []
    assert codes(ben.ask(f"PRIVMSG {ann.nick} :psst")) == ["PRIVMSG"]
    ben.ask(f"NOTICE {ann.nick} :psst", f"PRIVMSG {ann.nick} :\x01PING\x01")
    assert ann.sync() == []
    assert words(ann.ask("SILENCE")) == [
        ("271", ann.nick, f"{ben.nick}!*@*"),
        ("272", ann.nick, "End of Silence List"),
    ]
    assert ann.one(f"SILENCE -{ben.nick}!*@*").words == ("SILENCE", f"-{ben.nick}!*@*")
    ben.ask(f"PRIVMSG {ann.nick} :again")
    assert [line.text for line in ann.sync()] == ["again"]
    assert ann.ask("SILENCE -nobody") == []
    ann.ask(*(f"SILENCE +n{number}" for number in range(32)))
    assert ann.one("SILENCE +more").command == "511"
    assert ann.one("SILENCE :+a b").command == "400"
    ann.ask(f"SILENCE +{ann.nick}")
    assert ann.ask(f"PRIVMSG {ann.nick} :me")[0].text == "me"


def test_userip_and_userhost(crowd: Crowd) -> None:
    """Up to five; the address of others isn't told."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    ben.ask("AWAY :x")
    first, second = ann.one(f"USERIP {ann.nick} {ben.nick} nobody").text.split()
    assert first == f"{ann.nick}=+~{ann.nick}@127.0.0.1"
    assert second == f"{ben.nick}=-~{ben.nick}@255.255.255.255"
    assert ann.one("USERIP").command == "461"
    assert ann.one("USERIP nobody").words == ("340", ann.nick, "")


def test_about_the_server(crowd: Crowd) -> None:
    """LINKS (364, 365), STATS (242, 219), SUMMON (445), USERS (446), HELPOP (704)."""
    ann = crowd.client("ann")
    assert words(ann.ask("LINKS")) == [
        ("364", ann.nick, "*", "irc.test", "0 A Words hub"),
        ("365", ann.nick, "*", "End of /LINKS list"),
    ]
    assert codes(ann.ask("LINKS *.elsewhere")) == ["365"]
    up, end = ann.ask("STATS u")
    assert up.text.startswith("Server Up 0 days 0:")
    assert end.words == ("219", ann.nick, "u", "End of /STATS report")
    assert codes(ann.ask("STATS x", "STATS :", "STATS u irc.test")) == ["219", "219", "242", "219"]
    assert ann.one("STATS").command == "461"
    assert ann.one("STATS u elsewhere").command == "402"
    assert codes(ann.ask("SUMMON x", "USERS")) == ["445", "446"]
    assert codes(ann.ask("HELPOP KNOCK"))[0] == "704"


def test_logout(crowd: Crowd) -> None:
    """RPL_LOGGEDOUT (901), and ACCOUNT * to who asked for account-notify."""
    account = crowd.account("mia")
    ann, ben = crowd.inside("ann", "ben", caps="sasl account-notify")
    assert ann.one("LOGOUT").command == "400"
    ann.sasl_plain(account, "sesame street")
    ben.sync()
    ann.sync()
    lines = ann.ask("LOGOUT")
    assert lines[0].words[:2] == ("901", ann.nick)
    assert words(ben.sync()) == [("ACCOUNT", "*")]
    assert "330" not in codes(ben.ask(f"WHOIS {ann.nick}"))
    assert crowd.login(account).one("LOGOUT").command == "400"
