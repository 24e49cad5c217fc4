"""irssi and WeeChat, as Debian has them, talk over a real hub that is killed meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.programs import CHANNEL, Login, Talker, irssi, weechat
from tests.clients.terminal import Terminal
from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ports import free_port
from tests.support.programs import need

New = Callable[..., HubProcess]
Message = tuple[str, str]

LINES = 40
"""How many lines each says; the hub is killed in between."""

JOINED = rf"{{}} [\[(].*[\])] has joined {CHANNEL}"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal; nothing in it outlives the test."""
    need("tmux", "irssi", "weechat")
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def history(hub: HubProcess) -> list[Message]:
    """Return what CHATHISTORY has of the channel."""
    client = Client(hub.irc_port).register("reader", caps="batch draft/chathistory server-time")
    client.ask(f"JOIN {CHANNEL}")
    lines = client.ask(f"CHATHISTORY LATEST {CHANNEL} * 500")
    client.close()
    return [(line.nick, line.text) for line in lines if line.command == "PRIVMSG"]


def talk(ann: Talker, ben: Talker) -> None:
    """Let both say something many times; nobody waits."""
    for number in range(LINES):
        ann.type(f"leaf {number}")
        ben.type(f"drop {number}")


def heard(talker: Talker, other: Talker) -> list[Message]:
    """Return what a client was told of the other; its own lines it shows before they are sent."""
    return [message for message in talker.messages() if message[0] == other.nick]


def test_they_talk_and_the_hub_is_killed(terminal: Terminal, tmp_path: Path, new_hub: New) -> None:
    hub = new_hub({"irc": {"replay_on_join": 100}}).start()
    ann = irssi(terminal, tmp_path, Login(hub.irc_port, "ann"))
    ben = weechat(terminal, tmp_path, Login(hub.irc_port, "ben"))
    ann.wait(JOINED.format("ben"))

    ann.type("hello ben")
    ben.wait(r"@ann \| hello ben")
    ben.type("hello ann")
    ann.wait("< ben> hello ann")
    ann.type(f"/topic {CHANNEL} Tomatoes")
    ben.wait('ann has changed topic for .* to "Tomatoes"')
    ann.type(f"/mode {CHANNEL} +m")
    ben.wait(rf"Mode {CHANNEL} \[\+m\] by ann")
    ben.type("may I?")
    ben.wait(r"Cannot send to channel \(moderated\)")
    ann.type("/voice ben")
    ben.wait(rf"Mode {CHANNEL} \[\+v ben\] by ann")
    ben.type("now I may")
    ann.wait(r"<\+ben> now I may")

    talking = threading.Thread(target=talk, args=(ann, ben))
    talking.start()
    ben.wait("@ann . leaf 3")
    hub.kill()
    talking.join()
    told = {ann: heard(ann, ben), ben: heard(ben, ann)}
    assert len(told[ben]) >= len(["hello ben", *range(4)])
    hub.start()

    ann.wait(JOINED.format("ann"), 2)
    ben.wait(JOINED.format("ben"), 2)
    ann.type("I am back")
    ben.wait("ann . I am back")
    ben.type("so am I")
    ann.wait("ben> so am I")
    whole = history(hub)
    for talker, other in ((ann, ben), (ben, ann)):
        others = [message for message in whole if message[0] == other.nick]
        assert others[: len(told[talker])] == told[talker]
        assert talker.since_last_join() == whole
    ben.type(f"/part {CHANNEL} to the kettle")
    ann.wait(rf"ben \[.*\] has left {CHANNEL} \[to the kettle\]")


def test_they_log_in_over_tls(terminal: Terminal, tmp_path: Path, new_hub: New) -> None:
    made = make_certificate(tmp_path)
    tls = {"cert": str(made.cert), "key": str(made.key)}
    listen = {"address": "127.0.0.1", "port": free_port(), "tls": tls}
    hub = new_hub({"irc": {"listen": [listen]}}).start()
    for name in ("ann", "ben"):
        hub.add_user(name, f"secret of {name}")
    ann = irssi(terminal, tmp_path, Login(hub.irc_port, "ann", "secret of ann"))
    ben = weechat(terminal, tmp_path, Login(hub.irc_port, "ben", "secret of ben"))
    ben.type("can you hear me?")
    ann.wait("< ben> can you hear me")
    ann.type("/whois ben", "/window 1")
    ann.wait("account +: ben")
    ann.wait("SASL authentication succeeded")
    ben.type("/whois ann", "/buffer irc.server.words")
    ben.wait(r"\[ann\] .*logged in as")
