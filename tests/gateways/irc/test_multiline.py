"""Messages of several lines. Source: IRCv3 draft/multiline, draft/client-batch."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, Line, codes, words

CAPS = "batch draft/multiline message-tags echo-message server-time"
CONCAT = "draft/multiline-concat"


def _batch(to: str, *rows: str, command: str = "PRIVMSG", first: str = "") -> list[str]:
    """Return the lines of a batch; a row that begins with "+" is joined to the one before."""
    lines = [f"{first}BATCH +123 draft/multiline {to}"]
    for row in rows:
        joined = f";{CONCAT}" if row[:1] == "+" else ""
        lines.append(f"@batch=123{joined} {command} {to} :{row.removeprefix('+')}")
    return [*lines, "BATCH -123"]


def _message(lines: list[Line]) -> str:
    """Return the combined message value of a batch that a client was sent."""
    start, *inner, end = lines
    assert start.params[1] == "draft/multiline"
    reference = start.params[0][1:]
    assert end.words == ("BATCH", f"-{reference}")
    assert all(line.tags["batch"] == reference for line in inner)
    assert {line.params[0] for line in inner} == {start.params[2]}
    text = ""
    for number, line in enumerate(inner):
        text += ("" if not number or CONCAT in line.tags else "\n") + line.text
    return text


@pytest.fixture
def room(crowd: Crowd) -> tuple[Client, Client, Client]:
    """Return members of a channel: two who know the capability, and one who knows none."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    old = crowd.client("old")
    old.join(crowd.channel)
    for client in (ann, ben):
        client.sync()
    return ann, ben, old


def test_the_capability_has_its_limits(crowd: Crowd) -> None:
    """Capabilities: "MUST be advertised by servers with a REQUIRED value"."""
    lines = crowd.raw().ask("CAP LS 302")
    listed = [word for line in lines for word in line.text.split()]
    assert "draft/multiline=max-bytes=16384,max-lines=100" in listed


def test_delivery_and_fallback(crowd: Crowd, room: tuple[Client, Client, Client]) -> None:
    """Batch types; Fallback: no batch, no blank lines, the sender's composition, and the message's
    id on the first line only (Message ids)."""
    ann, ben, old = room
    channel = crowd.channel
    tagged = crowd.client("tagged", "message-tags")
    tagged.join(channel)
    for client in room:
        client.sync()
    rows = ("hello", "", "how is ", "+everyone?")
    echo = ann.ask(*_batch(channel, *rows, first="@+draft/reply=abc "))
    told = ben.sync()
    for lines in (echo, told):
        assert _message(lines) == "hello\n\nhow is everyone?"
        assert lines[0].nick == ann.nick
        assert lines[0].tags["+draft/reply"] == "abc"
        assert "msgid" in lines[0].tags
        assert "time" in lines[0].tags
        assert not any("msgid" in line.tags for line in lines[1:])
    assert [line.text for line in told[1:-1]] == ["hello", "", "how is ", "everyone?"]
    assert words(old.sync()) == [
        ("PRIVMSG", channel, text) for text in ("hello", "how is ", "everyone?")
    ]
    first, *others = tagged.sync()
    assert first.tags["msgid"] == told[0].tags["msgid"]
    assert first.tags["+draft/reply"] == "abc"
    assert len(others) == 2
    assert not any("msgid" in line.tags for line in others)


def test_notices_and_direct_messages(crowd: Crowd, room: tuple[Client, Client, Client]) -> None:
    ann, ben, old = room
    ann.ask(*_batch(ben.nick, "one", "two", command="NOTICE"))
    lines = ben.sync()
    assert _message(lines) == "one\ntwo"
    assert {line.command for line in lines[1:-1]} == {"NOTICE"}
    ann.ask(*_batch(old.nick, "one", "two"))
    assert words(old.sync()) == [("PRIVMSG", old.nick, "one"), ("PRIVMSG", old.nick, "two")]
    assert "401" in codes(ann.ask(*_batch(crowd.name("nobody"), "one", "two")))


def test_history_has_it_whole(crowd: Crowd, room: tuple[Client, Client, Client]) -> None:
    """Within the batch of CHATHISTORY it is a batch of its own (IRCv3 batch, nesting)."""
    ann, _, _ = room
    ann.ask(*_batch(crowd.channel, "one", "two"))
    late = crowd.client("late", f"{CAPS} draft/chathistory")
    late.join(crowd.channel)
    start, *inner, end = late.ask(f"CHATHISTORY LATEST {crowd.channel} * 10")
    assert inner[0].tags["batch"] == start.params[0][1:]
    assert end.params[0] == "-" + start.params[0][1:]
    assert _message(inner) == "one\ntwo"
    plain = crowd.client("plain", "draft/chathistory batch")
    plain.join(crowd.channel)
    assert [line.text for line in plain.ask(f"CHATHISTORY LATEST {crowd.channel} * 9")[1:-1]] == [
        "one",
        "two",
    ]


def test_formatting_goes_through(crowd: Crowd, room: tuple[Client, Client, Client]) -> None:
    ann, ben, old = room
    ann.ask(*_batch(crowd.channel, "a \x02bold\x02 word", "plain", "\x1dslanted"))
    assert _message(ben.sync()) == "a \x02bold\x02 word\nplain\n\x1dslanted"
    assert old.sync()[0].text == "a \x02bold\x02 word"


def test_a_line_that_is_too_long_with_its_source_is_split(
    crowd: Crowd, room: tuple[Client, Client, Client]
) -> None:
    ann, ben, old = room
    text = "word " * 96 + "end."
    ann.ask(f"PRIVMSG {crowd.channel} :{text}")
    assert _message(ben.sync()) == text
    lines = old.sync()
    assert len(lines) == 2
    assert "".join(line.text for line in lines) == text


def test_labels(crowd: Crowd) -> None:
    """Labeled response: "only include the label tag on the opening BATCH command"."""
    (ann,) = crowd.inside("ann", caps=f"{CAPS} labeled-response")
    lines = ann.ask(*_batch(crowd.channel, "one", "two", first="@label=L1 "))
    assert _message(lines) == "one\ntwo"
    assert [line.tags.get("label") for line in lines] == ["L1", None, None, None]
    lines = ann.ask(*_batch(crowd.channel, "", first="@label=L2 "))
    assert [(line.words[:3], line.tags["label"]) for line in lines] == [
        (("FAIL", "BATCH", "MULTILINE_INVALID"), "L2")
    ]
    # Labels of what is within a batch, or of its end, belong to nothing.
    start, *lines = ann.ask(
        f"@label=L4 BATCH +1 draft/multiline {crowd.channel}",
        f"@batch=1;label=L5 PRIVMSG {crowd.channel} :x",
        f"@batch=1;label=L6 PRIVMSG {crowd.channel} :y",
        "BATCH -1",
    )
    assert start.tags["label"] == "L4"
    assert not any("label" in line.tags for line in lines)
    quiet = crowd.client("quiet", "batch draft/multiline message-tags labeled-response")
    quiet.join(crowd.channel)
    (ack,) = quiet.ask(*_batch(crowd.channel, "one", first="@label=L3 "))
    assert (ack.command, ack.tags["label"]) == ("ACK", "L3")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["BATCH +1 draft/multiline {0}", "@batch=1 PRIVMSG #bar hello", "BATCH -1"],
            ("MULTILINE_INVALID_TARGET", "{0}", "#bar"),
        ),
        (
            ["BATCH +1 draft/multiline {0}"]
            + ["@batch=1 PRIVMSG {0} :" + "x" * 400] * 41
            + ["BATCH -1"],
            ("MULTILINE_MAX_BYTES", "16384"),
        ),
        (
            ["BATCH +1 draft/multiline {0}"] + ["@batch=1 PRIVMSG {0} :x"] * 101 + ["BATCH -1"],
            ("MULTILINE_MAX_LINES", "100"),
        ),
        (_batch("{0}", "hello ", "+", "there"), ("MULTILINE_INVALID",)),
        (_batch("{0}", "", ""), ("MULTILINE_INVALID",)),
        (_batch("{0}"), ("MULTILINE_INVALID",)),
        (
            [
                "BATCH +1 draft/multiline {0}",
                "@batch=1 PRIVMSG {0} x",
                "@batch=1 NOTICE {0} x",
                "BATCH -1",
            ],
            ("MULTILINE_INVALID",),
        ),
        (
            ["BATCH +1 draft/multiline {0}", "@batch=1 JOIN #elsewhere", "BATCH -1"],
            ("MULTILINE_INVALID",),
        ),
        (["BATCH +1 draft/multiline {0}", "PRIVMSG {0} x", "BATCH -1"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline {0}", "@batch=2 PRIVMSG {0} x", "BATCH -1"],
         ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline"], ("MULTILINE_INVALID",)),
        (["BATCH +1 netsplit {0}"], ("MULTILINE_INVALID",)),
        (["BATCH + draft/multiline {0}"], ("MULTILINE_INVALID",)),
        (["BATCH 1"], ("MULTILINE_INVALID",)),
        (["BATCH -1"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG {0} :x"], ("MULTILINE_INVALID",)),
        (
            ["BATCH +1 draft/multiline {0}", "BATCH +2 draft/multiline {0}", "BATCH -1"],
            ("MULTILINE_INVALID",),
        ),
        (_batch("{0}", "\x01ACTION waves\x01"), ("MULTILINE_INVALID",)),
    ],
)  # fmt: skip
def test_errors(
    crowd: Crowd,
    room: tuple[Client, Client, Client],
    lines: list[str],
    expected: tuple[str, ...],
) -> None:
    """Errors; nothing of a batch that fails is said, and it is told once."""
    ann, ben, _ = room
    answer = ann.ask(*(line.format(crowd.channel) for line in lines))
    assert [line.words[:-1] for line in answer] == [
        ("FAIL", "BATCH", *(word.format(crowd.channel) for word in expected))
    ]
    assert ben.sync() == []
    assert _message(ann.ask(*_batch(crowd.channel, "still", "here"))) == "still\nhere"


def test_the_largest_message_arrives(crowd: Crowd, room: tuple[Client, Client, Client]) -> None:
    """Flood control lets a whole batch through as one message; limits are inclusive."""
    ann, ben, old = room
    rows = ["x" * 163] * 99 + ["x" * (16384 - 99 * 164)]
    ann.ask(*_batch(crowd.channel, *rows))
    assert _message(ben.sync()) == "\n".join(rows)
    assert len(old.sync()) == 100


def test_only_the_tag_itself_is_of_a_batch(crowd: Crowd) -> None:
    """Another tag's name or value may have its letters."""
    (ann,) = crowd.inside("ann", caps=f"{CAPS} labeled-response")
    for tag in "+example.org/batch=1", "+url=x?batch=1":
        assert ann.one(f"@{tag} PRIVMSG {crowd.channel} :hi").text == "hi"
    refused = ann.one(f"@label=a;batch=1 PRIVMSG {crowd.channel} :hi")
    assert refused.words[:3] == ("FAIL", "BATCH", "MULTILINE_INVALID")
    assert refused.tags == {"label": "a"}


def test_without_the_capability_it_is_unknown(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann", caps="message-tags")
    assert codes(ann.ask(f"BATCH +1 draft/multiline {crowd.channel}")) == ["421"]
