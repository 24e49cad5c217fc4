"""``words reload``: let the running hub follow its changed configuration."""

from __future__ import annotations

from pathlib import Path

import click

from words.cli.options import administer, config_option


@click.command("reload")
@config_option
def reload(file: Path | None) -> None:
    """Read the configuration again, without dropping a connection."""
    done = administer(file, "reload")
    for note in done["notes"]:
        click.echo(f"words: {note}", err=True)
    click.echo("reloaded")
