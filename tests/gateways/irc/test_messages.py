"""Saying things. Source: Modern IRC, Sending Messages and CTCP; IRCv3 message-tags, message-ids,
server-time, echo-message, account-tag, utf8-only."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import codes, words

TAGS = "message-tags server-time echo-message batch labeled-response account-tag"


def test_to_a_channel_and_to_one(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    for command in ("PRIVMSG", "NOTICE"):
        for target in (crowd.channel, ben.nick):
            assert ann.ask(f"{command} {target} :hello:\tthere") == []
            (line,) = ben.sync()
            assert line.words == (command, target, "hello:\tthere")
            assert line.source.startswith(f"{ann.nick}!~{ann.nick}@")
            assert line.tags == {}


def test_without_target_or_text(crowd: Crowd) -> None:
    """ERR_NORECIPIENT (411), ERR_NOTEXTTOSEND (412); a NOTICE is never answered."""
    ann = crowd.client("ann")
    assert ann.one("PRIVMSG").words == ("411", ann.nick, "No recipient given (PRIVMSG)")
    assert ann.one("PRIVMSG x").words == ("412", ann.nick, "No text to send")
    assert ann.one("PRIVMSG x :").command == "412"
    assert ann.ask("NOTICE", "NOTICE x", "NOTICE x :", "NOTICE nobody :x", "NOTICE #none :x") == []


def test_to_nobody(crowd: Crowd) -> None:
    """ERR_NOSUCHNICK (401), ERR_NOSUCHCHANNEL (403)."""
    ann = crowd.client("ann")
    assert ann.one("PRIVMSG nobody :x").words[:3] == ("401", ann.nick, "nobody")
    assert ann.one("PRIVMSG #none :x").words[:3] == ("403", ann.nick, "#none")
    assert ann.one("PRIVMSG , :x").command == "411"


def test_to_several(crowd: Crowd) -> None:
    """ISUPPORT TARGMAX; RFC 2812, ERR_TOOMANYTARGETS (407)."""
    ann, ben = crowd.inside("ann", "ben")
    answer = ann.ask(f"PRIVMSG {ben.nick},nobody,{crowd.channel} :x")
    assert codes(answer) == ["401"]
    assert [line.params[0] for line in ben.sync()] == [ben.nick, crowd.channel]
    answer = ann.ask(f"PRIVMSG {ben.nick},b,c,d,e :x")
    assert codes(answer) == ["407", "401", "401", "401"]
    assert len(ben.sync()) == 1
    assert ann.ask(f"NOTICE {ben.nick},b,c,d,e :x") == []
    assert len(ben.sync()) == 1


def test_the_away_say_so(crowd: Crowd) -> None:
    """RPL_AWAY (301), to a PRIVMSG and not to a NOTICE."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    ben.ask("AWAY :gone fishing")
    assert ann.one(f"PRIVMSG {ben.nick} :x").words == ("301", ann.nick, ben.nick, "gone fishing")
    assert ann.ask(f"NOTICE {ben.nick} :x") == []
    assert len(ben.sync()) == 2


def test_echo(crowd: Crowd) -> None:
    """IRCv3 echo-message: what the sender gets is what the others get."""
    ann, ben = crowd.inside("ann", "ben", caps="echo-message")
    for target in (crowd.channel, ben.nick):
        (echo,) = ann.ask(f"PRIVMSG {target} :hello")
        (heard,) = ben.sync()
        assert echo.raw == heard.raw
    assert codes(ann.ask(f"NOTICE {ben.nick} :x")) == ["NOTICE"]
    assert codes(ann.ask("PRIVMSG nobody :x")) == ["401"]


def test_to_oneself(crowd: Crowd) -> None:
    """IRCv3 labeled-response: only the echo has the label, so that the two can be told apart."""
    ann = crowd.client("ann")
    assert codes(ann.ask(f"PRIVMSG {ann.nick} :x")) == ["PRIVMSG"]
    ann.capabilities(TAGS)
    lines = ann.ask(f"@label=self PRIVMSG {ann.nick} :x")
    assert codes(lines) == ["PRIVMSG", "PRIVMSG"]
    assert [line.tags.get("label") for line in lines].count("self") == 1
    assert lines[0].tags["msgid"] == lines[1].tags["msgid"]
    assert len(ann.ask(f"PRIVMSG {ann.nick} :x")) == 2


def test_message_ids_are_everywhere_the_same(crowd: Crowd) -> None:
    """IRCv3 message-ids: unique, the same for all, in echo and history too; server-time alike."""
    ann, ben, cat = crowd.inside("ann", "ben", "cat", caps=f"{TAGS} draft/chathistory")
    ids = set()
    for number in range(5):
        (echo,) = ann.ask(f"PRIVMSG {crowd.channel} :{number}")
        for client in (ben, cat):
            (heard,) = client.sync()
            assert heard.raw == echo.raw
        ids.add(echo.tags["msgid"])
    assert len(ids) == 5
    (_, *history, _) = ben.ask(f"CHATHISTORY LATEST {crowd.channel} {'*'} 10")
    assert {line.tags["msgid"] for line in history} == ids
    assert all(not re.search(r"[ ,\s]", each) for each in ids)


def test_server_time(crowd: Crowd) -> None:
    """IRCv3 server-time: UTC, with milliseconds and Z."""
    ann, ben = crowd.inside("ann", "ben", caps="server-time")
    before = datetime.now(UTC)
    ann.ask(f"PRIVMSG {crowd.channel} :x")
    (line,) = ben.sync()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.tags["time"])
    assert abs((datetime.fromisoformat(line.tags["time"]) - before).total_seconds()) < 10
    assert set(line.tags) == {"time"}


def test_tags_are_for_those_who_asked(crowd: Crowd) -> None:
    account = crowd.account("ann")
    ann = crowd.login(account, caps=TAGS)
    plain, tagged, accounts = (
        crowd.client(f"r{number}", caps)
        for number, caps in enumerate(("", "message-tags", "account-tag"))
    )
    for client in (ann, plain, tagged, accounts):
        client.join(crowd.channel)
    for client in (plain, tagged):
        client.sync()
    ann.ask(f"@+draft/reply=1;+x;evil=1;time=2001-01-01T00:00:00.000Z PRIVMSG {crowd.channel} :x")
    assert plain.sync()[-1].tags == {}
    tags = tagged.sync()[-1].tags
    assert set(tags) == {"msgid", "+draft/reply", "+x"}
    assert (tags["+draft/reply"], tags["+x"]) == ("1", "")
    assert accounts.sync()[-1].tags == {"account": account}


def test_tag_values_come_as_they_went(crowd: Crowd) -> None:
    """IRCv3 message-tags, Escaping values."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags")
    ann.ask(f"@+a=a\\:b\\sc\\\\d\\r\\n;+b=\\x;+c=x\\ PRIVMSG {crowd.channel} :x")
    (line,) = ben.sync()
    assert "+a=a\\:b\\sc\\\\d\\r\\n" in line.raw
    assert (line.tags["+b"], line.tags["+c"]) == ("x", "x")


def test_tagmsg(crowd: Crowd) -> None:
    """IRCv3 message-tags, TAGMSG: for those with message-tags only; echo as with PRIVMSG."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags echo-message")
    plain = crowd.client("plain")
    plain.join(crowd.channel)
    ann.sync()
    ben.sync()
    for target in (crowd.channel, ben.nick):
        (echo,) = ann.ask(f"@+typing=active;evil=1 TAGMSG {target}")
        (heard,) = ben.sync()
        assert heard.raw == echo.raw
        assert heard.words == ("TAGMSG", target)
        assert heard.tags["+typing"] == "active"
        assert "evil" not in heard.tags
    assert ann.ask(f"@+typing=active TAGMSG {plain.nick}")[0].command == "TAGMSG"
    assert plain.sync() == []
    assert words(ann.ask(f"TAGMSG {ben.nick}")) == [("TAGMSG", ben.nick)]
    assert ann.one("@+a=1 TAGMSG nobody").words[:3] == ("401", ann.nick, "nobody")
    assert ann.one("@+a=1 TAGMSG").command == "461"
    assert plain.one(f"@+a=1 TAGMSG {ben.nick}").command == "421"
    assert plain.one("TAGMSG").command == "421"
    ben.sync()
    ann.ask(f"@x=a+b TAGMSG {ben.nick}")  # no client tag at all
    assert codes(ben.sync()) == ["TAGMSG"]


def test_lines_are_as_long_as_the_specification_says(crowd: Crowd) -> None:
    """IRCv3 message-tags, Size limit; ERR_INPUTTOOLONG (417), and the connection lives."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags")
    head = f"PRIVMSG {crowd.channel} :"
    fits = "x" * (510 - len(head))
    value = "v" * (4094 - len("+a="))
    assert ann.ask(f"@+a={value} {head}{fits}") == []
    lines = ben.sync()
    assert "".join(line.text for line in lines) == fits
    assert lines[0].tags["+a"] == value
    for line in (f"{head}{fits}x", f"@+a={value}v {head}x", "x" * 20000):
        assert ann.one(line).words == ("417", ann.nick, "Input line was too long")
    assert ben.sync() == []


def test_what_outgrows_a_line_is_split(crowd: Crowd) -> None:
    """The prefix makes it longer for others: all of the text comes, no line over 512 bytes."""
    ann, ben = crowd.inside("ann", "ben", caps="echo-message message-tags")
    head = f"PRIVMSG {crowd.channel} :"
    for unit in ("x", "ä", "word ", "\U0001f469\u200d\U0001f680"):
        text = unit * ((510 - len(head)) // len(unit.encode()))
        echo = ann.ask(head + text)
        heard = ben.sync()
        assert [line.raw for line in echo] == [line.raw for line in heard]
        assert len(heard) == 2
        assert "".join(line.text for line in heard) == text
        for line in heard:
            assert len(line.raw.partition(" ")[2].encode()) <= 510
        assert "msgid" in heard[0].tags
        assert "msgid" not in heard[1].tags


def test_ctcp(crowd: Crowd) -> None:
    """CTCP: an ACTION is said, a query is passed on."""
    ann, ben = crowd.inside("ann", "ben")
    for text in ("\x01ACTION waves\x01", "\x01VERSION\x01", "\x01PING 123 456\x01"):
        assert ann.ask(f"PRIVMSG {crowd.channel} :{text}") == []
        assert ben.sync()[0].words == ("PRIVMSG", crowd.channel, text)
    ben.ask(f"NOTICE {ann.nick} :\x01VERSION some client\x01")
    assert ann.sync()[0].words == ("NOTICE", ann.nick, "\x01VERSION some client\x01")
    ann.ask(f"PRIVMSG {crowd.channel} :\x01ACTION {'x' * 450}\x01")
    lines = ben.sync()
    assert all(line.text[:8] == "\x01ACTION " and line.text[-1] == "\x01" for line in lines)


def test_formatting_comes_as_it_went(crowd: Crowd) -> None:
    """Modern IRC, IRC Formatting."""
    ann, ben = crowd.inside("ann", "ben")
    text = "\x02bold\x02 \x0304,01colour\x03 \x1ditalic\x0f plain"
    ann.ask(f"PRIVMSG {crowd.channel} :{text}")
    assert ben.sync()[0].text == text


@pytest.mark.parametrize("control", ["\x07", "\x1b", "\x08", "\x7f", "\x85", "\x0c"])
def test_control_characters_reach_nobody(crowd: Crowd, control: str) -> None:
    """In every field that others see."""
    ann, ben = crowd.inside("ann", "ben", caps="setname away-notify extended-join")
    channel = crowd.channel
    ann.ask(
        f"PRIVMSG {channel} :a{control}b",
        f"TOPIC {channel} :a{control}b",
        f"AWAY :a{control}b",
        f"SETNAME :a{control}b",
        f"MODE {channel} +k a{control}b",
        f"MODE {channel} +b a{control}b",
        f"NICK a{control}b",
        f"JOIN #a{control}b",
        f"PRIVMSG {channel} :\x01X{control}\x01",
        f"PART {channel} :a{control}b",
    )
    heard = ben.sync()
    assert {"PRIVMSG", "TOPIC", "AWAY", "PART"} <= set(codes(heard))
    assert all(control not in line.raw for line in heard)


@pytest.mark.parametrize("data", [b"a\0b", b"a\rb"])
def test_bytes_that_no_line_has(crowd: Crowd, data: bytes) -> None:
    ann, ben = crowd.inside("ann", "ben")
    ann.send_bytes(b"PRIVMSG " + ben.nick.encode() + b" :" + data + b"\r\n")
    assert codes(ann.sync()) == ["400"]
    assert ben.sync() == []


def test_a_lone_lf_ends_a_line_too(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    ann.send_bytes(f"PRIVMSG {ben.nick} :one\n\n\r\nPRIVMSG {ben.nick} :two\r\n".encode())
    ann.sync()
    assert [line.text for line in ben.sync()] == ["one", "two"]


def test_bytes_that_are_not_utf8(crowd: Crowd) -> None:
    """IRCv3 utf8-only: FAIL, and nothing is passed on."""
    ann, ben = crowd.inside("ann", "ben", caps="standard-replies")
    ann.send_bytes(b"PRIVMSG " + ben.nick.encode() + b" :caf\xe9\r\n")
    (line,) = ann.sync()
    assert line.words[:3] == ("FAIL", "PRIVMSG", "INVALID_UTF8")
    assert ben.sync() == []


def test_one_sender_keeps_his_order(crowd: Crowd) -> None:
    """Between channels, people and queries, all in one packet."""
    ann, ben = crowd.inside("ann", "ben", caps="echo-message")
    for client in (ann, ben):
        client.join(f"{crowd.channel}b")
    ann.sync()
    targets = (crowd.channel, f"{crowd.channel}b", ben.nick)
    sent = [(targets[number % 3], str(number)) for number in range(60)]
    echo = ann.ask(*(f"PRIVMSG {target} :{text}" for target, text in sent))
    heard = ben.sync()
    assert [line.params for line in echo] == [line.params for line in heard] == sent


def test_capabilities_may_change_in_the_middle(crowd: Crowd) -> None:
    """What was said before the change comes in the old form, what after it in the new one."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags")
    lines = ben.ask("CAP REQ :server-time -message-tags")
    assert words(lines) == [("CAP", ben.nick, "ACK", "server-time -message-tags")]
    ann.ask(f"PRIVMSG {crowd.channel} :x")
    assert set(ben.sync()[0].tags) == {"time"}
