"""CHATHISTORY. Source: IRCv3 draft/chathistory, draft/event-playback, batch."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, Line, codes, words

CAPS = "draft/chathistory batch server-time message-tags echo-message"
PLAYBACK = f"{CAPS} draft/event-playback"
LONG_AGO, FAR_OFF = "timestamp=2001-01-01T00:00:00.000Z", "timestamp=2100-01-01T00:00:00.000Z"


def _read(client: Client, request: str) -> list[Line]:
    """Return what a CHATHISTORY command gives, without its batch."""
    client.sync()
    start, *lines, end = client.ask(f"CHATHISTORY {request}")
    assert start.command == end.command == "BATCH", start.raw
    reference = start.params[0][1:]
    assert start.params[1] == "chathistory"
    assert start.params[2].lower() == request.split()[1].lower()
    assert end.params == (f"-{reference}",)
    assert all(line.tags["batch"] == reference for line in lines)
    return lines


def _texts(client: Client, request: str) -> list[str]:
    return [line.text for line in _read(client, request)]


@pytest.fixture
def talk(crowd: Crowd) -> tuple[Client, list[Line]]:
    """Return a member of a channel where 0 to 9 were said, and these lines."""
    (ann,) = crowd.inside("ann", caps=CAPS)
    return ann, [ann.one(f"PRIVMSG {crowd.channel} :{number}") for number in range(10)]


def _by(kind: str, line: Line) -> str:
    return f"{kind}={line.tags['msgid' if kind == 'msgid' else 'time']}"


def test_latest(crowd: Crowd, talk: tuple[Client, list[Line]]) -> None:
    ann, said = talk
    lines = _read(ann, f"LATEST {crowd.channel} * 3")
    for line, echo in zip(lines, said[7:], strict=True):
        assert line.words == echo.words
        assert line.source == echo.source
        assert {**line.tags, "batch": ""} == {**echo.tags, "batch": ""}
    assert _texts(ann, f"LATEST {crowd.channel} * 100") == list("0123456789")
    assert _texts(ann, f"LATEST {crowd.channel} msgid={said[6].tags['msgid']} 100") == list("789")
    assert _texts(ann, f"LATEST {crowd.channel} msgid={said[3].tags['msgid']} 2") == list("89")
    assert _texts(ann, f"LATEST {crowd.channel} {FAR_OFF} 2") == []
    assert _texts(ann, f"LATEST {crowd.channel} {LONG_AGO} 2") == list("89")
    assert _texts(ann, f"LATEST {crowd.channel.upper()} * 0") == []


def test_before_and_after(crowd: Crowd, talk: tuple[Client, list[Line]]) -> None:
    """Excluding the reference; the nearest ones, in ascending order."""
    ann, said = talk
    channel = crowd.channel
    assert _texts(ann, f"BEFORE {channel} {_by('msgid', said[5])} 3") == list("234")
    assert _texts(ann, f"BEFORE {channel} {_by('msgid', said[1])} 3") == list("0")
    assert _texts(ann, f"BEFORE {channel} {_by('msgid', said[0])} 3") == []
    assert _texts(ann, f"AFTER {channel} {_by('msgid', said[5])} 3") == list("678")
    assert _texts(ann, f"AFTER {channel} {_by('msgid', said[8])} 3") == list("9")
    assert _texts(ann, f"AFTER {channel} {_by('msgid', said[9])} 3") == []
    assert _texts(ann, f"AFTER {channel} {LONG_AGO} 2") == list("01")
    assert _texts(ann, f"BEFORE {channel} {FAR_OFF} 2") == list("89")
    earlier = [line.text for line in said if line.tags["time"] < said[5].tags["time"]]
    later = [line.text for line in said if line.tags["time"] > said[5].tags["time"]]
    assert _texts(ann, f"BEFORE {channel} {_by('timestamp', said[5])} 100") == earlier
    assert _texts(ann, f"AFTER {channel} {_by('timestamp', said[5])} 100") == later


def test_around(crowd: Crowd, talk: tuple[Client, list[Line]]) -> None:
    ann, said = talk
    reference = f"{crowd.channel} msgid={said[5].tags['msgid']}"
    assert _texts(ann, f"AROUND {reference} 1") == list("5")
    assert _texts(ann, f"AROUND {reference} 3") == list("456")
    assert _texts(ann, f"AROUND {reference} 5") == list("34567")
    assert _texts(ann, f"AROUND {reference} 100") == list("0123456789")


def test_between(crowd: Crowd, talk: tuple[Client, list[Line]]) -> None:
    """From the first reference on, forwards or backwards, both excluded."""
    ann, said = talk
    second, eighth = (f"msgid={said[number].tags['msgid']}" for number in (2, 8))
    channel = crowd.channel
    assert _texts(ann, f"BETWEEN {channel} {second} {eighth} 100") == list("34567")
    assert _texts(ann, f"BETWEEN {channel} {eighth} {second} 100") == list("34567")
    assert _texts(ann, f"BETWEEN {channel} {second} {eighth} 2") == list("34")
    assert _texts(ann, f"BETWEEN {channel} {eighth} {second} 2") == list("67")
    assert _texts(ann, f"BETWEEN {channel} {LONG_AGO} {second} 100") == list("01")
    assert _texts(ann, f"BETWEEN {channel} {FAR_OFF} {eighth} 100") == list("9")
    assert _texts(ann, f"BETWEEN {channel} {second} {second} 100") == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("FLY {0} * 1", "INVALID_PARAMS"),
        ("LATEST {0} *", "INVALID_PARAMS"),
        ("LATEST", "INVALID_PARAMS"),
        ("LATEST {0} * 5 5", "INVALID_PARAMS"),
        ("BETWEEN {0} msgid=1 2", "INVALID_PARAMS"),
        ("LATEST {0} * many", "INVALID_PARAMS"),
        ("LATEST {0} * -1", "INVALID_PARAMS"),
        ("LATEST {0} * 1_0", "INVALID_PARAMS"),
        ("BEFORE {0} * 1", "INVALID_PARAMS"),
        ("BEFORE {0} timestamp=yesterday 1", "INVALID_PARAMS"),
        ("BEFORE {0} timestamp=2023-13-01T00:00:00.000Z 1", "INVALID_PARAMS"),
        ("BEFORE {0} msgid=what 1", "INVALID_PARAMS"),
        ("BEFORE {0} colour=red 1", "INVALID_MSGREFTYPE"),
        ("LATEST {0}none * 1", "INVALID_TARGET"),
        ("TARGETS msgid=1 {1} 5", "INVALID_PARAMS"),
    ],
)
def test_requests_that_are_wrong(crowd: Crowd, request_: str, code: str) -> None:
    """FAIL CHATHISTORY code subcommand ..."""
    (ann,) = crowd.inside("ann", caps=CAPS)
    line = ann.one(f"CHATHISTORY {request_.format(crowd.channel, FAR_OFF)}")
    assert line.words[:4] == ("FAIL", "CHATHISTORY", code, request_.split()[0])
    if code == "INVALID_TARGET":
        assert line.params[3] == f"{crowd.channel}none"


def test_a_request_without_anything(crowd: Crowd) -> None:
    ann = crowd.client("ann", CAPS)
    assert ann.one("CHATHISTORY").words[:4] == ("FAIL", "CHATHISTORY", "INVALID_PARAMS", "*")


def test_only_members_may_read(crowd: Crowd, talk: tuple[Client, list[Line]]) -> None:
    """Security Considerations."""
    ann, _ = talk
    out = crowd.client("out", CAPS)
    line = out.one(f"CHATHISTORY LATEST {crowd.channel} * 10")
    assert line.words[:5] == ("FAIL", "CHATHISTORY", "INVALID_TARGET", "LATEST", crowd.channel)
    out.join(crowd.channel)
    assert len(_read(out, f"LATEST {crowd.channel} * 10")) == 10
    ann.ask(f"KICK {crowd.channel} {out.nick}")
    out.sync()
    assert out.one(f"CHATHISTORY LATEST {crowd.channel} * 10").params[1] == "INVALID_TARGET"


def test_closed_channels_show_what_was_since_the_join(crowd: Crowd) -> None:
    """Also when they are open again, and after everybody has left."""
    (ann,) = crowd.inside("ann", caps=CAPS)
    channel = crowd.channel
    ann.ask(f"PRIVMSG {channel} :open", f"MODE {channel} +s", f"PRIVMSG {channel} :secret")
    ben = crowd.client("ben", CAPS)
    ben.join(channel)
    ann.ask(f"PRIVMSG {channel} :after", f"MODE {channel} -s")
    assert _texts(ben, f"BEFORE {channel} {FAR_OFF} 10") == ["after"]
    assert _texts(ann, f"LATEST {channel} * 10") == ["open", "secret", "after"]
    for client in (ann, ben):
        client.ask(f"PART {channel}")
    ann.join(channel)
    assert _texts(ann, f"LATEST {channel} * 10") == []


def test_who_chose_that_nobody_reads_back_is_believed_when_all_have_left(crowd: Crowd) -> None:
    """Else anybody could come into the empty channel, as its operator, and read."""
    (ann,) = crowd.inside("ann", caps=CAPS)
    ann.ask(f"CS SET {crowd.channel} HISTORY joined", f"PRIVMSG {crowd.channel} :for us")
    ann.ask(f"PART {crowd.channel}")
    eve = crowd.client("eve", CAPS)
    eve.join(crowd.channel)
    eve.ask(f"CS SET {crowd.channel} HISTORY all")
    assert _texts(eve, f"LATEST {crowd.channel} * 10") == []


def test_history_reaches_over_a_channel_that_emptied(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann", caps=CAPS)
    ann.ask(f"PRIVMSG {crowd.channel} :before", f"PART {crowd.channel}")
    ann.join(crowd.channel)
    ann.ask(f"PRIVMSG {crowd.channel} :after")
    assert _texts(ann, f"LATEST {crowd.channel} * 10") == ["before", "after"]


def test_direct_conversations(crowd: Crowd) -> None:
    """Both sides, of both; nobody else's."""
    ann, ben = crowd.member("ann", CAPS), crowd.member("ben", CAPS)
    eve = crowd.member("eve", CAPS)
    ann.ask(f"PRIVMSG {ben.nick} :one")
    ben.ask(f"PRIVMSG {ann.nick} :two")
    ann.ask(f"NOTICE {ben.nick} :three")
    for client, other in ((ann, ben), (ben, ann)):
        lines = _read(client, f"LATEST {other.nick} * 10")
        assert [line.words for line in lines] == [
            ("PRIVMSG", ben.nick, "one"),
            ("PRIVMSG", ann.nick, "two"),
            ("NOTICE", ben.nick, "three"),
        ]
    assert _read(eve, f"LATEST {ann.nick} * 10") == []
    ben.quit()
    again = crowd.login(ben.nick, CAPS)
    assert _texts(again, f"LATEST {ann.nick} * 10") == ["one", "two", "three"]


def test_guests_read_from_their_own_connection_only(crowd: Crowd) -> None:
    guest, mia = crowd.client("guest", CAPS), crowd.member("mia", CAPS)
    guest.ask(f"PRIVMSG {mia.nick} :hello")
    assert _texts(guest, f"LATEST {mia.nick} * 10") == ["hello"]
    assert _texts(mia, f"LATEST {guest.nick} * 10") == ["hello"]
    guest.quit()
    same_name = crowd.raw().register(guest.nick, caps=CAPS)
    assert _texts(same_name, f"LATEST {mia.nick} * 10") == []


def test_targets(crowd: Crowd) -> None:
    """By the time of the last message between two times, excluding them."""
    ann, ben = crowd.member("ann", CAPS), crowd.member("ben", CAPS)
    ann.join(crowd.channel)
    first = ann.one(f"PRIVMSG {crowd.channel} :x").tags["time"]
    while (second := ann.one(f"PRIVMSG {ben.nick} :x").tags["time"]) == first:
        pass
    batch = ann.ask(f"CHATHISTORY TARGETS {LONG_AGO} {FAR_OFF} 10")
    assert batch[0].params[1:] == ("draft/chathistory-targets",)
    expected = [
        ("CHATHISTORY", "TARGETS", crowd.channel, first),
        ("CHATHISTORY", "TARGETS", ben.nick, second),
    ]
    assert words(batch[1:-1]) == expected
    assert words(ann.ask(f"CHATHISTORY TARGETS {FAR_OFF} {LONG_AGO} 10")[1:-1]) == expected
    assert words(ann.ask(f"CHATHISTORY TARGETS {LONG_AGO} {FAR_OFF} 1")[1:-1]) == expected[:1]
    assert words(ann.ask(f"CHATHISTORY TARGETS {FAR_OFF} {LONG_AGO} 1")[1:-1]) == expected[1:]
    between = f"timestamp={first} timestamp={second}"
    assert words(ann.ask(f"CHATHISTORY TARGETS {between} 5")[1:-1]) == []
    out = crowd.member("out", CAPS)
    assert words(out.ask(f"CHATHISTORY TARGETS {LONG_AGO} {FAR_OFF} 5")[1:-1]) == []


def test_event_playback(crowd: Crowd) -> None:
    """With the capability what happened too, as it was told; without it what was said only."""
    ann, ben = crowd.inside("ann", "ben", caps=PLAYBACK)
    channel = crowd.channel
    told = ann.ask(
        f"PRIVMSG {channel} :hello", f"TOPIC {channel} :new", f"MODE {channel} +v {ben.nick}",
        f"MODE {channel} +m", f"KICK {channel} {ben.nick} :out",
    )  # fmt: skip
    ben.join(channel)
    ben.send("QUIT :bye")
    ben.rest()
    ann.sync()
    lines = _read(ann, f"LATEST {channel} * 50")
    assert codes(lines) == [
        "JOIN", "JOIN", "PRIVMSG", "TOPIC", "MODE", "MODE", "KICK", "JOIN", "QUIT",
    ]  # fmt: skip
    assert [line.words for line in lines[2:7]] == [line.words for line in told]
    assert [line.tags["msgid"] for line in lines[2:7]] == [line.tags["msgid"] for line in told]
    assert lines[-1].words == ("QUIT", "Quit: bye")
    plain = crowd.client("plain", CAPS)
    ann.ask(f"MODE {channel} -m")
    plain.join(channel)
    assert codes(_read(plain, f"LATEST {channel} * 50")) == ["PRIVMSG"]


def test_without_batch_the_lines_come_bare(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann", caps="draft/chathistory server-time")
    ann.ask(f"PRIVMSG {crowd.channel} :x")
    (line,) = ann.ask(f"CHATHISTORY LATEST {crowd.channel} * 5")
    assert line.text == "x"
    assert set(line.tags) == {"time"}
    assert ann.ask(f"CHATHISTORY TARGETS {LONG_AGO} {FAR_OFF} 5")[0].command == "CHATHISTORY"


def test_client_tags_are_kept(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann", caps=CAPS)
    ann.ask(f"@+draft/reply=abc;+x=a\\:b PRIVMSG {crowd.channel} :x")
    (line,) = _read(ann, f"LATEST {crowd.channel} * 5")
    assert (line.tags["+draft/reply"], line.tags["+x"]) == ("abc", "a;b")


def test_paging_back_and_forth_misses_nothing(crowd: Crowd) -> None:
    """By message ids, with many in one millisecond."""
    (ann,) = crowd.inside("ann", caps=CAPS)
    said = ann.ask(*(f"PRIVMSG {crowd.channel} :{number}" for number in range(200)))
    everything = [line.tags["msgid"] for line in said]
    found: list[str] = []
    reference = FAR_OFF
    while page := _read(ann, f"BEFORE {crowd.channel} {reference} 30"):
        found = [line.tags["msgid"] for line in page] + found
        reference = f"msgid={found[0]}"
    assert found == everything
    found, reference = [], LONG_AGO
    while page := _read(ann, f"AFTER {crowd.channel} {reference} 30"):
        found += [line.tags["msgid"] for line in page]
        reference = f"msgid={found[-1]}"
    assert found == everything


def test_crawling_costs_who_crawls(crowd: Crowd) -> None:
    """ "servers SHOULD set and enforce a reasonable maximum and properly throttle": what is asked
    for beyond any bound is answered within the limit, and others aren't kept waiting."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    ann.ask(*(f"PRIVMSG {crowd.channel} :{'x' * 300}" for _ in range(120)))
    ben.sync()
    huge = f"{2**40}"
    ann.send(*(f"CHATHISTORY LATEST {crowd.channel} * {huge}" for _ in range(20)))
    assert ben.one("PING :still here").text == "still here"
    assert len([line for line in ann.sync() if line.command == "PRIVMSG"]) == 20 * 120
    lines = ann.ask(f"CHATHISTORY LATEST {crowd.channel} * {'9' * 300}")
    assert lines[0].command in ("FAIL", "BATCH")
