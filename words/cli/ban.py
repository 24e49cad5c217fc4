"""``words ban``: who may not come in at all."""

from __future__ import annotations

from pathlib import Path

import click

from words.cli.options import (
    Duration,
    administer,
    config_option,
    json_option,
    moment,
    print_json,
    print_rows,
    why_option,
)


@click.group("ban")
def ban() -> None:
    """Keep people out by name!user@host (with * and ?), account:NAME, address or network."""


@ban.command("add")
@click.argument("target")
@config_option
@click.option("--for", "seconds", type=Duration(), default=0.0, help="How long; else for ever.")
@click.option("--guests", is_flag=True, help="Let in who has logged in.")
@why_option
def add(target: str, file: Path | None, seconds: float, guests: bool, why: str) -> None:
    """Keep somebody out; who is here and fits is disconnected. The reason is shown to them."""
    done = administer(file, "ban-add", target=target, seconds=seconds, guests=guests, why=why)
    ended = f", {done['ended']} connections ended" if done["ended"] else ""
    click.echo(f"banned {done['target']}{ended}")


@ban.command("list")
@config_option
@json_option
def list_bans(file: Path | None, as_json: bool) -> None:
    """List the bans that hold."""
    found = administer(file, "ban-list")
    if as_json:
        print_json(found)
        return
    rows = (
        (
            one["target"],
            "guests" if one["guests"] else "all",
            moment(one["created"]),
            moment(one["expires"]),
            one["reason"],
        )
        for one in found
    )
    print_rows(rows, ("banned", "who", "since", "until", "reason"))


@ban.command("remove")
@click.argument("target")
@config_option
@why_option
def remove(target: str, file: Path | None, why: str) -> None:
    """Let somebody in again."""
    done = administer(file, "ban-remove", target=target, why=why)
    click.echo(f"removed the ban of {done['target']}")
