"""``words status``: how the hub is."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from words.cli.options import administer, config_option, json_option, print_json

STOPPED = 3
"""Exit status where no hub runs: LSB's "program is not running" (init scripts), as of
``systemctl status`` and ``pg_ctl status``."""

LABELS = {
    "data": "data folder",
    "participants": "people here",
    "connections": "connections",
    "groups": "groups in memory",
    "groups_stored": "groups stored",
    "identities": "identities",
    "bans": "bans",
    "log_bytes": "write-ahead log",
    "free_bytes": "free above the reserve",
    "commit_seconds": "last commit",
    "turns": "turns",
}


@click.command("status")
@config_option
@json_option
def status(file: Path | None, as_json: bool) -> None:
    """Say whether the hub runs, and how it is.

    The exit status is 0 where it runs, 3 where it doesn't, 1 where that can't be said.
    """
    found = administer(file, "status")
    if as_json:
        print_json(found)
    else:
        _print(found)
    if not found["running"]:
        sys.exit(STOPPED)


def _print(found: dict[str, Any]) -> None:
    if found["running"]:
        since = _span(time.time() - found["started"])
        click.echo(f"Words {found['version']} runs, process {found['pid']}, for {since}")
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
            click.echo(f"{label:<{width}}  {_told(key, found[key])}")


def _span(seconds: float) -> str:
    minutes = int(seconds) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"


def _told(key: str, value: Any) -> str:
    """Return a value as people read it; programs take the JSON."""
    if key.endswith("_seconds"):
        return f"{value * 1000:.3g} ms"
    if key.endswith("_bytes"):
        for unit in ("bytes", "KiB", "MiB"):
            if value < 1024:
                return f"{value:.0f} {unit}"
            value /= 1024
        return f"{value:,.1f} GiB"
    return str(value)
