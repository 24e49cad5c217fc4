"""``words bot``: run a chat bot, or begin a new one."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("bot")
def bot() -> None:
    """Run chat bots, and write new ones."""


@bot.command("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reload", "follow", is_flag=True, help="Load the file again when it changes.")
@click.option(
    "--settings",
    "settings_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Hub, login, groups; without it NAME.toml beside NAME.py.",
)
def run(file: Path, follow: bool, settings_file: Path | None) -> None:
    """Run the bot in FILE until it is told to stop."""
    from words.bot.loading import Source
    from words.bot.running import run

    source = Source(file)
    run(source.load(), source, follow=follow, file=settings_file)


@bot.command("new")
@click.argument("name")
@click.option(
    "--in",
    "folder",
    metavar="DIR",
    default=Path(),
    type=click.Path(path_type=Path),
    help="Where; here.",
)
def new(name: str, folder: Path) -> None:
    """Write a bot called NAME: a program, its test, its settings, its systemd unit."""
    from words.bot.new import write

    for path in write(name, folder):
        click.echo(f"wrote {path}")
