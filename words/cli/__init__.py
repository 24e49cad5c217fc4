"""The command line: ``words serve``, ``words user add`` and the like; a file a noun."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import click

from words import __version__

COMMANDS = {
    "backup": "words.cli.backup:backup",
    "ban": "words.cli.ban:ban",
    "bridge": "words.cli.bridge:bridge",
    "bot": "words.cli.bot:bot",
    "chat": "words.cli.chat:chat",
    "check-config": "words.cli.check_config:check_config",
    "filter": "words.cli.filter:filter_group",
    "group": "words.cli.group:group",
    "history": "words.cli.history:history",
    "import": "words.cli.importing:import_group",
    "init": "words.cli.init:init",
    "reload": "words.cli.reload:reload",
    "restore": "words.cli.backup:restore",
    "serve": "words.cli.serve:serve",
    "status": "words.cli.status:status",
    "user": "words.cli.user:user",
}
"""Loaded when they are asked for: no command pays for another's imports."""


class LazyGroup(click.Group):
    """A group whose commands are named in COMMANDS; a refusal is one line and status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from words.errors import WordsError

        try:
            return super().invoke(ctx)
        except WordsError as error:
            from words.admin.texts import explain

            for line in explain(error).splitlines():
                click.echo(f"words: {line}", err=True)
            ctx.exit(1)
        except OSError as error:
            if error.errno in (
                None,
                errno.EPIPE,
            ):  # the second is click's: who reads has read enough
                raise
            place = f"{error.filename}: " if error.filename else ""
            click.echo(f"words: {place}{error.strerror}", err=True)
            _forget_output()
            ctx.exit(1)


def _forget_output() -> None:
    """Let go of what couldn't be printed: Python would try again at its end, and complain."""
    with suppress(OSError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="words")
def cli() -> None:
    """Words, a chat hub."""


def main() -> NoReturn:
    """Run the command that the arguments name, and exit."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # what the terminal can't show isn't an error
        sys.stdout.reconfigure(errors="backslashreplace")
    cli(prog_name="words")
    sys.exit()
