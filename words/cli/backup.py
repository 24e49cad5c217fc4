"""``words backup`` and ``words restore``: copies of everything that is kept."""

from __future__ import annotations

from pathlib import Path

import click

from words.cli.options import config_option

target_argument = click.argument("target", type=click.Path(path_type=Path), metavar="FILE")


@click.command("backup")
@target_argument
@config_option
def backup(target: Path, file: Path | None) -> None:
    """Copy everything that is kept to a new FILE, whether the hub runs or not.

    The copy is of one moment. The search index isn't in it: it is made anew after a restore.
    """
    from words.config import load
    from words.process import hand_over
    from words.storage import backup as copies

    config = load(file)
    size = copies.backup(config.hub.data / "words.db", target)
    hand_over(config)
    click.echo(f"copied {size} bytes to {target}")


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path), metavar="FILE")
@config_option
@click.option("--replace", is_flag=True, help="Even where what is there is newer; it is kept.")
def restore(source: Path, file: Path | None, replace: bool) -> None:
    """Put a backup in place; the hub must not run. What is there already is kept beside it."""
    from words.config import load
    from words.process import hand_over
    from words.storage import backup as copies

    config = load(file)
    data = config.hub.data
    old = copies.restore(source, data / "words.db", replace=replace)
    hand_over(config)
    kept = f"; what was there is {old.name} now" if old else ""
    click.echo(f"restored {source} to {data}{kept}")
