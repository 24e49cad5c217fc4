"""A crowd that talks until its hub is gone, and remembers what it saw, in order.

Each client speaks when its last words were answered (a PING follows each of them), so a PONG
means that what went before it was taken or refused. Texts are unique; those with `REFUSED` go
where their sender may not speak.
"""

from __future__ import annotations

import base64
import random
import re
import socket
import threading
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import irc.client

REFUSED = "refused"
CLOSED = "#closed"
LINE = re.compile(r"^(?:@(\S+) )?:([^! ]+)!\S+ PRIVMSG (\S+) :(.*)$")
SECONDS = 20.0
WINDOW = 4
EVERYTHING = "echo-message labeled-response message-tags server-time batch draft/chathistory"
STAMP = re.compile(r"\[[0-9]{4}(?:-[0-9]{2}){2} [0-9]{2}(?::[0-9]{2}){2}\] ")
"""Before what a client missed and can't be told the time of otherwise."""


class Seen(NamedTuple):
    """A message as one client saw it; ``message`` is its id if the client is told such."""

    where: str
    who: str
    text: str
    message: str


class Client(Protocol):
    """What a test asks of a client when all is over."""

    nick: str
    number: str
    echo: bool
    seen: list[Seen]
    missed: list[Seen]
    """What was played back, and all else before the first PONG: then it has all been."""
    taken: list[str]
    refused: list[str]


def conversation(one: str, target: str) -> str:
    """Return the name of a conversation: a channel, or two people."""
    return target if target[0] == "#" else "+".join(sorted((one, target)))


class Talker(threading.Thread):
    """A raw client. Those with a password are identities, and write to other identities too."""

    def __init__(
        self,
        port: int,
        number: str,
        nick: str,
        *,
        caps: str = "",
        password: str = "",
        channels: Sequence[str] = ("#g",),
        friends: Sequence[str] = (),
    ) -> None:
        super().__init__(daemon=True)
        self.nick = nick
        self.number = number
        self.echo = "echo-message" in caps
        self.seen: list[Seen] = []
        self.missed: list[Seen] = []
        self.taken: list[str] = []
        self.refused: list[str] = []
        self.problem = ""
        self._port = port
        self._caps = caps
        self._password = password
        self._channels = channels
        self._friends = friends
        self._random = random.Random(number)
        self._said: list[str] = []
        self._answered = 0

    def run(self) -> None:
        """Talk until the connection is gone."""
        try:
            with (
                socket.create_connection(("127.0.0.1", self._port), SECONDS) as self._socket,
                self._socket.makefile("rb") as self._incoming,
            ):
                self._enter()
                for _ in range(WINDOW):
                    self._speak()
                while self._handle(self._line()):
                    pass
        except (EOFError, ConnectionError):
            pass
        except Exception as error:  # shown by the test: a thread can't fail one
            self.problem = repr(error)

    def _send(self, text: str) -> None:
        self._socket.sendall(f"{text}\r\n".encode())

    def _line(self) -> str:
        data = self._incoming.readline()
        if not data.endswith(b"\n"):  # the end; half a line tells nobody anything
            raise EOFError
        return data.decode().rstrip("\r\n")

    def _until(self, *words: str) -> None:
        while not any(word in self._line() for word in words):
            pass

    def _enter(self) -> None:
        if self._caps:
            self._send(f"CAP REQ :{self._caps}")
        if self._password:
            self._send("CAP REQ sasl")
            self._send("AUTHENTICATE PLAIN")
            login = base64.b64encode(f"\0{self.nick}\0{self._password}".encode()).decode()
            self._send(f"AUTHENTICATE {login}")
            self._until(" 903 ")
        self._send(f"NICK {self.nick}")
        self._send("USER x 0 * :x")
        self._send("CAP END")
        self._until(" 001 ")
        self._send(f"JOIN {','.join(self._channels)},{CLOSED}")

    def _speak(self) -> None:
        text = f"{self.number}.{len(self._said)}"
        dice = self._random.random()
        if dice < 0.1:
            text = f"{text} {REFUSED}"
            target = CLOSED
        elif dice < 0.4 and self._friends:
            target = self._random.choice(self._friends)
        else:
            target = self._random.choice(self._channels)
        label = f"@label={len(self._said)} " if "label" in self._caps and dice < 0.7 else ""
        self._said.append(text)
        self._send(f"{label}PRIVMSG {target} :{text}\r\nPING {len(self._said)}")

    def _handle(self, line: str) -> bool:
        if line.startswith("PING "):
            self._send("PONG " + line.removeprefix("PING "))
        elif (found := LINE.match(line)) is not None:
            tags, who, target, text = found.groups()
            named = re.search("(?:^|;)msgid=([^;]+)", tags or "")
            where = conversation(who, target)
            kept = self.missed if STAMP.match(text) or not self._answered else self.seen
            kept.append(Seen(where, who, STAMP.sub("", text), named[1] if named else ""))
        elif " 404 " in line or " 401 " in line:  # to what was said after the last PONG
            self.refused.append(self._said[self._answered])
        elif " PONG " in line:
            count = int(line.rpartition(":")[2])
            self.taken += self._said[self._answered : count]
            self._answered = count
            self._speak()
        return True


class Library:
    """A client that is the ``irc`` package's; all of them share one thread, `LibraryCrowd`."""

    echo = False

    def __init__(self, number: str, nick: str) -> None:
        self.nick = nick
        self.number = number
        self.seen: list[Seen] = []
        self.missed: list[Seen] = []
        self.taken: list[str] = []
        self.refused: list[str] = []
        self.said: list[str] = []

    def speak(self, connection: irc.client.ServerConnection) -> None:
        """Say the next thing."""
        text = f"{self.number}.{len(self.said)}"
        self.said.append(text)
        connection.privmsg("#g", text)
        connection.ping(str(len(self.said)))


class LibraryCrowd(threading.Thread):
    """Runs clients of the ``irc`` package until all their connections are gone."""

    def __init__(self, port: int, clients: Sequence[Library]) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._reactor = irc.client.Reactor()
        self._clients = list(clients)
        self._of: dict[irc.client.ServerConnection, Library] = {}
        self.problem = ""

    def run(self) -> None:
        """Talk until the connections are gone."""
        add = self._reactor.add_global_handler
        add("welcome", lambda connection, _: connection.join("#g"))
        add("endofnames", lambda connection, _: self._of[connection].speak(connection))
        add("pubmsg", self._told)
        add("pong", self._answered)
        try:
            for client in self._clients:
                connection = self._reactor.server()
                self._of[connection] = client
                connection.connect("127.0.0.1", self._port, client.nick)
            while any(connection.is_connected() for connection in self._of):
                self._reactor.process_once(0.05)
        except (irc.client.ServerConnectionError, irc.client.ServerNotConnectedError, OSError):
            pass
        except Exception as error:  # shown by the test: a thread can't fail one
            self.problem = repr(error)
        finally:
            for connection in self._of:
                connection.close()

    def _told(self, connection: irc.client.ServerConnection, event: irc.client.Event) -> None:
        seen = Seen(event.target, event.source.nick, event.arguments[0], "")
        self._of[connection].seen.append(seen)

    def _answered(self, connection: irc.client.ServerConnection, event: irc.client.Event) -> None:
        client = self._of[connection]
        count = int(event.arguments[-1])
        client.taken += client.said[len(client.taken) : count]
        client.speak(connection)
