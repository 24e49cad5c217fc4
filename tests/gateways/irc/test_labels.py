"""IRCv3 labeled-response and batch: every labelled command has exactly one labelled answer."""

from __future__ import annotations

import base64

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import Client, Line, codes

CAPS = "labeled-response batch message-tags echo-message server-time sasl draft/chathistory"


def _labelled(lines: list[Line], label: str) -> list[Line]:
    """Return the answer without its batch, after checking that there is one label."""
    assert [line.tags.get("label") for line in lines].count(label) == 1, [x.raw for x in lines]
    first = lines[0]
    assert first.tags.get("label") == label
    if first.command != "BATCH":
        return lines
    reference = first.params[0]
    assert reference[0] == "+"
    assert lines[-1].words == ("BATCH", f"-{reference[1:]}")
    assert all(line.tags["batch"] == reference[1:] for line in lines[1:-1])
    return lines[1:-1]


@pytest.fixture
def ann(crowd: Crowd) -> Client:
    """Return an operator with labels."""
    ann = crowd.client("ann", CAPS)
    ann.join(crowd.channel)
    return ann


@pytest.mark.parametrize(
    "line", ["PONG :x", "MODE {channel} +b-b x x", "NICK {nick}", "JOIN {channel}"]
)
def test_ack_where_nothing_is_said(ann: Client, crowd: Crowd, line: str) -> None:
    """The ACK response."""
    line = line.format(channel=crowd.channel, nick=ann.nick)
    lines = ann.ask(f"@label=a1 {line}")
    if line.startswith("MODE"):
        assert _labelled(lines, "a1")[0].command == "MODE"
    else:
        assert [each.raw for each in lines] == ["@label=a1 :irc.test ACK"]


def test_ack_without_echo(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben", caps="labeled-response batch message-tags")
    for target in (crowd.channel, ben.nick):
        lines = ann.ask(f"@label=x PRIVMSG {target} :hello")
        assert [line.raw for line in lines] == ["@label=x :irc.test ACK"]
        assert "label" not in ben.sync()[0].tags


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("PRIVMSG {channel} :x", "PRIVMSG"),
        ("NOTICE {channel} :x", "NOTICE"),
        ("@+a=1 TAGMSG {channel}", "TAGMSG"),
        ("PRIVMSG nobody :x", "401"),
        ("TOPIC {channel} :x", "TOPIC"),
        ("TOPIC {channel}", "331"),
        ("PING :x", "PONG"),
        ("PART {channel} :x", "PART"),
        ("MODE {channel} +m", "MODE"),
        ("NICK {nick}x", "NICK"),
        ("NICK 1", "432"),
        ("AWAY :x", "306"),
        ("FLY", "421"),
        ("JOIN", "461"),
        ("USER a b c d", "462"),
        ("CAP FLY", "410"),
        ("CAP LIST", "CAP"),
        ("CHATHISTORY FLY x", "FAIL"),
    ],
)
def test_one_line_has_the_label_itself(ann: Client, crowd: Crowd, line: str, code: str) -> None:
    line = line.format(channel=crowd.channel, nick=ann.nick)
    line = f"@label=b2;{line[1:]}" if line[0] == "@" else f"@label=b2 {line}"
    lines = ann.ask(line)
    assert [each.tags.get("label") for each in lines] == ["b2"]
    assert codes(lines) == [code]


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("WHOIS {nick}", ["311", "319", "312", "378", "317", "318"]),
        ("JOIN {channel}b", ["JOIN", "353", "366"]),
        ("NAMES {channel}", ["353", "366"]),
        ("WHO {channel}", ["352", "315"]),
        ("LIST {channel}", ["321", "322", "323"]),
        ("MODE {channel}", ["324", "329"]),
        ("MOTD", ["375", "372", "376"]),
        ("WHOIS nobody", ["401", "318"]),
        ("PRIVMSG nobody,{channel} :x", ["401", "PRIVMSG"]),
        ("KICK {channel} nobody,{nick}", ["401", "KICK"]),
    ],
)
def test_several_lines_are_a_batch(ann: Client, crowd: Crowd, line: str, inside: list[str]) -> None:
    line = line.format(channel=crowd.channel, nick=ann.nick)
    lines = ann.ask(f"@label=c3 {line}")
    assert lines[0].command == "BATCH"
    assert lines[0].params[1] == "labeled-response"
    assert codes(_labelled(lines, "c3")) == inside


def test_a_long_message_is_a_batch(ann: Client, crowd: Crowd) -> None:
    lines = ann.ask(f"@label=d4 PRIVMSG {crowd.channel} :{'x' * 480}")
    inner = _labelled(lines, "d4")
    assert "".join(line.text for line in inner) == "x" * 480


def test_history_has_one_batch(ann: Client, crowd: Crowd) -> None:
    """An existing batch type applicable to the entire response has the label."""
    ann.ask(f"PRIVMSG {crowd.channel} :x")
    for command in (f"LATEST {crowd.channel} * 5", f"LATEST {crowd.channel} * 0"):
        lines = ann.ask(f"@label=e5 CHATHISTORY {command}")
        assert lines[0].params[1] == "chathistory"
        _labelled(lines, "e5")
    lines = ann.ask(
        "@label=e6 CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z"
        " timestamp=2100-01-01T00:00:00.000Z 5"
    )
    assert lines[0].params[1] == "draft/chathistory-targets"
    _labelled(lines, "e6")


def test_a_login_that_takes_long(crowd: Crowd) -> None:
    """The label waits with the command; what others say meanwhile has none."""
    account = crowd.account("ann")
    ann = crowd.client("guest", CAPS)
    ben = crowd.client("ben")
    ann.ask("AUTHENTICATE PLAIN")
    response = base64.b64encode(f"\0{account}\0{PASSWORD}".encode()).decode()
    ann.send(f"@label=f7 AUTHENTICATE {response}")
    ben.ask(f"PRIVMSG {ann.nick} :meanwhile")
    lines = ann.sync()
    assert [line.tags.get("label") for line in lines if line.command == "PRIVMSG"] == [None]
    answer = [line for line in lines if line.command != "PRIVMSG"]
    assert codes(_labelled(answer, "f7")) == ["900", "903"]
    ann.ask("AUTHENTICATE PLAIN")


def test_labels_before_registration(crowd: Crowd) -> None:
    client = crowd.raw()
    client.capabilities(CAPS)
    assert [x.tags.get("label") for x in client.ask("@label=g8 JOIN #x")] == ["g8"]
    assert [x.raw for x in client.ask("@label=g9 NICK zoe")] == ["@label=g9 :irc.test ACK"]
    client.send(f"NICK {crowd.name('zoe')}", "USER u 0 * :r")
    lines = client.ask("@label=g10 CAP END")
    assert "001" in codes(_labelled(lines, "g10"))


def test_labels_that_are_none(crowd: Crowd) -> None:
    """Without the capability, or over 64 bytes, or empty: as if there were none."""
    plain = crowd.client("ann", "message-tags")
    assert plain.ask("@label=x PONG :x") == []
    ann = crowd.client("ben", CAPS)
    assert ann.ask(f"@label={'x' * 65} PONG :x") == []
    assert ann.ask("@label= PONG :x") == []
    assert len(ann.ask(f"@label={'x' * 64} PONG :x")) == 1


def test_labels_come_back_as_they_went(ann: Client) -> None:
    """An opaque identifier."""
    lines = ann.ask("@label=a\\sb\\:c\\\\d PONG :x")
    assert [line.raw for line in lines] == ["@label=a\\sb\\:c\\\\d :irc.test ACK"]


def test_others_never_see_a_label(ann: Client, crowd: Crowd) -> None:
    ben = crowd.client("ben", CAPS)
    ben.join(crowd.channel)
    ann.sync()
    commands = ("PRIVMSG {} :x", "TOPIC {} :x", "MODE {} +m", "PART {} :x", "JOIN {}")
    for number, command in enumerate(commands):
        ann.ask(f"@label=l{number} {command.format(crowd.channel)}")
    ann.ask(f"@label=l9 NICK {crowd.name('anna')}")
    heard = ben.sync()
    assert codes(heard) == ["PRIVMSG", "TOPIC", "MODE", "PART", "JOIN", "NICK"]
    assert all("label" not in line.tags and "batch" not in line.tags for line in heard)


def test_answers_keep_the_order_of_the_commands(ann: Client, crowd: Crowd) -> None:
    lines = ann.ask(
        *(f"@label=o{number} PRIVMSG {crowd.channel} :{number}" for number in range(20)),
        "@label=end PONG :x",
    )
    labels = [line.tags["label"] for line in lines]
    assert labels == [*(f"o{number}" for number in range(20)), "end"]


def test_a_batch_within_the_answer(crowd: Crowd) -> None:
    """IRCv3 batch: its first and last line are of the outer one, "both MUST have batch tag"."""
    ann = crowd.client("ann", f"{CAPS} draft/extended-isupport")
    first, version, inner, *tokens, ending, _ = ann.ask("@label=v VERSION")
    outer = {"batch": first.params[0][1:]}
    assert [line.tags for line in (first, version, inner)] == [{"label": "v"}, outer, outer]
    assert inner.params[1] == "draft/isupport"
    assert {line.tags["batch"] for line in tokens} == {inner.params[0][1:]}
    assert ending.words == ("BATCH", f"-{inner.params[0][1:]}")
    assert ending.tags == outer


def test_the_last_answer(crowd: Crowd) -> None:
    """ERROR is the answer to QUIT."""
    ann = crowd.client("ann", CAPS)
    ann.send("@label=q QUIT :x")
    assert [line.tags for line in ann.rest()] == [{"label": "q"}]
