"""MODE: settings, lists and roles of channels, one's own modes. Source: Modern IRC, MODE message
and Channel Modes."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, codes, words


def _modes(client: Client, channel: str) -> tuple[str, ...]:
    """Return the modes of a channel, as RPL_CHANNELMODEIS has them."""
    (line,) = [line for line in client.ask(f"MODE {channel}") if line.command == "324"]
    return line.params[2:]


def test_modes_are_shown(crowd: Crowd) -> None:
    """RPL_CHANNELMODEIS (324), RPL_CREATIONTIME (329)."""
    (ann,) = crowd.inside("ann")
    modes, created = ann.ask(f"MODE {crowd.channel}")
    assert modes.words == ("324", ann.nick, crowd.channel, "+nt")
    assert created.words[:3] == ("329", ann.nick, crowd.channel)
    assert created.params[2].isdigit()
    assert ann.one(f"MODE {crowd.channel}none").words[:3] == (
        "403", ann.nick, f"{crowd.channel}none",
    )  # fmt: skip


def test_flags_are_set_and_taken_back(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    (told,) = ann.ask(f"MODE {crowd.channel} +ims-t")
    (heard,) = ben.sync()
    assert told.words == heard.words == ("MODE", crowd.channel, "+ims-t")
    assert told.source == heard.source
    assert _modes(ben, crowd.channel) == ("+imns",)
    assert ann.ask(f"MODE {crowd.channel} +i-t+i") == []
    assert words(ann.ask(f"MODE {crowd.channel} +R-R+R")) == [("MODE", crowd.channel, "+R-R+R")]


def test_unknown_letters(crowd: Crowd) -> None:
    """ERR_UNKNOWNMODE (472); the rest of the line counts."""
    (ann,) = crowd.inside("ann")
    lines = ann.ask(f"MODE {crowd.channel} +mXi")
    assert sorted(codes(lines)) == ["472", "MODE"]
    assert words(lines, "472") == [("472", ann.nick, "X", "is unknown mode char to me")]
    assert words(lines, "MODE") == [("MODE", crowd.channel, "+mi")]
    assert ann.one(f"MODE {crowd.channel} +y {ann.nick}").words[:3] == ("472", ann.nick, "y")


def test_who_may_change_modes(crowd: Crowd) -> None:
    """ERR_CHANOPRIVSNEEDED (482), whoever else there is or isn't; of outsiders, too."""
    ann, ben = crowd.inside("ann", "ben")
    out = crowd.client("out")
    people = (f"+o {ben.nick}", f"-o {ann.nick}", f"+v {out.nick}", "+v nobody")
    for change in ("+m", "+k key", "+l 5", "+b x", *people):
        line = f"MODE {crowd.channel} {change}"
        assert ben.one(line).words[:3] == ("482", ben.nick, crowd.channel)
        assert out.one(line).words[:3] == ("482", out.nick, crowd.channel)
    assert ann.sync() == []


def test_key(crowd: Crowd) -> None:
    """Mode +k; ERR_BADCHANNELKEY (475)."""
    ann, ben = crowd.inside("ann", "ben")
    assert words(ann.ask(f"MODE {crowd.channel} +k sesame")) == [
        ("MODE", crowd.channel, "+k", "sesame")
    ]
    out = crowd.client("out")
    assert _modes(ben, crowd.channel) == ("+ntk", "sesame")
    assert _modes(out, crowd.channel) == ("+ntk", "*")
    for wrong in ("", "Sesame"):
        assert out.one(f"JOIN {crowd.channel} {wrong}").words[:3] == (
            "475", out.nick, crowd.channel,
        )  # fmt: skip
    out.join(crowd.channel, "sesame")
    ann.sync()
    assert words(ann.ask(f"MODE {crowd.channel} -k")) == [("MODE", crowd.channel, "-k", "sesame")]
    crowd.client("late").join(crowd.channel)


def test_a_value_may_be_set_and_taken_back_at_once(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann")
    lines = ann.ask(f"MODE {crowd.channel} +kl-k+l-l a 5 * 6")
    assert words(lines) == [("MODE", crowd.channel, "+kl-k+l-l", "a", "5", "a", "6")]
    assert _modes(ann, crowd.channel) == ("+nt",)
    ann.ask(f"MODE {crowd.channel} +k a", f"MODE {crowd.channel} -k+k a b")
    assert _modes(ann, crowd.channel) == ("+ntk", "b")


@pytest.mark.parametrize(
    "mask",
    [
        "x" * 147,
        "a b",
        "é" * 100,
        "300.1.1.1",
        "*!*@10.0.0.0/8",
        "m:U:*!*@1:2::3:4::5",
        "2001:db8::/32",
    ],
)
def test_masks_that_are_none(crowd: Crowd, mask: str) -> None:
    """ERR_INVALIDMODEPARAM (696); every entry fits a line beside a channel's name."""
    (ann,) = crowd.inside("ann")
    assert ann.one(f"MODE {crowd.channel} +b :{mask}").words[:4] == (
        "696", ann.nick, crowd.channel, "b",
    )  # fmt: skip


@pytest.mark.parametrize("key", ["a b", "a,b", ":", "x" * 65, "", "\u8a9e" * 22])
def test_keys_that_are_none(crowd: Crowd, key: str) -> None:
    """ERR_INVALIDKEY (525), ERR_INVALIDMODEPARAM (696)."""
    (ann,) = crowd.inside("ann")
    answer = ann.one(f"MODE {crowd.channel} +k :{key}")
    assert answer.command in ("525", "696")
    assert answer.params[1] == crowd.channel
    if answer.command == "696":
        assert answer.params[2] == "k"
    assert _modes(ann, crowd.channel) == ("+nt",)


def test_limit(crowd: Crowd) -> None:
    """Mode +l; ERR_CHANNELISFULL (471)."""
    ann, ben = crowd.inside("ann", "ben")
    assert words(ann.ask(f"MODE {crowd.channel} +l 2")) == [("MODE", crowd.channel, "+l", "2")]
    assert _modes(ann, crowd.channel) == ("+ntl", "2")
    out = crowd.client("out")
    assert out.one(f"JOIN {crowd.channel}").words[:3] == ("471", out.nick, crowd.channel)
    ben.ask(f"PART {crowd.channel}")
    out.join(crowd.channel)
    ann.sync()
    assert words(ann.ask(f"MODE {crowd.channel} -l")) == [("MODE", crowd.channel, "-l")]


@pytest.mark.parametrize("limit", ["0", "-1", "many", "99999999999", "1.5", "\u0665"])
def test_limits_that_are_none(crowd: Crowd, limit: str) -> None:
    """ERR_INVALIDMODEPARAM (696)."""
    (ann,) = crowd.inside("ann")
    assert ann.one(f"MODE {crowd.channel} +l {limit}").words[:5] == (
        "696", ann.nick, crowd.channel, "l", limit,
    )  # fmt: skip


def test_invite_only(crowd: Crowd) -> None:
    """Mode +i; ERR_INVITEONLYCHAN (473). INVITE opens for once, +I for good."""
    ann, ben = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +i")
    out = crowd.client("out")
    assert out.one(f"JOIN {crowd.channel}").words[:3] == ("473", out.nick, crowd.channel)
    assert ben.ask(f"INVITE {out.nick} {crowd.channel}")[-1].words[:3] == (
        "482", ben.nick, crowd.channel,
    )  # fmt: skip
    assert ann.one(f"INVITE {out.nick} {crowd.channel}").words == (
        "341", ann.nick, out.nick, crowd.channel,
    )  # fmt: skip
    (invited,) = out.sync()
    assert invited.words == ("INVITE", out.nick, crowd.channel)
    assert invited.nick == ann.nick
    assert words(out.ask("INVITE")) == [
        ("336", out.nick, crowd.channel), ("337", out.nick, "End of /INVITE list"),
    ]  # fmt: skip
    out.join(crowd.channel)
    assert codes(out.ask("INVITE")) == ["337"]
    out.ask(f"PART {crowd.channel}")
    assert out.one(f"JOIN {crowd.channel}").command == "473"
    ann.ask(f"MODE {crowd.channel} +I {out.nick}!*@*")
    out.join(crowd.channel)


def test_an_invitation_opens_every_door(crowd: Crowd) -> None:
    """As with Ergo: key, limit and bans too. It ends with the channel."""
    (ann,) = crowd.inside("ann")
    out = crowd.client("out")
    ann.ask(f"MODE {crowd.channel} +klb key 1 {out.nick}", f"INVITE {out.nick} {crowd.channel}")
    out.join(crowd.channel)
    out.ask(f"PART {crowd.channel}")
    ann.ask(f"INVITE {out.nick} {crowd.channel}", f"PART {crowd.channel}")
    ben = crowd.client("ben")
    ben.join(crowd.channel)
    ben.ask(f"MODE {crowd.channel} +i")
    assert out.ask(f"JOIN {crowd.channel}")[-1].command == "473"


def test_who_has_no_right_cannot_lift_a_ban_by_inviting(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    out = crowd.client("out")
    ann.ask(f"MODE {crowd.channel} +b {out.nick}")
    ben.sync()
    assert ben.one(f"INVITE {out.nick} {crowd.channel}").command == "341"
    assert out.ask(f"JOIN {crowd.channel}")[-1].command == "474"


def test_invites_that_may_not_be(crowd: Crowd) -> None:
    """401, 403, 442, 443."""
    ann, ben = crowd.inside("ann", "ben")
    out = crowd.client("out")
    channel = crowd.channel
    assert ann.one(f"INVITE nobody {channel}").words[:3] == ("401", ann.nick, "nobody")
    assert ann.one(f"INVITE {out.nick} {channel}none").words[:3] == (
        "403", ann.nick, f"{channel}none",
    )  # fmt: skip
    assert out.one(f"INVITE {ann.nick} {channel}").words[:3] == ("442", out.nick, channel)
    assert ann.one(f"INVITE {ben.nick} {channel}").words[:4] == ("443", ann.nick, ben.nick, channel)
    ann.ask(f"MODE {channel} +i")
    assert ben.ask(f"INVITE {ann.nick} {channel}")[-1].command == "443"  # a MUST, 482 a SHOULD


def test_invite_says_who_is_away(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann")
    out = crowd.client("out")
    out.ask("AWAY :at lunch")
    lines = ann.ask(f"INVITE {out.nick} {crowd.channel}")
    assert words(lines)[1] == ("301", ann.nick, out.nick, "at lunch")


def test_bans(crowd: Crowd) -> None:
    """Mode +b: ERR_BANNEDFROMCHAN (474), and silence for who is inside; +e is the exception."""
    ann, ben = crowd.inside("ann", "ben")
    channel = crowd.channel
    mask = f"{ben.nick}!*@*"
    assert words(ann.ask(f"MODE {channel} +b {ben.nick.upper()}")) == [
        ("MODE", channel, "+b", f"{ben.nick.upper()}!*@*")
    ]
    ben.sync()
    assert ben.one(f"PRIVMSG {channel} :hello").words[:3] == ("404", ben.nick, channel)
    other = crowd.name("other")
    assert ben.one(f"NICK {other}").words[:4] == ("435", ben.nick, other, channel)
    assert ben.nick in ann.ask(f"NAMES {channel}")[0].text.split()
    ben.ask(f"PART {channel}")
    assert ben.one(f"JOIN {channel}").words[:3] == ("474", ben.nick, channel)
    ann.ask(f"MODE {channel} +e {mask}")
    ben.join(channel)
    assert ben.ask(f"PRIVMSG {channel} :hello") == []


def test_voice_speaks_though_banned(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +bv {ben.nick} {ben.nick}")
    ben.sync()
    assert ben.ask(f"PRIVMSG {crowd.channel} :hello") == []
    assert codes(ben.ask(f"NICK {crowd.name('other')}")) == ["NICK"]


@pytest.mark.parametrize(
    ("letter", "row", "end"), [("b", "367", "368"), ("e", "348", "349"), ("I", "346", "347")]
)
def test_lists_are_shown(crowd: Crowd, letter: str, row: str, end: str) -> None:
    """RPL_BANLIST (367), RPL_EXCEPTLIST (348), RPL_INVEXLIST (346) and their ends; whom a channel
    lets in all the same isn't told outside (ERR_NOTONCHANNEL, 442)."""
    ann, ben = crowd.inside("ann", "ben")
    assert codes(ann.ask(f"MODE {crowd.channel} {letter}")) == [end]
    ann.ask(f"MODE {crowd.channel} +{letter}{letter} one *!*@two.example")
    ben.sync()
    lines = ben.ask(f"MODE {crowd.channel} +{letter}")
    assert codes(lines) == [row, row, end]
    assert [line.params[:4] for line in lines[:2]] == [
        (ben.nick, crowd.channel, "one!*@*", ann.nick),
        (ben.nick, crowd.channel, "*!*@two.example", ann.nick),
    ]
    assert lines[0].params[4].isdigit()
    assert lines[2].params[:2] == (ben.nick, crowd.channel)
    out = codes(crowd.client("out").ask(f"MODE {crowd.channel} {letter}"))
    assert out == (codes(lines) if letter == "b" else ["442"])
    assert ann.ask(f"MODE {crowd.channel} +{letter} ONE") == []
    assert words(ann.ask(f"MODE {crowd.channel} -{letter} ONE")) == [
        ("MODE", crowd.channel, f"-{letter}", "one!*@*")
    ]
    assert ann.ask(f"MODE {crowd.channel} -{letter} none") == []


def test_full_lists(crowd: Crowd) -> None:
    """ISUPPORT MAXLIST; ERR_BANLISTFULL (478)."""
    (ann,) = crowd.inside("ann")
    for start in range(0, 100, 10):
        masks = " ".join(f"m{start + n}" for n in range(10))
        ann.ask(f"MODE {crowd.channel} +{'b' * 10} {masks}")
    assert ann.one(f"MODE {crowd.channel} +b more").words[:4] == (
        "478", ann.nick, crowd.channel, "b",
    )  # fmt: skip
    assert len(ann.ask(f"MODE {crowd.channel} b")) == 101


def test_moderated(crowd: Crowd) -> None:
    """Mode +m: only with a voice; ERR_CANNOTSENDTOCHAN (404)."""
    ann, ben = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +m")
    ben.sync()
    assert ben.one(f"PRIVMSG {crowd.channel} :hello").words[:3] == ("404", ben.nick, crowd.channel)
    assert ben.ask(f"NOTICE {crowd.channel} :hello") == []
    assert words(ann.ask(f"MODE {crowd.channel} +v {ben.nick}")) == [
        ("MODE", crowd.channel, "+v", ben.nick)
    ]
    ben.sync()
    assert ben.ask(f"PRIVMSG {crowd.channel} :hello") == []
    assert codes(ann.sync()) == ["PRIVMSG"]


def test_messages_from_outside(crowd: Crowd) -> None:
    """Mode +n; with -n they may be, to a secret channel too."""
    (ann,) = crowd.inside("ann")
    out = crowd.client("out")
    assert out.one(f"PRIVMSG {crowd.channel} :hello").words[:3] == ("404", out.nick, crowd.channel)
    ann.ask(f"MODE {crowd.channel} -n+s")
    assert out.ask(f"PRIVMSG {crowd.channel} :hello") == []
    assert ann.sync()[0].text == "hello"
    ann.ask(f"MODE {crowd.channel} +n")
    assert out.one(f"PRIVMSG {crowd.channel} :hello").command == "403"


def test_secret_channels_hide(crowd: Crowd) -> None:
    """Mode +s: not in LIST, NAMES, WHOIS, WHO of others."""
    ann, _ = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +s")
    out = crowd.client("out")
    assert codes(out.ask(f"LIST {crowd.channel}")) == ["321", "323"]
    assert crowd.channel not in {line.params[1] for line in out.ask("LIST")[1:-1]}
    assert codes(out.ask(f"NAMES {crowd.channel}")) == ["366"]
    assert codes(out.ask(f"WHO {crowd.channel}")) == ["315"]
    assert "319" not in codes(out.ask(f"WHOIS {ann.nick}"))
    assert out.one(f"MODE {crowd.channel}").command == "403"
    assert out.one(f"TOPIC {crowd.channel}").command == "403"
    assert codes(ann.ask(f"LIST {crowd.channel}")) == ["321", "322", "323"]
    assert "319" in codes(ann.ask(f"WHOIS {ann.nick}"))
    assert ann.ask(f"NAMES {crowd.channel}")[0].params[1] == "@"


def test_registered_only(crowd: Crowd) -> None:
    """Mode +R: ERR_NEEDREGGEDNICK (477)."""
    (ann,) = crowd.inside("ann")
    ann.ask(f"MODE {crowd.channel} +R")
    out = crowd.client("out")
    assert out.one(f"JOIN {crowd.channel}").words[:3] == ("477", out.nick, crowd.channel)
    crowd.member("mia").join(crowd.channel)


def test_ranks(crowd: Crowd) -> None:
    """Who ranks lower can't act against who ranks higher, nor give what he doesn't have."""
    ann, ben, cat = crowd.inside("ann", "ben", "cat")
    channel = crowd.channel
    ann.ask(f"MODE {channel} +h {ben.nick}")
    ben.sync()
    assert words(ben.ask(f"MODE {channel} +v {cat.nick}")) == [("MODE", channel, "+v", cat.nick)]
    for change in (f"+o {cat.nick}", f"+h {cat.nick}", f"-o {ann.nick}", "+m"):
        assert ben.one(f"MODE {channel} {change}").command == "482"
    assert ben.one(f"KICK {channel} {ann.nick}").command == "482"
    assert codes(ben.ask(f"MODE {channel} +b evil", f"TOPIC {channel} :ours")) == ["MODE", "TOPIC"]
    assert words(ben.ask(f"MODE {channel} -h {ben.nick}")) == [("MODE", channel, "-h", ben.nick)]
    cat.sync()
    assert cat.one(f"KICK {channel} {ben.nick}").command == "482"
    ann.ask(f"MODE {channel} +o {cat.nick}")
    cat.sync()
    assert words(cat.ask(f"MODE {channel} -o {ann.nick}")) == [("MODE", channel, "-o", ann.nick)]


def test_one_that_fails_does_not_stop_the_others(crowd: Crowd) -> None:
    ann, ben, cat = crowd.inside("ann", "ben", "cat")
    out = crowd.client("out")
    line = f"MODE {crowd.channel} +vvvv {ben.nick} {out.nick} nobody {cat.nick}"
    lines = ann.ask(line)
    assert words(lines, "401")[0][2] == "nobody"
    assert words(lines, "441")[0][2:4] == (out.nick, crowd.channel)
    voiced = [name for line in lines if line.command == "MODE" for name in line.params[2:]]
    assert voiced == [ben.nick, cat.nick]
    assert set(ann.ask(f"NAMES {crowd.channel}")[0].text.split()) == {
        f"@{ann.nick}", f"+{ben.nick}", f"+{cat.nick}",
    }  # fmt: skip


def test_many_changes_come_in_lines_of_four(crowd: Crowd) -> None:
    """ISUPPORT MODES."""
    (ann,) = crowd.inside("ann")
    lines = ann.ask(f"MODE {crowd.channel} +bbbbbb-s+im a b c d e f")
    assert words(lines) == [
        ("MODE", crowd.channel, "+bbbb", "a!*@*", "b!*@*", "c!*@*", "d!*@*"),
        ("MODE", crowd.channel, "+bbim", "e!*@*", "f!*@*"),
    ]


def test_changes_of_both_kinds_keep_their_order(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    lines = ann.ask(f"MODE {crowd.channel} +mvl {ben.nick} 9")
    changes = [line.params[1:] for line in lines]
    assert changes == [("+m",), ("+v", ben.nick), ("+l", "9")]


def test_own_modes(crowd: Crowd) -> None:
    """User mode message: RPL_UMODEIS (221), 401, 501, 502."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    assert ann.one(f"MODE {ann.nick}").words == ("221", ann.nick, "+")
    assert ann.one(f"MODE {ann.nick.upper()} +i").words == ("MODE", ann.nick, "+i")
    assert ann.one(f"MODE {ann.nick}").words == ("221", ann.nick, "+i")
    assert ann.ask(f"MODE {ann.nick} +i") == []
    assert codes(ann.ask(f"MODE {ann.nick} -iy")) == ["MODE", "501"]
    assert ann.one(f"MODE {ben.nick} +i").words[:2] == ("502", ann.nick)
    assert ann.one(f"MODE {ben.nick}").command == "502"
    assert ann.one("MODE nobody +i").words[:3] == ("401", ann.nick, "nobody")


def test_a_list_is_shown_once_a_line(crowd: Crowd) -> None:
    """However often it is asked for there: a line has room for hundreds of letters."""
    (ann,) = crowd.inside("ann")
    ann.ask(f"MODE {crowd.channel} +b x!*@*")
    assert codes(ann.ask(f"MODE {crowd.channel} {'b' * 300}e")) == ["367", "368", "349"]


def test_modes_of_a_person_are_told_to_all_his_clients(crowd: Crowd) -> None:
    """Invisible and bot are the person's; wallops and operator are one connection's."""
    account = crowd.account("mia")
    one, other = crowd.login(account), crowd.login(account)
    assert words(one.ask(f"MODE {account} +iBw")) == [("MODE", account, "+Biw")]
    assert words(other.sync()) == [("MODE", account, "+Bi")]
    assert other.one(f"MODE {account}").text == "+Bi"
