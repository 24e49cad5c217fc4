"""Coming in on an IRC server: capabilities, SASL, a nick that is free; no I/O.

Source: Modern IRC, Connection Registration; IRCv3 capability-negotiation, sasl-3.2; RFC 4616, RFC
7677. The exchange of SCRAM is that of scramp.
"""

from __future__ import annotations

from collections.abc import Callable

from gateways.bridges.irc.wire import Line
from gateways.bridges.network import Lost
from gateways.irc.sasl import Collector, SaslError, chunks
from words.config import IrcBridge

WANTED = frozenset(
    {
        "account-tag",
        "away-notify",
        "batch",
        "chghost",
        "draft/chathistory",
        "draft/message-redaction",
        "draft/multiline",
        "draft/relaymsg",
        "echo-message",
        "extended-join",
        "message-tags",
        "multi-prefix",
        "server-time",
    }
)

MECHANISMS = ("SCRAM-SHA-256", "PLAIN")
"""In the order in which they are tried."""

MOST_OFFERED = 500
"""Capabilities of a server that are looked at."""

ATTEMPTS = 20
"""Nicks that are tried before the connection is given up."""


class Login:
    """The talk before RPL_WELCOME. ``send`` takes a line without its end."""

    def __init__(self, settings: IrcBridge, password: str, send: Callable[[str], None]) -> None:
        self._settings = settings
        self._password = password
        self._send = send
        self._offered: dict[str, str] = {}
        self._mechanisms: list[str] = []
        self._scram: object = None
        self._collector = Collector()
        self._tried = 0
        self.nick: str = settings.nick
        self.caps: set[str] = set()
        self.values: dict[str, str] = {}

    def begin(self) -> None:
        """Say who we are."""
        self._send("CAP LS 302")
        self._send(f"NICK {self.nick}")
        self._send(f"USER {self._settings.user} 0 * :{self._settings.real_name}")

    def take(self, line: Line) -> bool:
        """Take a line; return whether it was about this. Raises `Lost` where we can't come in."""
        handler = _HANDLERS.get(line.command)
        if handler is None:
            return False
        handler(self, line)
        return True

    def _cap(self, line: Line) -> None:
        what, last = line.param(1).upper(), line.param(-1)
        if what in ("LS", "NEW"):
            for each in last.split():
                name, _, value = each.partition("=")
                if len(self._offered) < MOST_OFFERED:
                    self._offered[name] = value
            if what == "LS" and line.param(2) != "*":
                self._request()
        elif what == "ACK":
            for name in set(last.split()) & (WANTED | {"sasl"}):
                self.caps.add(name)
                self.values[name] = self._offered.get(name, "")
            self._authenticate()
        elif what == "DEL":
            self.caps.difference_update(last.split())
        elif what == "NAK":
            self._end()

    @property
    def _logs_in(self) -> bool:
        return bool(self._settings.certificate or (self._settings.account and self._password))

    def _request(self) -> None:
        wanted = WANTED & self._offered.keys()
        if self._logs_in:
            if "sasl" not in self._offered:
                raise Lost("the server offers no SASL to log in with")
            wanted |= {"sasl"}
        if wanted:
            self._send(f"CAP REQ :{' '.join(sorted(wanted))}")
        else:
            self._end()

    def _authenticate(self) -> None:
        if not self._logs_in or "sasl" not in self.caps:
            self._end()
            return
        offered = self._offered.get("sasl", "")
        known = ("EXTERNAL",) if self._settings.certificate else MECHANISMS
        names = set(offered.upper().split(",")) if offered else set(known)
        self._mechanisms = [each for each in known if each in names]
        self._next_mechanism()

    def _next_mechanism(self) -> None:
        if not self._mechanisms:
            raise Lost("the server refuses the login")
        self._scram = None
        self._send(f"AUTHENTICATE {self._mechanisms[0]}")

    def _challenge(self, line: Line) -> None:
        try:
            challenge = self._collector.add(line.param(0))
        except SaslError as error:
            raise Lost(f"the server's SASL is wrong: {error}") from error
        if challenge is None or not self._mechanisms:
            return
        account, password = self._settings.account, self._password
        if self._mechanisms[0] == "EXTERNAL":
            response = account.encode()
        elif self._mechanisms[0] == "PLAIN":
            response = f"{account}\0{account}\0{password}".encode()
        else:
            response = self._scram_response(challenge)
        for chunk in chunks(response):
            self._send(f"AUTHENTICATE {chunk}")

    def _scram_response(self, challenge: bytes) -> bytes:
        from scramp import ScramClient, ScramException

        client = self._scram
        try:
            if client is None:
                self._scram = client = ScramClient(
                    ["SCRAM-SHA-256"], self._settings.account, self._password
                )
                return bytes(client.get_client_first().encode())
            text = challenge.decode()
            if text.startswith("v="):
                client.set_server_final(text)  # type: ignore[attr-defined]
                return b""
            client.set_server_first(text)  # type: ignore[attr-defined]
            return bytes(client.get_client_final().encode())  # type: ignore[attr-defined]
        except (ScramException, UnicodeDecodeError) as error:
            raise Lost(f"the server's SASL is wrong: {error}") from error

    def _logged_in(self, _: Line) -> None:
        self._end()

    def _refused(self, line: Line) -> None:
        if line.command == "908":
            return
        self._mechanisms = self._mechanisms[1:]
        if not self._mechanisms:
            raise Lost(f"the server refuses the login: {line.param(-1)}")
        self._next_mechanism()

    def _nick_taken(self, line: Line) -> None:
        self._tried += 1
        if self._tried > ATTEMPTS:
            raise Lost(f"no nick is free: {line.param(-1)}")
        end = "_" if self._tried == 1 else str(self._tried)
        self.nick = self._settings.nick[:15] + end
        self._send(f"NICK {self.nick}")

    def _end(self) -> None:
        self._send("CAP END")


_HANDLERS: dict[str, Callable[[Login, Line], None]] = {
    "CAP": Login._cap,
    "AUTHENTICATE": Login._challenge,
    "903": Login._logged_in,
    "902": Login._refused,
    "904": Login._refused,
    "905": Login._refused,
    "908": Login._refused,
    "432": Login._nick_taken,
    "433": Login._nick_taken,
    "436": Login._nick_taken,
    "437": Login._nick_taken,
}
