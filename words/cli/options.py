"""What several commands have in common: options, the configuration, asking the hub, tables."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from words.admin.client import NoHub, ask
from words.config import Config, load
from words.errors import StorageRefused
from words.logs import printable

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """Add ``--config FILE``."""
    return click.option(
        "--config",
        "file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The configuration; without it ./config.toml, if there is one.",
    )(command)


def json_option(command: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def why_option(command: F) -> F:
    """Add ``--why TEXT``."""
    return click.option("--why", default="", metavar="TEXT", help="The reason, kept with the act.")(
        command
    )


def password_option(command: F) -> F:
    """Add ``--password-stdin``."""
    return click.option(
        "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
    )(command)


class Duration(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A time like 30m, 12h, 7d."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return seconds."""
        from words.typed_toml import parse_seconds

        if isinstance(value, float):
            return value
        try:
            return float(parse_seconds(value))
        except ValueError:
            self.fail(f"{printable(value)} isn't a time like 30m, 12h or 7d", param, ctx)


class Moment(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A day or a time: 2026-01-31, 2026-01-31T20:15, or so long ago: 7d."""

    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return milliseconds since 1970 UTC."""
        from datetime import datetime

        from words.typed_toml import parse_seconds

        if isinstance(value, int):
            return value
        try:
            return max(0, int((time.time() - parse_seconds(value)) * 1000))
        except ValueError:
            pass
        try:
            return int(datetime.fromisoformat(value).timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            self.fail(f"{printable(value)} isn't a day, a time, or a duration", param, ctx)


def administer(file: Path | None, verb: str, **arguments: Any) -> Any:
    """Return the result of a verb, from the running hub or, where none runs, the storage."""
    return administer_with(load(file), verb, arguments)


def administer_with(config: Config, verb: str, arguments: Mapping[str, Any]) -> Any:
    """Do the same with a configuration that was read already."""
    try:
        return ask(config.hub.admin_path, verb, arguments, _user())
    except NoHub:
        from words.admin.stopped import perform
        from words.process import step_down

        step_down(config)
        try:
            return perform(config, verb, arguments, _user())
        except StorageRefused as error:
            if "in use" not in str(error):
                raise
            try:  # a hub that was just starting listens by now
                return ask(config.hub.admin_path, verb, arguments, _user())
            except NoHub as unreachable:
                text = f"{error} Its admin socket doesn't answer: {unreachable}"
                raise StorageRefused(text) from None


def _user() -> str:
    """Return who runs this, for the log of acts: the one who became root, too."""
    import pwd

    name = os.environ.get("SUDO_USER")
    try:
        return name or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user has no name
        return str(os.getuid())


def pages(
    file: Path | None, verb: str, key: str, first: Any, arguments: Mapping[str, Any]
) -> Iterator[Any]:
    """Yield the rows of a list that comes in pages; ``key`` says where the next page begins."""
    config = load(file)
    after = first
    while page := administer_with(config, verb, {**arguments, "after": after}):
        yield from page
        after = page[-1][key]


def ask_password(from_stdin: bool) -> str:
    """Return a password, asked for twice where there is a terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("give --password-stdin where there is no terminal to ask at")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def print_json(value: Any) -> None:
    """Print a value as JSON for programs."""
    click.echo(json.dumps(value, indent=2))


def print_rows(rows: Iterable[Sequence[object]], heads: Sequence[str] = ()) -> None:
    """Print rows as a table, with heads for a person at a terminal only."""
    table = [[printable(str(cell)).replace("\n", "\\n") for cell in row] for row in rows]
    if heads and table and sys.stdout.isatty():
        table.insert(0, [head.upper() for head in heads])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def moment(milliseconds: int | None) -> str:
    """Return a time as people write it here, "never" for 0."""
    if not milliseconds:
        return "never"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(milliseconds / 1000))
