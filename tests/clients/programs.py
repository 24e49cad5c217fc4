"""irssi and WeeChat, set up for a hub: short waits, nothing on the screen beside the talk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.clients.terminal import Screen, Terminal

CHANNEL = "#garden"


class Login(NamedTuple):
    """How a client comes in: with a password, as an account over TLS."""

    port: int
    nick: str
    password: str = ""


class Talker:
    """A client that somebody sits at. ``said`` finds who said what in a line of its screen."""

    def __init__(self, screen: Screen, nick: str, said: str, joined: str) -> None:
        self.screen = screen
        self.type = screen.type
        self.wait = screen.wait
        self.nick = nick
        self._said = re.compile(said)
        self._joined = re.compile(joined)

    def messages(self) -> list[tuple[str, str]]:
        """Return all (nick, text) on the screen, in order."""
        lines = self.screen.text.splitlines()
        return [(m[1], m[2].rstrip()) for m in map(self._said.search, lines) if m]

    def since_last_join(self) -> list[tuple[str, str]]:
        """Return those below the last line that says that this client itself joined."""
        lines = self.screen.text.splitlines()
        places = [number for number, line in enumerate(lines) if self._joined.search(line)]
        below = lines[places[-1] :]
        return [(m[1], m[2].rstrip()) for m in map(self._said.search, below) if m]


def irssi(terminal: Terminal, folder: Path, login: Login) -> Talker:
    """Start irssi and wait until it is in."""
    home = folder / "irssi"
    home.mkdir()
    tls = 'use_tls = "yes"; tls_verify = "no";' if login.password else 'use_tls = "no";'
    sasl = (
        f'sasl_mechanism = "PLAIN"; sasl_username = "{login.nick}";'
        f' sasl_password = "{login.password}";'
    )
    (home / "config").write_text(
        f"""
        servers = ({{ address = "127.0.0.1"; port = "{login.port}"; chatnet = "words";
            autoconnect = "yes"; {tls} }});
        chatnets = {{ words = {{ type = "IRC"; nick = "{login.nick}";
            {sasl if login.password else ""} }}; }};
        settings = {{
            core = {{ real_name = "Ann"; user_name = "ann"; nick = "{login.nick}";
                server_reconnect_time = "1s"; }};
            "irc/core" = {{ cmd_queue_speed = "1msec"; cmds_max_at_once = "100"; }};
        }};
        """
    )
    screen = terminal.run(login.nick, ["irssi", f"--home={home}"], {"TERM": "tmux-256color"})
    nick = login.nick
    screen.wait(rf"Welcome to the .*, {nick}")
    screen.type(f"/join {CHANNEL}")
    screen.wait(rf"{nick} \[.*\] has joined {CHANNEL}")
    return Talker(screen, nick, r"<[ @+]?(\w+)> (.*)", rf"-!- {nick} \[.*\] has joined {CHANNEL}")


def weechat(terminal: Terminal, folder: Path, login: Login) -> Talker:
    """Start WeeChat and wait until it is in. TLS is called SSL in its versions before 4."""
    server = "irc.server.words"
    tls = "on" if login.password else "off"
    settings = {
        f"{server}.nicks": login.nick,
        f"{server}.autojoin": CHANNEL,
        f"{server}.autoreconnect_delay": "1",
        f"{server}.anti_flood_prio_high": "0",
        f"{server}.ssl": tls,
        f"{server}.tls": tls,
        f"{server}.ssl_verify": "off",
        f"{server}.tls_verify": "off",
        "irc.network.autoreconnect_delay_growing": "1",
        "weechat.look.paste_max_lines": "-1",  # it takes fast typing for pasting, and asks
    }
    if login.password:
        settings |= {
            f"{server}.sasl_mechanism": "plain",
            f"{server}.sasl_username": login.nick,
            f"{server}.sasl_password": login.password,
        }
    commands = [
        "/bar hide buflist",
        "/bar hide nicklist",
        f"/server add words 127.0.0.1/{login.port}",
        *(f"/set {name} {value}" for name, value in settings.items()),
        "/connect words",
    ]
    screen = terminal.run(
        login.nick,
        ["weechat", "-d", str(folder / "weechat"), "-r", ";".join(commands)],
        {"TERM": "tmux-256color"},
    )
    nick = login.nick
    screen.wait(rf"--> \| {nick} .*has joined {CHANNEL}")
    return Talker(
        screen, nick, r"^\S+ +[@+]?(\w+) \| (.*)", rf"--> \| {nick} .*has joined {CHANNEL}"
    )
