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
    " userhost-in-names sasl standard-replies"
)
PIECES = [
    "", "*", "#", "0", "-1", "1", "99999999999999999999", ":", "::", ",", ",,", "a,b", "@", "!",
    "*!*@*", "+", "-", "+b", "+o", "-o", "+k", "+l", "+ovbkl-imnst", "+b-b+b", "ä", "\u200d",
    "\u0130", "\U0001f469\u200d\U0001f680", "\u202e", "x" * 70, "x" * 200, "é" * 150, "\x01",
    "\x01ACTION\x01", "\x01ACTION \x01", "\x01 \x01", "\x02", "\x0399,99", "\x03", "\x1b[2J",
    "timestamp=", "msgid=", "msgid=zzzzzzzzzzzzzz", "timestamp=9999-12-31T23:59:59.999Z",
    "timestamp=0000-00-00T00:00:00.000Z", "LATEST", "BETWEEN", "TARGETS", "LS", "REQ", "END",
    "PLAIN", "SCRAM-SHA-256", "AAAA", "302", "#a:b", "%", ">5", "<0", "irc.test",
]  # fmt: skip
TAGS = ["", "", "@label=x ", "@+a=b;+c ", "@label=;=;; ", "@;+=\\ ", "@+\u00e4=1;label=é ", "@ "]
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
