"""``words chat`` in a real terminal, beside an IRC client, over a hub that is killed meanwhile."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.terminal import Screen, Terminal
from tests.support.hub import ROOT, HubProcess
from tests.support.irc import Client
from tests.support.programs import need

PASSWORD = "correct horse"
GROUP = "#garden"

LINES = 12
"""How many lines alice types; the hub is killed in between. All of the talk fits on her screen."""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal; nothing in it outlives the test."""
    need("tmux")
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def words_chat(terminal: Terminal, hub: HubProcess, folder: Path) -> Screen:
    """Start the client, sign on as alice by the form, and go into the group."""
    env = {
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "WORDS_CHAT_CONFIG": str(folder / "chat"),
        "WORDS_CHAT_STATE": str(folder / "state"),
    }
    screen = terminal.run("alice", [sys.executable, "-m", "words", "chat", hub.pb_url], env)
    screen.wait("Ctrl.Q quit")
    screen.type("alice", PASSWORD)
    screen.wait("Nothing is open yet")
    screen.type(f"/join {GROUP}")
    screen.wait("alice joined")
    return screen


def numbered(text: str) -> list[str]:
    """Return the numbered lines in a text, in order."""
    return re.findall(r"\b(?:leaf|drop) \d+\b", text)


def history(friend: Client) -> list[str]:
    """Return the numbered lines that the hub has kept, in order."""
    friend.sync()  # what came live isn't meant
    lines = friend.ask(f"CHATHISTORY LATEST {GROUP} * 500")
    return [line.text for line in lines if line.command == "PRIVMSG" and numbered(line.text)]


def test_nothing_is_lost_or_doubled_when_the_hub_is_killed(
    terminal: Terminal, tmp_path: Path, hub: HubProcess
) -> None:
    hub.add_user("alice", PASSWORD)
    friend = Client(hub.irc_port).register("friend")
    friend.join(GROUP)
    alice = words_chat(terminal, hub, tmp_path)
    friend.ask(f"PRIVMSG {GROUP} :drop 0")
    alice.wait("friend.* drop 0")

    typing = threading.Thread(target=alice.type, args=[f"leaf {n}" for n in range(LINES)])
    typing.start()
    told = [friend.expect("PRIVMSG", GROUP).text for _ in range(3)]
    friend.send(f"PRIVMSG {GROUP} :drop 1")
    hub.kill()
    told += [line.text for line in friend.rest() if line.command == "PRIVMSG"]
    friend.close()
    typing.join()
    alice.wait("reconnecting")
    alice.put("typed, but not sent")
    alice.wait("> typed, but not sent")

    hub.start()
    friend = Client(hub.irc_port).register("friend", caps="batch draft/chathistory")
    friend.join(GROUP)
    friend.ask(f"PRIVMSG {GROUP} :drop 2")
    alice.wait(f"leaf {LINES - 1} +✓")
    alice.wait(r"drop 2\b")
    screen = alice.wait("friend.* drop 0")  # what is older may be read after what was missed

    kept = history(friend)
    leaves = [text for text in kept if text.startswith("leaf")]
    assert leaves == [f"leaf {n}" for n in range(LINES)]
    assert leaves[: len(told)] == told
    assert numbered(screen) == kept
    assert "> typed, but not sent" in screen
    assert "reconnecting" not in screen
    friend.close()
