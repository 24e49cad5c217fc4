"""Modes that Ergo and InspIRCd have both, extended bans, roleplay. Sources: Ergo's help, the
InspIRCd manual, IRCv3 account-extban."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, codes, words


def _said(client: Client, target: str, text: str = "hi") -> list[str]:
    """Say something; return the numbers of what refuses it."""
    lines = client.ask(f"PRIVMSG {target} :{text}")
    return [code for code in codes(lines) if code.isdigit()]


@pytest.mark.parametrize("letter", "CEMRSUcimnstu")
def test_flags(crowd: Crowd, letter: str) -> None:
    """Each is set, shown by RPL_CHANNELMODEIS (324), taken back, and needs a role."""
    ann, ben = crowd.inside("ann", "ben")
    assert ben.one(f"MODE {crowd.channel} +{letter}").command == "482"
    ann.ask(f"MODE {crowd.channel} +{letter}")
    (shown,) = [line for line in ann.ask(f"MODE {crowd.channel}") if line.command == "324"]
    assert letter in shown.params[2]
    assert words(ann.ask(f"MODE {crowd.channel} -{letter}")) == [
        ("MODE", crowd.channel, f"-{letter}")
    ]


def test_forward(crowd: Crowd) -> None:
    """+f: whoever can't enter is told 470 and enters the other channel; FORWARD=f."""
    ann, ben = crowd.inside("ann", "ben")
    lobby = f"{crowd.channel}lobby"
    assert ann.one(f"MODE {crowd.channel} +f {lobby}").words[:3] == ("403", ann.nick, lobby)
    ann.join(lobby)
    assert words(ann.ask(f"MODE {crowd.channel} +if {lobby}")) == [
        ("MODE", crowd.channel, "+if", lobby)
    ]
    out = crowd.client("out")
    lines = out.ask(f"JOIN {crowd.channel}")
    assert lines[0].words[:4] == ("470", out.nick, crowd.channel, lobby)
    assert words(lines, "JOIN") == [("JOIN", lobby)]
    assert ("353", out.nick, "=", lobby) == words(lines, "353")[0][:4]
    ann.ask(f"INVITE {ben.nick} {lobby}")
    assert words(ann.ask(f"MODE {crowd.channel} -f"))[-1] == ("MODE", crowd.channel, "-f")
    assert crowd.client("late").one(f"JOIN {crowd.channel}").command == "473"


def test_who_may_forward_where(crowd: Crowd) -> None:
    """Who isn't an operator there can't send people into a channel of others."""
    ann, ben = crowd.inside("ann", "ben")
    other = f"{crowd.channel}other"
    ben.join(other)
    assert ann.one(f"MODE {crowd.channel} +f {other}").words[:3] == ("442", ann.nick, other)
    ann.join(other)
    assert ann.one(f"MODE {crowd.channel} +f {other}").words[:3] == ("482", ann.nick, other)
    for wrong in ("other", "#", ":"):
        assert ann.one(f"MODE {crowd.channel} +f {wrong}").command in ("696", "403")


def test_forwards_in_a_circle(crowd: Crowd) -> None:
    ann, _ = crowd.inside("ann", "ben")
    other = f"{crowd.channel}other"
    ann.join(other)
    ann.ask(f"MODE {crowd.channel} +if {other}", f"MODE {other} +if {crowd.channel}")
    assert crowd.client("out").one(f"JOIN {crowd.channel}").command == "473"


def test_auditorium(crowd: Crowd) -> None:
    """+u: members without a role are seen by operators only: JOIN, NAMES, WHO, NICK, PART."""
    ann, ben, cat = crowd.inside("ann", "ben", "cat")
    ann.ask(f"MODE {crowd.channel} +u", f"MODE {crowd.channel} +v {cat.nick}")
    assert codes(ben.sync()) == ["MODE", "JOIN", "MODE"]  # cat is seen from now on
    ann.ask(f"MODE {crowd.channel} -v {cat.nick}")
    hidden = ben.sync()
    assert codes(hidden) == ["MODE", "PART"]
    assert hidden[1].nick == cat.nick
    ann.ask(f"MODE {crowd.channel} +v {cat.nick}")
    for each in (ben, cat):
        each.sync()
    dan = crowd.client("dan")
    dan.join(crowd.channel)
    assert codes(ann.sync()) == ["JOIN"]
    assert ben.sync() == cat.sync() == []
    (names,) = [line.text for line in ben.ask(f"NAMES {crowd.channel}") if line.command == "353"]
    assert sorted(names.split()) == sorted([f"@{ann.nick}", ben.nick, f"+{cat.nick}"])
    who = [line.params[5] for line in ben.ask(f"WHO {crowd.channel}") if line.command == "352"]
    assert sorted(who) == sorted([ann.nick, ben.nick, cat.nick])
    assert len(ann.ask(f"WHO {crowd.channel}")) == 5
    assert "319" not in codes(ben.ask(f"WHOIS {dan.nick}"))
    dan.ask(f"NICK {crowd.name('eve')}")
    assert codes(ann.sync()) == ["NICK"]
    assert ben.sync() == []
    dan.ask(f"PART {crowd.channel}")
    assert codes(ann.sync()) == ["PART"]
    assert ben.sync() == []
    cat.quit()
    assert ben.expect("QUIT").nick == cat.nick


def test_op_moderated(crowd: Crowd) -> None:
    """+U: what members without a role say is told to operators only, and kept from the others'
    history."""
    ann, ben, cat = crowd.inside("ann", "ben", "cat", caps="draft/chathistory batch")
    ann.ask(f"MODE {crowd.channel} +U")
    ben.sync(), cat.sync()
    assert ben.ask(f"PRIVMSG {crowd.channel} :to the operators") == []
    (heard,) = ann.sync()
    assert heard.words == ("PRIVMSG", crowd.channel, "to the operators")
    assert cat.sync() == []
    asked = f"CHATHISTORY LATEST {crowd.channel} * 10"
    assert "to the operators" in [line.text for line in ann.ask(asked)]
    assert "to the operators" in [line.text for line in ben.ask(asked)]
    assert "to the operators" not in [line.text for line in cat.ask(asked)]
    ann.ask(f"MODE {crowd.channel} +v {ben.nick}")
    ben.ask(f"PRIVMSG {crowd.channel} :to all")
    assert [line.text for line in cat.sync() if line.command == "PRIVMSG"] == ["to all"]


def test_nothing_gets_to_all_that_was_for_operators(crowd: Crowd) -> None:
    """+U: not by changing what was said to all before, and not by a reaction."""
    caps = "message-tags echo-message draft/message-edit"
    ann, ben, cat = crowd.inside("ann", "ben", "cat", caps=caps)
    msgid = ben.ask(f"PRIVMSG {crowd.channel} :x")[-1].tags["msgid"]
    ann.ask(f"MODE {crowd.channel} +U")
    ben.sync(), cat.sync()
    edit = f"@draft/target-msgid={msgid};draft/edit-text=y EDIT {crowd.channel}"
    assert ben.one(edit).command == "FAIL"
    react = f"@+draft/reply={msgid};+draft/react=y TAGMSG {crowd.channel}"
    assert ben.one(react).command == "404"
    assert cat.sync() == []


def test_who_is_muted_says_nothing_beside(crowd: Crowd) -> None:
    """Neither by a topic (404) nor by why he leaves or takes something back."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags echo-message draft/message-redaction")
    msgid = ben.ask(f"PRIVMSG {crowd.channel} :x")[-1].tags["msgid"]
    ann.ask(f"MODE {crowd.channel} -t", f"MODE {crowd.channel} +b m:{ben.nick}")
    ann.sync(), ben.sync()
    assert ben.one(f"TOPIC {crowd.channel} :spam").command == "404"
    assert ben.ask(f"TOPIC {crowd.channel} :")[0].command == "TOPIC"
    ben.ask(f"REDACT {crowd.channel} {msgid} :spam", f"PART {crowd.channel} :spam")
    assert [line.params for line in ann.sync() if line.nick == ben.nick] == [
        (crowd.channel, ""), (crowd.channel, msgid), (crowd.channel,),
    ]  # fmt: skip


def test_who_isnt_heard_isnt_seen_typing(crowd: Crowd) -> None:
    """By one who silenced him, or takes messages (+R) from accounts only."""
    ann, ben = crowd.client("ann", "message-tags"), crowd.client("ben", "message-tags")
    typing = f"@+typing=active TAGMSG {ann.nick}"
    ben.ask(typing)
    assert codes(ann.sync()) == ["TAGMSG"]
    ann.ask(f"SILENCE +{ben.nick}")
    assert ben.ask(typing) == ann.sync() == []
    ann.ask(f"SILENCE -{ben.nick}", f"MODE {ann.nick} +R")
    assert ben.one(typing).command == ben.one(f"PRIVMSG {ann.nick} :x").command
    assert ann.sync() == []


def test_registered_to_speak(crowd: Crowd) -> None:
    """+M: guests without a role can't speak (404), and who has an account can."""
    ann, ben = crowd.inside("ann", "ben")
    cat = crowd.member("cat")
    cat.join(crowd.channel)
    ann.ask(f"MODE {crowd.channel} +M")
    assert _said(ben, crowd.channel) == ["404"]
    assert _said(cat, crowd.channel) == []
    ann.ask(f"MODE {crowd.channel} +v {ben.nick}")
    ben.sync()
    assert _said(ben, crowd.channel) == []


def test_no_ctcp(crowd: Crowd) -> None:
    """+C: no CTCP but ACTION; 404."""
    ann, ben = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +C")
    ben.sync()
    assert _said(ben, crowd.channel, "\x01VERSION\x01") == ["404"]
    assert _said(ben, crowd.channel, "\x01ACTION waves\x01") == []
    assert codes(ben.ask(f"NOTICE {crowd.channel} :\x01VERSION x\x01")) == []
    assert [line.text for line in ann.sync()] == ["\x01ACTION waves\x01"]


def test_no_colour(crowd: Crowd) -> None:
    """+c refuses texts with formatting, +S strips it."""
    ann, ben = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +c")
    assert _said(ben, crowd.channel, "\x0304red\x03 and \x02bold\x02") == ["404"]
    ann.ask(f"MODE {crowd.channel} -c+S")
    assert _said(ben, crowd.channel, "\x0304red\x03 and \x02bold\x02") == []
    assert ann.sync()[-1].text == "red and bold"


def test_roleplay(crowd: Crowd) -> None:
    """+E: NPC, NPCA, SCENE; ERR_CANNOTSENDRP (573) without it, and for no name."""
    ann, ben = crowd.inside("ann", "ben")
    assert ann.one(f"NPC {crowd.channel} bilbo too much bread").words[:3] == (
        "573", ann.nick, crowd.channel,
    )  # fmt: skip
    ann.ask(f"MODE {crowd.channel} +E")
    ben.sync()
    (mine,) = ann.ask(f"NPC {crowd.channel} bilbo too much bread")
    (theirs,) = ben.sync()
    for line in (mine, theirs):
        assert line.source == f"*bilbo*!{ann.nick}@npc.fakeuser.invalid"
        assert line.words == ("PRIVMSG", crowd.channel, "too much bread")
    assert ann.one(f"NPCA {crowd.channel} bilbo :eats").text == "\x01ACTION eats\x01"
    (scene,) = ann.ask(f"SCENE {crowd.channel} The dark is falling")
    assert scene.source == f"=Scene=!{ann.nick}@npc.fakeuser.invalid"
    assert scene.text == "The dark is falling"
    assert ann.one(f"NPC {crowd.channel} 1+1 x").command == "573"
    assert crowd.client("out").one(f"NPC {crowd.channel} x y").command == "404"


def test_slow_mode(crowd: Crowd) -> None:
    """+W: one message in so many seconds, but of who has a role."""
    ann, ben = crowd.inside("ann", "ben")
    assert words(ann.ask(f"MODE {crowd.channel} +W 600")) == [("MODE", crowd.channel, "+W", "600")]
    ben.sync()
    assert _said(ben, crowd.channel) == []
    (refused,) = ben.ask(f"PRIVMSG {crowd.channel} :again")
    assert refused.words[:3] == ("404", ben.nick, crowd.channel)
    assert "slow mode" in refused.text
    assert _said(ann, crowd.channel) == _said(ann, crowd.channel) == []
    ann.ask(f"MODE {crowd.channel} -W")
    ben.sync()
    assert _said(ben, crowd.channel) == []


@pytest.mark.parametrize("wrong", ["0", "x", "-1", "999999999999"])
def test_no_slow_mode(crowd: Crowd, wrong: str) -> None:
    (ann,) = crowd.inside("ann")
    assert ann.one(f"MODE {crowd.channel} +W {wrong}").command == "696"


def test_extended_bans_of_accounts(crowd: Crowd) -> None:
    """ACCOUNTEXTBAN=R,account: both forms, kept in one; by account whatever the nick is."""
    (ann,) = crowd.inside("ann")
    account = crowd.account("cat")
    assert words(ann.ask(f"MODE {crowd.channel} +b account:{account}")) == [
        ("MODE", crowd.channel, "+b", f"R:{account}")
    ]
    assert ann.ask(f"MODE {crowd.channel} +b R:{account}") == []
    assert words(ann.ask(f"MODE {crowd.channel} b"), "367")[0][3] == f"R:{account}"
    cat = crowd.login(account)
    assert cat.one(f"JOIN {crowd.channel}").command == "474"
    crowd.client("dog").join(crowd.channel)
    ann.sync()
    ann.ask(f"MODE {crowd.channel} +e R:{account.upper()}")
    cat.join(crowd.channel)


def test_extended_bans_that_mute(crowd: Crowd) -> None:
    """m: lets in and keeps from speaking; nested: by account, real name, and inverted."""
    (ann,) = crowd.inside("ann")
    ben = crowd.client("ben", real_name="cheap pills")
    ben.join(crowd.channel)
    cat = crowd.member("cat")
    cat.join(crowd.channel)
    assert words(ann.ask(f"MODE {crowd.channel} +b m:r:*pills*"), "MODE") == [
        ("MODE", crowd.channel, "+b", "m:r:*pills*")
    ]
    assert _said(ben, crowd.channel)[-1:] == ["404"]
    cat.sync()
    assert _said(cat, crowd.channel) == []
    ann.ask(f"MODE {crowd.channel} -b+b m:r:*pills* m:!R:*")
    cat.sync()
    ben.sync()
    assert _said(ben, crowd.channel) == ["404"]
    assert _said(cat, crowd.channel) == []
    ann.ask(f"MODE {crowd.channel} +e m:{ben.nick}")
    ben.sync()
    assert _said(ben, crowd.channel) == []


def test_extended_bans_by_realname_channel_and_login(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    closed = f"{crowd.channel}closed"
    ann.join(closed)
    ann.ask(f"MODE {closed} +b j:{crowd.channel}")
    assert ben.one(f"JOIN {closed}").command == "474"
    out = crowd.client("out", real_name="Evil Bot 3")
    ann.ask(f"MODE {closed} -b+bb j:{crowd.channel} r:evil?bot* U:*")
    assert out.one(f"JOIN {closed}").command == "474"
    assert ben.one(f"JOIN {closed}").command == "474"
    crowd.member("cat").join(closed)
    ann.ask(f"MODE {closed} +iI-b R:* U:*")
    ann.sync()
    crowd.member("dan").join(closed)
    assert ben.one(f"JOIN {closed}").command == "473"


def test_secret_channels_arent_told_by_bans(crowd: Crowd) -> None:
    """j: of a secret channel means nobody: a ban doesn't tell who is in it."""
    ann, ben = crowd.inside("ann", "ben")
    hidden = f"{crowd.channel}hidden"
    ben.join(hidden)
    ben.ask(f"MODE {hidden} +s")
    other = f"{crowd.channel}other"
    ann.join(other)
    ann.ask(f"MODE {other} +b j:{hidden}")
    ben.join(other)


@pytest.mark.parametrize("entry", ["m:", "R:", "j:nochannel", "m:m:", "r:", "!R:", "m:j:x"])
def test_extended_bans_that_are_none(crowd: Crowd, entry: str) -> None:
    (ann,) = crowd.inside("ann")
    assert ann.one(f"MODE {crowd.channel} +b {entry}").command == "696"


def test_bans_for_a_time(crowd: Crowd) -> None:
    """TBAN: the ban ends by itself, and the channel is told."""
    ann, ben = crowd.inside("ann", "ben")
    ann.sync()
    assert ben.one(f"TBAN {crowd.channel} 1h x!*@*").command == "482"
    ann.ask(f"TBAN {crowd.channel} 1 evil!*@*")
    assert words(ben.sync()) == [("MODE", crowd.channel, "+b", "evil!*@*")]
    over = ben.expect("MODE")
    assert over.words == ("MODE", crowd.channel, "-b", "evil!*@*")
    ann.sync()
    assert ann.one(f"TBAN {crowd.channel} soon x").command == "NOTICE"
    assert ann.one(f"TBAN {crowd.channel} 1h R:").command == "696"


def test_halfops_and_admins(crowd: Crowd) -> None:
    """PREFIX=(qaohv)~&@%+: a half-operator kicks, bans, and gives +v only."""
    ann, ben, cat = crowd.inside("ann", "ben", "cat")
    ann.ask(f"MODE {crowd.channel} +h {ben.nick}")
    ben.sync()
    assert words(ben.ask(f"MODE {crowd.channel} +v {cat.nick}"))[0][2] == "+v"
    assert ben.one(f"MODE {crowd.channel} +m").command == "482"
    assert ben.one(f"MODE {crowd.channel} +o {cat.nick}").command == "482"
    assert ben.one(f"KICK {crowd.channel} {ann.nick}").command == "482"
    ann.sync()
    assert ann.one(f"MODE {crowd.channel} +a {ann.nick}").command == "482"
    assert ben.one(f"KICK {crowd.channel} {cat.nick}").command == "KICK"


def test_own_modes(crowd: Crowd) -> None:
    """+R: guests can't write (477); +T: no CTCP (531); Z is nobody's to set; 221, 501."""
    ann, ben, cat = crowd.client("ann"), crowd.client("ben"), crowd.member("cat")
    assert words(ann.ask(f"MODE {ann.nick} +RTZ")) == [("MODE", ann.nick, "+RT")]
    assert ann.one(f"MODE {ann.nick}").words == ("221", ann.nick, "+RT")
    assert ben.one(f"PRIVMSG {ann.nick} :hi").words[:3] == ("477", ben.nick, ann.nick)
    assert _said(cat, ann.nick) == []
    assert cat.one(f"PRIVMSG {ann.nick} :\x01VERSION\x01").words[:3] == (
        "531", cat.nick, ann.nick,
    )  # fmt: skip
    assert words(ann.ask(f"MODE {ann.nick} -RT"), "MODE") == [("MODE", ann.nick, "-RT")]
    assert _said(ben, ann.nick) == []
    ann.sync()
    assert ann.one(f"MODE {ann.nick} +y").command == "501"
    assert ann.one(f"MODE {ben.nick} +i").command == "502"


def test_floods_of_modes(crowd: Crowd) -> None:
    """A line of four hundred letters, unknown or without arguments, is answered at once."""
    (ann,) = crowd.inside("ann")
    for letters in ("+" + "b" * 400, "+-" * 200, "+kkkk" + "sk" * 190, "+g" * 200, "-W+W" * 99):
        assert len(ann.ask(f"MODE {crowd.channel} {letters}")) < 410
    mask = "*a" * 60 + "!*@*"
    lines = ann.ask(*(f"MODE {crowd.channel} +b {number}{mask}" for number in range(101)))
    assert codes(lines)[-1] == "478"
    assert len(lines) == 101
    out = crowd.client("a" * 20)
    assert out.join(crowd.channel)
