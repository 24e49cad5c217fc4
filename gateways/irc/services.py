"""What is written to names that are programs of the server: NickServ, ChanServ, *playback.

A service is a table of commands, as the gateway's own; its HELP is made from it. Its commands
are thin: they call the same verbs as everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

from gateways.irc.encode import line
from gateways.irc.names import shown
from gateways.irc.session import Session
from gateways.irc.table import Later
from words import errors as e
from words.errors import WordsError
from words.names import ParticipantKey, participant_key

Handler: TypeAlias = Callable[[Session, list[str]], Later | None]
Written: TypeAlias = Callable[[Session, str], Later | None]

SERVICES: dict[ParticipantKey, Written] = {}
"""What takes that which is written to a name, by its key."""

ROW = 60  # characters of commands in one line of HELP


def addressed(session: Session, name: str) -> Written | None:
    """Return the service that is called this, where there is one."""
    found = SERVICES.get(participant_key(name))
    if isinstance(found, Service) and not session.ircd.config.irc.services:
        return None
    return found


class Row(NamedTuple):
    """A command. ``least``: parameters it can't do without."""

    name: str
    run: Handler
    usage: str
    least: int

    @property
    def help(self) -> str:
        """What it does."""
        return (self.run.__doc__ or "").strip()


def written_to(name: str) -> Callable[[Written], Written]:
    """Let a function have what is written to a name."""

    def put(function: Written) -> Written:
        SERVICES[participant_key(name)] = function
        return function

    return put


class Service:
    """A program that is spoken to."""

    def __init__(self, name: str, purpose: str) -> None:
        self.name = name
        self.purpose = purpose
        self.rows: dict[str, Row] = {}
        SERVICES[participant_key(name)] = self
        self.command("HELP", "[command]")(self._help)

    def command(self, name: str, usage: str = "", least: int = 0) -> Callable[[Handler], Handler]:
        """Put a handler into the table; its docstring is the command's help."""

        def put(handler: Handler) -> Handler:
            self.rows[name] = Row(name, handler, usage, least)
            return handler

        return put

    def say(self, session: Session, *texts: str) -> None:
        """Answer with lines."""
        source = f"{self.name}!{self.name}@{session.ircd.name_shown}"
        for text in texts:
            session.send(line("NOTICE", session.name, text=text, source=source))

    def __call__(self, session: Session, text: str) -> Later | None:
        """Do what is written."""
        name, *params = text.split() or ["HELP"]
        row = self.rows.get(name.upper())
        if row is None:
            self.say(session, f"Unknown command. Ask /msg {self.name} HELP")
            return None
        if len(params) < row.least:
            self.say(session, f"Usage: {row.name} {row.usage}")
            return None
        try:
            return row.run(session, params)
        except WordsError as error:
            self.say(session, reason(error))
            return None

    def finished(self, then: Callable[[Session, Any], Later | None]) -> Any:
        """Return ``then``, for a `Later`, with refusals answered as those of a command."""

        def go_on(session: Session, result: Any) -> Later | None:
            try:
                if isinstance(result, WordsError):
                    raise result
                return then(session, result)
            except WordsError as error:
                self.say(session, reason(error))
                return None

        return go_on

    def _help(self, session: Session, params: list[str]) -> None:
        """Say what there is, or what a command does."""
        row = self.rows.get(params[0].upper()) if params else None
        if row is not None:
            self.say(session, f"{row.name} {row.usage}".rstrip(), *row.help.splitlines())
            return
        names, size = [[""]], 0
        for name in self.rows:
            size += len(name) + 1
            if size > ROW:
                names.append([])
                size = len(name)
            names[-1].append(name)
        self.say(session, self.purpose, *(" ".join(each).strip() for each in names))
        self.say(session, f"/msg {self.name} HELP <command> tells more of one.")


SENTENCES: dict[type[WordsError], str] = {
    e.AlreadyMember: "{} is in {channel} already",
    e.BadName: "{} can't be a name: it {}",
    e.NameTaken: "The name {} is in use or reserved",
    e.NeedsRight: 'In {channel} that needs the right "{}"',
    e.NoSuchGroup: "There is no channel {channel}",
    e.NoSuchParticipant: "Nobody is called {}",
    e.NotFound: "There is no {}",
    e.NotMember: "{} isn't in {channel}",
    e.TooLong: "The {} is longer than {}",
    e.TooMany: "No more than {1} {0}",
}
"""What is said of errors with arguments; ``channel``: the last one as a channel's name."""


def reason(error: WordsError) -> str:
    """Return why something was refused, for people."""
    args = [str(each) for each in error.args]
    sentence = next((SENTENCES[each] for each in type(error).__mro__ if each in SENTENCES), "")
    if args and sentence:
        with suppress(IndexError):  # one that has less to say
            return sentence.format(*args, channel=shown(args[-1]))
    what = (type(error).__doc__ or error.code).partition("\n")[0].rstrip(".")
    about = " ".join(args)
    return f"{what} ({about})" if about else what
