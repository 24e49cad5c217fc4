"""How a story's clients speak each protocol, and when a line is the one that a story expects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from tests.scenarios.pb import PbSpeaker
from tests.scenarios.story import Newcomer
from tests.support.hub import HubProcess
from tests.support.irc import Client, Line, parse
from tests.support.toc import Sign, TocClient
from words.admin.client import RefusedThere, ask

PASSWORD = "correct horse"


class Speaker(Protocol):
    """A client of a story."""

    def send(self, text: str) -> None:
        """Send a line, and return when the hub has done what it asks."""
        ...

    def lines(self) -> list[str]:
        """Return what came since the last call, once all is here that the hub has said."""
        ...

    def fits(self, line: str, expected: str) -> bool:
        """Return whether a line is what the story expects."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class IrcSpeaker:
    """IRC over TCP."""

    def __init__(self, hub: HubProcess, newcomer: Newcomer) -> None:
        options = newcomer.options
        account = options.get("account", "")
        nick = options.get("nick") or account or newcomer.name
        if account:
            _make_account(hub, account)
        self._client = Client(hub.irc_port)
        caps = options.get("caps", "").replace(",", " ")
        self._came: list[str] = []
        before = len(self._client.log)
        self._client.register(nick, caps=caps, password=PASSWORD if account else "")
        greeted = next(n for n, raw in enumerate(self._client.log) if " 376 " in raw)
        self._came += [
            raw
            for raw in self._client.log[max(before, greeted + 1) :]
            if parse(raw).command != "PONG"
        ]

    def send(self, text: str) -> None:
        """Send a line; what comes of it waits for `lines`."""
        self._client.send(text)
        self._collect()

    def _collect(self) -> None:
        if self._client.ended:
            return
        try:
            self._came += [line.raw for line in self._client.sync()]
        except (EOFError, OSError):
            self._client.ended = True

    def lines(self) -> list[str]:
        """Return what came."""
        self._collect()
        came, self._came = self._came, []
        return came

    def fits(self, line: str, expected: str) -> bool:
        """Return whether a line of IRC is the expected one."""
        return _same(parse(line), parse_expected(expected))

    def close(self) -> None:
        """Hang up."""
        self._client.ended = True
        self._client.close()


class TocSpeaker:
    """TOC over TCP, after toc_init_done; always somebody with an account of the name."""

    def __init__(self, hub: HubProcess, newcomer: Newcomer) -> None:
        account = newcomer.options.get("account", newcomer.name)
        how = newcomer.options.get("how", "toc_signon")
        _make_account(hub, account)
        self._client = TocClient(hub.toc_port)
        self._client.sign_on(account, PASSWORD, cast(Sign, how), done=False)
        self._client.command("toc_init_done")
        self._came: list[str] = self._client.sync()

    def send(self, text: str) -> None:
        """Send a command; what comes of it waits for `lines`."""
        self._client.command(text)
        self._came += self._client.sync()

    def lines(self) -> list[str]:
        """Return what came."""
        if not self._client.ended:
            self._came += self._client.sync()
        came, self._came = self._came, []
        return came

    def fits(self, line: str, expected: str) -> bool:
        """Return whether a message is the expected one: ``*`` is any field, at the end any rest."""
        wanted = expected.rstrip().split(":")  # no story shows blanks at an end
        given = line.rstrip().split(":")
        if wanted[-1] == "*":
            wanted.pop()
            given = given[: len(wanted)]
        return len(given) == len(wanted) and all(
            want in ("*", field) for field, want in zip(given, wanted, strict=True)
        )

    def close(self) -> None:
        """Hang up."""
        self._client.ended = True
        self._client.close()


def _make_account(hub: HubProcess, name: str) -> None:
    try:
        ask(hub.data / "admin.sock", "user-add", {"name": name, "password": PASSWORD})
    except RefusedThere as error:
        if error.there != "name-taken":
            raise


def parse_expected(text: str) -> Line:
    """Return an expected line; what follows the last single word is one parameter."""
    return parse(text)


def _same(line: Line, expected: Line) -> bool:
    for key, value in expected.tags.items():
        if key[0] == "-":
            if key[1:] in line.tags:
                return False
        elif key not in line.tags or value not in ("*", line.tags[key]):
            return False
    source = expected.source
    if source and line.source != source and not line.source.startswith(f"{source}!"):
        return False
    return line.command == expected.command and _same_params(line.params, expected.params)


def _same_params(given: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    """Compare words: a parameter of several words is as many words in a story."""
    words = " ".join(given).split()
    wanted = " ".join(expected).split()
    if wanted[-1:] == ["*"]:
        wanted.pop()
        words = words[: len(wanted)]
    return len(words) == len(wanted) and all(
        want in ("*", word) for word, want in zip(words, wanted, strict=True)
    )


def _pb(hub: HubProcess, newcomer: Newcomer) -> Speaker:
    _make_account(hub, newcomer.options.get("account", newcomer.name))
    return PbSpeaker(hub, newcomer, PASSWORD)


GATEWAYS: dict[str, Callable[[HubProcess, Newcomer], Speaker]] = {
    "irc": IrcSpeaker,
    "toc": TocSpeaker,
    "pb": _pb,
}
