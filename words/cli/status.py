"""``words status``: how the hub is."""

from __future__ import annotations

import time
from pathlib import Path

import click

from words.cli.options import administer, config_option, json_option, print_json

LABELS = {
    "data": "data folder",
    "participants": "people here",
    "connections": "connections",
    "groups": "groups in memory",
    "groups_stored": "groups stored",
    "identities": "identities",
    "bans": "bans",
    "log_bytes": "write-ahead log, bytes",
    "free_bytes": "free on disk, bytes",
    "commit_seconds": "last commit, seconds",
    "turns": "turns",
}


@click.command("status")
@config_option
@json_option
def status(file: Path | None, as_json: bool) -> None:
    """Say whether the hub runs, and how it is."""
    found = administer(file, "status")
    if as_json:
        print_json(found)
        return
    if found["running"]:
        minutes = int(time.time() - found["started"]) // 60
        click.echo(f"Words {found['version']} runs, process {found['pid']}, for {minutes} min")
        for line in found["listeners"]:
            click.echo(f"  {line}")
        if found["held"]:
            click.echo("  The storage can't be written: nothing is taken or said. See the log.")
        elif not found["accepting"]:
            click.echo("  The disk is below its reserve: nothing new is stored.")
    else:
        click.echo("The hub doesn't run.")
    width = max(map(len, LABELS.values()))
    for key, label in LABELS.items():
        if key in found:
            click.echo(f"{label:<{width}}  {found[key]}")
