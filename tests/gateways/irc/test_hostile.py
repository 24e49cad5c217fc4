"""Input that nobody should send: the connection is answered or ends, and everybody else and the
hub's log stay as they were (the shared hub's fixture looks for tracebacks at the end)."""

from __future__ import annotations

import random

import pytest

from gateways.irc.handlers import load
from gateways.irc.table import COMMANDS
from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, codes

load()
CAPS = (
    "account-tag away-notify batch draft/chathistory draft/event-playback echo-message"
    " extended-join invite-notify labeled-response message-tags multi-prefix server-time setname"
    " userhost-in-names sasl standard-replies draft/multiline draft/metadata-2 draft/message-edit"
    " draft/message-redaction draft/channel-rename draft/persistence soju.im/search znc.in/playback"
)
PIECES = [
    "", "*", "#", "0", "-1", "1", "99999999999999999999", ":", "::", ",", ",,", "a,b", "@", "!",
    "*!*@*", "+", "-", "+b", "+o", "-o", "+k", "+l", "+ovbkl-imnst", "+b-b+b", "ä", "\u200d",
    "\u0130", "\U0001f469\u200d\U0001f680", "\u202e", "x" * 70, "x" * 200, "é" * 150, "\x01",
    "\x01ACTION\x01", "\x01ACTION \x01", "\x01 \x01", "\x02", "\x0399,99", "\x03", "\x1b[2J",
    "timestamp=", "msgid=", "msgid=zzzzzzzzzzzzzz", "timestamp=9999-12-31T23:59:59.999Z",
    "timestamp=0000-00-00T00:00:00.000Z", "LATEST", "BETWEEN", "TARGETS", "LS", "REQ", "END",
    "PLAIN", "SCRAM-SHA-256", "AAAA", "302", "#a:b", "%", ">5", "<0", "irc.test", "%tcuihsnflar,1",
    "SET", "GET", "SUB", "UNSUB", "CLEAR", "SYNC", "LIST", "ON", "REGISTER", "ACCESS", "ADD", "DEL",
    "SESSIONS", "CERT", "AMODE", "INFO", "NickServ", "ChanServ", "*playback", "PLAY * 0", "PLAY",
    "+1", "draft/multiline", "text=x", "in=#;from=x", "limit=0", "a/b", "HELP", "url", "key",
    "o%r", "C<10", "T>0", "!*", "S", "L", "C", "@#", "~&@%+#x", "+*!*@*", "-*!*@*", "+" + "*a" * 60,
]  # fmt: skip
TAGS = [
    "",
    "",
    "@label=x ",
    "@+a=b;+c ",
    "@label=;=;; ",
    "@;+=\\ ",
    "@+\u00e4=1;label=é ",
    "@ ",
    "@batch=1 ",
    "@batch=1;draft/multiline-concat ",
    "@draft/target-msgid=0;draft/edit-text=\\s ",
]
LEAVING = {"QUIT", "USER", "NICK", "PONG"}


def _line(rng: random.Random, names: list[str]) -> str:
    command = rng.choice([name for name in COMMANDS if name not in LEAVING])
    pieces = PIECES + names * 8
    params = [rng.choice(pieces) for _ in range(rng.randrange(6))]
    line = " ".join([command, *params[:-1]])
    if params:
        line += f" {rng.choice(('', ':'))}{params[-1]}"
    return (rng.choice(TAGS) + line)[:800].replace("\r", "").replace("\n", "")


@pytest.mark.parametrize("seed", range(6))
def test_any_parameters_of_any_command(crowd: Crowd, seed: int) -> None:
    """No answer is an internal error, no line is longer than it may be, and others talk on."""
    rng = random.Random(seed)
    caps = " ".join(cap for cap in CAPS.split() if rng.random() < 0.7) or "batch"
    ann, ben = crowd.client("ann", caps), crowd.client("ben")
    cat = crowd.client("cat", CAPS)
    for client in (ann, ben, cat):
        client.join(crowd.channel)
    names = [ann.nick, ben.nick, cat.nick, crowd.channel, crowd.channel, f"{crowd.channel}b"]
    for _ in range(30):
        lines = ann.ask(*(_line(rng, names) for _ in range(20)))
        for line in lines:
            assert "internal" not in line.raw
            body = line.raw.partition(" ")[2] if line.raw[0] == "@" else line.raw
            assert len(body.encode()) <= 510, line.raw
            assert "\n" not in line.raw
    for client in (ben, cat):
        assert all("internal" not in line.raw for line in client.sync())
    assert "352" in codes(ben.ask(f"WHO {ben.nick}"))


@pytest.mark.parametrize("seed", range(4))
def test_any_bytes(crowd: Crowd, seed: int) -> None:
    rng = random.Random(seed)
    ann, ben = crowd.inside("ann", "ben")
    alphabet = b"\r\n\0 :@;=#,\xff\xc3\xa9PRIVMSGJOINabc01+-*!\x01\x03\x1b"
    for _ in range(50):
        ann.send_bytes(bytes(rng.choice(alphabet) for _ in range(rng.randrange(1, 600))) + b"\r\n")
    ann.sync()
    assert ben.ask("PONG :x") is not None


def test_a_mebibyte_without_an_end(crowd: Crowd) -> None:
    """One 417, and the next line counts."""
    ann = crowd.client("ann")
    for _ in range(16):
        ann.send_bytes(b"x" * 65536)
    ann.send_bytes(b"\r\n")
    assert codes(ann.sync()) == ["417"]


def test_hundreds_that_say_nothing(crowd: Crowd) -> None:
    """Half-open connections cost nobody else anything."""
    ann, ben = crowd.inside("ann", "ben")
    mute = [Client(crowd.hub.irc_port) for _ in range(400)]
    for number, client in enumerate(mute):
        client.send_bytes(b"NICK"[: number % 5])
    ann.ask(f"PRIVMSG {crowd.channel} :still here")
    assert ben.sync()[0].text == "still here"
    for client in mute:
        client.close()
    ann.ask(f"PRIVMSG {crowd.channel} :and now")
    assert ben.sync()[0].text == "and now"


def test_capability_sets_by_the_hundred(crowd: Crowd) -> None:
    """Whatever a client asked for, it is told in that form and in no other."""
    rng = random.Random(7)
    told = [
        *("account-tag", "batch", "extended-join", "message-tags", "server-time", "multi-prefix"),
        *("draft/oper-tag", "echo-message", "labeled-response", "standard-replies"),
    ]
    sets = [[cap for cap in told if rng.random() < 0.5] for _ in range(100)]
    clients = [crowd.client(f"c{n}x", " ".join(caps)) for n, caps in enumerate(sets)]
    mia = crowd.member("mia")
    for client in clients:
        client.send(f"JOIN {crowd.channel}")
    for client in (*clients, *clients):
        client.sync()
    mia.join(crowd.channel)
    mia.ask(f"PRIVMSG {crowd.channel} :hello", f"MODE {mia.nick} +B", f"TOPIC {crowd.channel} :t")
    for client, caps in zip(clients, sets, strict=True):
        joined, said = client.sync()
        assert joined.words[:2] == ("JOIN", crowd.channel)
        assert (len(joined.params) == 3) == ("extended-join" in caps)
        assert said.words == ("PRIVMSG", crowd.channel, "hello")
        for line in (joined, said):
            wanted = {"time"} if "server-time" in caps else set()
            wanted |= {"account"} if "account-tag" in caps else set()
            wanted |= {"msgid"} if "message-tags" in caps else set()
            assert line.tags.keys() == wanted, caps


def test_a_race_for_a_nick(crowd: Crowd) -> None:
    """Of many who ask for one nick at the same time, before and after registration, one has it."""
    wanted = crowd.name("wanted")
    early = [crowd.raw() for _ in range(10)]
    late = [crowd.client(f"late{number}x") for number in range(10)]
    for client in early:
        client.send(f"NICK {wanted}", "USER x 0 * :x")
    for client in late:
        client.send(f"NICK {wanted}")
    lines = [client.sync() for client in (*early, *late)]
    has = [any(line.command in ("001", "NICK") for line in each) for each in lines]
    assert has.count(True) == 1
    refused = [line for each in lines for line in each if line.command == "433"]
    assert len(refused) == 19


def test_masks_that_are_dear_to_match(crowd: Crowd) -> None:
    """SILENCE, MONITOR, LIST and WHO with the worst masks: nobody else waits for them."""
    ann, ben = crowd.inside("ann", "ben")
    bad = "*a" * 90 + "*b"
    channels = [f"{crowd.channel}{'a' * 40}{number}" for number in range(40)]
    ann.ask(*(f"JOIN {channel}" for channel in channels))
    ann.ask(*(f"SILENCE +{bad[:-number]}!*@*" for number in range(1, 60)))
    assert codes(ann.ask("SILENCE"))[-1] == "272"
    for asked in (f"LIST {','.join(['*a' * 10] * 20)}", f"LIST {','.join(['!' + '*a' * 9] * 20)}"):
        assert codes(ann.ask(asked))[-1] == "323"
    assert codes(ann.ask(f"WHO {bad} %{'r' * 200}"))[-1] == "315"
    assert codes(ann.ask("MONITOR + " + "," * 400, f"MONITOR + {bad}")) == ["461"]
    ben.ask(*(f"PRIVMSG {ann.nick} :{number}" for number in range(100)))
    assert [line.text for line in ann.sync()] == [str(number) for number in range(100)]


def test_labels_that_are_none(crowd: Crowd) -> None:
    """IRCv3 labeled-response: a value of more than 64 bytes, or none, is no label."""
    ann = crowd.client("ann", "labeled-response batch")
    for tags in ("label", "label=", f"label={'x' * 65}", f"label={'é' * 33}", "+label=x"):
        (line,) = ann.ask(f"@{tags} FOO")
        assert "label" not in line.tags, tags
    (line,) = ann.ask(f"@label={'x' * 64} FOO")
    assert line.tags["label"] == "x" * 64
    (line,) = ann.ask(r"@label=a\:b\s\\;label=last FOO")
    assert line.tags["label"] == "last"


def test_knocking_without_end(crowd: Crowd) -> None:
    """One knock at a channel a minute, whatever it is called."""
    ann, out = crowd.inside("ann")[0], crowd.client("out")
    ann.ask(f"MODE {crowd.channel} +i")
    out.ask(*(f"KNOCK {crowd.channel.upper() if n % 2 else crowd.channel} :x" for n in range(50)))
    assert codes(ann.sync()) == ["710"]


def test_tags_without_end(crowd: Crowd) -> None:
    """As many tags as fit, each passed on or dropped whole."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags")
    many = ";".join(f"+t{number}" for number in range(700))[:4094]
    ann.ask(f"@{many} PRIVMSG {crowd.channel} :x")
    (line,) = ben.sync()
    assert len(line.tags) > 500
    same = ";".join(["+a=1"] * 800)
    ann.ask(f"@{same} PRIVMSG {crowd.channel} :x")
    assert ben.sync()[0].tags["+a"] == "1"
